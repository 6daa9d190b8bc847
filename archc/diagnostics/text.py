"""Text of strangers made fit to be shown: nothing in it may move a terminal's cursor or reorder what a reader sees."""

from __future__ import annotations

import unicodedata
from typing import NamedTuple

TAB = 4

# Control and format characters (bidi controls among them), lone surrogates, unassigned, line and paragraph separators.
_UNSHOWABLE = {"Cc", "Cf", "Cs", "Cn", "Zl", "Zp"}
_ON_TOP = {"Mn", "Me"}


class Cell(NamedTuple):
    """What a character is shown as, and how many columns that takes."""

    shown: str
    width: int


def cell(character: str, column: int) -> Cell:
    """How one character is shown that starts at a column (counted from 0)."""
    if " " <= character <= "~":
        return Cell(character, 1)
    if character == "\t":
        width = TAB - column % TAB
        return Cell(" " * width, width)
    category = unicodedata.category(character)
    if category in _UNSHOWABLE:
        escape = f"\\u{{{ord(character):x}}}"
        return Cell(escape, len(escape))
    if category in _ON_TOP:
        return Cell(character, 0)
    return Cell(character, 2 if unicodedata.east_asian_width(character) in "WF" else 1)


def cells(text: str) -> list[Cell]:
    """The cells of one line."""
    row: list[Cell] = []
    column = 0
    for character in text:
        row.append(cell(character, column))
        column += row[-1].width
    return row


def printable(text: str) -> str:
    """The text with everything that must not reach a terminal escaped; its line ends stay."""
    return "\n".join("".join(shown for shown, _ in cells(line)) for line in text.split("\n"))
