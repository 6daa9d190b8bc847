"""From a spec's bytes to its text, and from its text to its tree."""

from __future__ import annotations

from archc.syntax.fault import SpecSyntaxError
from archc.syntax.files import MAX_ERRORS, parse, parse_expression
from archc.syntax.read import MAX_BYTES, MAX_WORDS, count_words, read_text, too_large
from archc.syntax.walk import children, dump

__all__ = [
    "MAX_BYTES",
    "MAX_ERRORS",
    "MAX_WORDS",
    "SpecSyntaxError",
    "children",
    "count_words",
    "dump",
    "parse",
    "parse_expression",
    "read_text",
    "too_large",
]
