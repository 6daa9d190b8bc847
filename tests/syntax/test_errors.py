"""What is said of text that is no archc: the code, the place, the words and the fix."""

from __future__ import annotations

import pytest

from archc.diagnostics.catalogue import CATALOGUE
from archc.diagnostics.model import Diagnostic
from archc.source import Source
from archc.syntax import MAX_ERRORS, SpecSyntaxError, parse, parse_expression

HEADER = "block A(f)(x: [B]) -> [B]:\n    "


def faults(text: str) -> tuple[Diagnostic, ...]:
    file, found = parse(Source("a.arch", text))
    assert (file is None) == bool(found)
    return found


def only(text: str) -> Diagnostic:
    found = faults(text)
    assert len(found) == 1, found
    return found[0]


def marked(text: str, found: Diagnostic) -> str:
    assert found.span is not None
    return text[found.span.start : found.span.end]


def fixed(text: str, found: Diagnostic) -> str:
    assert found.fix is not None
    return text[: found.fix.span.start] + found.fix.text + text[found.fix.span.end :]


@pytest.mark.parametrize("code", [code for code in CATALOGUE if code.startswith("E01") and code != "E0108"])
def test_the_catalogue_is_true(code: str) -> None:
    assert [found.code for found in faults(CATALOGUE[code].wrong)] == [code]
    assert faults(CATALOGUE[code].right) == ()


# text, code, what is marked, part of the message or help
CASES = [
    # lines and bodies
    ("def f(x):\n    if x: y = 1\n", "E0101", "y", "a line of its own"),
    (HEADER + "if x\n        y = 1\n", "E0101", "\n", "`:` is missing"),
    ("block A()(x: [B])\n    return x\n", "E0101", "\n", "`:` is missing"),
    ("def f(x):\n", "E0103", ":", "the body is missing"),
    ("def f(x):\nx = 1\n", "E0103", ":", "the body is missing"),
    (HEADER + "if x:\n    y = 1\n", "E0103", ":", "the body is missing"),
    ("def f(x):\n    y = 1\n      z = 2\n", "E0103", "      ", "indented more"),
    ("def f(x):\n        y = 1\n    z = 2\n", "E0103", "    ", "fits none above it"),
    ("def f(x):\n\ty = 1\n        z = 2\n", "E0103", "        ", "tabs and spaces"),
    ("def f(x):\n \ty = 1\n", "E0103", " \t", "tabs and spaces"),
    ("   x = 1\n", "E0103", "   ", "the first statement is indented"),
    ("# c\n\n  x = 1\n", "E0103", "  ", "the first statement is indented"),
    # brackets and strings
    ("x = [a, (b\n", "E0104", "(", "never closed"),
    ("x = (a]\n", "E0104", "]", "expected `)`"),
    ("x = a)\n", "E0104", ")", "closes no bracket"),
    (HEADER + "y = f(x\n    return y\n", "E0104", "(", "never closed"),
    ("x = f(1,\nnet A(c)(x: [B]) -> [B]:\n    return x\n", "E0104", "(", "never closed"),
    ("x = 'abc\n", "E0111", "'abc", "never ends"),
    ('x = 1\n"""abc\n', "E0111", '"""', "never ends"),
    # arrows
    ("y = x + y -> f\n", "E0105", "->", "`(x + y) -> ...`"),
    ("y = not x -> f\n", "E0105", "->", "`(not x) -> ...`"),
    ("y = g(-x -> f)\n", "E0105", "->", "`(-x) -> ...`"),
    ("y = a if c else b -> f\n", "E0105", "->", "`a if c else (b -> f)`"),
    ("y = a, b * 2 -> f\n", "E0105", "->", "`(b * 2) -> ...`"),
    ("y = [a, b < 2 -> f]\n", "E0105", "->", "`(b < 2) -> ...`"),
    ("y = x -> f + 3\n", "E0105", "+", "put the chain in brackets"),
    ("y = x -> f * 3\n", "E0105", "*", "`x -> [f] * n` for n layers"),
    ("y = x -> f if c else g\n", "E0105", "if", "`x -> (f if c else g)`"),
    # words
    ("bloc A(n)(x: [B]) -> [B]:\n    return x\n", "E0101", "bloc", "did you mean `block`?"),
    (HEADER + "retrun x\n", "E0101", "retrun", "did you mean `return`?"),
    (HEADER + "retrun (x + 1)\n", "E0101", "retrun", "did you mean `return`?"),
    ("asert x == 1\n", "E0101", "asert", "did you mean `assert`?"),
    ("class A(x):\n    y = 1\n", "E0101", "class", "write `block`"),
    ("while x:\n    y = 1\n", "E0101", "while", "for i in range"),
    ("import torch\n", "E0101", "import", 'from "file.arch" import'),
    ("from foo import X\n", "E0101", "foo", "from the zoo"),
    ("x = lambda y: y\n", "E0101", "lambda", "write a `def`"),
    (HEADER + "for i ni range(3):\n        y = i\n", "E0101", "ni", "did you mean `in`?"),
    ("x = [a fro a in b]\n", "E0101", "fro", "did you mean `for`?"),
    ("x = a adn b\n", "E0101", "adn", "did you mean `and`?"),
    ("net A()(x: [B]) -> [B] whre B < 3:\n    return x\n", "E0101", "whre", "did you mean `where`?"),
    ('from "a.arch" imprt A\n', "E0101", "imprt", "did you mean `import`?"),
    ("x = in\n", "E0101", "in", "is a keyword"),
    ("from = 3\n", "E0101", "=", "expected a name or a string"),
    # expressions
    ("x = [a b]\n", "E0101", "b", "a comma is missing"),
    ("x = f(1 2)\n", "E0101", "2", "a comma is missing"),
    ("x = \n", "E0101", "\n", "expected an expression"),
    ("x = a if b\n", "E0101", "\n", "expected `else`"),
    ("x += 1\n", "E0101", "+=", "write `x = x + ...`"),
    (HEADER + "if x = 1:\n        y = 2\n", "E0101", "=", "write `==`"),
    ("x = sum(a for a in b)\n", "E0101", "for", "[... for ... in ...]"),
    ("x = (a, b=2)\n", "E0101", "\n", "named inputs"),
    ("x = f(**k)\n", "E0101", "**", "no `**` for arguments"),
    ('x = f"abc"\n', "E0101", 'f"abc"', "no prefix `f`"),
    ('x = "a" "b"\n', "E0101", '"b"', "not joined"),
    ("y = x -> (label: f)\n", "E0101", ":", "put the label before the bracket"),
    ("x = ...\n", "E0101", "...", "in shapes and in indices"),
    ("x = (*a)\n", "E0101", "*a", "(*x,)"),
    ("x.y = 3\n", "E0101", "x.y", "a value never changes"),
    ("*x = 3\n", "E0101", "*x", "first, *rest"),
    ("*a, *b = 3\n", "E0101", "*b", "one is enough"),
    ("x = [i for f(i) in y]\n", "E0101", "(", "expected"),
    # definitions
    ("block A(x: [B, C]) -> [B]:\n    return x\n", "E0101", ":", "two lists"),
    ("block A(x) -> [B]:\n    return x\n", "E0101", "->", "two lists"),
    ("net A()(x: float[B]) -> [B]:\n    return x\n", "E0101", "float", "`int[...]` or `bool[...]`"),
    ("net A()(x: [B] = 3) -> [B]:\n    return x\n", "E0101", "3", "only be `None`"),
    ("cfg a():\n    intt n: conv(n)\n", "E0101", "intt", "no kind of entry"),
    (HEADER + "init x ~ 3\n", "E0101", "3", "a name or a call"),
    (HEADER + "init x = zeros\n", "E0101", "=", "expected `~`"),
    # literals and labels
    ("x = 3x\n", "E0106", "3x", "a name does not start with a digit"),
    ("x = 007\n", "E0106", "007", "does not start with 0"),
    ("x = 1e999\n", "E0106", "1e999", "larger than any float"),
    ("x = " + "9" * 5000 + "\n", "E0106", "9" * 5000, "too long"),
    ('x = "a\\qb"\n', "E0106", "\\q", "no escape"),
    (HEADER + '"a..b": f\n', "E0106", '"a..b"', "empty part"),
    (HEADER + "a{}: f\n", "E0106", "{}", "hold an expression"),
    (HEADER + '"a}": f\n', "E0106", "}", "no partner"),
    (HEADER + "a.b{1 + }.c: f\n", "E0101", "}", "end of the expression"),
    # characters
    ("x = gr\u00f6\u00dfe\n", "E0110", "gr\u00f6\u00dfe", "write `grosse`"),
    ("x = \u0441onv\n", "E0110", "\u0441onv", "write `conv`"),
    ("x = x \u2192 f\n", "E0102", "\u2192", "write `->`"),
    ("x = {1: 2}\n", "E0102", "{", "no dictionaries"),
    ("x = a;\n", "E0102", ";", "line of its own"),
    ("# \u202e\n", "E0107", "\u202e", "direction"),
    ("x = 'a\x00'\n", "E0107", "\x00", "control character"),
    ("x = 'a\ud800'\n", "E0107", "\ud800", "control character"),
    # places
    ("return x\n", "E0112", "return", "level of a file"),
    ("for i in x:\n    y = 1\n", "E0112", "for", "comprehension"),
    ("wte: embedding(3)\n", "E0112", "wte", "level of a file"),
    ("def f(x):\n    wte: embedding(3)\n", "E0112", "wte", "make it a `block`"),
    ("def f(x):\n    init a ~ zeros\n", "E0112", "init", "make it a `block`"),
    (HEADER + "net C()(x: [B]):\n        return x\n", "E0112", "net", "in a block or net"),
    (HEADER + "else:\n        return x\n", "E0112", "else", "belongs to no `if`"),
    (HEADER + "if f:\n        y = x\n    z = x\n    elif x:\n        y = z\n", "E0112", "elif", "belongs to no `if`"),
    (HEADER + "x -> f\n", "E0112", "x -> f", "nothing becomes of this value"),
    (HEADER + "y = x\n    'doc'\n", "E0112", "'doc'", "docstring"),
    (HEADER + "if f:\n        'doc'\n        y = 1\n", "E0112", "'doc'", "docstring"),
]


@pytest.mark.parametrize(("text", "code", "mark", "words"), CASES, ids=[repr(case[0])[:40] for case in CASES])
def test_a_mistake(text: str, code: str, mark: str, words: str) -> None:
    found = only(text)
    assert (found.code, marked(text, found)) == (code, mark)
    said = " ".join([found.message, found.help or "", *(mark.text for mark in found.marks)])
    assert words in said
    assert "Token" not in said
    assert "_NL" not in said


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("y = x + y -> f\n", "y = (x + y) -> f\n"),
        ("y = x -> f + 3\n", "y = (x -> f) + 3\n"),
        ("asert x == 1\n", "assert x == 1\n"),
        ("x = [a b]\n", "x = [a, b]\n"),
        ("x = f(1 2)\n", "x = f(1, 2)\n"),
        ("x = gr\u00f6\u00dfe\n", "x = grosse\n"),
        ("x = x \u2192 f\n", "x = x -> f\n"),
        ("block A()(x: [B])\n    return x\n", "block A()(x: [B]):\n    return x\n"),
    ],
)
def test_a_fix_mends_the_text(text: str, meant: str) -> None:
    assert fixed(text, only(text)) == meant
    assert faults(meant) == ()


def test_independent_mistakes_are_reported_together() -> None:
    text = "x = [1, 2\ndef f(a):\n    retrun a\ny = 3 +\nz = 'ok'\nblock A()(x: [B]):\n    return x y\n"
    assert [(found.code, found.span and found.span.start) for found in faults(text)] == [
        ("E0104", 4),
        ("E0101", text.index("retrun")),
        ("E0101", text.index("+\n") + 1),
        ("E0101", text.index("y\n", -3)),
    ]


def test_not_more_than_some_mistakes_are_told() -> None:
    assert len(faults("x = = 1\n" * 50)) == MAX_ERRORS


def test_a_keyword_that_is_a_label_closes_no_bracket() -> None:
    assert faults("x = [\n    return: relu,\n    if: gelu,\n]\n") == ()


def test_an_unclosed_bracket_marks_where_reading_stopped() -> None:
    text = HEADER + "y = f(x\n    return y\n"
    assert [text[mark.span.start : mark.span.end] for mark in only(text).marks] == ["(", "return"]


def test_a_mismatch_marks_both_brackets() -> None:
    text = "x = (a, [b, c)\n"
    assert [text[mark.span.start : mark.span.end] for mark in only(text).marks] == [")", "["]


@pytest.mark.parametrize("text", ["", "1 +", "x y", "(", "f(x))", "a\nb", "'abc", "\u202e", "x = 1", "-" * 300 + "1"])
def test_expressions_that_are_none(text: str) -> None:
    with pytest.raises(SpecSyntaxError) as caught:
        parse_expression(text, "-D n")
    span = caught.value.diagnostic.span
    assert span is not None
    assert 0 <= span.start <= len(text)
