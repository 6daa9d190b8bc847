"""``cfg``: how the entries of a list are read, each by the first row that matches it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from archc.elaborate import binding, calls
from archc.elaborate import evaluate as ev
from archc.elaborate.errors import mistake
from archc.elaborate.scope import Scope
from archc.elaborate.session import Frame
from archc.elaborate.values import CfgReader, Entry, freeze, kind_of, written
from archc.source import Span
from archc.syntax import ast

if TYPE_CHECKING:
    from archc.elaborate.calls import Arguments

_TYPES: dict[str, Any] = {"int": int, "float": int | float, "str": str, "bool": bool, "list": list}


def read(reader: CfgReader, arguments: Arguments, frame: Frame) -> list[Any]:
    """The layers that a list of entries stands for: ``vgg([64, M, 128])``."""
    node = reader.node
    if not arguments.positional or not isinstance(arguments.positional[0][0], (list, tuple)):
        span = arguments.positional[0][1] if arguments.positional else arguments.span
        raise mistake("E0204", f"{node.name} reads a list: give it as the first argument", span)
    entries, span = arguments.positional.pop(0)
    bound = calls.bind(node.name, node.params, arguments, node.name_span)
    inner = Frame(frame.session, Scope(reader.file), frame.builder)
    for param in node.params:
        if param.name in bound:
            inner.scope.set(param.name, bound[param.name][0], param.span)
        elif param.default is not None:
            inner.scope.set(param.name, ev.evaluate(param.default, calls.file_frame(reader, frame)), param.span)
    frame.session.budget.spend(len(entries), span)
    known: dict[object, list[Any]] = {}  # equal entries, of which such lists are full, are the same layers
    with frame.session.entered(id(node), node.name, arguments.span):
        for entry in entries:
            if (key := freeze(entry)) not in known:
                known[key] = _read_entry(node, entry, span, inner)
    return [layer for entry in entries for layer in known[freeze(entry)]]


def _read_entry(node: ast.Cfg, entry: Any, span: Span, frame: Frame) -> list[Any]:
    for row in node.rows:
        if _matches(row, entry):
            inner = frame.nested()
            if row.kind != "name":
                binding.assign(row.pattern, entry, inner)
            return [layer for layer in ev.evaluate(ast.ListExpr(row.span, row.items), inner) if layer is not None]
    rows = ", ".join(_row_text(row) for row in node.rows)
    raise mistake(
        "E0215",
        f"no row of {node.name} reads the entry {written(entry)}",
        span,
        f"{kind_of(entry)}: {written(entry)}",
        notes=(f"its rows read {rows}",),
    )


def _matches(row: ast.Row, entry: Any) -> bool:
    if row.kind == "name":
        return isinstance(row.pattern, ast.Name) and entry == Entry(row.pattern.id)
    if row.kind == "tuple":
        return isinstance(entry, tuple) and isinstance(row.pattern, ast.TupleExpr) and _fits(row.pattern, len(entry))
    return isinstance(entry, _TYPES[row.kind]) and (row.kind == "bool") == isinstance(entry, bool)


def _fits(pattern: ast.TupleExpr, length: int) -> bool:
    if any(isinstance(item, ast.Star) for item in pattern.items):
        return length >= len(pattern.items) - 1
    return length == len(pattern.items)


def _row_text(row: ast.Row) -> str:
    if isinstance(row.pattern, ast.TupleExpr):
        return f"a tuple of {len(row.pattern.items)}"
    name = row.pattern.id if isinstance(row.pattern, ast.Name) else "..."
    return name if row.kind == "name" else f"{row.kind} {name}"
