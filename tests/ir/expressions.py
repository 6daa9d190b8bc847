"""Random integer expressions over sizes, that Python computes with ints and archc with dims."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from archc.ir.dims import Dim, DimLike, dim_max, dim_min

# How long an example takes says more about the machine than about dims.
unhurried = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])

NAMES = ("H", "W", "C")
OPERATORS: dict[str, Callable[[Any, Any], Any]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "//": operator.floordiv,
    "%": operator.mod,
    "**": operator.pow,
}


@dataclass(frozen=True)
class Expression:
    """An operator and its operands; a leaf has a name or a number for its operator."""

    head: str | int
    parts: tuple[Expression, ...] = ()

    def value(self, env: Mapping[str, DimLike]) -> Any:
        """What it comes to when every name has the value in `env`, an int or a dim."""
        if isinstance(self.head, int):
            return self.head
        if not self.parts:
            return env[self.head]
        values = [part.value(env) for part in self.parts]
        if self.head in OPERATORS:
            return OPERATORS[self.head](*values)
        if any(isinstance(value, Dim) for value in values):
            return {"min": dim_min, "max": dim_max}[self.head](*values)
        return {"min": min, "max": max}[self.head](values)


def binary(operators: list[str], left: Any, right: Any) -> st.SearchStrategy[Expression]:
    return st.builds(lambda head, a, b: Expression(head, (a, b)), st.sampled_from(operators), left, right)


def expressions(names: tuple[str, ...] = NAMES, symbolic_divisors: bool = True) -> st.SearchStrategy[Expression]:
    """Expressions over `names`; what is divided by is a non-zero number or a positive size."""
    leaf = st.one_of(st.sampled_from(names).map(Expression), st.integers(-9, 9).map(Expression))
    number = st.integers(-7, 9).filter(bool).map(Expression)
    name = st.sampled_from(names).map(Expression)
    size = st.one_of(name, binary(["*"], st.integers(1, 4).map(Expression), name), binary(["*", "+"], name, name))
    divisor = st.one_of(number, number, size) if symbolic_divisors else number

    def grow(inner: st.SearchStrategy[Expression]) -> st.SearchStrategy[Expression]:
        return st.one_of(
            binary(["+", "-", "*"], inner, inner),
            binary(["//", "%"], inner, divisor),
            binary(["min", "max"], inner, inner),
            binary(["**"], inner, st.integers(0, 3).map(Expression)),
        )

    return st.recursive(leaf, grow, max_leaves=6)
