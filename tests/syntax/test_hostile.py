"""Whatever the bytes, reading and parsing end in a source and a tree, or in diagnostics with places in the text."""

from __future__ import annotations

import time
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archc.diagnostics.model import Diagnostic
from archc.diagnostics.render import render_all
from archc.source import Source
from archc.syntax import MAX_BYTES, MAX_WORDS, parse, read_text
from tests.syntax.helpers import EXAMPLES, parsed

NOISE = [b"(", b")", b"\n", b" ", b"'", b":", b"->", b"\xff", b"\x00", b"if "]
CORPUS = b"\n\n".join(path.read_bytes() for path in EXAMPLES)


def outcome(data: bytes) -> list[str]:
    """The codes of what is wrong with a file of these bytes, each rendered once."""
    source = read_text(data, "a.arch")
    if isinstance(source, Diagnostic):
        return [source.code]
    file, found = parse(source)
    assert (file is None) == bool(found)
    for one in found:
        assert one.span is not None
        assert 0 <= one.span.start <= one.span.end <= len(source.text) + 1
    render_all(found, {source.name: source}, color=False)
    return [one.code for one in found]


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=200))
def test_any_bytes(data: bytes) -> None:
    outcome(data)


@settings(max_examples=150, deadline=None)
@given(st.text(alphabet="ab1.:,()[]{}*+-/=<>~!#\"'\\\n\t \u00e9\u202e", max_size=120))
def test_any_text_of_the_languages_signs(text: str) -> None:
    outcome(text.encode())


WORDS = [
    "x",
    "1",
    "'a'",
    "(",
    ")",
    "[",
    "]",
    ",",
    ":",
    "->",
    "=",
    "+",
    "*",
    "**",
    ".",
    "~",
    "a{i}:",
    "not",
    "in",
    "is",
    "if",
    "else",
    "for",
    "from",
    "def",
    "block",
    "net",
    "cfg",
    "return",
    "assert",
    "init",
    "tie",
]


@settings(max_examples=150, deadline=None)
@given(st.lists(st.sampled_from([*WORDS, "\n", "\n\t", "\n    ", "\n        "]), max_size=40))
def test_any_row_of_tokens(words: list[str]) -> None:
    outcome(" ".join(words).encode())


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 2**32).map(Random), st.integers(1, 4))
def test_examples_with_bytes_changed(chance: Random, changes: int) -> None:
    data = bytearray(CORPUS)
    for _ in range(changes):
        place = chance.randrange(len(data))
        if chance.random() < 0.5:
            del data[place : place + chance.randrange(1, 5)]
        else:
            data[place : place + chance.randrange(2)] = chance.choice(NOISE)
    outcome(bytes(data))


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("x = " + "(" * 100_000, "E0109"),
        ("x = " + "[" * 90 + "1" + "]" * 90 + "\n" + "y = " + "[" * 120 + "1" + "]" * 120, "E0109"),
        ("x = " + "a+" * 10_000 + "a", "E0109"),
        ("x = " + "not " * 5_000 + "a", "E0109"),
        ("x = " + "-" * 5_000 + "a", "E0109"),
        ("x = a" + ".b" * 5_000, "E0109"),
        ("x = a" + "()" * 5_000, "E0109"),
        ("x = " + "a if b else " * 5_000 + "c", "E0109"),
        ("x = a" + " ** a" * 5_000, "E0109"),
        ("x = " + "9" * 5_000, "E0106"),
        ("x = 0." + "1" * 5_000, "E0106"),
        ("def f(x):\n" + "".join(f"{' ' * i}if x:\n" for i in range(1, 300)) + " " * 300 + "return 1\n", "E0109"),
        ("x = '" + "a" * 50_000, "E0111"),
        ("'" * 100_001, "E0111"),
        ("{" * 100_000, "E0102"),
        ("a{" * 50_000 + ": b", "E0102"),
        ("\u00e9" * 100_000 + "\n", "E0110"),
    ],
)
def test_no_depth_or_length_breaks_it(text: str, code: str) -> None:
    started = time.process_time()
    assert outcome(text.encode()) == [code]
    assert time.process_time() - started < 5


@pytest.mark.parametrize(
    "text",
    [
        "x = [" + "1, " * 50_000 + "]\n",
        "x = y" + " -> f" * 20_000 + "\n",
        "x = y" + "\n -> f" * 20_000 + "\n",
        "# c\n" * 60_000,
        "\n" * 250_000,
        "x = a " + " " * 250_000 + "\n",
        "x = a" + "\n" * 250_000 + "-> f\n",
        "x = " + " and ".join(["a"] * 20_000) + "\n",
    ],
)
def test_long_texts_are_read_in_linear_time(text: str) -> None:
    started = time.process_time()
    parsed(text)
    assert time.process_time() - started < 8


def test_the_largest_file_is_allowed_and_a_larger_one_is_not() -> None:
    line = b"# 0123456789012345678901234567890123456789012345678901234567\n"
    assert outcome(line * (MAX_BYTES // len(line))) == []
    assert outcome(b"#" * (MAX_BYTES + 1)) == ["E0108"]
    assert [found.code for found in parse(Source("a.arch", "#" * (MAX_BYTES + 1)))[1]] == ["E0108"]
    assert outcome(b"a = 1\n" * (MAX_WORDS // 3)) == [] and outcome(b"a = 1\n" * (MAX_WORDS // 3 + 1)) == ["E0108"]


@pytest.mark.parametrize(
    "data", [b"x = '\xff'", b"\xff\xfex\x00", b"x = '\x00'", b"x = '\xed\xa0\x80'", b"\xef\xbb\xbf\xef\xbb\xbfx = 1"]
)
def test_what_is_no_text(data: bytes) -> None:
    assert outcome(data) == ["E0107"]


@pytest.mark.parametrize("data", [b"\xef\xbb\xbfx = [1,\n2]\ny = 3", b"x = [1,\r\n2]\r\ny = 3", b"x = [1,\r2]\ry = 3"])
def test_marks_and_line_ends_are_dropped_before_counting(data: bytes) -> None:
    source = read_text(data, "a.arch")
    assert isinstance(source, Source)
    file = parsed(source.text)
    assert [statement.span.start for statement in file.statements] == [0, 11]
    assert source.text.count("\n") == 2
    assert source.position(11) == (3, 1)
