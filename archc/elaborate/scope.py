"""Names: locals, then the file and its imports, then the library. A user's name hides the library's."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from archc.elaborate.errors import mistake
from archc.elaborate.foreign import instead
from archc.elaborate.numbers import BUILTINS
from archc.elaborate.values import Builtin, OperatorName
from archc.ir.graph import Guard
from archc.ops import operators
from archc.source import Span
from archc.syntax import ast
from archc.syntax.words import RESERVED as RESERVED

NUMBERS = {"inf": math.inf, "pi": math.pi}
DTYPES = ("float16", "bfloat16", "float32", "float64", "int64", "bool")

MISSING = object()


@dataclass(eq=False)
class FileScope:
    """The names that a file defines or imports, and its docstring, which stands for nets without one of their own."""

    name: str
    doc: str | None = None
    values: dict[str, Any] = field(default_factory=dict)
    defined: dict[str, Span] = field(default_factory=dict)


class _Library(dict[str, Any]):
    """The library's values by name, or ``MISSING``. It keeps those that have been asked for."""

    def __missing__(self, name: str) -> Any:
        value = _looked_up(name)
        if value is not MISSING:
            self[name] = value
        return value


_LIBRARY = _Library()


def _looked_up(name: str) -> Any:
    if name in BUILTINS:
        return Builtin(name)
    if name in DTYPES:  # before the operators: `bool` is also the conversion `x.bool()`
        return name
    operator = operators().get(name)
    if operator is not None:
        return OperatorName(operator)
    return NUMBERS.get(name, MISSING)


def library_names() -> Iterator[str]:
    """Every name the library has."""
    yield from BUILTINS
    yield from operators()
    yield from DTYPES
    yield from NUMBERS


class Scope:
    """The names that one body, function call or comprehension sees."""

    __slots__ = ("file", "held", "outer", "values")

    def __init__(self, file: FileScope, outer: Scope | None = None) -> None:
        self.file, self.outer = file, outer
        self.values: dict[str, Any] = {}
        self.held: dict[tuple[Guard, ...], dict[str, Any]] = {}
        """What only one arm of a condition of run time has bound, by what holds there."""

    def find_local(self, name: str) -> Any:
        """A local value, or ``MISSING``."""
        scope: Scope | None = self
        while scope is not None:
            if name in scope.values:
                return scope.values[name]
            scope = scope.outer
        return MISSING

    def find(self, name: str) -> Any:
        """The value of a name by the order of lookup, or ``MISSING``."""
        value = self.find_local(name)
        return self.find_outside(name) if value is MISSING else value

    def find_outside(self, name: str) -> Any:
        """The value of a name that no local one hides, or ``MISSING``."""
        value = self.file.values.get(name, MISSING)
        return _LIBRARY[name] if value is MISSING else value

    def outside(self, node: ast.Name) -> Any:
        """The value of a name that is no local one and must exist."""
        value = self.find_outside(node.id)
        if value is MISSING:
            raise unknown_name(node.id, node.span, [*self.names(), *library_names()])
        return value

    def names(self) -> Iterator[str]:
        """Local names and the file's."""
        scope: Scope | None = self
        while scope is not None:
            yield from scope.values
            scope = scope.outer
        yield from self.file.values

    def set(self, name: str, value: Any, span: Span) -> None:
        """Bind a local name."""
        if name in RESERVED:
            raise reserved(name, span)
        self.values[name] = value


def unknown_name(name: str, span: Span, known: list[str]) -> Exception:
    """The mistake of a name that is nowhere defined."""
    return mistake("E0201", f"unknown name {name!r}", span, "not defined here", help=instead(name, known))


def reserved(name: str, span: Span) -> Exception:
    """The mistake of binding a reserved name."""
    return mistake("E0217", f"{name!r} is a reserved name", span, "choose another name")
