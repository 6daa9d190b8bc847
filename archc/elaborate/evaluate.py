"""Expressions to values. One function for each kind of node; calls and layers are in files of their own."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from archc.elaborate import (
    attributes,
    binding,
    calls,
    chain,
    guards,
    labels,
    masks,
    names,
    operation,
    parts,
)
from archc.elaborate.errors import Mistake, Poisoned, mistake
from archc.elaborate.limits import FORMULA_HELP, MAX_DEPTH, MAX_STEPS
from archc.elaborate.numbers import binary, compare, indicator
from archc.elaborate.scope import MISSING
from archc.elaborate.session import Frame
from archc.elaborate.values import (
    POISON,
    RECIPES,
    Condition,
    Demand,
    Formula,
    LabelledRecipe,
    Tensor,
    describe,
    kind_of,
)
from archc.ir.dims import Dim, DimTooLarge
from archc.ir.graph import Guard
from archc.source import Span
from archc.syntax import ast

OPERATIONS = {
    "+": "add", "-": "sub", "*": "mul", "/": "div", "//": "floor_divide", "%": "remainder", "**": "pow", "@": "matmul",
    "==": "eq", "!=": "ne", "<": "lt", "<=": "le", ">": "gt", ">=": "ge",
}  # fmt: skip
"""The operator behind each sign, when a tensor stands beside it."""


def evaluate(node: ast.Expr, frame: Frame) -> Any:
    """The value of an expression; raises ``Mistake`` or ``Poisoned``."""
    kind = type(node)
    if kind is ast.Literal_:
        return node.value  # type: ignore[attr-defined]
    if kind is ast.Name:
        value = frame.scope.values.get(node.id, MISSING)  # type: ignore[attr-defined]
        if value is MISSING:
            value = names.further(node, frame)  # type: ignore[arg-type]
        if value is POISON:
            raise Poisoned
        return value
    handler = _HANDLERS.get(kind)
    if handler is None:
        raise mistake("E0206", "this cannot stand here", node.span)
    budget = frame.session.budget
    budget.steps += 1  # as budget.enter does, which takes a call more for each expression
    budget.depth += 1
    try:
        if budget.depth > MAX_DEPTH or budget.steps > MAX_STEPS:
            raise budget.exceeded(node.span)
        return handler(node, frame)
    except DimTooLarge as error:  # from a shape rule, a signature, or arithmetic
        raise mistake("E0602", f"this size formula is too large: {error}", node.span, help=FORMULA_HELP) from None
    finally:
        budget.depth -= 1


def evaluate_all(nodes: tuple[ast.Expr, ...], frame: Frame) -> list[Any]:
    """The values of independent expressions; each mistake among them is reported."""
    values, spoilt = [], False
    for node in nodes:
        try:
            values.append(evaluate(node, frame))
        except Mistake as error:
            frame.session.report(error)
            spoilt = True
        except Poisoned:
            spoilt = True
    if spoilt:
        raise Poisoned
    return values


def condition(node: ast.Expr, frame: Frame, what: str) -> bool | Condition:
    """The truth of a condition that is known at compile time, or the condition of run time that it is."""
    value = evaluate(node, frame)
    return value if isinstance(value, Condition) else _known(value, node, what)


def truth(node: ast.Expr, frame: Frame, what: str) -> bool:
    """The truth of a condition that must be known at compile time."""
    return _known(evaluate(node, frame), node, what)


def said(node: ast.Expr, frame: Frame, what: str) -> bool | Demand:
    """What a condition on sizes says: its truth, or an equality or an order; of a ``!=``, that what is 1 where it holds is at least 1."""
    value = evaluate(node, frame)
    if not isinstance(value, Demand):
        return _known(value, node, what)
    return value if value.relation != "!=" else Demand(">=", indicator(value), 1)


def _known(value: Any, node: ast.Expr, what: str) -> bool:
    message = f"{what} needs a condition that is known at compile time"
    if isinstance(value, Demand):
        help_ = "make the size a hyperparameter, or restrict it with where"
        raise mistake("E0207", message, node.span, f"{value} holds for some sizes only", help=help_)
    if isinstance(value, Dim):
        help_ = f"compare it, for example `{value} >= 2`"
        raise mistake("E0207", f"{what} needs a comparison, not a size", node.span, describe(value), help=help_)
    if isinstance(value, (Tensor, Formula, Condition)):
        joined = {"not": "~mask", "and": "a & b", "or": "a | b"}.get(what) if isinstance(value, Tensor) else None
        raise mistake(
            "E0207", message, node.span, describe(value), help=f"write `{joined}` for tensors" if joined else None
        )
    return bool(value)


# --- attributes -------------------------------------------------------------------------------------------------------


def _attribute(node: ast.Attribute, frame: Frame) -> Any:
    instance = names.declared(node, frame)
    if instance is not None:
        return names.used(instance, frame)
    value = evaluate(node.value, frame)
    if isinstance(value, Tensor) and node.name == "shape":
        return value.type.shape
    if isinstance(value, Tensor) and node.name == "dtype":
        return value.type.dtype
    facts = getattr(value, "fact", None)
    if facts is not None:
        return facts(node.name, node.name_span)
    if isinstance(value, Tensor) and node.name in attributes.TURNED:
        return attributes.turned(value, node, frame)
    raise mistake(
        "E0214",
        f"{kind_of(value)} has no attribute {node.name!r}",
        node.name_span,
        help=attributes.advice(value, node.name),
    )


# --- lists ------------------------------------------------------------------------------------------------------------


def _list(node: ast.ListExpr | ast.TupleExpr, frame: Frame) -> list[Any]:
    value = _items(node.items, frame, node.span)
    frame.session.budget.hold(value, node.span)
    return value


def _tuple(node: ast.TupleExpr, frame: Frame) -> tuple[Any, ...]:
    return tuple(_list(node, frame))


def _items(nodes: tuple[ast.Expr, ...], frame: Frame, span: Span) -> list[Any]:
    frame.session.budget.spend(len(nodes), span)
    if ast.Star not in map(type, nodes):
        return evaluate_all(nodes, frame)
    values: list[Any] = []
    plain = tuple(node.value if isinstance(node, ast.Star) else node for node in nodes)
    for node, value in zip(nodes, evaluate_all(plain, frame), strict=True):
        values += spread(value, node.span, frame) if isinstance(node, ast.Star) else (value,)
    return values


def spread(value: Any, span: Span, frame: Frame) -> list[Any]:
    """What ``*value`` stands for."""
    value = parts.unpacked(value, span, frame)
    if not isinstance(value, (list, tuple)):
        raise mistake("E0206", f"* spreads a list or a tuple, not {kind_of(value)}", span, describe(value))
    frame.session.budget.spend(len(value), span)
    return list(value)


def _labelled(node: ast.Labelled, frame: Frame) -> LabelledRecipe:
    path = label_path(node.label, frame)
    return LabelledRecipe(path, evaluate(node.value, frame), node.span)


def label_path(label: ast.Label, frame: Frame) -> tuple[str, ...]:
    """A label's path, its braces filled in. Quoted labels and braces may hold dots."""
    fixed = labels.fixed_path(label)
    if fixed is not None:
        return fixed
    parts_ = [piece if isinstance(piece, str) else _filled(piece, frame) for piece in labels.pieces(label)]
    return labels.path_of("".join(parts_), label.span)


def _filled(piece: ast.Expr, frame: Frame) -> str:
    value = evaluate(piece, frame)
    if isinstance(value, bool) or not isinstance(value, (int, str)):
        raise mistake("E0206", "a label is made of integers and strings", piece.span, describe(value))
    return str(value)


def _comprehension(node: ast.Comprehension, frame: Frame) -> list[Any]:
    inner = frame.nested()
    result: list[Any] = []
    _clauses(node, 0, inner, result)
    frame.session.budget.hold(result, node.span)
    return result


def _clauses(node: ast.Comprehension, index: int, frame: Frame, result: list[Any]) -> None:
    if index == len(node.clauses):
        if isinstance(node.element, ast.Star):
            result.extend(spread(evaluate(node.element.value, frame), node.element.span, frame))
        else:
            result.append(evaluate(node.element, frame))
        return
    clause = node.clauses[index]
    for item in iterate(clause.iter, frame):
        binding.assign(clause.target, item, frame)
        if all(truth(condition, frame, "a comprehension") for condition in clause.conditions):
            _clauses(node, index + 1, frame, result)


def iterate(node: ast.Expr, frame: Frame) -> list[Any] | tuple[Any, ...]:
    """The items of what stands behind ``in``."""
    value = parts.unpacked(evaluate(node, frame), node.span, frame)
    if not isinstance(value, (list, tuple)):
        raise mistake("E0206", f"a loop goes over a list or a tuple, not {kind_of(value)}", node.span, describe(value))
    frame.session.budget.spend(len(value), node.span)
    return value


# --- operators --------------------------------------------------------------------------------------------------------


def _unary(node: ast.Unary, frame: Frame) -> Any:
    if node.op == "not":
        known = condition(node.operand, frame, "not")
        return guards.negated(known) if isinstance(known, Condition) else not known
    value = evaluate(node.operand, frame)
    if node.op == "~":
        return masks.join(node.op, (value,), node.span, frame)
    if isinstance(value, Tensor):
        return value if node.op == "+" else operation.operation("neg", (value,), {}, node.span, frame)
    if not isinstance(value, (int, float, Dim, Formula)):
        raise mistake("E0206", f"{node.op} does not work on {kind_of(value)}", node.span, describe(value))
    if node.op == "+":
        return value
    return binary("*", -1, value, node.span, frame.session.budget) if isinstance(value, Formula) else -value


def _binary(node: ast.Binary, frame: Frame) -> Any:
    left, right = evaluate_all((node.left, node.right), frame)
    if node.op in masks.OPERATIONS:
        return masks.join(node.op, (left, right), node.span, frame)
    if isinstance(left, Tensor) or isinstance(right, Tensor):
        return operation.operation(OPERATIONS[node.op], (left, right), {}, node.span, frame)
    if node.op == "@":
        raise mistake("E0206", f"@ multiplies tensors, not {kind_of(left)} and {kind_of(right)}", node.span)
    return binary(node.op, left, right, node.span, frame.session.budget)


def _compare(node: ast.Compare, frame: Frame) -> Any:
    left, *rights = evaluate_all((node.left, *node.rights), frame)
    result: Any = True
    for op, right in zip(node.ops, rights, strict=True):
        if op in ("is", "is not") and isinstance(left, Tensor) and right is None:
            return _is_given(left, op)
        if (isinstance(left, Tensor) or isinstance(right, Tensor)) and op in OPERATIONS:
            return operation.operation(OPERATIONS[op], (left, right), {}, node.span, frame)
        result = compare(op, left, right, node.span)
        if result is False or (isinstance(result, Demand) and len(rights) > 1):
            break
        left = right
    return result


def _is_given(value: Tensor, op: str) -> bool | Condition:
    """``mask is None``: known, unless ``mask`` is a net's own optional input."""
    if value.given is None:
        return op == "is not"
    return Condition((Guard(value.given.subject, negated=op == "is"),))


def _bool_op(node: ast.BoolOp, frame: Frame) -> Any:
    value: Any = None
    left_open: tuple[Condition, ...] = ()
    for part in node.values:
        value = evaluate(part, frame)
        if isinstance(value, Condition):
            left_open += (value,)
        elif (_known(value, part, node.op) if isinstance(value, (Demand, Tensor, Dim)) else bool(value)) == (
            node.op == "or"
        ):
            return value
    if not left_open:
        return value
    return left_open[0] if len(left_open) == 1 else Condition(left_open, node.op == "and")


def _if_exp(node: ast.IfExp, frame: Frame) -> Any:
    test = evaluate(node.test, frame)
    if isinstance(test, Condition):
        arms = (lambda: evaluate(node.then, frame)), (lambda: evaluate(node.orelse, frame))
        return guards.choose_value(test, *arms, node.span, frame)
    if not isinstance(test, Demand):
        return evaluate(node.then if _known(test, node.test, "a conditional expression") else node.orelse, frame)
    then, orelse = evaluate_all((node.then, node.orelse), frame)
    for value in (then, orelse):
        if isinstance(value, bool) or not isinstance(value, (int, Dim)):
            raise mistake("E0207", "only sizes can depend on a size", node.span, f"{test} holds for some sizes only")
    return orelse + (then - orelse) * indicator(test)


# --- subscripts -------------------------------------------------------------------------------------------------------


def _subscript(node: ast.Subscript, frame: Frame) -> Any:
    instance = names.declared(node, frame)
    if instance is not None:
        return names.used(instance, frame)
    value = parts.layers(evaluate(node.value, frame), frame)
    items = tuple(index(item, frame) for item in node.items)
    if isinstance(value, Tensor):
        return operation.subscript(value, items, node.span, frame)
    if not isinstance(value, (list, tuple, str)):
        help_ = "put the chain in brackets: (x -> f)[...]" if isinstance(value, RECIPES) else None
        raise mistake("E0206", f"{kind_of(value)} has no items", node.span, describe(value), help=help_)
    if len(items) != 1 or not isinstance(items[0], (int, slice)):
        raise mistake("E0206", f"{kind_of(value)} is indexed by one integer or slice", node.span)
    try:
        return value[items[0]]
    except IndexError:
        raise mistake(
            "E0211", f"index {items[0]} is out of range", node.span, f"there are {len(value)} items"
        ) from None
    except (ValueError, TypeError):
        raise mistake("E0206", "a slice of a list needs integers", node.span) from None


def index(node: ast.Expr, frame: Frame) -> Any:
    """The value of an item in the brackets of a subscript: Python's own slice or ellipsis, or any other value."""
    if isinstance(node, ast.EllipsisExpr):
        return ...
    if isinstance(node, ast.Slice):
        bounds = (node.start, node.stop, node.step)
        return slice(*(None if bound is None else evaluate(bound, frame) for bound in bounds))
    return evaluate(node, frame)


# --- chains -----------------------------------------------------------------------------------------------------------


_HANDLERS: dict[type[ast.Expr], Callable[[Any, Frame], Any]] = {
    ast.Attribute: _attribute,
    ast.ListExpr: _list,
    ast.TupleExpr: _tuple,
    ast.Labelled: _labelled,
    ast.Comprehension: _comprehension,
    ast.Unary: _unary,
    ast.Binary: _binary,
    ast.Compare: _compare,
    ast.BoolOp: _bool_op,
    ast.IfExp: _if_exp,
    ast.Subscript: _subscript,
    ast.Call: lambda node, frame: calls.call(node, frame),
    ast.Chain: lambda node, frame: chain.chain(node, frame),
}
