"""Rows of styled characters, and the one place that knows ANSI codes."""

from __future__ import annotations

from itertools import groupby
from typing import Literal

Style = Literal["", "error", "note", "other", "gutter", "bold", "added", "removed"]

_CODES: dict[Style, str] = {
    "error": "1;31",
    "note": "1;36",
    "other": "1;34",
    "gutter": "1;34",
    "bold": "1",
    "added": "32",
    "removed": "31",
}


def paint(text: str, style: Style, color: bool) -> str:
    """``text`` in a style; as it is without colour."""
    if not color or not style or not text:
        return text
    return f"\x1b[{_CODES[style]}m{text}\x1b[0m"


class Row:
    """One line below a line of source, drawn by columns (counted from 0); what is drawn later covers what was there."""

    def __init__(self) -> None:
        self._cells: list[tuple[str, Style]] = []

    @property
    def width(self) -> int:
        return len(self._cells)

    def draw(self, column: int, text: str, style: Style) -> None:
        end = column + len(text)
        self._cells += [(" ", "")] * (end - len(self._cells))
        self._cells[column:end] = [(character, style) for character in text]

    def show(self, color: bool) -> str:
        runs = groupby(self._cells, key=lambda cell: cell[1])
        return "".join(paint("".join(text for text, _ in run), style, color) for style, run in runs).rstrip()
