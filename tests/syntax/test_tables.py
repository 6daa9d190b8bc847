"""The shipped tables are those of the grammar, and running them is what Lark does."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import lark
import pytest
from lark.indenter import Indenter

from archc.resources import grammar_text
from archc.source import Span
from archc.syntax import ast, generate, parser
from archc.syntax.build_def import Builder
from archc.syntax.scan import scan
from archc.syntax.tokens import Piece, Token
from tests.syntax.helpers import EXAMPLES, plain


def test_the_tables_are_up_to_date() -> None:
    assert generate.TABLES.read_text(encoding="utf-8") == generate.tables(), "run `make tables`"


def test_the_grammar_has_no_conflict() -> None:
    generate.build(strict=True)


def test_strict_finds_conflicts(monkeypatch: pytest.MonkeyPatch) -> None:
    ambiguous = re.sub(r"\nsum_expression: .*", "\nsum_expression: sum SIGN sum -> binary", grammar_text())
    assert ambiguous != grammar_text()
    monkeypatch.setattr(generate, "grammar_text", lambda: ambiguous)
    with pytest.raises(lark.exceptions.GrammarError, match=r"Shift/Reduce"):
        generate.build(strict=True)


def test_every_terminal_has_a_name() -> None:
    assert not [terminal.name for terminal in generate.build().terminals if terminal.name.startswith("__")]


class _Adapter:
    """Lets Lark call archc's builder."""

    def __init__(self) -> None:
        self._builder = Builder("", lambda start, end: ast.Name(Span("", 0, 0), ""))

    def take(self, piece: Piece) -> None:
        def inner(start: int, end: int) -> ast.Expr:
            return parser.expression(piece._replace(start=start, end=end))

        self._builder = Builder(piece.file, inner)

    def __getattr__(self, rule: str) -> Callable[[list[Any]], Any]:
        if rule.isupper() or rule.startswith("_") or not hasattr(Builder, rule):
            raise AttributeError(rule)
        return lambda values: getattr(self._builder, rule)([_own(value) for value in values])


def _own(value: Any) -> Any:
    if not isinstance(value, lark.Token):
        return value
    assert value.start_pos is not None
    return Token(value.type, str(value), value.start_pos, value.start_pos + len(value))


class _Bodies(Indenter):
    NL_type = "_NL"
    OPEN_PAREN_types = ["LPAR", "LSQB"]  # noqa: RUF012 - as Lark declares it
    CLOSE_PAREN_types = ["RPAR", "RSQB"]  # noqa: RUF012
    INDENT_type = "_INDENT"
    DEDENT_type = "_DEDENT"
    tab_len = 8


@pytest.fixture(scope="module")
def larks() -> tuple[lark.Lark, _Adapter]:
    adapter = _Adapter()
    built = generate.build(transformer=adapter)
    built.parser.lexer.postlexer = _Bodies()
    return built, adapter


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_lark_makes_the_same_trees(path: Path, larks: tuple[lark.Lark, _Adapter]) -> None:
    text = path.read_text(encoding="utf-8")
    built, adapter = larks
    for piece in scan(text, path.name).pieces:
        adapter.take(piece)
        by_lark = built.parse(lark.TextSlice(text, piece.start, piece.end), start="statement")
        assert plain(by_lark) == plain(parser.statement(piece))
