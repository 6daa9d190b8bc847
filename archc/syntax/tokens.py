"""Tokens: the terminals of the grammar found in a text, with the layout of lines."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import NamedTuple

from archc.diagnostics.model import Diagnostic
from archc.source import Span
from archc.syntax.fault import SpecSyntaxError, fault


class Token(NamedTuple):
    """A terminal of the grammar: ``text[start:end]`` of the source, offsets counted from the start of the file."""

    kind: str
    text: str
    start: int
    end: int


class Piece(NamedTuple):
    """The part of a text that is to be parsed. ``base`` is added to every offset into ``text``."""

    text: str
    file: str
    base: int
    start: int
    end: int

    def span(self, start: int, end: int) -> Span:
        """The span of two offsets that count from the start of the file."""
        return Span(self.file, start, end)


class Lexicon:
    """The terminals as regular expressions, each compiled when it is first needed.

    The parser accepts the soft terminals only in some of its states. Where it accepts labels, ``labelled`` looks for everything but
    paths; a path looks like much else, and ``path`` is asked first where one is accepted. Elsewhere ``plain`` does. What was found
    and is soft but not accepted here is looked for again by ``hard``, as a name.
    """

    def __init__(self, terminals: list[tuple[str, str, str]]) -> None:
        self._terminals = [(name, pattern) for name, pattern, role in terminals if role != "word"]
        self.keywords = {pattern: name for name, pattern, role in terminals if role == "word"}
        self.soft = {name for name, _, role in terminals if role == "soft"}
        self.ignored = {name for name, _, role in terminals if role == "ignored"}

    @cached_property
    def labelled(self) -> re.Pattern[str]:
        return self._without({"PATH"})

    @cached_property
    def plain(self) -> re.Pattern[str]:
        return self._without(self.soft - {"WHERE", "AS"})

    @cached_property
    def hard(self) -> re.Pattern[str]:
        return self._without(self.soft)

    @cached_property
    def path(self) -> re.Pattern[str]:
        return _union([(name, pattern) for name, pattern in self._terminals if name in ("PATH", "STRING")])

    def _without(self, left_out: set[str]) -> re.Pattern[str]:
        return _union([(name, pattern) for name, pattern in self._terminals if name not in left_out])


def _union(terminals: list[tuple[str, str]]) -> re.Pattern[str]:
    return re.compile("[ \t]*(?:" + "|".join(f"(?P<{name}>{pattern})" for name, pattern in terminals) + ")")


class Unlexable(Exception):
    """No terminal starts at ``offset`` (counted from the start of the file)."""

    def __init__(self, offset: int) -> None:
        self.offset = offset


class Lexer:
    """The tokens of a piece. ``accepted`` is set by the parser before each token: the row of its present state."""

    def __init__(self, lexicon: Lexicon, piece: Piece) -> None:
        self._lexicon = lexicon
        self._piece = piece
        self.accepted: Mapping[str, int] = {}

    def raw(self) -> Iterator[Token]:
        """All tokens, line ends as they are."""
        lexicon, (text, _, base, position, end) = self._lexicon, self._piece
        ignored, keywords = lexicon.ignored, lexicon.keywords
        while position < end:
            match = self._match(text, position, end)
            if match is None:
                if not text[position:end].strip(" \t"):
                    return
                raise Unlexable(base + position + len(text[position:end]) - len(text[position:end].lstrip(" \t")))
            kind = match.lastgroup or ""
            start, position = match.span(kind)
            if kind not in ignored:
                word = text[start:position]
                if kind == "NAME":
                    kind = keywords.get(word, kind)
                yield Token(kind, word, base + start, base + position)

    def _match(self, text: str, position: int, end: int) -> re.Match[str] | None:
        lexicon, accepted = self._lexicon, self.accepted
        if "PATH" in accepted and (match := lexicon.path.match(text, position, end)):
            return match
        match = (lexicon.labelled if "LABEL" in accepted else lexicon.plain).match(text, position, end)
        if match and match.lastgroup in lexicon.soft and match.lastgroup not in accepted:
            return lexicon.hard.match(text, position, end)
        return match

    def laid_out(self) -> Iterator[Token]:
        """All tokens, with ``_NL`` at the end of a logical line and ``_INDENT`` and ``_DEDENT`` around bodies."""
        depth = 0
        margins = [""]
        for token in self.raw():
            kind = token.kind
            if kind == "_NL":
                if not depth:
                    yield token
                    yield from self._margin(token, margins)
                continue
            if kind in ("LPAR", "LSQB"):
                depth += 1
            elif kind in ("RPAR", "RSQB"):
                depth -= 1
            yield token

    def _margin(self, newline: Token, margins: list[str]) -> Iterator[Token]:
        """The change of indentation behind a line end; ``margins`` are those of the open bodies and are kept up to date."""
        margin = newline.text[newline.text.rindex("\n") + 1 :]
        if margin == margins[-1]:
            return
        if margin.startswith(margins[-1]) and not (" " in margin and "\t" in margin):
            margins.append(margin)
            yield Token("_INDENT", margin, newline.end - len(margin), newline.end)
            return
        if margin not in margins:
            raise SpecSyntaxError(_misfit(self._piece.span(newline.end - len(margin), newline.end), margin, margins))
        while margins[-1] != margin:
            margins.pop()
            yield Token("_DEDENT", margin, newline.end - len(margin), newline.end)


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
