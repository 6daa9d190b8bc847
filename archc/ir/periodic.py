"""How a dim depends on one symbol: polynomial on each residue class of some period, from some size on.

Sums, products and floor divisions by constants of such functions are such functions (quasi-polynomials), and so are
minima and maxima of those that grow linearly, once the last crossing is passed. What holds for one such function for
all sizes is therefore settled by finitely many of them.
"""

from __future__ import annotations

from collections.abc import Iterable
from math import lcm
from typing import NamedTuple

from archc.ir.dims import Dim, DimLike, evaluate, symbols_of
from archc.ir.dims.atoms import Atom, Extremum, FloorDiv, Symbol

MAX_PERIOD = 4096
MAX_START = 1 << 14


class Pattern(NamedTuple):
    """From `start` on, `f(r + period * k)` is a polynomial in `k` with integer coefficients of at most that degree."""

    period: int
    degree: int
    start: int


CONSTANT_PATTERN = Pattern(1, 0, 1)


def pattern_of(dim: DimLike, name: str) -> Pattern | None:
    """How `dim` depends on the symbol `name`, whatever the others are; None where that is not known.

    The period may be a multiple of the least one.
    """
    if name not in symbols_of(dim) or not isinstance(dim, Dim):
        return CONSTANT_PATTERN
    total = CONSTANT_PATTERN
    for monomial, _ in dim.terms:
        degree = 0
        for atom, power in monomial:
            part = _pattern_of_atom(atom, name)
            if part is None:
                return None
            degree += power * part.degree
            total = _joined([total, part], max(total.degree, degree))
    return total if total.period <= MAX_PERIOD and total.start <= MAX_START else None


def _joined(parts: Iterable[Pattern], degree: int) -> Pattern:
    parts = list(parts)
    return Pattern(lcm(*(part.period for part in parts)), degree, max(part.start for part in parts))


def _pattern_of_atom(atom: Atom, name: str) -> Pattern | None:
    if name not in atom.symbols:
        return CONSTANT_PATTERN
    if isinstance(atom, Symbol):
        return Pattern(1, 1, 1)
    if isinstance(atom, FloorDiv) and isinstance(atom.divisor, int):
        inner = pattern_of(atom.numerator, name)
        # r + (period * divisor) * k adds multiples of the divisor to the numerator, coefficient by coefficient.
        return inner and inner._replace(period=inner.period * atom.divisor)
    if isinstance(atom, Extremum) and atom.symbols == {name}:
        return _pattern_of_extremum(atom, name)
    return None


def _pattern_of_extremum(atom: Extremum, name: str) -> Pattern | None:
    """Once no two arguments cross any more, one of them is the extremum on each residue class."""
    parts = [pattern_of(arg, name) for arg in atom.args]
    known = [part for part in parts if part is not None and part.degree <= 1]
    if len(known) != len(parts):
        return None
    joined = _joined(known, max(part.degree for part in known))
    if joined.period > MAX_PERIOD or joined.start > MAX_START:
        return None
    start = joined.start
    for index, a in enumerate(atom.args):
        for b in atom.args[:index]:
            start = max(start, _last_crossing(a, b, name, joined))
    return joined._replace(start=start)


def _last_crossing(a: DimLike, b: DimLike, name: str, pattern: Pattern) -> int:
    """A size from which on `a - b` keeps its sign on each residue class."""
    start = pattern.start
    for size in range(pattern.start, pattern.start + pattern.period):
        here, slope = _line_at(a, b, name, size, pattern.period)
        if here * slope < 0:
            start = max(start, size + pattern.period * -(-abs(here) // abs(slope)))
    return start


def _line_at(a: DimLike, b: DimLike, name: str, size: int, period: int) -> tuple[int, int]:
    """`a - b` at a size, and what a period more adds to it."""
    here = evaluate(a, {name: size}) - evaluate(b, {name: size})
    there = evaluate(a, {name: size + period}) - evaluate(b, {name: size + period})
    return here, there - here
