"""From text to tree: a file statement by statement, or a single expression."""

from __future__ import annotations

from typing import Any, cast

from archc.syntax import ast
from archc.syntax.build_def import Builder
from archc.syntax.driver import Parser, Unexpected
from archc.syntax.fault import SpecSyntaxError
from archc.syntax.tokens import Piece


def statement(piece: Piece) -> ast.Stmt:
    """The one statement of a piece that ends in a line end. Raises SpecSyntaxError."""
    return cast(ast.Stmt, _run(piece, "statement"))


def expression(piece: Piece) -> ast.Expr:
    """The expression that a piece holds. Raises SpecSyntaxError."""
    return cast(ast.Expr, _run(piece, "expression"))


def _run(piece: Piece, start: str) -> Any:
    def inner(first: int, last: int) -> ast.Expr:
        return expression(piece._replace(start=first, end=last))

    try:
        return Parser(Builder(piece.file, inner), start).run(piece)
    except Unexpected as error:
        from archc.syntax.explain import explain  # most specs need no explanation

        raise SpecSyntaxError(explain(error, piece)) from None
