"""Text of a spec's author in emitted code: it can be read there, and it can do nothing there."""

from __future__ import annotations

import re
import unicodedata

from archc.backends.torch.format import INDENT

_ACTING = ("C", "Zl", "Zp")
"""Unicode categories of characters that act rather than show: controls, bidirectional marks, surrogates, line separators."""


def comment(text: str) -> str:
    """The text as one comment line. It sets no encoding, whatever it holds: Python reads ``coding:`` in the first two lines."""
    shown = "".join(_visible(character) for character in text)
    return "# " + re.sub(r"(?i)(coding)([:=])", r"\1 \2", shown)


def docstring(text: str, indent: int) -> list[str]:
    """The text as a docstring's lines. Python reads it back as it was, but for the indentation."""
    pad = INDENT * indent
    escaped = text.replace("\\", "\\\\").replace('"""', '\\"\\"\\"')
    lines = ["".join(map(_visible, line)).rstrip() for line in escaped.split("\n")]
    if lines[-1].endswith('"'):
        lines[-1] = f'{lines[-1][:-1]}\\"'
    if len(lines) == 1:
        return [f'{pad}"""{lines[0]}"""']
    return [f'{pad}"""{lines[0]}', *(pad + line if line else "" for line in lines[1:]), f'{pad}"""']


def _visible(character: str) -> str:
    """The character, or its escape where it acts."""
    if not unicodedata.category(character).startswith(_ACTING):
        return character
    return character.encode("unicode_escape").decode() if ord(character) < 0x110000 else ""
