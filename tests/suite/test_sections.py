"""The suite's own reading and writing of sections and annotations."""

from __future__ import annotations

from pathlib import Path

import pytest

from archc.diagnostics.model import Diagnostic, Mark
from archc.source import Source, Span
from tests.suite.sections import Section, annotated, read_sections, write_sections

FILE = """\
# === one ===
net A:
# a comment
    return x
# Error[E0301]: 12-12 no x
# Help: declare x

# === two ===

net B:
    pass
"""


def finding(start: int, end: int, message: str = "wrong", help: str | None = None, file: str = "s") -> Diagnostic:
    return Diagnostic("E0301", message, (Mark(Span(file, start, end), "", True),), help=help)


def test_sections_are_read_with_and_without_annotations(tmp_path: Path) -> None:
    (tmp_path / "x.txt").write_text(FILE)
    one, two = read_sections(tmp_path / "x.txt")
    assert (one.title, two.title) == ("one", "two")
    assert one.spec == "net A:\n# a comment\n    return x\n"
    assert two.spec == two.written == "net B:\n    pass\n"


def test_writing_what_was_read_changes_nothing_but_blank_lines(tmp_path: Path) -> None:
    (tmp_path / "x.txt").write_text(FILE)
    write_sections(tmp_path / "x.txt", read_sections(tmp_path / "x.txt"))
    assert (tmp_path / "x.txt").read_text() == FILE.replace("two ===\n\n", "two ===\n")


@pytest.mark.parametrize("text", ["net A\n# === one ===\n", "# === one ===\n# === one ===\n"])
def test_a_muddled_file_is_refused(text: str, tmp_path: Path) -> None:
    (tmp_path / "x.txt").write_text(text)
    with pytest.raises(ValueError, match=r"^x.txt: "):
        read_sections(tmp_path / "x.txt")


def test_annotations_stand_below_their_lines() -> None:
    source = Source("s", "ab\ncd ef\ngh\n")
    found = [
        finding(6, 8, "second"),
        finding(3, 5, "first", help="do\nthat"),
        finding(1, 7, "long"),
        finding(9, 9, "thin"),
        finding(12, 12, "the end"),
        finding(0, 1, "elsewhere", file="t"),
        Diagnostic("N0801", "no place", severity="note"),
    ]
    written = annotated(source, found)
    assert written == (
        "# Error[E0301]: in t: elsewhere\n"
        "# Note[N0801]: - no place\n"
        "ab\n"
        "# Error[E0301]: 2-4+1 long\n"
        "cd ef\n"
        "# Error[E0301]: 1-2 first\n"
        "# Help: do\\nthat\n"
        "# Error[E0301]: 4-5 second\n"
        "gh\n"
        "# Error[E0301]: 1 thin\n"
        "# Error[E0301]: 1 the end\n"
    )
    assert Section("s", "t", written).spec == source.text


def test_an_empty_spec() -> None:
    assert annotated(Source("s", ""), []) == ""
    assert annotated(Source("s", ""), [finding(0, 0)]) == "# Error[E0301]: 1 wrong\n"
