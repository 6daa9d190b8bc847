"""Sound lower and upper bounds of a dim by interval reasoning.

Symbols are at least 1 unless bounds say otherwise: `{"H": (32, None)}` is H >= 32. A bound need not be attained; None
means that none was found.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from functools import lru_cache

from archc.ir.dims.atoms import Atom, Extremum, FloorDiv, Max, Monomial, Symbol
from archc.ir.dims.core import Dim, DimLike

Bounds = Mapping[str, tuple[int | None, int | None]]
Interval = tuple[int | float, int | float]
Pairs = tuple[tuple[str, tuple[int | None, int | None]], ...]

MAX_RELAXED = 200
EVERYTHING: Interval = (-math.inf, math.inf)


def lower(dim: DimLike, bounds: Bounds | None = None) -> int | None:
    """A number that `dim` never goes below, or None."""
    least = _interval_of(dim, bounds)[0]
    return int(least) if least != -math.inf else None


def upper(dim: DimLike, bounds: Bounds | None = None) -> int | None:
    """A number that `dim` never exceeds, or None."""
    greatest = _interval_of(dim, bounds)[1]
    return int(greatest) if greatest != math.inf else None


def _interval_of(dim: DimLike, bounds: Bounds | None) -> Interval:
    if not isinstance(dim, Dim):
        return dim, dim
    pairs = tuple((name, bounds[name]) for name in sorted(dim.symbols) if name in bounds) if bounds else ()
    return _interval(dim, pairs)


@lru_cache(maxsize=1 << 13)
def _interval(dim: DimLike, pairs: Pairs) -> Interval:
    if not isinstance(dim, Dim):
        return dim, dim
    low, high = plain_interval(dim, pairs)
    if low == high or dim.nodes > MAX_RELAXED or _is_exact(dim):
        return low, high  # too large to look closer, or nothing to gain
    from archc.ir.dims.relaxation import relaxed_least

    return max(low, relaxed_least(dim, pairs)), min(high, -relaxed_least(-dim, pairs))


def _is_exact(dim: Dim) -> bool:
    """Whether a dim is a multiple of a product of symbols, or of one atom, and perhaps a number more: it is bounded as its parts are."""
    monomial = dim.terms[0][0]
    alone = len(dim.terms) - (not dim.terms[-1][0]) == 1
    return alone and (dim.depth == 1 or (len(monomial) == 1 and monomial[0][1] == 1))


def plain_interval(dim: Dim, pairs: Pairs) -> Interval:
    """The sum of the intervals of the terms, as if they had nothing to do with each other."""
    low: int | float = 0
    high: int | float = 0
    for monomial, factor in dim.terms:
        term = times(monomial_interval(monomial, pairs), (factor, factor))
        low, high = low + term[0], high + term[1]
    return low, high


def monomial_interval(monomial: Monomial, pairs: Pairs) -> Interval:
    product: Interval = (1, 1)
    for atom, power in monomial:
        base = atom_interval(atom, pairs)
        factor = base
        for _ in range(power - 1):
            factor = times(factor, base)
        product = times(product, (max(factor[0], 0), factor[1]) if power % 2 == 0 else factor)
    return product


def atom_interval(atom: Atom, pairs: Pairs) -> Interval:
    if isinstance(atom, Symbol):
        least, greatest = dict(pairs).get(atom.name, (1, None))
        return 1 if least is None else least, math.inf if greatest is None else greatest
    if isinstance(atom, FloorDiv):
        return _quotient(_interval(atom.numerator, pairs), _interval(atom.divisor, pairs))
    if isinstance(atom, Extremum):
        choose = max if isinstance(atom, Max) else min
        parts = [_interval(arg, pairs) for arg in atom.args]
        return choose(part[0] for part in parts), choose(part[1] for part in parts)
    return EVERYTHING


def times(a: Interval, b: Interval) -> Interval:
    corners = [_times(x, y) for x in a for y in b]
    return min(corners), max(corners)


def _times(x: int | float, y: int | float) -> int | float:
    """A product in which 0 times infinity is 0 and big integers never turn into floats."""
    if x == 0 or y == 0:
        return 0
    if isinstance(x, float) or isinstance(y, float):
        return math.inf if (x > 0) == (y > 0) else -math.inf
    return x * y


def _quotient(numerator: Interval, divisor: Interval) -> Interval:
    """The divisor is positive. Whether it is best large or small depends on the numerator's sign: one of them is."""
    divisors = max(divisor[0], 1), max(divisor[1], 1)
    return min(_floor(numerator[0], d) for d in divisors), max(_floor(numerator[1], d) for d in divisors)


def _floor(x: int | float, d: int | float) -> int | float:
    if isinstance(x, float):
        return x
    if isinstance(d, float):
        return 0 if x >= 0 else -1
    return x // d
