"""Tokens: the terminals of the grammar found in a text, with the layout of lines."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator
from functools import cached_property, partial
from typing import NamedTuple, cast

from archc.diagnostics.model import Diagnostic
from archc.source import Span
from archc.syntax.fault import SpecSyntaxError, fault

Match = Callable[[str, int, int], re.Match[str] | None]
UNKNOWN = "UNKNOWN"


class Token(NamedTuple):
    """A terminal of the grammar: ``text`` is what stands from ``start`` to ``end`` of a file.

    A character that starts no terminal is a token of the kind UNKNOWN.
    """

    kind: str
    text: str
    start: int
    end: int


# As ``Token(...)``, without what checks the arguments: one is made for each word of a spec.
_token = cast(Callable[[tuple[str, str, int, int]], Token], partial(tuple.__new__, Token))


class Piece(NamedTuple):
    """The part of a file's text that is to be parsed."""

    text: str
    file: str
    start: int
    end: int

    def span(self, start: int, end: int) -> Span:
        return Span(self.file, start, end)


class Lexicon:
    """The terminals as regular expressions, each compiled when it is first needed.

    The soft terminals are looked for before all others, and only where the parser accepts them.
    """

    def __init__(self, terminals: list[tuple[str, str, str]]) -> None:
        self._terminals = terminals
        self._found: dict[frozenset[str], Match] = {}
        self.keywords = self._spelled("word")
        self.signs = self._spelled("sign")
        self.soft = self._named("soft")
        self.ignored = self._named("ignored")

    @cached_property
    def hard(self) -> Match:
        """Looks for all but the soft terminals. Those that are signs are in one group, ``sign``."""
        named = {name: pattern for name, pattern, role in self._terminals if role in ("hard", "ignored")}
        named |= {"sign": "|".join(map(re.escape, self.signs))}
        # What most of a text is comes first; of all that is here, nothing else starts like a name or like a number.
        common = [(name, named.pop(name)) for name in ("NAME", "NUMBER", "sign")]
        return _union([*common, *named.items(), (UNKNOWN, "[^ \\t]")])

    def accepted(self, kinds: Collection[str]) -> Match | None:
        """Looks for those of the soft terminals that are among some kinds of tokens; None if there are none."""
        soft = frozenset(name for name in self.soft if name in kinds)
        if soft and soft not in self._found:
            self._found[soft] = _union([(name, pattern) for name, pattern, _ in self._terminals if name in soft])
        return self._found.get(soft)

    def _spelled(self, role: str) -> dict[str, str]:
        return {pattern: name for name, pattern, own in self._terminals if own == role}

    def _named(self, role: str) -> set[str]:
        return {name for name, _, own in self._terminals if own == role}


def _union(terminals: list[tuple[str, str]]) -> Match:
    return re.compile("[ \t]*(?:" + "|".join(f"(?P<{name}>{pattern})" for name, pattern in terminals) + ")").match


class Lexer:
    """The tokens of a piece. The parser sets ``soft`` before each token: what looks for the soft terminals that it accepts."""

    def __init__(self, lexicon: Lexicon, piece: Piece) -> None:
        self._lexicon = lexicon
        self._piece = piece
        self.soft: Match | None = None

    def tokens(self) -> Iterator[Token]:
        """All tokens, with ``_NL`` at the end of a logical line and ``_INDENT`` and ``_DEDENT`` around bodies."""
        lexicon, (text, _, end, stop) = self._lexicon, self._piece
        hard, ignored, keywords, signs = lexicon.hard, lexicon.ignored, lexicon.keywords, lexicon.signs
        depth, margins = 0, [""]
        while end < stop:
            soft = self.soft
            if soft is None or (match := soft(text, end, stop)) is None:
                match = hard(text, end, stop)
            if match is None:
                return  # only blanks are left
            kind = match.lastgroup or ""
            start, end = match.span(kind)
            word = text[start:end]
            if kind == "sign":
                kind = signs[word]
                if word in "()[]":
                    depth += 1 if word in "([" else -1
            elif kind == "NAME":
                kind = keywords.get(word, kind)
            elif kind in ignored or (depth and kind == "_NL"):
                continue
            yield _token((kind, word, start, end))
            if kind == "_NL":
                yield from self._margin(word, end, margins)

    def _margin(self, newline: str, end: int, margins: list[str]) -> Iterator[Token]:
        """The change of indentation behind a line end; ``margins`` are those of the open bodies and are kept up to date."""
        margin = newline[newline.rindex("\n") + 1 :]
        if margin == margins[-1]:
            return
        if margin.startswith(margins[-1]) and not (" " in margin and "\t" in margin):
            margins.append(margin)
            yield Token("_INDENT", margin, end - len(margin), end)
            return
        if margin not in margins:
            raise SpecSyntaxError(_misfit(self._piece.span(end - len(margin), end), margin, margins))
        while margins[-1] != margin:
            margins.pop()
            yield Token("_DEDENT", margin, end - len(margin), end)


def _misfit(span: Span, margin: str, margins: list[str]) -> Diagnostic:
    if "\t" in margin or "\t" in "".join(margins):
        return fault(
            "E0103", "tabs and spaces are mixed in the indentation", span, help="indent with four spaces everywhere"
        )
    widths = [str(len(known)) for known in margins]
    known = " or ".join(filter(None, [", ".join(widths[:-1]), widths[-1]]))
    return fault(
        "E0103", "this line's indentation fits none above it", span, f"{len(margin)} spaces, where {known} would fit"
    )
