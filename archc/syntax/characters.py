"""Characters that a spec may not hold, and what was probably meant."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable

from archc.diagnostics.model import Diagnostic, Fix
from archc.source import Span
from archc.syntax.fault import fault

# Controls other than tab and line feed; the marks that turn the direction of text; separators that look like line ends; lone
# surrogates, and what never is a character.
FORBIDDEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff\ufeff\ufffe\uffff]"
)
_DIRECTION = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")

# Letters of other alphabets that look like a Latin one (Cyrillic, then Greek, then two of IPA), and what they look like.
_ALIKE = (
    "\u0410\u0412\u0415\u0405\u0406\u0408\u041a\u041c\u041d\u041e\u0420\u0421\u0422\u0425\u0430\u0435\u0455\u0456"
    "\u0458\u043e\u0440\u0441\u0443\u0445\u0391\u0392\u0395\u0396\u0397\u0399\u039a\u039c\u039d\u039f\u03a1\u03a4"
    "\u03a5\u03a7\u03b1\u03bd\u03bf\u03c1\u03c5\u03c7\u0131\u0251"
)
_LATIN = "ABESIJKMHOPCTXaesijopcyxABEZHIKMNOPTYXavopuxia"
_LOOKALIKES = dict(zip(_ALIKE, _LATIN, strict=True))
# Greek letters that papers use, by the name that they go by in code.
_GREEK = {
    "\u03b1": "alpha", "\u03b2": "beta", "\u03b3": "gamma", "\u03b4": "delta", "\u03b5": "eps", "\u03bb": "lambda_",
    "\u03bc": "mu", "\u03c3": "sigma", "\u03b8": "theta",
}  # fmt: skip
# Arrows, operators, quotes and brackets as papers and word processors write them.
_SIGNS = {
    "\u2192": "->", "\u27f6": "->", "\u2794": "->", "\u00d7": "*", "\u00b7": "*", "\u00f7": "/", "\u2212": "-",
    "\u2013": "-", "\u2014": "-", "\u2264": "<=", "\u2265": ">=", "\u2260": "!=", "\u201c": '"', "\u201d": '"',
    "\u201e": '"', "\u00ab": '"', "\u00bb": '"', "\u2018": "'", "\u2019": "'", "\uff0c": ",", "\uff1a": ":",
    "\uff08": "(", "\uff09": ")", "\uff3b": "[", "\uff3d": "]", "\u2026": "...", "\u223c": "~", "\uff5e": "~",
    "\u00a0": " ", "\u3000": " ",
}  # fmt: skip

_LONGEST_NAME = 64


def forbidden(text: str, file: str) -> Diagnostic | None:
    """The first character that may stand nowhere in a spec, or None."""
    match = FORBIDDEN.search(text)
    if match is None:
        return None
    name = f"U+{ord(match[0]):04X}"
    span = Span(file, match.start(), match.end())
    if _DIRECTION.match(match[0]):
        return fault(
            "E0107",
            f"{name} changes the direction of text, so that a spec reads as what it is not",
            span,
            help="delete it",
        )
    return fault("E0107", f"{name} is a control character", span, help="delete it")


def foreign(text: str, at: int, span: Callable[[int, int], Span]) -> Diagnostic:
    """A character outside ASCII that is in no string or comment: part of a name, or a sign."""
    sign = text[at]
    if not _in_name(sign):
        return _strange(sign, span(at, at + 1))
    start, end = at, at + 1
    while start and _in_name(text[start - 1]):
        start -= 1
    while end < len(text) and _in_name(text[end]):
        end += 1
    meant = _ascii(text[start:end]) if end - start <= _LONGEST_NAME else None
    help_ = f"write `{meant}`" if meant else "write it with the letters a to z"
    fix = Fix(span(start, end), meant) if meant else None
    letter = unicodedata.name(sign, f"U+{ord(sign):04X}").lower()
    return fault("E0110", "names are written in ASCII", span(start, end), f"has {letter}", help=help_, fix=fix)


def _in_name(letter: str) -> bool:
    return f"a{letter}".isidentifier()


def _strange(sign: str, span: Span) -> Diagnostic:
    meant = _SIGNS.get(sign)
    shown = unicodedata.name(sign, "").lower() or f"U+{ord(sign):04X}"
    if meant is None:
        return fault("E0102", f"{shown} means nothing here", span, help="delete it, or put it in quotes")
    help_ = f"write `{meant}`" if meant.strip() else "write a plain space"
    return fault("E0102", f"{shown} means nothing here", span, help=help_, fix=Fix(span, meant))


def _ascii(word: str) -> str | None:
    """The word in ASCII as it looks or sounds, when that is a name."""
    if word in _GREEK:
        return _GREEK[word]
    likely = "".join(_LOOKALIKES.get(letter) or _GREEK.get(letter, letter) for letter in word)
    plain = unicodedata.normalize("NFKD", likely.replace("\u00df", "ss")).encode("ascii", "ignore").decode()
    return plain if plain.isidentifier() and len(plain) >= len(word) / 2 else None
