"""The LALR(1) parser that runs the shipped tables.

Lark makes the tables; running them takes no more than this, and goes without Lark's tenth of a second of imports.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from functools import cache
from itertools import takewhile
from types import NoneType
from typing import Any, Generic, NamedTuple, TypeVar

from archc.syntax.tokens import Lexer, Lexicon, Match, Piece, Token

END = "$END"

Key = TypeVar("Key")
Value = TypeVar("Value")


class Rule(NamedTuple):
    """What a rule makes, from how many values, by which callback, from which of the values (see generate.py)."""

    symbol: str
    length: int
    callback: str
    values: list[int] | None


class Known(dict[Key, Value], Generic[Key, Value]):
    """The values of a function, each found when it is first needed."""

    def __init__(self, find: Callable[[Key], Value]) -> None:
        self._find = find

    def __missing__(self, key: Key) -> Value:
        value = self[key] = self._find(key)
        return value


Leads = Known[int, Known[str, tuple[int, int | None]]]


class Tables:
    """The tables of the language. They are read once and never changed; what is found in them is kept."""

    def __init__(self) -> None:
        from archc.syntax import tables as shipped

        self.lexicon = Lexicon(json.loads(shipped.TERMINALS))
        self.rules = [Rule(*rule) for rule in json.loads(shipped.RULES)]
        self.starts = shipped.STARTS
        self.states: list[dict[str, int]] = json.loads(shipped.STATES)
        """For each state and symbol the state to go to, or ``~rule`` for the rule to reduce by."""
        self.reached: Known[int, tuple[dict[str, int], Match | None]] = Known(self._reached)
        """By state: its row, and what looks for the soft terminals that are in it."""
        self.before = Known(self._before)
        """By the token that follows, the state below and what has been made: the new state, and what is to be done in it."""

    def _reached(self, state: int) -> tuple[dict[str, int], Match | None]:
        return self.states[state], self.lexicon.accepted(self.states[state])

    def _before(self, kind: str) -> Leads:
        return Known(lambda below: Known(lambda symbol: self._handed_on(kind, below, symbol)))

    def _handed_on(self, kind: str, below: int, symbol: str) -> tuple[int, int | None]:
        """Most rules of an expression just hand on its value, up to ten of them in a row: the state behind the last."""
        row = self.states[below]
        state = row[symbol]
        while (action := self.states[state].get(kind, 0)) < 0 and _hands_on(rule := self.rules[~action]):
            state = row[rule.symbol]
        return state, self.states[state].get(kind)


@cache
def tables() -> Tables:
    return Tables()


def _hands_on(rule: Rule) -> bool:
    return rule.length == 1 and not rule.callback


Make = Callable[[Any, list[Any]], Any]


def _made_by(builder: type) -> list[tuple[str, int, list[int] | None, Make]]:
    """The rules, with what makes the value of each from a builder of this class and the values of the rule's symbols."""
    known: dict[str, Make] = {"": lambda _, values: values[0], "_": lambda _, values: values}
    for rule in tables().rules:
        if rule.callback not in known:
            known[rule.callback] = _nothing if builder is NoneType else getattr(builder, rule.callback)
    return [(symbol, length, kept, known[name]) for symbol, length, name, kept in tables().rules]


def _nothing(builder: None, values: list[Any]) -> None:
    pass


_rules = Known(_made_by)


def noting(make: Make, made: list[Any]) -> Make:
    """What makes the same, and adds it to a list."""

    def noted(builder: Any, values: list[Any]) -> Any:
        value = make(builder, values)
        made.append(value)
        return value

    return noted


class Unexpected(Exception):
    """A token that nothing accepts here."""

    def __init__(self, token: Token, parser: Parser) -> None:
        self.token = token
        self.parser = parser


class Parser:
    """One run: a stack of states and one of values, which ``builder``'s methods make, if there is one; and the tokens taken."""

    def __init__(self, builder: Any, start: str) -> None:
        self._tables = tables()
        self._builder = builder
        self._rules = _rules[type(builder)]
        self._start = start
        first, self._last = self._tables.starts[start]
        self.states = [first]
        self.values: list[Any] = []
        self.tokens: list[Token] = []

    @property
    def last(self) -> Token | None:
        return self.tokens[-1] if self.tokens else None

    def run(self, piece: Piece) -> Any:
        """The value of the piece. Raises Unexpected, with this parser as it was before the token, and SpecSyntaxError."""
        lexer = Lexer(self._tables.lexicon, piece)
        try:
            self._feed(lexer.tokens(), lexer)
            self._finish(piece.end)
            return self.values[-1]
        except Unexpected as error:
            error.parser = self._before(piece, error.token)
            raise

    def _before(self, piece: Piece, wrong: Token) -> Parser:
        """A token can be refused after some reductions that only a fitting token should have caused: a parser without them."""
        again = Parser(self._builder, self._start)
        lexer = Lexer(self._tables.lexicon, piece)
        again._feed(takewhile(lambda token: token != wrong, lexer.tokens()), lexer)
        return again

    def _feed(self, tokens: Iterable[Token], lexer: Lexer) -> None:
        """Takes tokens, each after the reductions that it allows. Raises Unexpected when one cannot be taken."""
        reached, before, states, values = self._tables.reached, self._tables.before, self.states, self.values
        row, lexer.soft = reached[states[-1]]
        for token in tokens:
            kind = token.kind
            action = row.get(kind)
            if action is not None and action < 0:
                action = self._reduce_all(action, before[kind])
            if action is None:
                raise Unexpected(token, self)
            states.append(action)
            values.append(token)
            self.tokens.append(token)
            row, lexer.soft = reached[action]

    def _finish(self, end: int) -> None:
        action = self._tables.states[self.states[-1]].get(END)
        if action is not None:
            self._reduce_all(action, self._tables.before[END])
        if self.states[-1] != self._last:
            raise Unexpected(Token(END, "", end, end), self)

    def _reduce_all(self, action: int | None, leads: Leads) -> int | None:
        """Puts the values of rules in the place of those of their symbols, as a token allows. Gives what is to be done with it."""
        rules, builder, states, values = self._rules, self._builder, self.states, self.values
        while action is not None and action < 0:
            symbol, length, kept, make = rules[~action]
            if length == 1:  # as most are
                states[-1], action = leads[states[-2]][symbol]
                values[-1] = make(builder, values[-1:])
                continue
            first = len(values) - length
            taken = values[first:]
            del values[first:], states[first + 1 :]
            if kept is not None:
                taken = _chosen(taken, kept)
            state, action = leads[states[-1]][symbol]
            states.append(state)
            values.append(make(builder, taken))
        return action

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
        made = self.values[-1:]
        trial = Parser(self._builder, self._start)
        trial.states, trial.values = list(self.states), list(self.values)
        trial._rules = [(symbol, length, kept, noting(make, made)) for symbol, length, kept, make in self._rules]
        trial._reduce_all(self._tables.states[self.states[-1]].get(kind), self._tables.before[kind])
        return next(filter(wanted, reversed(made)), None)


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
