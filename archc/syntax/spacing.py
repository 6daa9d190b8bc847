"""The formatter's view of one logical line: its tokens and comments, with the space that belongs before each."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from archc.syntax.tokens import Token
from archc.syntax.words import JOINING

OPENING = ("LPAR", "LSQB")
CLOSING = ("RPAR", "RSQB")
COMMENT = "COMMENT"
_ENDS_VALUE = {"NAME", "NUMBER", "STRING", "TRUE", "FALSE", "NONE", "RPAR", "RSQB", "ELLIPSIS", "PATH"}
_BINARY = JOINING | {"ELSE", "FOR"}


class Item(NamedTuple):
    """A token or comment: its text, the space before it, the brackets around it, and whether the author broke the line before it.

    ``operator`` is true of what joins two operands, so that a line may be broken before it.
    """

    kind: str
    text: str
    space: str
    depth: int
    broken: bool
    operator: bool = False


def items(tokens: Sequence[Token], source: str, *, quotes: bool = True) -> list[Item]:
    """The items of a logical line. Comments among the tokens have the kind COMMENT. ``quotes`` are made double where it is easy."""
    found: list[Item] = []
    walk = _Walk()
    previous: Token | None = None
    before: Token | None = None  # the last token that is no comment
    for token in tokens:
        broken = previous is not None and "\n" in source[previous.end : token.start]
        if token.kind == COMMENT:
            found.append(Item(COMMENT, comment(token.text), "  ", len(walk.open), broken))
        else:
            space, operator = walk.step(before, token)
            depth = len(walk.open) - (token.kind in OPENING)
            found.append(Item(token.kind, normal(token) if quotes else token.text, space, depth, broken, operator))
            before = token
        previous = token
    return found


class _Walk:
    """Goes through a line and knows in which brackets it is."""

    def __init__(self) -> None:
        self.open: list[str] = []  # "index" for the brackets of a subscript, otherwise the bracket's kind
        self.typed = False  # an input's type has begun, so that `=` gives its default
        self.sliced = False  # the last token was the colon of a slice
        self.unary = False  # the last token was a sign or star that belongs to what follows

    def step(self, before: Token | None, token: Token) -> tuple[str, bool]:
        """The space before a token, and whether the token is an operator between two operands."""
        kind = token.kind
        joins = before is not None and before.kind in _ENDS_VALUE
        space = self._space(before, kind, joins)
        self.unary = kind in ("SIGN", "STAR", "TILDE") and not joins
        self.sliced = kind == "COLON" and self.open[-1:] == ["index"] and not _labels(before)
        if kind in OPENING:
            self.open.append("index" if kind == "LSQB" and joins else kind)
        elif kind in CLOSING and self.open:
            self.open.pop()
        elif kind == "COLON" and len(self.open) == 1 and not self.sliced:
            self.typed = not _labels(before)
        elif kind == "_COMMA" and len(self.open) == 1:
            self.typed = False
        return space, kind in _BINARY and not self.unary

    def _space(self, before: Token | None, kind: str, joins: bool) -> str:
        if before is None or self.unary or self.sliced:
            return ""
        if kind == "DOT" and before.kind == "NUMBER":
            return " "  # `8.shape` would be read as a number
        if before.kind in ("DOT", *OPENING) or kind in ("DOT", "_COMMA", *CLOSING):
            return ""
        if kind == "COLON":
            return " " if before.kind == "_COMMA" else ""
        if kind in OPENING and joins:
            return ""
        gives_default = self.typed and len(self.open) == 1
        if "EQUAL" in (kind, before.kind) and self.open and not gives_default:
            return ""
        return " "


def _labels(token: Token | None) -> bool:
    return token is not None and token.kind in ("LABEL", "QUOTED_LABEL")


def normal(token: Token) -> str:
    """A token's text in the house style: double quotes, and no odd spaces in a label's braces."""
    if token.kind in ("STRING", "QUOTED_LABEL"):
        return _quoted(token.text)
    return token.text


def _quoted(text: str) -> str:
    """The string in double quotes, when it needs no escapes for that."""
    quotes = 3 if text.startswith("'''") else 1 if text[0] == "'" else 0
    inner = text[quotes:-quotes] if quotes else ""
    if not quotes or '"' in inner or inner.endswith("\\"):
        return text
    plain = re.sub(r"\\(.)", lambda match: "'" if match[1] == "'" else match[0], inner, flags=re.DOTALL)
    return '"' * quotes + plain + '"' * quotes


def comment(text: str) -> str:
    """``# text``, with a space behind the sign."""
    text = text.rstrip()
    return f"# {text[1:]}" if re.match(r"#[^\s#!:]", text) else text
