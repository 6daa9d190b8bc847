"""Expressions that Python has too mean what Python's own parser says."""

from __future__ import annotations

import ast as python
import warnings
from typing import Any

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from archc.syntax import ast, dump, parse_expression
from tests.syntax.helpers import plain

NAMES = st.sampled_from(["a", "b", "init", "block", "where", "int", "net"])
NUMBERS = st.sampled_from(["0", "1", "1_000", "2.5", ".5", "3.", "1e-6", "1E+3"])
TEXTS = st.sampled_from(['"x"', "'y'", r'"\n\t\\\""', "'it\\'s'"])
ATOMS = NAMES | NUMBERS | TEXTS | st.sampled_from(["True", "False", "None", "()", "[]"])
BINARY = ["+", "-", "*", "/", "//", "%", "**", "@", "and", "or"]
COMPARISONS = ["==", "!=", "<", "<=", ">", ">=", "in", "not in", "is", "is not"]


def larger(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    """Expressions made of smaller ones, with and without brackets."""
    one = inner
    some = st.lists(inner, min_size=1, max_size=3).map(", ".join)
    name = NAMES
    return st.one_of(
        st.tuples(one, st.sampled_from(BINARY + COMPARISONS), one).map(" ".join),
        st.tuples(st.sampled_from(["-", "+", "not "]), one).map("".join),
        st.tuples(one, one, one).map(lambda parts: f"{parts[0]} if {parts[1]} else {parts[2]}"),
        one.map(lambda text: f"({text})"),
        some.map(lambda text: f"[{text}]"),
        some.map(lambda text: f"({text},)"),
        some.map(lambda text: f"[*{text}]"),
        st.tuples(one, some).map(lambda parts: f"({parts[0]})({parts[1]})"),
        st.tuples(name, one, name, one).map(lambda parts: f"{parts[0]}({parts[1]}, {parts[2]}={parts[3]}, *b)"),
        st.tuples(name, name).map(".".join),
        st.tuples(name, some).map(lambda parts: f"{parts[0]}[{parts[1]}]"),
        st.tuples(name, one, one).map(lambda parts: f"{parts[0]}[{parts[1]}:{parts[2]}, ::{parts[1]}, ..., :]"),
        st.tuples(one, one, one).map(lambda parts: f"[{parts[0]} for a, (b, *c) in ({parts[1]}) if ({parts[2]})]"),
    )


EXPRESSIONS = st.recursive(ATOMS, larger, max_leaves=12)

_BINARY: dict[type, str] = {
    python.Add: "+", python.Sub: "-", python.Mult: "*", python.Div: "/", python.FloorDiv: "//", python.Mod: "%",
    python.Pow: "**", python.MatMult: "@", python.And: "and", python.Or: "or", python.USub: "-", python.UAdd: "+",
    python.Not: "not", python.Eq: "==", python.NotEq: "!=", python.Lt: "<", python.LtE: "<=", python.Gt: ">",
    python.GtE: ">=", python.In: "in", python.NotIn: "not in", python.Is: "is", python.IsNot: "is not",
}  # fmt: skip


def expected(node: Any) -> Any:
    """What ``dump`` gives for an expression, from Python's tree of it."""
    match node:
        case None:
            return None
        case python.Name():
            return {"node": "Name", "id": node.id}
        case python.Constant() if node.value is ...:
            return {"node": "EllipsisExpr"}
        case python.Constant():
            return {"node": "Literal", "value": node.value}
        case python.List() | python.Tuple():
            return {"node": f"{type(node).__name__}Expr", "items": [expected(item) for item in node.elts]}
        case python.Starred():
            return {"node": "Star", "value": expected(node.value)}
        case python.UnaryOp():
            return {"node": "Unary", "op": _BINARY[type(node.op)], "operand": expected(node.operand)}
        case python.BinOp():
            sides = {"left": expected(node.left), "right": expected(node.right)}
            return {"node": "Binary", "op": _BINARY[type(node.op)], **sides}
        case python.BoolOp():
            return {"node": "BoolOp", "op": _BINARY[type(node.op)], "values": [expected(one) for one in node.values]}
        case python.Compare():
            ops, rights = [_BINARY[type(op)] for op in node.ops], [expected(one) for one in node.comparators]
            return {"node": "Compare", "left": expected(node.left), "ops": ops, "rights": rights}
        case python.IfExp():
            parts = {"test": expected(node.test), "then": expected(node.body), "orelse": expected(node.orelse)}
            return {"node": "IfExp", **parts}
        case python.Attribute():
            return {"node": "Attribute", "value": expected(node.value), "name": node.attr}
        case python.Call():
            args = [{"node": "Arg", "name": None, "value": expected(one)} for one in node.args]
            named = [{"node": "Arg", "name": one.arg, "value": expected(one.value)} for one in node.keywords]
            return {"node": "Call", "func": expected(node.func), "args": in_order(node, args, named)}
        case python.Subscript():
            index = node.slice
            items = index.elts if isinstance(index, python.Tuple) else [index]
            return {"node": "Subscript", "value": expected(node.value), "items": [expected(item) for item in items]}
        case python.Slice():
            parts = {"start": expected(node.lower), "stop": expected(node.upper), "step": expected(node.step)}
            return {"node": "Slice", **parts}
        case python.ListComp():
            clauses = [
                {
                    "node": "Clause",
                    "target": expected(one.target),
                    "iter": expected(one.iter),
                    "conditions": [expected(condition) for condition in one.ifs],
                }
                for one in node.generators
            ]
            return {"node": "Comprehension", "element": expected(node.elt), "clauses": clauses}
    raise AssertionError(python.dump(node))


def in_order(node: python.Call, args: list[Any], named: list[Any]) -> list[Any]:
    """Arguments as they are written: Python's tree has the named ones last."""
    places = [one.col_offset for one in node.args] + [one.col_offset for one in node.keywords]
    return [arg for _, arg in sorted(zip(places, args + named, strict=True), key=lambda pair: pair[0])]


def as_python(tree: Any) -> Any:
    """A dumped tree without the brackets of an index: ``x[(a, b)]`` and ``x[a, b]`` are the same to Python."""
    if isinstance(tree, list):
        return [as_python(one) for one in tree]
    if not isinstance(tree, dict):
        return tree
    tree = {key: as_python(value) for key, value in tree.items()}
    if tree["node"] == "Subscript" and [item["node"] for item in tree["items"]] == ["TupleExpr"]:
        tree["items"] = tree["items"][0]["items"]
    return tree


def by_python(text: str) -> python.expr | None:
    """Python's tree, or None for what Python refuses (where it is narrower: a choice as the condition of a choice)."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SyntaxWarning)  # Python warns of calls of numbers and the like
        try:
            return python.parse(text, mode="eval").body
        except SyntaxError:
            return None


@settings(max_examples=200, deadline=None)
@given(EXPRESSIONS)
def test_the_tree_is_pythons(text: str) -> None:
    tree = by_python(text)
    assume(tree is not None)
    node = parse_expression(text)
    assert as_python(dump(node)) == as_python(expected(tree))
    again = parse_expression(text[node.span.start : node.span.end])
    assert plain(again) == plain(node)


def test_types_of_literals() -> None:
    values = [parse_expression(text) for text in ("1", "1.0", "True", "1e0")]
    assert [type(value.value) for value in values if isinstance(value, ast.Literal_)] == [int, float, bool, float]
