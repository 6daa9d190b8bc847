"""Renderings of a summary as a table: plain text, markdown, and in colour by rich. Nothing is ever cut."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import TYPE_CHECKING

from archc.diagnostics.text import printable

if TYPE_CHECKING:
    from rich.console import Console

    from archc.backends.summary import Line, Summary

COLUMNS = ("Layer", "Type and arguments", "Output", "Params", "Share", "MACs", "FLOPs")
MEMORY, FIELD = "Memory", "Sees"
RIGHT = ("Params", "Share", "MACs", "FLOPs", MEMORY)
"""Numbers stand on the right of their columns."""


def columns(data: Summary) -> tuple[str, ...]:
    """The heads of the columns: those that must be asked for come last."""
    return (*COLUMNS, *([MEMORY] if data.with_memory else []), *([FIELD] if data.with_field else []))


def tree_label(line: Line) -> str:
    """The label behind the branches of the tree that lead to it."""
    *above, last = line.last
    if not above:
        return line.row.label
    stems = "".join("   " if done else "│  " for done in above[1:])
    return f"{stems}{'└─ ' if last else '├─ '}{line.row.label}".rstrip()


def cells(line: Line, heads: Sequence[str]) -> tuple[str, ...]:
    """A row's cells."""
    texts = (tree_label(line), line.type, line.output, line.parameters, line.share, line.macs, line.flops)
    named = dict(zip(COLUMNS, texts, strict=True)) | {MEMORY: line.memory, FIELD: line.field}
    return tuple(printable(named[head]) for head in heads)


def plain(data: Summary) -> str:
    """Text in columns, for pipes and files."""
    heads = columns(data)
    rows = [heads, *(cells(line, heads) for line in data.lines)]
    widths = [max(len(row[i]) for row in rows) for i in range(len(heads))]
    lines = [_aligned(row, widths, heads) for row in rows]
    rule = "─" * (sum(widths) + 2 * len(widths) - 2)
    return "\n".join([printable(data.title), rule, lines[0], rule, *lines[1:], rule, *data.footer]) + "\n"


def _aligned(row: Sequence[str], widths: Sequence[int], heads: Sequence[str]) -> str:
    parts = (
        text.rjust(width) if head in RIGHT else text.ljust(width)
        for text, width, head in zip(row, widths, heads, strict=True)
    )
    return "  ".join(parts).rstrip()


def markdown(data: Summary) -> str:
    """A table of GitHub's markdown, with the totals below."""
    heads = columns(data)
    lines = [f"**{_escaped(data.title)}**", "", _markdown_row(heads)]
    lines.append("|" + "|".join("---:" if head in RIGHT else ":---" for head in heads) + "|")
    lines += [_markdown_row(_markdown_cells(line, heads)) for line in data.lines]
    return "\n".join([*lines, "", *(f"- {_escaped(text)}" for text in data.footer)]) + "\n"


def _markdown_cells(line: Line, heads: Sequence[str]) -> tuple[str, ...]:
    _, type_, output, *others = cells(line, heads)
    label = "&nbsp;&nbsp;" * (len(line.last) - 1) + _code(printable(line.row.label))
    return label, _code(type_), _code(output), *map(_escaped, others)


def _code(text: str) -> str:
    return f"`{text.replace('|', '&#124;').replace('`', chr(39))}`" if text else ""


def _escaped(text: str) -> str:
    return "".join(f"\\{letter}" if letter in "\\`*_[]<>|" else letter for letter in text)


def _markdown_row(row: Sequence[str]) -> str:
    return f"| {' | '.join(row)} |"


def html(data: Summary) -> str:
    """A table of HTML, with the totals below."""
    heads = columns(data)
    head = "".join(_html_cell("th", name, name) for name in heads)
    rows = [
        "".join(_html_cell("td", name, text) for name, text in zip(heads, cells(line, heads), strict=True))
        for line in data.lines
    ]
    body = "\n".join(f"<tr>{row}</tr>" for row in (head, *rows))
    totals = "<br>".join(map(escape, data.footer))
    return f"<table>\n<caption>{escape(printable(data.title))}</caption>\n{body}\n</table>\n<p>{totals}</p>"


def _html_cell(tag: str, head: str, text: str) -> str:
    side = "right" if head in RIGHT else "left"
    return f'<{tag} style="text-align:{side};white-space:pre">{escape(text)}</{tag}>'


def print_rich(data: Summary, console: Console) -> None:
    """The table on a terminal: long cells go on in the next line."""
    from rich import box
    from rich.table import Table
    from rich.text import Text

    table = Table(box=box.HORIZONTALS, title=Text(printable(data.title)), title_justify="left", pad_edge=False)
    table.title_style = "bold"
    heads = fitting_columns(data, console.width)
    for name in heads:
        table.add_column(name, justify="right" if name in RIGHT else "left", overflow="fold", no_wrap=name in RIGHT)
    for line in data.lines:
        style = STYLES.get(line.row.kind, "")
        label, *others = cells(line, heads)
        table.add_row(Text(label), *map(Text, others), style=style)
    console.print(table)
    for text in data.footer:
        console.print(Text(text), soft_wrap=True)


def fitting_columns(data: Summary, width: int) -> tuple[str, ...]:
    """The columns for a screen: one on which the numbers leave little room has none that follow from others."""
    heads = columns(data)
    numbers = [head for head in heads if head in RIGHT]
    rows = [cells(line, numbers) for line in data.lines]
    taken = sum(max(map(len, column)) + 2 for column in zip(numbers, *rows, strict=True))
    return heads if taken + ROOM <= width else tuple(head for head in heads if head not in ("Share", "FLOPs"))


ROOM = 50
"""Letters for the label, the layer and the shape."""
STYLES = {
    "group": "bold",
    "block": "bold",
    "input": "cyan",
    "operation": "dim",
    "unused": "yellow",
    "failed": "bold red",
}
