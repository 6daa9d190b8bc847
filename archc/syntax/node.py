"""What all classes of the abstract syntax tree have in common: how they are made, and how their nodes are filled."""

from __future__ import annotations

from types import FunctionType
from typing import Any, dataclass_transform

from archc.source import Span


def _two(node: Any, a: Any, b: Any) -> None:
    node.a, node.b = a, b


def _three(node: Any, a: Any, b: Any, c: Any) -> None:
    node.a, node.b, node.c = a, b, c


def _four(node: Any, a: Any, b: Any, c: Any, d: Any) -> None:
    node.a, node.b, node.c, node.d = a, b, c, d


def _five(node: Any, a: Any, b: Any, c: Any, d: Any, e: Any) -> None:
    node.a, node.b, node.c, node.d, node.e = a, b, c, d, e


_FILLING = {2: _two, 3: _three, 4: _four, 5: _five}
"""By the number of fields: the ``__init__`` of most nodes, but for the names of the fields."""


def _filling(fields: tuple[str, ...], defaults: dict[str, Any]) -> FunctionType:
    """One of _FILLING with the names of some fields: to compile an ``__init__`` for each class would take a hundred times longer."""
    code = _FILLING[len(fields)].__code__.replace(co_names=fields, co_varnames=("node", *fields))
    return FunctionType(code, {}, "__init__", tuple(defaults.values()))


@dataclass_transform(eq_default=False)
class _NodeType(type):
    """Makes a node class of its annotations: slots, and an ``__init__`` that takes them in order or by name.

    Fifty dataclasses would do the same and take most of the time of ``archc check`` to be generated.
    """

    fields: tuple[str, ...]
    defaults: dict[str, Any]

    def __new__(cls, name: str, bases: tuple[type, ...], namespace: dict[str, Any]) -> _NodeType:
        own = tuple(namespace.get("__annotations__", ()))
        inherited: tuple[str, ...] = tuple(field for base in bases for field in getattr(base, "fields", ()))
        defaults = {field: namespace.pop(field) for field in own if field in namespace}
        known = {key: value for base in bases for key, value in getattr(base, "defaults", {}).items()}
        namespace |= {"__slots__": own, "fields": inherited + own, "defaults": known | defaults}
        if len(inherited + own) in _FILLING:
            namespace["__init__"] = _filling(inherited + own, known | defaults)
        return super().__new__(cls, name, bases, namespace)


class AstNode(metaclass=_NodeType):
    """Base of all nodes. Nodes are made once and not changed; they are equal only to themselves."""

    span: Span

    def __init__(self, *values: Any, **named: Any) -> None:
        fields, defaults = type(self).fields, type(self).defaults
        for field, value in zip(fields, values, strict=False):
            setattr(self, field, value)
        for field in fields[len(values) :]:
            setattr(self, field, named[field] if field in named else defaults[field])

    def __repr__(self) -> str:
        shown = ", ".join(f"{field}={getattr(self, field)!r}" for field in type(self).fields)
        return f"{type(self).__name__}({shown})"
