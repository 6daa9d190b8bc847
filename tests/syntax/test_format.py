"""The formatter keeps the tree and the comments, is stable, and gives one style."""

from __future__ import annotations

import re
from pathlib import Path
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archc.source import Source
from archc.syntax import SpecSyntaxError
from archc.syntax.format import format_source
from archc.syntax.rows import WIDTH
from archc.syntax.scan import scan
from tests.syntax.helpers import EXAMPLES, parsed, plain

TEXTS = {path.stem: path.read_text(encoding="utf-8") for path in EXAMPLES}


def formatted(text: str) -> str:
    return format_source(Source("test.arch", text))


def comments(text: str) -> list[str]:
    found = [text[span.start : span.end] for span in scan(text, "").comments]
    return [re.sub(r"^#(?=[^\s#!:])", "# ", one.rstrip()) for one in found]


def check(text: str, tree: str) -> str:
    result = formatted(text)
    assert plain(parsed(result)) == tree
    assert comments(result) == comments(text)
    assert formatted(result) == result
    return result


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_examples(path: Path) -> None:
    text = TEXTS[path.stem]
    result = check(text, plain(parsed(text)))
    assert not re.search(r"[ \t]$|\n\n\n|\t", result, re.MULTILINE)
    assert result.endswith("\n")
    long = [line for line in result.splitlines() if len(line.partition("  #")[0]) > WIDTH]
    assert not long


@st.composite
def respaced(draw: st.DrawFn) -> tuple[str, str]:
    """An example's name, and its text with other spaces, line ends and comments where they mean nothing."""
    name = draw(st.sampled_from(sorted(TEXTS)))
    random = Random(draw(st.integers(0, 2**32)))
    pieces, depth = [], 0
    for token in re.findall(
        r'"""[\s\S]*?"""|"(?:\\.|[^"\n])*"|\'(?:\\.|[^\'\n])*\'|#[^\n]*|[\d.]+[eE][+-]?\d+|->|[=!<>]=|//|\*\*|\n[ ]*|[ ]+|.',
        TEXTS[name],
    ):
        depth += (token in "([") - (token in ")]")
        pieces.append(token)
        noise = random.random()
        if token == "," and depth and noise < 0.2:
            pieces.append(random.choice(["\n", "\n\n  ", "  ", " # why\n   ", "\n#not\n"]))
        elif token == "," and noise < 0.4:
            pieces.append("   ")
        elif token in ("(", "[") and noise < 0.1:
            pieces.append(random.choice(["\n", "  ", " # a\n"]))
        elif token.startswith("\n") and noise < 0.1:
            pieces.insert(-1, random.choice(["\n", "   ", "  # end", "\n\n\n# alone", "\n      # deep"]))
        elif token in ("+", "=") and noise < 0.2:
            pieces.append("  ")
    return name, "".join(pieces)


@settings(max_examples=60, deadline=None)
@given(respaced())
def test_other_spaces_give_the_same_tree(case: tuple[str, str]) -> None:
    name, text = case
    check(text, plain(parsed(TEXTS[name])))


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("", ""),
        ("\n\n", ""),
        ("#c", "# c\n"),
        ("x=1", "x = 1\n"),
        ("x = f( a,b = -1 , *c )[ 1 : 2 ,:, ... ]", "x = f(a, b=-1, *c)[1:2, :, ...]\n"),
        ("x = -a**-b+c  *d", "x = -a ** -b + c * d\n"),
        ("x = [ 'a', 'b\"', 'it\\'s' ]", 'x = ["a", \'b"\', "it\'s"]\n'),
        ("x = y->a . b", "x = y -> a.b\n"),
        ("x = y ->\\".replace("\\", "f"), "x = y -> f\n"),
        ("x = (y ->\n f)", "x = (y\n        -> f)\n"),
        ("x = [\n1,2\n,3\n]", "x = [\n    1, 2,\n    3\n]\n"),
        ("x = [1,\n\n2]  #c", "x = [1,\n    2]  # c\n"),
        ("x = 1\n\n\n\ny = 2", "x = 1\n\ny = 2\n"),
        ("x = 1\ndef f(a):\n\n  return a\ny = 2", "x = 1\n\ndef f(a):\n    return a\n\ny = 2\n"),
        (
            "def f(a):\n  if a:\n    return a\n    # inner\n  # outer\n  return 1\n# file\n",
            "def f(a):\n    if a:\n        return a\n        # inner\n    # outer\n    return 1\n\n# file\n",
        ),
        (
            'def f(a):\n  """One.\n\n     Two.\n  """\n  return a',
            'def f(a):\n    """One.\n\n    Two.\n    """\n    return a\n',
        ),
        (
            "cfg c():\n  int n: conv(n),relu # a\n  M: max_pool(2)",
            "cfg c():\n    int n: conv(n), relu  # a\n    M:     max_pool(2)\n",
        ),
        ("x = 8 . shape + y . shape", "x = 8 .shape + y.shape\n"),
    ],
)
def test_the_style(text: str, wanted: str) -> None:
    assert formatted(text) == wanted


def test_signatures() -> None:
    text = (
        "block A( a=1,*b )( x:[B,H=3],m : int[T]=None )->([B] , y:[C]) if a else [B] where B<3,a==1 :\n  y{ a+1 }.b : f"
    )
    assert formatted(text) == (
        "block A(a=1, *b)(x: [B, H=3], m: int[T] = None) -> ([B], y: [C]) if a else [B] where B < 3, a == 1:\n"
        "    y{a + 1}.b: f\n"
    )


def test_the_where_of_a_long_header_gets_a_row() -> None:
    head = "net A()(first: [B, C, H, W], second: [B, C, H, W], third: [B, C, H, W]) -> [B, C, H, W]"
    result = formatted(f"{head} where H % 4 == 0,B<3:\n    return first\n")
    assert result == f"{head}\n        where H % 4 == 0, B < 3:\n    return first\n"
    assert formatted(result) == result


def test_long_lines_are_broken() -> None:
    steps = " -> ".join(f"layer{i}: conv({i}, 3, padding=1)" for i in range(9))
    result = check(f"x = y -> {steps}\n", plain(parsed(f"x = y -> {steps}\n")))
    assert max(map(len, result.splitlines())) <= WIDTH
    assert [line[:6] for line in result.splitlines()[1:]] == ["    ->"] * (len(result.splitlines()) - 1)


def test_what_cannot_be_parsed_is_refused() -> None:
    with pytest.raises(SpecSyntaxError):
        formatted("x = (")
