"""Numbers, strings and docstrings: from their text to their value."""

from __future__ import annotations

import math
import re

from archc.source import Span
from archc.syntax.fault import refuse

# Python's own limit on the digits of an integer is a setting of the process; this one is part of the language.
MAX_DIGITS = 400

_INTEGER = re.compile(r"(?:0(?:_?0)*|[1-9](?:_?[0-9])*)\Z")
_DIGITS = r"[0-9](?:_?[0-9])*"
_FLOAT = re.compile(
    rf"(?:(?:{_DIGITS})?\.{_DIGITS}|{_DIGITS}\.)(?:[eE][+-]?{_DIGITS})?\Z|{_DIGITS}[eE][+-]?{_DIGITS}\Z"
)
_ESCAPE = re.compile(r"\\([\s\S])")
_ESCAPES = {"n": "\n", "t": "\t", "\\": "\\", "'": "'", '"': '"'}


def number(text: str, span: Span) -> int | float:
    """The value of a decimal number, with Python's spelling. Raises SpecSyntaxError."""
    if len(text) < 10 and text.isdecimal() and text[0] != "0":  # as most are
        return int(text)
    if len(text) > MAX_DIGITS:
        raise refuse(
            "E0106", f"a number of {len(text)} characters is too long", span, f"at most {MAX_DIGITS} characters"
        )
    if _INTEGER.match(text):
        return int(text)
    if _FLOAT.match(text):
        return _finite(text, span)
    raise refuse("E0106", f"`{_short(text)}` is no number", span, _why_no_number(text))


def _finite(text: str, span: Span) -> float:
    value = float(text)
    if math.isinf(value):
        raise refuse("E0106", f"`{_short(text)}` is larger than any float", span, help="write `inf` for infinity")
    return value


def _why_no_number(text: str) -> str:
    if re.match(r"0[0-9_]+\Z", text):
        return "a number does not start with 0"
    if re.match(r"0[xXoObB]", text):
        return "numbers are decimal"
    if re.match(r"[0-9][0-9_.]*[A-Za-z_]", text):
        return "a name does not start with a digit"
    return "not a whole number, nor a decimal one"


def _short(text: str) -> str:
    return text if len(text) <= 24 else f"{text[:20]}..."


def string(text: str, span: Span) -> str:
    """The value of a quoted string, its quotes included in ``text``. Raises SpecSyntaxError at a wrong escape."""
    quotes = 3 if text[:3] in ('"""', "'''") else 1
    return unescape(text[quotes:-quotes], Span(span.file, span.start + quotes, span.end - quotes))


def unescape(text: str, span: Span) -> str:
    r"""The text with ``\n \t \\ \' \"`` replaced; ``span`` is the place of ``text``. Raises SpecSyntaxError at any other escape."""
    if "\\" not in text:
        return text

    def replacement(match: re.Match[str]) -> str:
        try:
            return _ESCAPES[match[1]]
        except KeyError:
            place = Span(span.file, span.start + match.start(), span.start + match.end())
            shown = match[1] if match[1].isprintable() else ""
            raise refuse(
                "E0106",
                f"`\\{shown}` is no escape",
                place,
                help="the escapes are \\n \\t \\\\ \\' and \\\"; write \\\\ for a backslash",
            ) from None

    return _ESCAPE.sub(replacement, text)


def docstring(value: str) -> str:
    """A docstring's prose: without the indentation that its later lines share, and without blank lines around it."""
    first, *rest = value.split("\n")
    margins = [len(line) - len(line.lstrip(" \t")) for line in rest if line.strip()]
    margin = min(margins, default=0)
    lines = [first.strip(), *(line[margin:].rstrip() for line in rest)]
    return "\n".join(lines).strip("\n").rstrip()


def reindented(text: str, margin: int) -> str:
    """The quoted text of a docstring with its later lines at a margin; what it says stays the same."""
    quotes = text[:3]
    if quotes != '"""' or "\n" not in text or "\\" in text:
        return text
    first, *rest = text[3:-3].split("\n")
    shared = min((len(line) - len(line.lstrip(" \t")) for line in rest if line.strip()), default=0)
    lines = [first.strip(), *(line[shared:].rstrip() for line in rest)]
    lines[1:] = [" " * margin + line if line else "" for line in lines[1:]]
    lines[-1] = lines[-1] or " " * margin
    return text if lines[-1].endswith('"') else f"{quotes}{chr(10).join(lines)}{quotes}"
