"""Every example of the language's design parses, with exact spans."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from archc.syntax import ast, children, dump, parse_expression
from archc.syntax.checks import most_levels
from tests.syntax.helpers import EXAMPLES, parsed


def below(node: ast.AstNode) -> Iterator[ast.AstNode]:
    yield node
    for child in children(node):
        yield from below(child)


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_examples_parse(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    file = parsed(text)
    assert json.loads(json.dumps(dump(file, spans=True)))["span"] == [0, len(text)]


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_every_span_lies_in_its_parents(path: Path) -> None:
    for node in below(parsed(path.read_text(encoding="utf-8"))):
        for child in children(node):
            assert node.span.start <= child.span.start < child.span.end <= node.span.end, (node, child)


def levels(node: ast.AstNode) -> int:
    return 1 + max(map(levels, children(node)), default=0)


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_no_tree_has_more_levels_than_its_text_allows(path: Path) -> None:
    for node in below(parsed(path.read_text(encoding="utf-8"))):
        assert levels(node) <= most_levels(node)


@pytest.mark.parametrize(
    "text", ["a,", "f(f(f(a)))", "[[[a]]]", "(((a,),),)", "a.b.c", "--a", "f(a: a)", "a[a[a:a]]", "not a"]
)
def test_short_texts_have_few_levels(text: str) -> None:
    (statement,) = parsed(f"x = {text}\n").statements
    assert isinstance(statement, ast.Assign)
    assert 1 < levels(statement.value) <= most_levels(statement.value)


ALONE = (
    ast.Star,
    ast.Slice,
    ast.EllipsisExpr,
    ast.AnySize,
    ast.AnyDims,
    ast.DimExample,
    ast.Labelled,
    ast.KeywordInputs,
)


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_the_text_of_an_expressions_span_is_that_expression(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    for node in below(parsed(text)):
        if not isinstance(node, ast.Expr) or isinstance(node, ALONE):
            continue
        piece = text[node.span.start : node.span.end]
        again = parse_expression(f"({piece})" if "\n" in piece or isinstance(node, ast.TupleExpr) else piece)
        assert json.dumps(dump(again)) == json.dumps(dump(node))
