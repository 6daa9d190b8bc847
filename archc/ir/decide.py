"""Deciding equality and order of symbolic sizes, soundly: True, False, or None where no argument settles it.

Complete for sizes in one symbol that are sums of it, floor divisions by constants, minima and maxima, as long as their
period is at most `MAX_PERIOD`: None then means that some sizes satisfy the relation and some do not. That two sizes are
always equal is found in several symbols too, without minima and maxima, while the periods multiply to few enough cases.
All else rests on bounds and residues.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import lru_cache
from itertools import product
from math import gcd, prod

from archc.ir.dims import Dim, DimLike, DimTooLarge, evaluate, lower, upper
from archc.ir.dims.bounds import Bounds, Pairs
from archc.ir.periodic import Pattern, pattern_of
from archc.ir.sequences import Sequence, may_vanish, never_negative

MAX_CASES = 1 << 14
LARGE = 1 << 20


def decide_eq(a: DimLike, b: DimLike, bounds: Bounds | None = None) -> bool | None:
    """Whether `a == b`: True for all sizes, False for none, or None.

    Symbols are at least 1, or within `bounds`: `{"H": (32, None)}`.
    """
    difference = _difference(a, b)
    if not isinstance(difference, Dim):
        return None if difference is None else difference == 0
    return _is_zero(difference, _relevant(difference, bounds))


def decide_ge(a: DimLike, b: DimLike, bounds: Bounds | None = None) -> bool | None:
    """Whether `a >= b`: True for all sizes, False for none, or None."""
    if is_plainly_ge(a, b):
        return True
    difference = _difference(a, b)
    if not isinstance(difference, Dim):
        return None if difference is None else difference >= 0
    return _is_at_least_zero(difference, _relevant(difference, bounds))


def is_plainly_ge(a: DimLike, b: DimLike) -> bool:
    """Whether `a >= b` is seen at a glance, as it is for numbers, and for a symbol and 1."""
    if not isinstance(b, int):
        return False
    return a >= b if isinstance(a, int) else b <= 1 and a.name is not None


def _relevant(dim: Dim, bounds: Bounds | None) -> Pairs:
    return tuple((name, bounds[name]) for name in sorted(dim.symbols) if name in bounds) if bounds else ()


@lru_cache(maxsize=1 << 13)
def _is_zero(dim: Dim, pairs: Pairs) -> bool | None:
    if _residues_exclude_zero(dim):
        return False
    bounds = dict(pairs)
    least, greatest = lower(dim, bounds), upper(dim, bounds)
    if (least is not None and least > 0) or (greatest is not None and greatest < 0):
        return False
    if least == greatest == 0:
        return True
    return _equals_zero(dim, bounds)


@lru_cache(maxsize=1 << 13)
def _is_at_least_zero(dim: Dim, pairs: Pairs) -> bool | None:
    bounds = dict(pairs)
    if _goes_both_ways(dim, bounds):
        return None
    least, greatest = lower(dim, bounds), upper(dim, bounds)
    if least is not None and least >= 0:
        return True
    if greatest is not None and greatest < 0:
        return False
    return _at_least_zero(dim, bounds)


def _goes_both_ways(dim: Dim, bounds: Bounds) -> bool:
    """Whether the least size and a large one disagree, as they do where a demand is open: then nothing is left to be decided."""
    if len(dim.symbols) != 1:
        return False
    (name,) = dim.symbols
    if pattern_of(dim, name) is None:  # some sizes may be none of its domain
        return False
    least, greatest = _limits(name, bounds)
    large = LARGE if greatest is None else greatest
    return (evaluate(dim, {name: least}) >= 0) != (evaluate(dim, {name: large}) >= 0)


@lru_cache(maxsize=1 << 13)
def _difference(a: DimLike, b: DimLike) -> DimLike | None:
    if a is b:
        return 0
    try:
        return a - b
    except DimTooLarge:
        return None


def _residues_exclude_zero(dim: Dim) -> bool:
    """All terms but the constant share a factor that the constant lacks: `2*H - 4*W + 1` is odd."""
    shared = gcd(*(factor for monomial, factor in dim.terms if monomial))
    return any(not monomial and factor % shared for monomial, factor in dim.terms)


def _equals_zero(dim: Dim, bounds: Bounds) -> bool | None:
    patterns = {name: pattern_of(dim, name) for name in sorted(dim.symbols)}
    known = {name: pattern for name, pattern in patterns.items() if pattern is not None}
    if len(known) == len(patterns) and _zero_on_grid(dim, known, bounds):
        return True
    if len(dim.symbols) != 1 or len(known) != 1:
        return None
    ((name, pattern),) = known.items()
    return False if _never_zero(dim, name, pattern, bounds) else None


def _zero_on_grid(dim: Dim, patterns: Mapping[str, Pattern], bounds: Bounds) -> bool:
    """A polynomial of degree n with n + 1 zeros is 0; so for each symbol and residue class, in turn."""
    ranges = [_sizes(name, pattern, bounds, pattern.degree + 1) for name, pattern in patterns.items()]
    if prod(map(len, ranges)) > MAX_CASES:
        return False
    return all(evaluate(dim, dict(zip(patterns, sizes, strict=True))) == 0 for sizes in product(*ranges))


def _sizes(name: str, pattern: Pattern, bounds: Bounds, periods: int) -> range:
    """The sizes before the pattern starts and a number of periods after, within the bounds."""
    least, greatest = _limits(name, bounds)
    end = max(pattern.start, least) + periods * pattern.period
    return range(least, end if greatest is None else min(end, greatest + 1))


def _limits(name: str, bounds: Bounds) -> tuple[int, int | None]:
    least, greatest = bounds.get(name, (1, None))
    return 1 if least is None else max(least, 1), greatest


def _never_zero(dim: Dim, name: str, pattern: Pattern, bounds: Bounds) -> bool:
    sizes = _sizes(name, pattern, bounds, 1)
    if len(sizes) > MAX_CASES or any(evaluate(dim, {name: size}) == 0 for size in sizes):
        return False
    if _is_all(name, sizes, bounds):
        return True
    return not any(may_vanish(sequence) for sequence in _sequences(dim, name, pattern, bounds))


def _at_least_zero(dim: Dim, bounds: Bounds) -> bool | None:
    if len(dim.symbols) != 1:
        return None
    (name,) = dim.symbols
    pattern = pattern_of(dim, name)
    if pattern is None:
        return None
    sizes = _sizes(name, pattern, bounds, 1)
    if len(sizes) > MAX_CASES:
        return None
    verdicts: set[bool | None] = {evaluate(dim, {name: size}) >= 0 for size in sizes}
    if len(verdicts) == 1 and not _is_all(name, sizes, bounds):
        verdicts.update(never_negative(sequence) for sequence in _sequences(dim, name, pattern, bounds))
    return verdicts.pop() if len(verdicts) == 1 else None


def _is_all(name: str, sizes: range, bounds: Bounds) -> bool:
    greatest = _limits(name, bounds)[1]
    return greatest is not None and greatest < sizes.stop


def _sequences(dim: Dim, name: str, pattern: Pattern, bounds: Bounds) -> Iterator[Sequence]:
    """The values on each residue class, from where the pattern and the bounds hold on."""
    first = max(pattern.start, _limits(name, bounds)[0])
    for start in range(first, first + pattern.period):
        sizes = [start + pattern.period * k for k in range(pattern.degree + 1)]
        yield Sequence.of([evaluate(dim, {name: size}) for size in sizes])
