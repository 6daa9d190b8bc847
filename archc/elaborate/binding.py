"""Assignment: a name, or the parts of a tuple, bound to values."""

from __future__ import annotations

from typing import Any

from archc.elaborate import parts
from archc.elaborate.errors import mistake
from archc.elaborate.session import Frame
from archc.elaborate.values import Tensor, describe, kind_of
from archc.syntax import ast


def assign(target: ast.Expr, value: Any, frame: Frame) -> None:
    """Bind a name, or the parts of a tuple."""
    if isinstance(target, ast.Name):
        frame.scope.set(target.id, value, target.span)
        if isinstance(value, Tensor) and frame.builder is not None:
            frame.builder.names.setdefault(value.value, target.id)
        return
    if not isinstance(target, (ast.TupleExpr, ast.ListExpr)):
        raise mistake("E0206", "only names and tuples of names can be assigned", target.span)
    value = parts.unpacked(value, target.span, frame)
    if not isinstance(value, (list, tuple)):
        raise mistake("E0210", f"{kind_of(value)} cannot be unpacked", target.span, describe(value))
    for part, item in _matched(target, value):
        assign(part, item, frame)


def _shown(value: Any) -> str:
    if isinstance(value, Tensor):
        return str(value.type)
    return f"({', '.join(map(_shown, value))})" if isinstance(value, tuple) else describe(value)


def _matched(target: ast.TupleExpr | ast.ListExpr, value: list[Any] | tuple[Any, ...]) -> list[tuple[ast.Expr, Any]]:
    parts = target.items
    stars = [index for index, part in enumerate(parts) if isinstance(part, ast.Star)]
    if len(parts) != len(value) if not stars else len(parts) - 1 > len(value):
        least = f"at least {len(parts) - 1}" if stars else str(len(parts))
        got = ", ".join(map(_shown, value))
        help_ = "write a name for each, or `first, *rest`" if len(parts) < len(value) else None
        message = f"{least} values are expected here, got {len(value)}"
        raise mistake("E0210", message, target.span, f"the values are {got}", help=help_)
    if not stars:
        return list(zip(parts, value, strict=True))
    star, after = stars[0], len(parts) - stars[0] - 1
    middle = list(value[star : len(value) - after])
    starred = parts[star]
    assert isinstance(starred, ast.Star)
    return [
        *zip(parts[:star], value[:star], strict=True),
        (starred.value, middle),
        *zip(parts[star + 1 :], value[len(value) - after :], strict=True),
    ]
