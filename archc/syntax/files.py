"""Parsing a whole file, or a single expression, with all that can be wrong with their text."""

from __future__ import annotations

import re
from collections.abc import Iterable

from archc.collector import resting
from archc.diagnostics.model import Diagnostic
from archc.source import Source, Span
from archc.syntax import ast, parser
from archc.syntax.build_stmt import doc_of
from archc.syntax.characters import forbidden
from archc.syntax.checks import misplaced, too_deep
from archc.syntax.fault import SpecSyntaxError, fault
from archc.syntax.read import MAX_BYTES, too_dense, too_large
from archc.syntax.scan import scan
from archc.syntax.tokens import Piece

MAX_ERRORS = 10

_FIRST_INDENT = re.compile(r"(?:[ \t]*(?:#[^\n]*)?\n)*([ \t]+)(?=[^\s#])")


@resting()
def parse(source: Source) -> tuple[ast.File | None, tuple[Diagnostic, ...]]:
    """The tree of a spec, or what is wrong with it: at most MAX_ERRORS findings, in the order of the text.

    Each top-level statement is parsed by itself, so that a mistake in one hides none in the others.
    """
    if len(source.text) > MAX_BYTES:
        return None, (too_large(source.name, len(source.text)),)
    if unfit := forbidden(source.text, source.name) or too_dense(source):
        return None, (unfit,)
    seen = scan(ended(source.text), source.name)
    statements, found = _statements(seen.pieces)
    found += seen.faults
    if indent := _FIRST_INDENT.match(source.text):
        found.append(
            fault(
                "E0103",
                "the first statement is indented",
                Span(source.name, *indent.span(1)),
                help="start it at the margin",
            )
        )
    if found:
        return None, tuple(sorted(found, key=_place)[:MAX_ERRORS])
    doc = doc_of(statements[0]) if statements else None
    body = statements if doc is None else statements[1:]
    return ast.File(Span(source.name, 0, len(source.text)), doc, tuple(body)), ()


def parse_expression(text: str, file: str = "<expression>") -> ast.Expr:
    """The expression that is all of ``text``. Raises SpecSyntaxError."""
    if unfit := forbidden(text, file):
        raise SpecSyntaxError(unfit)
    faults = scan(text, file).faults
    if faults:
        raise SpecSyntaxError(faults[0])
    found = parser.expression(Piece(text, file, 0, len(text)))
    if deep := too_deep(found):
        raise SpecSyntaxError(deep)
    return found


def ended(text: str) -> str:
    """The text with a line end behind its last line."""
    return text if text.endswith("\n") else text + "\n"


def _place(found: Diagnostic) -> int:
    return found.span.start if found.span else 0


def _statements(pieces: Iterable[Piece]) -> tuple[list[ast.Stmt], list[Diagnostic]]:
    """The statements that can be parsed, and the faults of the others."""
    statements: list[ast.Stmt] = []
    found: list[Diagnostic] = []
    for piece in pieces:
        try:
            statement = parser.statement(piece)
        except SpecSyntaxError as error:
            found.append(error.diagnostic)
        else:
            found += _faults(statement, first=not statements)
            statements.append(statement)
        if len(found) >= MAX_ERRORS:
            break
    return statements, found


def _faults(statement: ast.Stmt, *, first: bool) -> list[Diagnostic]:
    if deep := too_deep(statement):
        return [deep]
    return [] if first and doc_of(statement) is not None else list(misplaced(statement))
