"""The LALR(1) parser that runs the shipped tables.

Lark makes the tables; running them takes no more than this, and goes without Lark's tenth of a second of imports.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from functools import cache
from typing import Any, NamedTuple

from archc.syntax.tokens import Lexer, Lexicon, Piece, Token, Unlexable

END = "$END"


class Rule(NamedTuple):
    """What a rule makes, from how many values, by which callback, from which of the values (see generate.py)."""

    symbol: str
    length: int
    callback: str
    values: list[int] | None


class Tables(NamedTuple):
    lexicon: Lexicon
    rules: list[Rule]
    states: list[dict[str, int]]
    starts: dict[str, tuple[int, int]]
    handed_on: dict[tuple[int, int, str], int]
    """By the state below, the present one and the token: the state in which a value has been handed on as far as it goes."""


@cache
def tables() -> Tables:
    """The tables of the language. They are read once and never changed."""
    from archc.syntax import tables as shipped

    rules = [Rule(*rule) for rule in json.loads(shipped.RULES)]
    return Tables(Lexicon(json.loads(shipped.TERMINALS)), rules, json.loads(shipped.STATES), shipped.STARTS, {})


class Unexpected(Exception):
    """A token that nothing accepts here, or (``token.kind`` is empty) a character that starts no token."""

    def __init__(self, token: Token, parser: Parser) -> None:
        self.token = token
        self.parser = parser


class Parser:
    """One run: a stack of states and one of values, which ``builder``'s methods make."""

    def __init__(self, builder: object, start: str) -> None:
        self._tables = tables()
        self._builder = builder
        self._start = start
        first, self._last = self._tables.starts[start]
        self.states = [first]
        self.values: list[Any] = []
        self.last: Token | None = None

    def run(self, piece: Piece) -> Any:
        """The value of the piece. Raises Unexpected, with this parser as it was before the token, and SpecSyntaxError."""
        try:
            self._feed_all(piece, piece.base + piece.end)
            end = piece.base + piece.end
            return self._finish(Token(END, "", end, end))
        except Unexpected as error:
            # A token can be refused after some reductions that only a fitting token should have caused: do them not.
            again = Parser(self._builder, self._start)
            again._feed_all(piece, error.token.start, error.token.kind)
            error.parser = again
            raise

    def _feed_all(self, piece: Piece, stop: int, kind: str = "") -> None:
        """Takes all tokens up to the one of a kind at the offset ``stop``."""
        lexer = Lexer(self._tables.lexicon, piece)
        states = self._tables.states
        lexer.accepted = states[self.states[-1]]
        try:
            for token in lexer.laid_out():
                if token.start >= stop and token.kind == kind:
                    return
                self.feed(token)
                lexer.accepted = states[self.states[-1]]
        except Unlexable as error:
            at = error.offset
            if at < stop:
                raise Unexpected(Token("", piece.text[at - piece.base], at, at + 1), self) from None

    def feed(self, token: Token) -> None:
        """Reduces as far as the token allows, and takes it. Raises Unexpected when it cannot be taken."""
        _, rules, states, _, handed_on = self._tables
        stack, kind = self.states, token.kind
        while True:
            action = states[stack[-1]].get(kind)
            if action is None:
                raise Unexpected(token, self)
            if action >= 0:
                stack.append(action)
                self.values.append(token)
                self.last = token
                return
            rule = rules[~action]
            if not _hands_on(rule):
                self._reduce(rule)
                continue
            key = stack[-2], stack[-1], kind
            if key not in handed_on:
                handed_on[key] = self._handed_on(*key)
            stack[-1] = handed_on[key]

    def _handed_on(self, below: int, state: int, kind: str) -> int:
        """Most rules of an expression just hand on its value, up to ten of them in a row: the state behind the last."""
        _, rules, states, _, _ = self._tables
        while (action := states[state].get(kind)) is not None and action < 0 and _hands_on(rule := rules[~action]):
            state = states[below][rule.symbol]
        return state

    def _finish(self, end: Token) -> Any:
        while self.states[-1] != self._last:
            action = self._tables.states[self.states[-1]].get(END)
            if action is None:
                raise Unexpected(end, self)
            self._reduce(self._tables.rules[~action])
        return self.values[-1]

    def _reduce(self, rule: Rule) -> None:
        symbol, length, callback, kept = rule
        stack = self.states
        if length:
            values = self.values[-length:]
            del stack[-length:], self.values[-length:]
        else:
            values = []
        if kept is not None:
            values = _chosen(values, kept)
        stack.append(self._tables.states[stack[-1]][symbol])
        if callback == "_":
            self.values.append(values)
        else:
            self.values.append(getattr(self._builder, callback)(values) if callback else values[0])

    # --- for error messages -------------------------------------------------------------------------------------------

    def accepts(self, kind: str) -> bool:
        """Whether a token of this kind could come next."""
        states, stack = self._tables.states, list(self.states)
        while (action := states[stack[-1]].get(kind)) is not None and action < 0:
            rule = self._tables.rules[~action]
            if rule.length:
                del stack[-rule.length :]
            stack.append(states[stack[-1]][rule.symbol])
        return action is not None

    def expected(self) -> list[str]:
        """The kinds of tokens that could come next, in alphabetical order."""
        return [
            kind for kind in sorted(self._tables.states[self.states[-1]]) if _is_terminal(kind) and self.accepts(kind)
        ]

    def reduced(self, kind: str, wanted: Callable[[Any], bool]) -> Any:
        """The last wanted value that the values read so far would be made into if a token of this kind came next."""
        trial = Parser.__new__(Parser)
        trial.__dict__.update(self.__dict__, states=list(self.states), values=list(self.values))
        found = trial.values[-1] if trial.values and wanted(trial.values[-1]) else None
        while (action := self._tables.states[trial.states[-1]].get(kind)) is not None and action < 0:
            trial._reduce(self._tables.rules[~action])
            if wanted(trial.values[-1]):
                found = trial.values[-1]
        return found


def _hands_on(rule: Rule) -> bool:
    return rule.length == 1 and not rule.callback


def _chosen(values: list[Any], kept: Iterable[int]) -> list[Any]:
    chosen: list[Any] = []
    for index in kept:
        if index >= 0:
            chosen.append(values[index])
        elif chosen:
            chosen.extend(values[~index])
        else:
            chosen = values[~index]  # this list is no longer needed by anyone: long lists are not copied at each item
    return chosen


def _is_terminal(symbol: str) -> bool:
    return symbol.isupper() and symbol != END
