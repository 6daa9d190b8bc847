"""The formatter's layout of one logical line in rows that fit the page."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence

from archc.syntax.spacing import CLOSING, COMMENT, OPENING, Item

WIDTH = 110
STEP = 4
CONTINUING = ("ARROW", "WHERE")
"""What may start a row of its own outside of brackets."""

Row = Sequence[Item]


def rows(items: Row, margin: int, *, header: bool) -> list[str]:
    """The rows of a logical line that starts at a margin. The rows after the first one of a ``header`` are indented twice.

    The author's breaks before arrows, after commas and inside brackets are kept; rows that are too long are broken further: before
    arrows and after commas in as few brackets as possible, and failing that before operators in brackets.
    """
    waiting = deque(_author_rows(items))
    open_margins: list[int] = []  # of the rows in which the brackets that are open now were opened
    done: list[str] = []
    while waiting:
        row = waiting.popleft()
        following = waiting[0][0] if waiting else None
        indent = _indent(row[0], following, open_margins, margin, header) if done else margin
        cut = _cut(row, indent)
        if cut:
            waiting.appendleft(row[cut:])
            row = row[:cut]
            if _cut(row, indent):
                waiting.appendleft(row)
                continue
        done.append(" " * indent + text(row))
        _open(row, indent, open_margins)
    return done


def text(row: Row) -> str:
    """The items of a row in one line, without a margin."""
    return row[0].text + "".join(item.space + item.text for item in row[1:])


def _author_rows(items: Row) -> list[Row]:
    breaks = _kept_breaks(items)
    starts = [0, *(index for index in range(1, len(items)) if breaks[index])]
    return [items[start:end] for start, end in zip(starts, [*starts[1:], len(items)], strict=True)]


def _kept_breaks(items: Row) -> list[bool]:
    """Before which items the author's line ends are kept. One behind an arrow or before a comma is moved to its other side."""
    broken = [item.broken for item in items]
    for index in range(1, len(items)):
        if broken[index] and items[index - 1].kind == "ARROW":
            broken[index - 1] = True
        if broken[index] and items[index].kind == "_COMMA" and index + 1 < len(items):
            broken[index + 1] = True
    return [False, *(_keeps(items[index - 1], items[index], broken[index]) for index in range(1, len(items)))]


def _keeps(before: Item, item: Item, broken: bool) -> bool:
    if before.kind == COMMENT:
        return True
    if not broken:
        return False
    at_bracket = before.kind in OPENING or item.kind in CLOSING
    return item.kind in (*CONTINUING, COMMENT) or before.kind == "_COMMA" or at_bracket


def _indent(first: Item, following: Item | None, open_margins: list[int], margin: int, header: bool) -> int:
    """Where a row that is not the first one starts. A comment of its own stands where the row after it does."""
    if first.kind == COMMENT and following is not None:
        first = following._replace(kind=COMMENT if following.kind in CLOSING else following.kind)
    if first.kind in CLOSING:
        return open_margins[-1]
    inner = open_margins[-1] if open_margins else margin
    indent = inner + (2 * STEP if header and inner == margin else STEP)
    goes_on = first.kind == "ARROW" or first.operator
    return indent + STEP if goes_on and open_margins else indent


def _open(row: Row, indent: int, open_margins: list[int]) -> None:
    for item in row:
        if item.kind in OPENING:
            open_margins.append(indent)
        elif item.kind in CLOSING:
            open_margins.pop()


# --- rows that are too long -------------------------------------------------------------------------------------------


def _cut(row: Row, indent: int) -> int:
    """Before which item to break a row that is too long; 0 for one that fits or cannot be broken."""
    ends = _ends(row, indent)
    shown = ends[-2] if row[-1].kind == COMMENT and len(row) > 1 else ends[-1]
    if shown <= WIDTH:
        return 0
    places = _places(row)
    fitting = [place for place in places if ends[place - 1] <= WIDTH]
    return fitting[-1] if fitting else places[0] if places else 0


def _ends(row: Row, indent: int) -> list[int]:
    """The column at which each item ends."""
    column = indent
    ends = []
    for index, item in enumerate(row):
        column += len(item.text) + (len(item.space) if index else 0)
        ends.append(column)
    return ends


def _places(row: Row) -> list[int]:
    """The items before which the row may be broken: those in the fewest brackets."""
    inner = range(1, len(row))
    best = [
        index
        for index in inner
        if row[index].kind in CONTINUING or (row[index].depth and row[index - 1].kind == "_COMMA")
    ]
    best = [index for index in best if row[index].kind not in (COMMENT, *CLOSING)]
    best = best or [index for index in inner if row[index].operator and row[index].depth]
    fewest = min((row[index].depth for index in best), default=0)
    return [index for index in best if row[index].depth == fewest]
