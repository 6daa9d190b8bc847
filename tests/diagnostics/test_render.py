"""The exact text of rendered diagnostics."""

from __future__ import annotations

from textwrap import dedent

from archc.diagnostics.model import Diagnostic, Fix, Mark
from archc.diagnostics.render import render, render_all
from archc.source import Source, Span
from tests.diagnostics.helpers import FILE, cover, found, other, primary, sources

NET = """\
net A(x: [B, 3, H, W]) -> [B, 10]:
    a = x -> conv(64, 3)
    b = x -> conv(32, 3)
    c = a -> relu
    d = c -> relu
    return a + b
"""


def shown(text: str, diagnostic: Diagnostic, *, color: bool = False, width: int = 100) -> str:
    return render(diagnostic, sources(text), color=color, width=width)


def expect(text: str) -> str:
    return dedent(text).lstrip("\n")


def test_one_mark_with_notes_and_help() -> None:
    mark = primary(NET, "conv(64, 3)", "this layer")
    assert shown(NET, found(mark, notes=("found this", "expected that"), help="write the other")) == expect("""
        error[E0301]: something is wrong
         --> net.arch:2:14
          |
        2 |     a = x -> conv(64, 3)
          |              ^^^^^^^^^^^ this layer
          |
          = note: found this
          = note: expected that
          = help: write the other
        """)


def test_a_finding_without_a_place() -> None:
    assert shown(NET, found(notes=("the folder is empty",))) == expect("""
        error[E0301]: something is wrong
          = note: the folder is empty
        """)


def test_marks_on_several_lines_keep_a_single_line_between_and_leave_out_more() -> None:
    marks = (
        primary(NET, "a + b", "these"),
        other(NET, "[B, 3, H, W]", "from here"),
        other(NET, "conv(32, 3)", "and here"),
    )
    assert shown(NET, found(*marks)) == expect("""
        error[E0301]: something is wrong
         --> net.arch:6:12
          |
        1 | net A(x: [B, 3, H, W]) -> [B, 10]:
          |          ------------ from here
        2 |     a = x -> conv(64, 3)
        3 |     b = x -> conv(32, 3)
          |              ----------- and here
        ...
        6 |     return a + b
          |            ^^^^^ these
        """)


def test_marks_on_one_line_hang_from_right_to_left() -> None:
    plus = NET.index("+")
    marks = (
        primary(NET, "+", "no common shape"),
        Mark(Span(FILE, plus - 2, plus - 1), "[B, 64]"),
        Mark(Span(FILE, plus + 2, plus + 3), "[B, 32]"),
    )
    assert shown(NET, found(*marks)) == expect("""
        error[E0301]: something is wrong
         --> net.arch:6:14
          |
        6 |     return a + b
          |            - ^ - [B, 32]
          |            | |
          |            | no common shape
          |            [B, 64]
        """)


def test_a_mark_inside_another_is_seen() -> None:
    marks = (primary(NET, "a = x -> conv(64, 3)", "the step"), other(NET, "64", "the channels"))
    assert shown(NET, found(*marks)) == expect("""
        error[E0301]: something is wrong
         --> net.arch:2:5
          |
        2 |     a = x -> conv(64, 3)
          |     ^^^^^^^^^^^^^^--^^^^ the channels
          |     |
          |     the step
        """)


def test_marks_that_begin_together_hang_both() -> None:
    marks = (primary(NET, "conv(64, 3)", "the layer"), other(NET, "conv", "its name"))
    assert shown(NET, found(*marks)) == expect("""
        error[E0301]: something is wrong
         --> net.arch:2:14
          |
        2 |     a = x -> conv(64, 3)
          |              ----^^^^^^^
          |              |
          |              the layer
          |              its name
        """)


def test_two_marks_on_the_same_place_show_the_primary() -> None:
    marks = (primary(NET, "conv(64, 3)"), other(NET, "conv(64, 3)"))
    assert shown(NET, found(*marks)).splitlines()[-1] == "  |              ^^^^^^^^^^^"


def test_several_files_begin_with_the_primary_marks_own() -> None:
    there = Source("blocks.arch", "\n" * 11 + "block B(n)(x: [C]) -> [C]:\n")
    marks = (Mark(Span("blocks.arch", 20, 23), "declared here"), primary(NET, "conv(64, 3)", "used here"))
    assert render(found(*marks, notes=("why",)), {**sources(NET), there.name: there}, color=False) == expect("""
        error[E0301]: something is wrong
          --> net.arch:2:14
           |
         2 |     a = x -> conv(64, 3)
           |              ^^^^^^^^^^^ used here
          ::: blocks.arch:12:10
           |
        12 | block B(n)(x: [C]) -> [C]:
           |          --- declared here
           |
           = note: why
        """)


def test_a_file_whose_text_is_not_at_hand_keeps_what_is_said_of_it() -> None:
    marks = (primary(NET, "conv", "used here"), Mark(Span("gone.arch", 3, 4), "declared in gone.arch"))
    assert shown(NET, found(*marks)).endswith(" ::: gone.arch\n  |\n  = note: declared in gone.arch\n")


def test_a_span_over_lines_is_underlined_on_each() -> None:
    text = "net A:\n    x = concat(a,\n               b)\n    return x\n"
    assert shown(text, found(primary(text, "concat(a,\n               b)\n", "one call"))) == expect("""
        error[E0301]: something is wrong
         --> net.arch:2:9
          |
        2 |     x = concat(a,
          |         ^^^^^^^^^
        3 |                b)
          |                ^^ one call
        """)


def test_a_span_over_many_lines_shows_its_first_and_last() -> None:
    assert shown(NET, found(Mark(Span(FILE, 0, len(NET)), "all of it", primary=True))) == expect("""
        error[E0301]: something is wrong
         --> net.arch:1:1
          |
        1 | net A(x: [B, 3, H, W]) -> [B, 10]:
          | ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
        2 |     a = x -> conv(64, 3)
          |     ^^^^^^^^^^^^^^^^^^^^
        3 |     b = x -> conv(32, 3)
          |     ^^^^^^^^^^^^^^^^^^^^
        ...
        6 |     return a + b
          |     ^^^^^^^^^^^^ all of it
        """)


def test_tabs_stop_at_every_fourth_column() -> None:
    text = "\tx =\tconv(64)\n"
    assert shown(text, found(primary(text, "conv"), other(text, "x ="))) == expect("""
        error[E0301]: something is wrong
         --> net.arch:1:6
          |
        1 |     x = conv(64)
          |     --- ^^^^
        """)


def test_wide_characters_take_two_columns_and_combining_ones_none() -> None:
    text = '"日本", "e\u0301e\u0301", end\n'
    marks = (other(text, "日本"), other(text, "e\u0301e\u0301"), primary(text, "end", "here"))
    assert shown(text, found(*marks)).splitlines()[3:] == [
        '1 | "日本", "e\u0301e\u0301", end',
        "  |  ----    --   ^^^ here",
    ]


def test_a_combining_mark_alone_is_shown_at_the_letter_it_stands_on() -> None:
    text = "abe\u0301c\n"
    assert shown(text, found(primary(text, "\u0301"))).splitlines()[-1] == "  |   ^"


def test_control_and_bidi_characters_are_escaped() -> None:
    text = "a = '\x1b[31m\u202e'; b\x00\n"
    assert shown(text, found(primary(text, "b", "\x07label"), notes=("\u2066note",))) == expect("""
        error[E0301]: something is wrong
         --> net.arch:1:15
          |
        1 | a = '\\u{1b}[31m\\u{202e}'; b\\u{0}
          |                           ^ \\u{7}label
          |
          = note: \\u{2066}note
        """)


def test_escaped_file_names_and_messages() -> None:
    name = "x\x1b.arch"
    finding = Diagnostic("E0301", "bad \x9b", (Mark(Span(name, 0, 1), "", True),))
    assert render(finding, {name: Source(name, "x")}, color=False).splitlines()[:2] == [
        "error[E0301]: bad \\u{9b}",
        " --> x\\u{1b}.arch:1:1",
    ]


def test_a_span_without_width_gets_one_caret() -> None:
    start = NET.index("(64")
    assert shown(NET, found(Mark(Span(FILE, start, start), "here", primary=True))).splitlines()[-1] == (
        "  |                  ^ here"
    )


def test_the_end_of_the_file_is_shown_behind_its_last_word() -> None:
    text = "net A:\n    return (x\n\n"
    for offset in (len(text) - 1, len(text), len(text) + 5):
        assert shown(text, found(Mark(Span(FILE, offset, offset), "expected )", primary=True))) == expect("""
            error[E0301]: something is wrong
             --> net.arch:2:14
              |
            2 |     return (x
              |              ^ expected )
            """)


def test_an_empty_file() -> None:
    assert shown("", found(Mark(Span(FILE, 0, 0), "no net", primary=True))) == expect("""
        error[E0301]: something is wrong
         --> net.arch:1:1
          |
        1 |
          | ^ no net
        """)


def test_a_very_long_line_is_shown_around_each_group_of_marks() -> None:
    text = "x = " + "f(1234, " * 40 + ")"
    marks = (
        primary(text, "1234", "here", 12),
        other(text, "1234", "near", 13),
        other(text, "1234", "far", 39),
    )
    assert shown(text, found(*marks), width=60) == expect("""
        error[E0301]: something is wrong
         --> net.arch:1:103
          |
        1 | …, f(1234, f(1234, f(1234, f(1234, f(1234, f(1234, f(1234, f(…
          |              ^^^^    ---- near
          |              |
          |              here
        1 | …, f(1234, f(1234, )
          |              ---- far
        """)


def test_a_mark_longer_than_the_window_ends_with_it() -> None:
    text = "x = [" + "1, " * 100 + "]"
    rows = shown(text, found(primary(text, text[4:], "a long list")), width=60).splitlines()
    assert rows[3] == "1 | " + text[:60] + "…"
    assert rows[4] == "  |     " + "^" * 57 + " a long list"


def test_long_notes_are_wrapped_and_nothing_of_them_is_lost() -> None:
    note = " ".join(f"word{i}" for i in range(40)) + "\nand " + "a" * 120
    rows = shown(NET, found(primary(NET, "net"), notes=(note,)), width=60).splitlines()[6:]
    assert rows[0].startswith("  = note: word0 ")
    assert all(row.startswith(" " * 10) for row in rows[1:])
    assert " ".join(row[10:] for row in rows).split() == note.split()
    assert max(map(len, rows[:-1])) <= 60


def test_a_fix_shows_the_line_before_and_after() -> None:
    fix = Fix(cover(NET, "64"), "32")
    assert shown(NET, found(primary(NET, "64"), help="use 32 channels", fix=fix)) == expect("""
        error[E0301]: something is wrong
         --> net.arch:2:19
          |
        2 |     a = x -> conv(64, 3)
          |                   ^^
          |
          = help: use 32 channels
          |
        2 -     a = x -> conv(64, 3)
        2 +     a = x -> conv(32, 3)
        """)


def test_a_fix_that_adds_or_drops_lines_shows_only_those() -> None:
    end = NET.index("\n    c =")
    added = shown(NET, found(fix=Fix(Span(FILE, end, end), "\n    new: linear(3)"))).splitlines()
    assert added[-2:] == ["  |", "4 +     new: linear(3)"]
    dropped = shown(NET, found(fix=Fix(cover(NET, "    c = a -> relu\n"), ""))).splitlines()
    assert dropped[-2:] == ["  |", "4 -     c = a -> relu"]


def test_colour_only_adds_codes() -> None:
    finding = found(
        primary(NET, "conv(64, 3)", "one"),
        other(NET, "x", "two", 1),
        notes=("note",),
        help="help",
        fix=Fix(cover(NET, "64"), "32"),
    )
    colored = shown(NET, finding, color=True)
    assert colored.startswith("\x1b[1;31merror[E0301]\x1b[0m\x1b[1m: something is wrong\x1b[0m\n")
    plain = colored
    for code in ("1;31", "1;34", "1;36", "1", "32", "31", "0"):
        plain = plain.replace(f"\x1b[{code}m", "")
    assert plain == shown(NET, finding)
    assert "\x1b[1;31m^^^^^^^^^^^\x1b[0m" in colored
    assert "\x1b[1;34m-\x1b[0m" in colored
    assert "\x1b[32m+     a = x -> conv(32, 3)\x1b[0m" in colored


def test_all_ends_with_the_number_of_errors() -> None:
    one = found(primary(NET, "net"))
    note = Diagnostic("N0901", "by the way", severity="note")
    assert render_all([], {}, color=False) == ""
    assert render_all([note], {}, color=False) == "note[N0901]: by the way\n"
    assert render_all([one], sources(NET), color=False) == render(one, sources(NET), color=False) + "\nerror: 1 error\n"
    assert render_all([one, note, one], sources(NET), color=False).endswith("\n\nerror: 2 errors\n")
