"""Going through a tree without knowing its classes, and writing it down as plain data."""

from __future__ import annotations

from collections.abc import Iterator

from archc.source import Span
from archc.syntax import ast

_FIELDS: dict[type, tuple[str, ...]] = {}


def field_names(kind: type[ast.AstNode]) -> tuple[str, ...]:
    """The fields of a class but ``span``."""
    names = _FIELDS.get(kind)
    if names is None:
        names = _FIELDS[kind] = tuple(field for field in kind.fields if field != "span")
    return names


def children(node: ast.AstNode) -> list[ast.AstNode]:
    """The nodes just below a node, in the order of its fields."""
    found: list[ast.AstNode] = []
    for name in field_names(type(node)):
        value = getattr(node, name)
        if isinstance(value, ast.AstNode):
            found.append(value)
        elif type(value) is tuple:
            found.extend(_within(value))
    return found


def _within(values: tuple[object, ...]) -> Iterator[ast.AstNode]:
    """The nodes of a tuple, and of the tuples in it."""
    for value in values:
        if isinstance(value, ast.AstNode):
            yield value
        elif type(value) is tuple:
            yield from _within(value)


def dump(node: object, *, spans: bool = False) -> object:
    """A tree as dictionaries and lists, ready for JSON. A node's class is under ``node``, its offsets, if wanted, under ``span``."""
    if isinstance(node, Span):
        return [node.start, node.end]
    if isinstance(node, tuple):
        return [dump(part, spans=spans) for part in node]
    if not isinstance(node, ast.AstNode):
        return node
    entry: dict[str, object] = {"node": type(node).__name__.rstrip("_")}
    if spans:
        entry["span"] = dump(node.span)
    for name in field_names(type(node)):
        value = getattr(node, name)
        if spans or not (isinstance(value, Span) or name.endswith("_span")):
            entry[name] = dump(value, spans=spans)
    return entry
