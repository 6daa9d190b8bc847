"""Calls in loops: a layer or block that is made of the same values in several turns is made once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import Any, NamedTuple

from archc.elaborate.scope import MISSING
from archc.elaborate.session import Frame
from archc.elaborate.values import BlockRecipe, Builtin, Condition, Layer, Tensor
from archc.syntax import ast, children

_PURE = (ast.Name, ast.Literal_, ast.Arg, ast.Call, ast.Unary, ast.Binary, ast.BoolOp, ast.Compare, ast.IfExp)
"""What has no effect besides its value, where no name is a tensor's and only functions of numbers are called."""


class Names(NamedTuple):
    """The names that a call is made of, and those among them that are called within it."""

    all: tuple[str, ...]
    called: tuple[str, ...]


def call(node: ast.Call, frame: Frame, make: Callable[[ast.Call, Frame], Any]) -> Any:
    """The value of a call: in a loop, what it gave for the same values, which are told by their identity."""
    names = None if frame.turns is None else _names(node)
    if names is None or frame.turns is None:
        return make(node, frame)
    values = tuple([_value(name, frame) for name in names.all])
    key = node, *map(id, values)
    if key in frame.turns:
        return frame.turns[key][0]
    result = make(node, frame)
    if isinstance(result, Layer | BlockRecipe) and _is_pure(names, values, frame):
        frame.turns[key] = result, values  # as long as the values are kept, no other has their identity
    return result


def _value(name: str, frame: Frame) -> Any:
    """The value of a local name or label. No other name gets another value while a body runs."""
    value = frame.scope.find_local(name)
    return frame.builder.instances.get(name, value) if value is MISSING and frame.builder is not None else value


def _is_pure(names: Names, values: tuple[Any, ...], frame: Frame) -> bool:
    called = (frame.scope.find(name) for name in names.called)
    return not any(isinstance(value, Tensor | Condition) for value in values) and all(
        isinstance(one, Builtin) for one in called
    )


@lru_cache(maxsize=1 << 10)
def _names(node: ast.Call) -> Names | None:
    """The names in a call of names and numbers; ``None`` for any other. What ``training`` is depends on more than a name."""
    parts = list(_below(node))
    names = tuple(dict.fromkeys(part.id for part in parts if isinstance(part, ast.Name)))
    if "training" in names or not all(isinstance(part, _PURE) for part in parts):
        return None
    functions = (part.func for part in parts if isinstance(part, ast.Call))
    return Names(names, tuple(function.id for function in functions if isinstance(function, ast.Name)))


def _below(node: ast.AstNode) -> Iterator[ast.AstNode]:
    for child in children(node):
        yield child
        yield from _below(child)
