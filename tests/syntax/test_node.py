"""Nodes hold what they are made of, whatever the number of their fields."""

from __future__ import annotations

from typing import Any

import pytest

from archc.source import Span
from archc.syntax import ast
from archc.syntax.build_stmt import Bare

KINDS: list[type[ast.AstNode]] = [
    Bare,
    *(kind for kind in vars(ast).values() if isinstance(kind, type) and issubclass(kind, ast.AstNode)),
]
SPAN = Span("", 0, 1)


def values_of(kind: type[ast.AstNode]) -> dict[str, Any]:
    return {field: SPAN if field == "span" else object() for field in kind.fields}


@pytest.mark.parametrize("kind", KINDS)
def test_fields_are_given_in_order_or_by_name(kind: type[ast.AstNode]) -> None:
    values = values_of(kind)
    for node in (kind(*values.values()), kind(**values)):
        assert {field: getattr(node, field) for field in kind.fields} == values


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind.defaults])
def test_fields_that_are_left_out_have_their_defaults(kind: type[ast.AstNode]) -> None:
    node = kind(*(value for field, value in values_of(kind).items() if field not in kind.defaults))
    assert {field: getattr(node, field) for field in kind.defaults} == kind.defaults


def test_no_field_is_left_out_without_a_default() -> None:
    with pytest.raises(TypeError):
        ast.Call(SPAN, ast.Name(SPAN, "f"))  # type: ignore[call-arg]
