"""Checks at the start of ``forward``: whether the sizes that come in are among those that the net takes.

They are plain ``if ...: raise``: ``torch.compile`` folds them away, and ``torch.export`` proves them from the range of its ``Dim``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from archc.analysis.domain import domain
from archc.backends.torch.format import INDENT
from archc.backends.torch.sizes import Sizes
from archc.ir.graph import Net
from archc.ir.types import TensorType, tensors

OPPOSITES = {">=": "<", "<=": ">", "==": "!=", "!=": "==", "in": "not in"}


def conditions_of(net: Net) -> tuple[str, ...]:
    """The conditions of the net's domain that the shapes of its inputs tell; those of inputs that may be left out are not asked."""
    given = [port.type for port in net.top.inputs if not port.optional]
    told = frozenset().union(
        *(dim.symbols for x in tensors(tuple(given)) for dim in x.shape if not isinstance(dim, int))
    )
    others = {symbol.name for symbol in net.symbols} - told
    return tuple(condition for condition in domain(net).conditions() if not words(condition) & others)


def words(condition: str) -> frozenset[str]:
    """The names in a condition."""
    return frozenset(re.findall(r"[^\W\d]\w*", condition)) - {"and", "or", "in", "min", "max"}


def check_lines(name: str, conditions: Sequence[str], names: Mapping[str, str]) -> list[str]:
    """A statement for each condition. ``names`` are the locals that hold the sizes."""
    return [line for condition in conditions for line in _check(name, condition, names)]


def _check(name: str, condition: str, names: Mapping[str, str]) -> list[str]:
    here = re.sub(r"[^\W\d]\w*", lambda word: names.get(word[0], word[0]), condition)
    found = ", ".join(f"{symbol} = {{{names[symbol]}}}" for symbol in sorted(words(condition)))
    return [f"if {_negated(here)}:", f'{INDENT}raise ValueError(f"{name} takes {condition}, got {found}")']


def _negated(condition: str) -> str:
    relations = re.findall(r" (>=|<=|==|!=|in|and|or) ", condition)
    if len(relations) == 1:
        return condition.replace(f" {relations[0]} ", f" {OPPOSITES[relations[0]]} ")
    return f"not ({condition})"


def sequential_forward(net: Net, name: str, conditions: Sequence[str]) -> list[str]:
    """``forward`` for a net that is a plain sequence: the checks, then the sequence."""
    (port,) = net.top.inputs
    assert isinstance(port.type, TensorType)
    symbols = frozenset().union(*map(words, conditions))
    sizes = Sizes({"input": port.type}, symbols, ["input"])
    body = [*sizes.lines, *check_lines(name, conditions, sizes.names), "return super().forward(input)"]
    return [
        f"{INDENT}def forward(self, input: Tensor) -> Tensor:  # {port.type}",
        *(INDENT * 2 + line for line in body),
    ]
