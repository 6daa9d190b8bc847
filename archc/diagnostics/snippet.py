"""The lines of source below a diagnostic's header, with its marks drawn under them.

A mark is cut into pieces, one a line; its text goes to the last. The pieces of a line are drawn as one row of ``^`` and
``-``, the rightmost text behind them and the others hung below, from right to left.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import accumulate

from archc.diagnostics.model import Mark
from archc.diagnostics.paint import Row, Style
from archc.diagnostics.text import cells, printable
from archc.source import Source, Span

LONG = 160  # a line of more columns is shown through a window around its marks
_CUT = "…"
_MARGIN = 12  # columns of context that a window keeps around a mark
_HEAD, _TAIL = 3, 1  # lines shown of a mark that covers many


@dataclass(frozen=True)
class Piece:
    """What a mark covers of one line: characters ``start`` up to ``end``, counted from 0."""

    line: int
    start: int
    end: int
    text: str
    primary: bool

    @property
    def style(self) -> Style:
        return "error" if self.primary else "other"


def clamped(source: Source, span: Span) -> tuple[int, int]:
    """The span's offsets, kept inside the text and in order."""
    start = min(max(span.start, 0), len(source.text))
    return start, min(max(span.end, start), len(source.text))


def bounds(source: Source, span: Span) -> tuple[int, int]:
    """The span's offsets, kept inside the text, without the blank end of a span over several lines.

    What stands behind the last line (an unexpected end of the file) is shown at the end of the last line with text.
    """
    text = source.text
    start, end = clamped(source, span)
    if "\n" in text[start:end]:
        end = start + len(text[start:end].rstrip())
    if start == end and not text[start:].strip():
        start = end = min(start, len(text.rstrip()))
    return start, end


def pieces(source: Source, mark: Mark) -> list[Piece]:
    """The mark cut at line ends; of a long one its first lines and its last."""
    start, end = bounds(source, mark.span)
    (first, left), (last, right) = source.position(start), source.position(end)
    numbers = range(first, last + 1)
    cut = []
    for number in numbers if len(numbers) <= _HEAD + _TAIL else (*numbers[:_HEAD], *numbers[-_TAIL:]):
        line = source.line(number)
        begin = left - 1 if number == first else len(line) - len(line.lstrip())
        stop = right - 1 if number == last else len(line.rstrip())
        if begin < stop or first == last:
            cut.append(Piece(number, begin, stop, mark.text if number == last else "", mark.primary))
    return cut


def snippet(source: Source, marks: Iterable[Mark], *, color: bool, width: int) -> list[tuple[int | None, str]]:
    """Rows of the snippet: a line's number and text, or None and what is drawn below a line. Number 0 is for lines left out."""
    by_line: dict[int, list[Piece]] = {}
    for mark in marks:
        for piece in pieces(source, mark):
            by_line.setdefault(piece.line, []).append(piece)
    rows: list[tuple[int | None, str]] = []
    previous = None
    for number in sorted(by_line):
        if previous is not None and number == previous + 2:
            rows.append((number - 1, line_window(source.line(number - 1), (0, 0), width)[0]))
        elif previous is not None and number > previous + 2:
            rows.append((0, "..."))
        rows += _marked_line(source.line(number), number, by_line[number], color, width)
        previous = number
    return rows


def _marked_line(
    line: str, number: int, found: Sequence[Piece], color: bool, width: int
) -> list[tuple[int | None, str]]:
    """A line and what is drawn below it; a long line again for each group of pieces that one window cannot show."""
    columns = [0, *accumulate(wide for _, wide in cells(line))]
    spots = [(_spot(columns, piece), piece) for piece in sorted(found, key=lambda p: (p.start, p.end))]
    rows: list[tuple[int | None, str]] = []
    for group in _groups(spots, width) if columns[-1] > LONG else [spots]:
        reach = (group[0][0][0], max(end for (_, end), _ in group))
        text, shift, end = line_window(line, reach, width)
        rows.append((number, text))
        moved = [((max(a + shift, 0), min(b + shift, end)), piece) for (a, b), piece in group]
        rows += [(None, row.show(color)) for row in _underlines(moved)]
    return rows


_Spot = tuple[tuple[int, int], Piece]


def _spot(columns: Sequence[int], piece: Piece) -> tuple[int, int]:
    """The columns to underline; what has no width of its own is given one."""
    start, end = columns[piece.start], columns[piece.end]
    if start == end and piece.start < piece.end:  # only combining marks: they stand on the column before
        return max(start - 1, 0), max(start, 1)
    return start, max(end, start + 1)


def _groups(spots: Sequence[_Spot], width: int) -> list[list[_Spot]]:
    groups: list[list[_Spot]] = []
    for spot in spots:
        if groups and spot[0][1] - groups[-1][0][0][0] <= width - 2 * _MARGIN:
            groups[-1].append(spot)
        else:
            groups.append([spot])
    return groups


def line_window(line: str, reach: tuple[int, int], width: int) -> tuple[str, int, int]:
    """A line as shown, what to add to its columns to find them in there, and the column where underlines must stop.

    A line longer than ``LONG`` columns is cut to about ``width`` columns around ``reach``, with ``…`` where it is cut.
    """
    row = cells(line)
    columns = [0, *accumulate(wide for _, wide in row)]
    if columns[-1] <= LONG:
        return "".join(shown for shown, _ in row), 0, columns[-1] + 1
    left = max(0, reach[0] - _MARGIN)
    kept = [i for i, (_, wide) in enumerate(row) if columns[i] >= left and columns[i] + wide <= left + width]
    first, last = (kept[0], kept[-1] + 1) if kept else (len(row), len(row))
    head = _CUT if first else ""
    tail = _CUT if last < len(row) else ""
    text = head + "".join(shown for shown, _ in row[first:last]) + tail
    shift = len(head) - columns[first]
    return text, shift, columns[last] + shift + 1


def _underlines(spots: Sequence[_Spot]) -> list[Row]:
    """The row of carets, and the texts: the rightmost behind the carets, the others hung below it."""
    carets = Row()
    # What is drawn later covers: the narrow the wide, and at one width the primary the others.
    for (start, end), piece in sorted(spots, key=lambda spot: (spot[0][0] - spot[0][1], spot[1].primary)):
        carets.draw(start, ("^" if piece.primary else "-") * max(end - start, 1), piece.style)
    hung = [(start, piece) for (start, _), piece in spots if piece.text]
    rows = [carets]
    if hung and _is_free(hung[-1][0], spots):
        start, piece = hung.pop()
        first, *more = printable(piece.text).split("\n")
        column = carets.width + 1
        carets.draw(column, first, piece.style)
        rows += [_hanging(hung, column, line, piece.style) for line in more]
    return rows + _hung(hung)


def _is_free(start: int, spots: Sequence[_Spot]) -> bool:
    """Nothing else begins to the right of a column, and only one thing at it: text behind the carets can mean one only."""
    return sum(begin >= start for (begin, _), _ in spots) == 1


def _hung(hung: Sequence[tuple[int, Piece]]) -> list[Row]:
    """Texts below the carets, each under the start of its own, with lines up to the carets."""
    if not hung:
        return []
    rows = [_hanging(hung, None, "", "")]
    for i in range(len(hung) - 1, -1, -1):
        start, piece = hung[i]
        left = [other for other in hung[:i] if other[0] < start]
        rows += [_hanging(left, start, line, piece.style) for line in printable(piece.text).split("\n")]
    return rows


def _hanging(lines_of: Sequence[tuple[int, Piece]], column: int | None, text: str, style: Style) -> Row:
    """A row with a ``|`` for each text that comes further below, and one text."""
    row = Row()
    for start, piece in lines_of:
        row.draw(start, "|", piece.style)
    if column is not None:
        row.draw(column, text, style)
    return row
