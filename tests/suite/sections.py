"""Files of small specs with the diagnostics that they must give written below the lines (the README here says how)."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from archc.diagnostics.model import Diagnostic
from archc.source import Source

_TITLE = re.compile(r"# === (.+) ===")
_ANNOTATION = re.compile(r"# (Error\[E\d{4}\]|Note\[N\d{4}\]|Help): ")


@dataclass(frozen=True)
class Section:
    """``written`` is the section as it stands in the file, ``spec`` is what gets compiled: without the annotations."""

    file: str
    title: str
    written: str

    @property
    def spec(self) -> str:
        return "".join(line for line in self.written.splitlines(keepends=True) if not _ANNOTATION.match(line))

    def __str__(self) -> str:
        return f"{self.file}: {self.title}"


def read_sections(path: Path) -> list[Section]:
    """The sections of a file, in order. Raises ValueError for text before the first title and for a title used twice."""
    found: dict[str, list[str]] = {}
    lines: list[str] | None = None
    for line in path.read_text(encoding="utf-8").splitlines():
        if match := _TITLE.fullmatch(line):
            if match[1] in found:
                raise ValueError(f"{path.name}: two sections are called {match[1]!r}")
            lines = found[match[1]] = []
        elif lines is not None:
            lines.append(line)
        elif line:
            raise ValueError(f"{path.name}: {line!r} stands before the first section")
    return [Section(path.stem, title, _trimmed(lines)) for title, lines in found.items()]


def write_sections(path: Path, sections: Iterable[Section]) -> None:
    text = "\n".join(f"# === {section.title} ===\n{section.written}" for section in sections)
    path.write_text(text, encoding="utf-8")


def _trimmed(lines: list[str]) -> str:
    text = "\n".join(lines).strip("\n")
    return f"{text}\n" if text else ""


def annotated(source: Source, diagnostics: Iterable[Diagnostic]) -> str:
    """The text with an annotation below each line in which a diagnostic begins; those without a place come first."""
    by_line: dict[int, list[tuple[int, str]]] = {}
    for diagnostic in diagnostics:
        line, column, place = _place(source, diagnostic)
        rows = [f"# {diagnostic.severity.capitalize()}[{diagnostic.code}]: {place} {_one_line(diagnostic.message)}"]
        rows += [f"# Help: {_one_line(diagnostic.help)}"] if diagnostic.help else []
        by_line.setdefault(line, []).append((column, "\n".join(rows)))
    lines = source.text.removesuffix("\n").split("\n") if source.text else []
    parts = [[line, *_notes(by_line, number)] for number, line in enumerate(lines, 1)]
    below = [_notes(by_line, number) for number in sorted(by_line) if number > len(lines)]
    return "".join(f"{row}\n" for part in (_notes(by_line, 0), *parts, *below) for row in part)


def _notes(by_line: dict[int, list[tuple[int, str]]], number: int) -> list[str]:
    return [text for _, text in sorted(by_line.get(number, []))]


def _place(source: Source, diagnostic: Diagnostic) -> tuple[int, int, str]:
    """Line and column that a diagnostic begins at, and how its annotation writes what it covers."""
    span = diagnostic.span
    if span is None:
        return 0, 0, "-"
    if span.file != source.name:
        return 0, 0, f"in {span.file}:"
    line, column = source.position(span.start)
    if span.start == span.end:
        return line, column, f"{column}"
    last, end = source.position(span.end - 1)
    return line, column, f"{column}-{end}" if line == last else f"{column}-{end}+{last - line}"


def _one_line(text: str) -> str:
    return text.replace("\n", "\\n")
