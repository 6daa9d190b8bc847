"""Calls that are made of the same values again: layers and blocks in the turns of a loop or in variants, and functions."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache
from types import NoneType
from typing import Any, NamedTuple

from archc.elaborate.scope import MISSING
from archc.elaborate.session import Frame
from archc.elaborate.values import (
    BlockRecipe,
    Builtin,
    Condition,
    Definition,
    Entry,
    Function,
    Layer,
    OperatorName,
    Tensor,
    frozen,
)
from archc.source import Span
from archc.syntax import ast

_CONSTANTS = frozenset((int, bool, float, str, NoneType, OperatorName, Definition, Function, Entry, Builtin))
_VARYING = frozenset((Tensor, Condition))
_MAKERS = (OperatorName, Builtin, Definition, BlockRecipe)
MAX_KEPT = 4096
"""Calls whose results are kept."""
MAX_COMPARED = 32
"""Items of a list that is an argument, beyond which it is not compared with others."""


class Names(NamedTuple):
    """The names that a call is made of, what is called, and those among them that are called within it."""

    all: tuple[str, ...]
    callee: str
    called: tuple[str, ...]


def call(node: ast.Call, frame: Frame, make: Callable[[ast.Call, Frame], Any]) -> Any:
    """The value of a call in a body: of the same values, what it gave before. Integers, which a body computes anew, are told by their
    number, other values by their identity."""
    session = frame.session
    names = None if frame.builder is None else _names(node)
    if names is None or session.calls is None:
        return make(node, frame)
    local = frame.scope.values
    values = tuple([local[name] if name in local else _value(name, frame) for name in names.all])
    key = node, session.within, *[(value,) if type(value) is int else id(value) for value in values]
    if key in session.calls:
        return session.calls[key][0]
    result = make(node, frame)
    if len(session.calls) < MAX_KEPT and isinstance(result, (Layer, BlockRecipe)) and _is_pure(names, values, frame):
        session.calls[key] = result, values  # as long as the values are kept, no other has their identity
    return result


def function(callee: Function, bound: Mapping[str, tuple[Any, Span]], frame: Frame, run: Callable[[], Any]) -> Any:
    """What a ``def`` gives: for equal constants, within the same definitions and under the same conditions of run time, what it gave
    before, unless it applied an operator.

    At file level names are still being defined, and the same may mean something else later; labels that a body declares are names in it.
    """
    builder = frame.builder
    if builder is None or builder.instances or not all(_is_constant(value) for value, _ in bound.values()):
        return run()
    memo, nodes = frame.session.memo, len(builder.nodes)
    arguments = frozen([value for value, _ in bound.values()])
    key = ("function", id(callee.node), frame.session.within, builder.when, *bound, *arguments)
    if key in memo:
        return memo[key]
    result = run()
    if len(builder.nodes) == nodes:
        memo[key] = result
    return result


def _is_constant(value: Any) -> bool:
    """Whether a value is the same wherever it is written, and soon compared: layers know their places."""
    items = value if isinstance(value, (list, tuple)) else (value,)
    return len(items) <= MAX_COMPARED and _CONSTANTS.issuperset(map(type, items))


def _value(name: str, frame: Frame) -> Any:
    """The value of a local name or label. No other name gets another value while a body runs."""
    value = frame.scope.find_local(name)
    return frame.builder.instances.get(name, value) if value is MISSING and frame.builder is not None else value


def _is_pure(names: Names, values: tuple[Any, ...], frame: Frame) -> bool:
    """A ``def`` may make of equal values something else: see ``function``."""
    return (
        _VARYING.isdisjoint(map(type, values))
        and all(isinstance(frame.scope.find(name), Builtin) for name in names.called)
        and isinstance(frame.scope.find(names.callee), _MAKERS)
    )


@lru_cache(maxsize=1 << 10)
def _names(node: ast.Call) -> Names | None:
    """The names in a call of names and numbers; ``None`` for any other."""
    names: dict[str, None] = {}
    functions: list[ast.Expr] = []
    if not _collect(node, names, functions):
        return None
    callee, *called = [function.id for function in functions if isinstance(function, ast.Name)] or [""]
    return Names(tuple(names), callee, tuple(called)) if len(called) == len(functions) - 1 else None


def _collect(node: ast.Expr, names: dict[str, None], functions: list[ast.Expr]) -> bool:
    """Note the names in an expression, and what is called in it. Whether it has no effect besides its value, where no name is a
    tensor's and only functions of numbers are called; what ``training`` is depends on more than a name."""
    parts: tuple[ast.Expr, ...]
    match node:
        case ast.Name():
            names[node.id] = None
            return node.id != "training"
        case ast.Literal_():
            return True
        case ast.Call():
            functions.append(node.func)
            parts = (node.func, *[arg.value for arg in node.args])
        case ast.Binary():
            parts = node.left, node.right
        case ast.Unary():
            parts = (node.operand,)
        case ast.Compare():
            parts = (node.left, *node.rights)
        case ast.BoolOp():
            parts = node.values
        case ast.IfExp():
            parts = node.test, node.then, node.orelse
        case _:
            return False
    return all(_collect(part, names, functions) for part in parts)
