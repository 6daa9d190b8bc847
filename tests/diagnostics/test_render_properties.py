"""Whatever the text and the marks: rendering never fails, is safe for a terminal, and the carets stand where they should."""

from __future__ import annotations

import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from archc.diagnostics.model import Diagnostic, Fix, Mark
from archc.diagnostics.render import render, to_json
from archc.source import Source, Span
from tests.diagnostics.helpers import FILE

odd = st.sampled_from("a1 (\t\n\n日e\u0301\u202e\x1b\x00\ud800\u2028\U0001f600…")
texts = st.text(odd, max_size=60) | st.text(odd, min_size=200, max_size=400)


@st.composite
def findings(draw: st.DrawFn) -> tuple[str, Diagnostic]:
    text = draw(texts)
    offsets = st.integers(0, len(text))
    spans = st.builds(lambda a, b: Span(FILE, min(a, b), max(a, b)), offsets, offsets)
    label = st.text(odd, max_size=8)
    marks = draw(st.lists(st.builds(Mark, spans, label), max_size=4))
    first = draw(st.builds(Mark, spans, label, st.just(True)))
    notes = tuple(draw(st.lists(st.text(odd), max_size=2)))
    fix = draw(st.none() | st.builds(Fix, spans, label))
    return text, Diagnostic("E0001", draw(label), (*marks, first), notes, draw(st.none() | label), fix)


@given(findings(), st.integers(30, 120))
def test_rendering_never_fails_and_never_emits_what_moves_a_cursor(case: tuple[str, Diagnostic], width: int) -> None:
    text, finding = case
    sources = {FILE: Source(FILE, text)}
    shown = render(finding, sources, color=False, width=width)
    assert shown.endswith("\n")
    assert {unicodedata.category(letter) for letter in shown} & {"Cc", "Cf", "Cs", "Zl", "Zp"} <= {"Cc"}
    assert {letter for letter in shown if unicodedata.category(letter) == "Cc"} == {"\n"}
    to_json(finding, sources)


@given(findings(), st.integers(30, 120))
def test_every_label_is_shown(case: tuple[str, Diagnostic], width: int) -> None:
    text, finding = case
    marks = tuple(Mark(mark.span, f"<label {i}>", mark.primary) for i, mark in enumerate(finding.marks))
    shown = render(Diagnostic("E0001", "", marks), {FILE: Source(FILE, text)}, color=False, width=width)
    assert all(shown.count(mark.text) == 1 for mark in marks)


@given(st.text("ab (", max_size=150), st.data())
def test_carets_stand_under_what_they_cover(line: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(line)))
    end = data.draw(st.integers(start, len(line)))
    text = f"# first\nx{line}y\n# last"
    begin = text.index("\n") + 2
    finding = Diagnostic("E0001", "", (Mark(Span(FILE, begin + start, begin + end), "", True),))
    rows = render(finding, {FILE: Source(FILE, text)}, color=False).splitlines()
    assert rows[1] == f" --> {FILE}:2:{start + 2}"
    assert rows[3] == f"2 | x{line}y"
    assert rows[4] == "  | " + " " * (start + 1) + "^" * max(end - start, 1)


@given(st.text("ab日\u0301\t", min_size=1, max_size=40), st.data())
def test_carets_take_the_columns_that_a_terminal_gives_the_text(line: str, data: st.DataObject) -> None:
    """Counted by hand here: a wide letter two columns, an accent none, a tab up to the next fourth column."""
    start = data.draw(st.integers(0, len(line)))
    column, columns = 0, []
    for letter in "=" + line + "=":
        columns.append(column)
        column += {"日": 2, "\u0301": 0, "\t": 4 - column % 4}.get(letter, 1)
    finding = Diagnostic("E0001", "", (Mark(Span(FILE, start + 1, len(line) + 2), "", True),))
    rows = render(finding, {FILE: Source(FILE, f"={line}=")}, color=False).splitlines()
    assert rows[4] == "  | " + " " * columns[start + 1] + "^" * (column - columns[start + 1])
