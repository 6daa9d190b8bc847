"""Label paths: ``encoder.layers.{i}`` and ``"block{i}-{j}"`` split into segments and pieces."""

from __future__ import annotations

import re
from collections.abc import Callable

from archc.source import Span
from archc.syntax import ast
from archc.syntax.fault import refuse
from archc.syntax.literals import unescape

# Parses the expression that stands between two offsets of a text: what is in a label's braces.
Inner = Callable[[int, int], ast.Expr]

_PIECE = re.compile(r"\{[^{}]*\}|\.|[^{}.]+|[{}]")


def label(text: str, span: Span, inner: Inner) -> ast.Label:
    """The label written as ``text`` at ``span``; ``inner`` takes offsets into ``text``. Raises SpecSyntaxError."""
    if text.isidentifier():
        return ast.Label(span, ((text,),))
    quoted = text[0] in "\"'"
    first, last = (1, len(text) - 1) if quoted else (0, len(text))
    segments: list[tuple[str | ast.Expr, ...]] = []
    pieces: list[str | ast.Expr] = []
    for match in _PIECE.finditer(text, first, last):
        if match[0] == ".":
            segments.append(tuple(pieces))
            pieces = []
        else:
            pieces.append(_piece(match, span, inner))
    segments.append(tuple(pieces))
    if () in segments:
        raise refuse("E0106", "a label has an empty part", span, help="put exactly one dot between two parts")
    return ast.Label(span, tuple(segments), quoted)


def _piece(match: re.Match[str], span: Span, inner: Inner) -> str | ast.Expr:
    text = match[0]
    start, end = span.start + match.start(), span.start + match.end()
    if text in ("{", "}"):
        raise refuse("E0106", f"`{text}` has no partner in this label", Span(span.file, start, end))
    if text[0] != "{":
        return unescape(text, Span(span.file, start, end))
    if not text[1:-1].strip():
        raise refuse("E0106", "the braces of a label hold an expression", Span(span.file, start, end), "empty")
    return inner(match.start() + 1, match.end() - 1)
