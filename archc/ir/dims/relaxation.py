"""Lower bounds that see how the terms of a dim depend on each other.

The interval of `H - 7 * (H // 7)` term by term is everything. Replacing `H // 7`, which is subtracted, by the larger
`H / 7` leaves 0. Floor divisions are replaced by the rational number on the safe side, a minimum or maximum by each of
its arguments in turn, and what is left is a polynomial, bounded at the corner where all its atoms are least.
"""

from __future__ import annotations

import math
from typing import NamedTuple

from archc.ir.dims.atoms import (
    CONSTANT,
    Atom,
    DimTooLarge,
    Extremum,
    FloorDiv,
    Max,
    Monomial,
    divide_monomials,
)
from archc.ir.dims.bounds import Pairs, atom_interval, monomial_interval, times
from archc.ir.dims.core import Dim, DimLike, build, coefficients_of, from_atom

Least = int | float

STEPS = 24


def relaxed_least(dim: DimLike, pairs: Pairs) -> Least:
    """A lower bound of `dim`, or minus infinity."""
    try:
        return _least(dim, pairs, STEPS)
    except DimTooLarge:  # no room for the argument
        return -math.inf


def _least(dim: DimLike, pairs: Pairs, steps: int) -> Least:
    scale = 1
    while isinstance(dim, Dim) and steps > 0:
        steps -= 1
        extremum = next((atom for m, _ in dim.terms for atom, _ in m if isinstance(atom, Extremum)), None)
        if extremum is not None:
            return _ceil(_least_of_cases(dim, extremum, pairs, steps), scale)
        term = _relaxable(dim, pairs)
        if term is None:
            break
        dim, factor = _relax(dim, term)
        scale *= factor
    return _ceil(_corner(dim, pairs), scale)


def _ceil(value: Least, scale: int) -> Least:
    return value if isinstance(value, float) else -(-value // scale)


def _least_of_cases(dim: Dim, atom: Extremum, pairs: Pairs, steps: int) -> Least:
    """The atom equals one of its arguments; where it counts as the best of them, any one gives a bound."""
    cases = [_least(_replace(dim, atom, arg), pairs, steps // len(atom.args)) for arg in atom.args]
    rests = [(divide_monomials(m, ((atom, 1),)), factor) for m, factor in dim.terms]
    helpful = all(
        (factor > 0) == isinstance(atom, Max) and _never_negative(rest, pairs) and atom not in dict(rest)
        for rest, factor in rests
        if rest is not None
    )
    return max(cases) if helpful else min(cases)


def _replace(dim: Dim, atom: Atom, value: DimLike) -> DimLike:
    total: DimLike = 0
    for monomial, factor in dim.terms:
        rest = {m_atom: power for m_atom, power in monomial if m_atom != atom}
        power = dict(monomial).get(atom, 0)
        product = build({tuple(rest.items()): factor})
        for _ in range(power):
            product = product * value
        total = total + product
    return total


def _never_negative(monomial: Monomial, pairs: Pairs) -> bool:
    return monomial_interval(monomial, pairs)[0] >= 0


class _Term(NamedTuple):
    """`factor * monomial`, which is `factor / number * rest * divisor * atom` with `divisor` as large as `number`."""

    monomial: Monomial
    factor: int
    atom: FloorDiv
    rest: Monomial
    number: int


def _relaxable(dim: Dim, pairs: Pairs) -> _Term | None:
    """The term with the most deeply nested floor division that can be replaced."""
    best: _Term | None = None
    for monomial, factor in dim.terms:
        for atom, power in monomial:
            if isinstance(atom, FloorDiv) and power == 1 and (best is None or atom.depth > best.atom.depth):
                best = _as_relaxable(monomial, factor, atom, pairs) or best
    return best


def _as_relaxable(monomial: Monomial, factor: int, atom: FloorDiv, pairs: Pairs) -> _Term | None:
    divisor = coefficients_of(atom.divisor)
    if len(divisor) != 1:
        return None
    ((unit, number),) = divisor.items()
    cofactor = divide_monomials(monomial, ((atom, 1),)) or CONSTANT
    rest = divide_monomials(cofactor, unit)
    if number <= 0 or rest is None or not _never_negative(cofactor, pairs) or not _never_negative(rest, pairs):
        return None
    return _Term(monomial, factor, atom, rest, number)


def _relax(dim: Dim, term: _Term) -> tuple[DimLike, int]:
    """A dim never above `number * dim`, without the floor division: (n - b + 1)/b <= floor(n/b) <= n/b."""
    numerator, divisor = term.atom.numerator, term.atom.divisor
    replaced = numerator if term.factor < 0 else numerator - divisor + 1
    others = build({m: factor for m, factor in dim.terms if m != term.monomial})
    return term.number * others + build({term.rest: term.factor}) * replaced, term.number


class _Excess(Atom):
    """By how much an atom is above its least value; never negative."""

    __slots__ = ("greatest",)
    rank = 5

    def __init__(self, atom: Atom, least: int, greatest: Least) -> None:
        super().__init__(f"({atom.key})-({least})", ())
        self.greatest = greatest - least


def _corner(dim: DimLike, pairs: Pairs) -> Least:
    """Write each atom as its least value plus an excess: positive terms are then least where all excesses are 0."""
    if not isinstance(dim, Dim):
        return dim
    shifted = _shifted(dim, pairs)
    total: Least = 0
    for monomial, factor in coefficients_of(shifted).items():
        total += factor if not monomial else _least_term(monomial, factor)
    return total


def _least_term(monomial: Monomial, factor: int) -> Least:
    product: tuple[Least, Least] = (factor, factor)
    for atom, power in monomial:
        interval = (0, atom.greatest) if isinstance(atom, _Excess) else (-math.inf, math.inf)
        for _ in range(power):
            product = times(product, interval)
    return product[0]


def _shifted(dim: Dim, pairs: Pairs) -> DimLike:
    shifts: dict[Atom, DimLike] = {}
    total: DimLike = 0
    for monomial, factor in dim.terms:
        product: DimLike = factor
        for atom, power in monomial:
            if atom not in shifts:
                shifts[atom] = _shift(atom, pairs)
            for _ in range(power):
                product = product * shifts[atom]
        total = total + product
    return total


def _shift(atom: Atom, pairs: Pairs) -> DimLike:
    least, greatest = atom_interval(atom, pairs)
    if isinstance(least, float):
        return from_atom(atom)
    if least == greatest:
        return least
    return from_atom(_Excess(atom, least, greatest)) + least
