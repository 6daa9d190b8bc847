"""The trouble that a parser is in: what it has read of the line, and what it cannot take."""

from __future__ import annotations

from typing import Any, NamedTuple

from archc.source import Span
from archc.syntax import ast
from archc.syntax.build_stmt import Body
from archc.syntax.driver import Parser
from archc.syntax.tokens import Piece, Token


class Trouble(NamedTuple):
    """The token that does not fit, the parser that met it, and the text that is parsed."""

    token: Token
    parser: Parser
    piece: Piece

    @property
    def span(self) -> Span:
        """The token's place. A line end is marked where the line ends, the end of a body at the line after it."""
        token = self.token
        end = token.start + 1 if token.kind == "_NL" else max(token.end, token.start + 1)
        return self.piece.span(token.start, end)

    @property
    def line(self) -> list[Any]:
        """What has been read of the present logical line: tokens, nodes, and values of rules."""
        values: list[Any] = []
        for value in reversed(self.parser.values):
            if _ends_line(value):
                break
            values.insert(0, value)
        return values

    @property
    def head(self) -> str:
        """The kind of the first token of the line, when that is still as it was read."""
        line = self.line
        return line[0].kind if line and isinstance(line[0], Token) else ""

    def expression(self) -> ast.Expr | None:
        """The whole expression that ends just before the token."""
        for closer in ("_COMMA", "RPAR", "RSQB", "COLON", "_NL"):
            if self.parser.accepts(closer):
                found = self.parser.reduced(closer, lambda value: isinstance(value, ast.Expr))
                return found if isinstance(found, ast.Expr) else None
        return None

    def text(self, span: Span) -> str:
        return self.piece.text[span.start : span.end]


def _ends_line(value: Any) -> bool:
    if isinstance(value, Token):
        return value.kind in ("_NL", "_INDENT")
    return isinstance(value, Body) or (
        isinstance(value, list) and any(isinstance(one, ast.Stmt | ast.Row) for one in value)
    )
