"""The one renderer: diagnostics as text for a terminal, and as JSON."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Mapping, Sequence
from itertools import takewhile
from typing import Any

from archc.diagnostics.model import Diagnostic, Fix, Mark
from archc.diagnostics.paint import Style, paint
from archc.diagnostics.snippet import bounds, clamped, line_window, snippet
from archc.diagnostics.text import printable
from archc.source import Source, Span


def render(diagnostic: Diagnostic, sources: Mapping[str, Source], *, color: bool, width: int = 100) -> str:
    """A diagnostic as several lines of text, the last with its line end.

    ``width`` is where notes are wrapped, and how many columns are shown of a very long line of source.
    """
    files = _by_file(diagnostic)
    gutter = len(str(_last_line(diagnostic, sources)))
    lines = [_header(diagnostic, color)]
    for name, marks in files.items():
        lines += _file(name, marks, sources.get(name), gutter, color, width)
    bar = _bar(gutter, color)
    notes = [_note("note", note, gutter, color, width) for note in _unplaced(files, sources) + list(diagnostic.notes)]
    if diagnostic.help:
        notes.append(_note("help", diagnostic.help, gutter, color, width))
    if files and notes:
        lines.append(bar)
    lines += notes
    if diagnostic.fix and (source := sources.get(diagnostic.fix.span.file)):
        lines += [bar, *_fix(diagnostic.fix, source, gutter, color, width)]
    return "\n".join(lines) + "\n"


def render_all(diagnostics: Iterable[Diagnostic], sources: Mapping[str, Source], color: bool, width: int = 100) -> str:
    """All of them, with a blank line between, and how many errors there are at the end. Empty for none."""
    found = list(diagnostics)
    parts = [render(diagnostic, sources, color=color, width=width) for diagnostic in found]
    if errors := sum(diagnostic.severity == "error" for diagnostic in found):
        count = f": {errors} error{'s' if errors > 1 else ''}"
        parts.append(paint("error", "error", color) + paint(count, "bold", color) + "\n")
    return "\n".join(parts)


def _by_file(diagnostic: Diagnostic) -> dict[str, list[Mark]]:
    """The marks by file, the primary mark's file first."""
    files: dict[str, list[Mark]] = {}
    for mark in sorted(diagnostic.marks, key=lambda mark: not mark.primary):
        files.setdefault(mark.span.file, []).append(mark)
    return files


def _last_line(diagnostic: Diagnostic, sources: Mapping[str, Source]) -> int:
    """The greatest line number that will be shown."""
    spans = [mark.span for mark in diagnostic.marks] + ([diagnostic.fix.span] if diagnostic.fix else [])
    shown = [(source, span) for span in spans if (source := sources.get(span.file))]
    last = [source.position(bounds(source, span)[1])[0] for source, span in shown]
    if (fix := diagnostic.fix) and (source := sources.get(fix.span.file)):
        last.append(source.position(bounds(source, fix.span)[0])[0] + fix.text.count("\n"))
    return max(last, default=1)


def _header(diagnostic: Diagnostic, color: bool) -> str:
    kind = paint(f"{diagnostic.severity}[{diagnostic.code}]", diagnostic.severity, color)
    return kind + paint(f": {printable(diagnostic.message)}", "bold", color)


def _bar(gutter: int, color: bool) -> str:
    return paint(" " * gutter + " |", "gutter", color)


def _file(name: str, marks: list[Mark], source: Source | None, gutter: int, color: bool, width: int) -> list[str]:
    """A file's place and snippet; only its name when its text is not at hand."""
    arrow = paint(" " * gutter + ("--> " if marks[0].primary else "::: "), "gutter", color)
    if source is None:
        return [arrow + printable(name)]
    line, column = source.position(bounds(source, marks[0].span)[0])
    rows = [f"{arrow}{printable(name)}:{line}:{column}", _bar(gutter, color)]
    for number, text in snippet(source, marks, color=color, width=width):
        if number == 0:
            rows.append(paint(text, "gutter", color))
        else:
            side = paint(f"{'' if number is None else number:>{gutter}} |", "gutter", color)
            rows.append(f"{side} {text}".rstrip())
    return rows


def _unplaced(files: Mapping[str, list[Mark]], sources: Mapping[str, Source]) -> list[str]:
    """What marks say in files whose text is not at hand."""
    return [mark.text for name, marks in files.items() if name not in sources for mark in marks if mark.text]


def _note(kind: str, text: str, gutter: int, color: bool, width: int) -> str:
    """``= note: ...``, wrapped between words; line ends in it stay."""
    lead = " " * gutter + " = "
    indent = " " * len(f"{lead}{kind}: ")
    wrapped: list[str] = []
    for line in printable(text).split("\n"):
        room = max(width - len(indent), 40)
        cut = textwrap.wrap(line, room, break_long_words=False, break_on_hyphens=False) if len(line) > room else [line]
        wrapped += cut or [""]
    return paint(lead, "gutter", color) + paint(kind, "bold", color) + f": {f'{chr(10)}{indent}'.join(wrapped)}"


def _fix(fix: Fix, source: Source, gutter: int, color: bool, width: int) -> list[str]:
    """The lines that a fix changes, as they are (``-``) and as they would be (``+``)."""
    start, end = clamped(source, fix.span)
    (first, left), (last, right) = source.position(start), source.position(end)
    old = [source.line(number) for number in range(first, last + 1)]
    new = (old[0][: left - 1] + fix.text + old[-1][right - 1 :]).split("\n")
    same = _common(old, new)
    back = _common(old[same:][::-1], new[same:][::-1])
    rows: list[str] = []
    changed: tuple[tuple[str, Style, list[str]], ...] = (("-", "removed", old), ("+", "added", new))
    for sign, style, lines in changed:
        for number, line in enumerate(lines[same : len(lines) - back], start=first + same):
            text = paint(f"{sign} {line_window(line, (left - 1, left), width)[0]}".rstrip(), style, color)
            rows.append(paint(f"{number:>{gutter}} ", "gutter", color) + text)
    return rows


def _common(one: Sequence[str], two: Sequence[str]) -> int:
    """How many lines the two begin with alike."""
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(one, two, strict=False)))


def to_json(diagnostic: Diagnostic, sources: Mapping[str, Source]) -> dict[str, Any]:
    """A diagnostic as JSON values. Lines and columns count from 1, offsets from 0, all in characters (code points).

    They are None for a file whose text is not at hand; ends are exclusive.
    """
    fix = diagnostic.fix
    return {
        "code": diagnostic.code,
        "severity": diagnostic.severity,
        "message": diagnostic.message,
        "marks": [
            {**_place(mark.span, sources), "text": mark.text, "primary": mark.primary} for mark in diagnostic.marks
        ],
        "notes": list(diagnostic.notes),
        "help": diagnostic.help,
        "fix": None if fix is None else {**_place(fix.span, sources), "text": fix.text},
    }


def _place(span: Span, sources: Mapping[str, Source]) -> dict[str, Any]:
    source = sources.get(span.file)
    (line, column), (end_line, end_column) = (
        (source.position(span.start), source.position(span.end)) if source else ((None, None), (None, None))
    )
    return {
        "file": span.file,
        "start": span.start,
        "end": span.end,
        "line": line,
        "column": column,
        "end_line": end_line,
        "end_column": end_column,
    }
