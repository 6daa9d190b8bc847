"""What a mutant is: one thing in one file changed, a sign, a comparison, a number or a condition."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path
from types import CodeType
from typing import NamedTuple

SIGNS: dict[type[ast.AST], type[ast.AST]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Add,
    ast.FloorDiv: ast.Mult,
    ast.Mod: ast.FloorDiv,
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.And: ast.Or,
    ast.Or: ast.And,
}
UNSEEN = ("decorator_list", "annotation", "returns")
"""Fields of a tree that are left alone: sizes of caches, and types."""


class Mutant(NamedTuple):
    """``what`` tells the function, the line and the changed line; ``line`` is where the changed statement begins."""

    what: str
    line: int
    within: bool
    """Whether a function's body is changed, rather than what runs at the import."""
    code: CodeType


class Place(NamedTuple):
    """A node of the tree, with the statement and the names of the functions and classes that it stands in."""

    node: ast.AST
    statement: ast.stmt
    scope: str
    within: bool


def mutants(file: Path) -> Iterator[Mutant]:
    """A mutant for each thing in the file that can be changed."""
    tree = ast.parse(file.read_text(encoding="utf-8"))
    for node, statement, scope, within in places(tree):
        if (change := changed(node)) is not None:
            before, old = vars(node).copy(), ast.unparse(statement)
            vars(node).update(change)
            code = compile(ast.fix_missing_locations(tree), str(file), "exec")
            yield Mutant(_told(scope, old, ast.unparse(statement)), statement.lineno, within, code)
            vars(node).update(before)


def _told(scope: str, old: str, new: str) -> str:
    lines = zip(old.splitlines(), new.splitlines(), strict=True)
    left, right = next((left.strip(), right.strip()) for left, right in lines if left != right)
    return f"{scope}: {left} -> {right}"


def places(node: ast.AST, statement: ast.stmt | None = None, scope: str = "", within: bool = False) -> Iterator[Place]:
    """All nodes, from the outermost."""
    if isinstance(node, ast.stmt):
        statement = node
    if isinstance(node, ast.FunctionDef | ast.ClassDef):
        scope = f"{scope}.{node.name}".lstrip(".")
    if statement is not None:
        yield Place(node, statement, scope, within)
    for field, value in ast.iter_fields(node):
        inside = within or (isinstance(node, ast.FunctionDef) and field == "body")
        for child in value if isinstance(value, list) else [value]:
            if isinstance(child, ast.AST) and field not in UNSEEN:
                yield from places(child, statement, scope, inside)


def changed(node: ast.AST) -> dict[str, object] | None:
    """The fields of a node to be changed, and to what."""
    if isinstance(node, ast.BinOp | ast.BoolOp) and type(node.op) in SIGNS:
        return {"op": SIGNS[type(node.op)]()}
    if isinstance(node, ast.Compare) and type(node.ops[0]) in SIGNS:
        return {"ops": [SIGNS[type(node.ops[0])](), *node.ops[1:]]}
    if isinstance(node, ast.Constant) and type(node.value) is int:
        return {"value": node.value + 1}
    if isinstance(node, ast.If | ast.IfExp) and ast.unparse(node.test) != "TYPE_CHECKING":
        return {"test": ast.UnaryOp(ast.Not(), node.test)}
    return None
