"""Text of a spec's author in emitted source: it is shown, and it does nothing."""

from __future__ import annotations

import ast
import re
import tokenize
from dataclasses import replace
from io import BytesIO

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from archc.backends.torch import emit
from archc.backends.torch.text import comment, docstring
from tests.backends.torch.compiling import compiled

HOSTILE = [
    "quotes \"\"\" and ''' inside",
    'ends with a quote"',
    "ends with a backslash\\",
    '\\""" + __import__("os").system("true") + """',
    "a lone \r return\nimport os\r\nx",
    "# -*- coding: rot13 -*-\ncoding=utf-16",
    "null \0 bell \a form feed \f",
    "bidi \u202e override \u2066 isolate",
    "line \u2028 and paragraph \u2029 separators \x85",
    "lone surrogate \ud800",
    "{braces} %s \\N{DASH} \\x41 \\u0041",
    "é 漢字 🙂",
    "\n\n  indented\n\n",
    "",
    " ",
]


@given(st.text())
@example(HOSTILE[4])
@example(HOSTILE[5])
def test_a_comment_is_one_line_that_does_nothing(text: str) -> None:
    line = comment(text)
    assert "\n" not in line
    assert len(line.splitlines()) == 1
    encoded = f"{line}\nx = 1\n".encode()
    assert tokenize.detect_encoding(BytesIO(encoded).readline)[0] == "utf-8"
    assert ast.dump(ast.parse(encoded)) == ast.dump(ast.parse("x = 1"))


def plain(text: str) -> str:
    """The text without its white space, which the layout may change."""
    return re.sub(r"\s+", "", text)


def check_docstring(text: str) -> None:
    code = "class C:\n" + "\n".join(docstring(text, 1)) + "\n    x = 1\n"
    tree = ast.parse(code.encode())
    (kind,) = tree.body
    assert isinstance(kind, ast.ClassDef)
    found, assignment = kind.body
    assert isinstance(found, ast.Expr)
    assert isinstance(found.value, ast.Constant)
    assert isinstance(assignment, ast.Assign)
    assert isinstance(found.value.value, str)
    assert plain(found.value.value) == plain(text)


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_docstrings_read_back(text: str) -> None:
    check_docstring(text)


@given(st.text(alphabet=st.sampled_from(list("\"\\'n\n\r #{}ax\u2028\x00 ")) | st.characters(), max_size=300))
def test_any_docstring_reads_back(text: str) -> None:
    check_docstring(text)


def test_long_lines_are_broken_between_words() -> None:
    lines = docstring("word " * 60 + "\n\n  " + "x" * 200, 1)
    assert all(len(line) <= 110 or "x" * 200 in line for line in lines)


@pytest.mark.parametrize(
    "text", [text for text in HOSTILE if text.isprintable() and '"""' not in text and "\\" not in text]
)
def test_docstrings_and_file_names_of_whole_nets(text: str) -> None:
    spec = f'net Net()(x: [B, 4]):\n    """{text} """\n    return x -> fc: linear(2)\n'
    net = replace(compiled(spec), file=f"/home/someone/{text.replace('/', ' ')}.arch")
    source = emit(net)
    tree = ast.parse(source.encode())
    assert "someone" not in source
    assert [node.name for node in tree.body if isinstance(node, ast.ClassDef)] == ["Net"]
    assert plain(text) in plain(ast.get_docstring(tree.body[-1]) or "")  # type: ignore[arg-type]
