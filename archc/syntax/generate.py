"""Makes ``tables.py`` from ``grammars/arch.lark``: ``python -m archc.syntax.generate``.

Lark turns the grammar into LALR(1) tables. They are kept as JSON text, which loads in milliseconds with or without Python's
bytecode files; nothing is unpickled, and Lark itself (a tenth of a second to import) is needed only here.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from lark import Lark
from lark.grammar import Rule
from lark.lexer import PatternStr, TerminalDef
from lark.parsers.lalr_analysis import Shift

from archc.files import write_atomically
from archc.resources import grammar_text

STARTS = ["statement", "expression"]
SOFT = 5  # the priority that marks the soft terminals in the grammar
_WIDTH = 400
TABLES = Path(__file__).with_name("tables.py")
_HEADER = '"""Made by ``python -m archc.syntax.generate`` from ``grammars/arch.lark``. Do not edit."""\n\n# ruff: noqa\n# fmt: off\n'


class _Lines:
    """Stands for the layout of lines while the tables are made: line ends are accepted in every state."""

    always_accept = ("_NL",)

    def process(self, stream: Any) -> Any:
        return stream


def build(*, strict: bool = False, **options: Any) -> Lark:
    """Lark's parser for the grammar. ``strict`` raises lark.GrammarError at every conflict, and needs ``interegular``."""
    fixed: dict[str, Any] = {"parser": "lalr", "lexer": "contextual", "start": STARTS, "maybe_placeholders": False}
    return Lark(grammar_text(), postlex=_Lines(), strict=strict, **fixed, **options)


def tables() -> str:
    """The text of ``tables.py``."""
    lark = build()
    states, starts = _states(lark)
    single = _single(lark.rules)
    rules = [_rule(rule, single) for rule in lark.rules]
    parts: dict[str, list[Any]] = {"TERMINALS": _terminals(lark), "RULES": rules, "STATES": states}
    text = "".join(f"{name} = r'''{_lines(value)}'''\n" for name, value in parts.items())
    return f"{_HEADER}{text}STARTS = {starts}\n"


def _lines(items: list[Any]) -> str:
    """JSON, broken between items into lines of some length."""
    lines = ["["]
    for item in items:
        text = json.dumps(item, separators=(",", ":")).replace("'", "\\u0027") + ","
        if len(lines[-1]) + len(text) > _WIDTH:
            lines.append("")
        lines[-1] += text
    return "\n".join(lines).rstrip(",") + "]"


def _terminals(lark: Lark) -> list[tuple[str, str, str]]:
    """Name, pattern and role of the terminals, in the order in which they are to be tried."""
    terminals = lark.parser.lexer.lexer.root_lexer.terminals
    return [(one.name, _pattern(one), _role(one, lark)) for one in terminals]


def _pattern(terminal: TerminalDef) -> str:
    fixed = isinstance(terminal.pattern, PatternStr)
    return str(terminal.pattern.value if fixed else terminal.pattern.to_regexp())


def _role(terminal: TerminalDef, lark: Lark) -> str:
    if terminal.name in lark.ignore_tokens:
        return "ignored"
    if isinstance(terminal.pattern, PatternStr):
        return "word" if terminal.pattern.value.isidentifier() else "sign"
    return "soft" if terminal.priority == SOFT else "hard"


def _single(rules: Sequence[Rule]) -> set[str]:
    """The rules without a node of their own that always make just one value: it need not be put into a list and be taken out again."""
    found = {str(rule.origin.name) for rule in rules if str(rule.origin.name).startswith("_")}
    while lists := {str(rule.origin.name) for rule in rules if not _is_one(rule, found)} & found:
        found -= lists
    return found


def _is_one(rule: Rule, single: set[str]) -> bool:
    return len(rule.expansion) == 1 and _is_kept(rule.expansion[0]) and not _spreads(rule.expansion[0], single)


def _rule(rule: Rule, single: set[str]) -> list[Any]:
    """A rule as [the symbol it makes, its length, its callback, which values the callback gets].

    The callback is "" for a rule that hands on its only value, and "_" for one whose values are spread into the rule around it.
    Values are given by position, ``~position`` for one that is to be spread, or as null for all of them as they are.
    """
    origin = str(rule.origin.name)
    kept = [index for index, symbol in enumerate(rule.expansion) if _is_kept(symbol)]
    spread = [~index if _spreads(rule.expansion[index], single) else index for index in kept]
    name = "_" if origin.startswith("_") else str(rule.alias or origin)
    if origin in single or (rule.options.expand1 and not rule.alias):
        assert len(kept) == 1, f"`?{origin}` must have one value"
        name = ""
    return [origin, len(rule.expansion), name, None if spread == list(range(len(rule.expansion))) else spread]


def _is_kept(symbol: Any) -> bool:
    return not getattr(symbol, "filter_out", False)


def _spreads(symbol: Any, single: set[str]) -> bool:
    return not symbol.is_term and symbol.name.startswith("_") and symbol.name not in single


def _states(lark: Lark) -> tuple[list[dict[str, int]], dict[str, tuple[int, int]]]:
    """For each state and symbol the state to go to, or ``~rule`` for the rule to reduce by; and the first and last states.

    Lark numbers the states differently each time; here they are numbered in the order in which they are reached.
    """
    table = lark.parser.parser._parse_table
    order = _reached(table)
    numbers = {state: number for number, state in enumerate(order)}
    rules = {rule: number for number, rule in enumerate(lark.rules)}
    rows = [
        {
            symbol: numbers[to] if kind is Shift else ~rules[to]
            for symbol, (kind, to) in sorted(table.states[state].items())
        }
        for state in order
    ]
    return rows, {start: (numbers[table.start_states[start]], numbers[table.end_states[start]]) for start in STARTS}


def _reached(table: Any) -> list[int]:
    order = [table.start_states[start] for start in STARTS]
    for state in order:
        for _, (kind, to) in sorted(table.states[state].items(), key=lambda entry: str(entry[0])):
            if kind is Shift and to not in order:
                order.append(to)
    return order


if __name__ == "__main__":
    write_atomically(TABLES, tables())
