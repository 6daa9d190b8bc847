"""Text of a spec's author in emitted code: it can be read there, and it can do nothing there."""

from __future__ import annotations

import re
import textwrap
import unicodedata

from archc.backends.torch.format import INDENT, WIDTH

_ACTING = ("C", "Zl", "Zp")
"""Unicode categories of characters that act rather than show: controls, bidirectional marks, surrogates, line separators."""


def comment(text: str) -> str:
    """The text as one comment line. It sets no encoding, whatever it holds: Python reads ``coding:`` in the first two lines."""
    shown = "".join(_visible(character) for character in text)
    return "# " + re.sub(r"(?i)(coding)([:=])", r"\1 \2", shown)


def docstring(text: str, indent: int) -> list[str]:
    """The text as a docstring's lines. Python reads it back as it was, but for its indentation and the ends of long lines."""
    pad = INDENT * indent
    first, *others = text.split("\n")
    width = WIDTH - len(pad)
    wrapped = _wrapped(first, width - len('"""') * (1 if others else 2))
    wrapped = [piece.rstrip() for piece in (*wrapped, *(p for line in others for p in _wrapped(line, width)))]
    lines = ["".join(map(_visible, line.replace("\\", "\\\\"))).replace('"""', '\\"\\"\\"') for line in wrapped[:-1]]
    last = "".join(map(_visible, wrapped[-1].replace("\\", "\\\\")))
    lines.append(last.replace('"', '\\"') if last.endswith('"') else last.replace('"""', '\\"\\"\\"'))
    if len(lines) == 1:
        return [f'{pad}"""{lines[0]}"""']
    return [f'{pad}"""{lines[0]}', *(pad + line if line else "" for line in lines[1:]), f'{pad}"""']


def _wrapped(line: str, width: int) -> list[str]:
    """A line, broken between words where it is too long."""
    if len(line) <= width:
        return [line]
    lead = line[: len(line) - len(line.lstrip(" "))]
    return textwrap.wrap(
        line, width, subsequent_indent=lead, break_long_words=False, break_on_hyphens=False, expand_tabs=False,
        replace_whitespace=False,
    ) or [""]  # fmt: skip


def _visible(character: str) -> str:
    """The character, or its escape where it acts."""
    if not unicodedata.category(character).startswith(_ACTING):
        return character
    return character.encode("unicode_escape").decode()
