"""Sets of sizes that are periodic from some size on, which is what demands on one symbol amount to.

A demand compares quasi-polynomials (see ``archc.ir.periodic``). On each residue class of their common period it is settled from
some size on; so a set is known by a finite beginning, a period, and the residues that belong to it. Intersections are exact.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import lru_cache
from math import lcm

from archc.ir.dims import Dim, DimLike, evaluate
from archc.ir.periodic import MAX_PERIOD, pattern_of
from archc.ir.sequences import MAX_STEPS, Sequence
from archc.records import record

MAX_START = 1 << 17
"""Sets whose beginning is longer are not worked out."""


_ALL, _NONE = frozenset({0}), frozenset[int]()


@record
class SizeSet:
    """Sizes from 1 up: those in ``before`` (all below ``start``), and from ``start`` on those whose remainder is in ``residues``."""

    start: int
    period: int
    residues: frozenset[int]
    before: frozenset[int]

    def __contains__(self, size: int) -> bool:
        return size in self.before if size < self.start else size % self.period in self.residues

    def __and__(self, other: SizeSet) -> SizeSet:
        if (
            (self.period, self.residues, self.before)
            == (other.period, other.residues, other.before)
            == (1, _ALL, _NONE)
        ):
            return max(self, other, key=lambda one: one.start)  # from a size on: what most demands amount to
        period = lcm(self.period, other.period)
        start = max(self.start, other.start)
        return _collected(lambda size: size in self and size in other, start, period)

    def __le__(self, other: SizeSet) -> bool:
        return next(self.outside(other), None) is None

    def outside(self, other: SizeSet) -> Iterator[int]:
        """Members that are not in ``other``, the smallest first, until all kinds of them have been seen."""
        end = max(self.start, other.start) + lcm(self.period, other.period)
        return (size for size in range(1, end) if size in self and size not in other)

    def __iter__(self) -> Iterator[int]:
        yield from sorted(self.before)
        size = self.start
        while self.residues:
            if size % self.period in self.residues:
                yield size
            size += 1

    @property
    def smallest(self) -> int | None:
        """The least size, or ``None`` for the empty set."""
        return next(iter(self), None)

    @property
    def largest(self) -> int | None:
        """The greatest size of a finite set; ``None`` for the others."""
        return max(self.before, default=None) if not self.residues else None

    def simplified(self) -> SizeSet:
        """The same set with the least period and the shortest beginning."""
        period = next(p for p in _divisors(self.period) if _repeats(self.residues, p, self.period))
        residues = frozenset(residue % period for residue in self.residues)
        start, before = self.start, set(self.before)
        while start > 1 and ((start - 1) in before) == ((start - 1) % period in residues):
            start -= 1
            before.discard(start)
        return SizeSet(start, period, residues, frozenset(before))


ALL = SizeSet(1, 1, _ALL, _NONE)


def _collected(holds: Callable[[int], bool], start: int, period: int) -> SizeSet:
    """The sizes for which something holds that repeats with ``period`` from ``start`` on."""
    residues = frozenset(size % period for size in range(start, start + period) if holds(size))
    return SizeSet(start, period, residues, frozenset(filter(holds, range(1, start)))).simplified()


def _divisors(number: int) -> Iterator[int]:
    return (divisor for divisor in range(1, number + 1) if number % divisor == 0)


def _repeats(residues: frozenset[int], period: int, whole: int) -> bool:
    return all((residue + period) % whole in residues for residue in residues)


def solutions(relation: str, left: DimLike, right: DimLike, name: str) -> SizeSet | None:
    """The sizes of one symbol for which ``left == right`` or ``left >= right``; ``None`` where that is not decidable here."""
    return _solutions(relation, left - right, name)


@lru_cache(maxsize=1 << 12)
def _solutions(relation: str, difference: DimLike, name: str) -> SizeSet | None:
    """Kept, because nets of one family make the same demands."""
    holds: Callable[[int], bool] = (lambda value: value == 0) if relation == "==" else (lambda value: value >= 0)
    if not isinstance(difference, Dim):
        return ALL if holds(difference) else SizeSet(1, 1, frozenset(), frozenset())
    pattern = pattern_of(difference, name)
    if pattern is None or difference.symbols != {name} or pattern.period > MAX_PERIOD:
        return None
    if relation == ">=" and pattern == (1, 1, 1):
        least, more = (evaluate(difference, {name: size}) for size in (1, 2))
        if more > least:  # a line that rises
            return SizeSet(max(1, 1 - least // (more - least)), 1, _ALL, _NONE)
    start = pattern.start
    for first in range(pattern.start, pattern.start + pattern.period):
        sizes = [first + pattern.period * k for k in range(pattern.degree + 1)]
        steps = _settled(Sequence.of([evaluate(difference, {name: size}) for size in sizes]))
        if steps is None:
            return None
        start = max(start, first + pattern.period * steps)
    if start > MAX_START:
        return None
    return _collected(lambda size: holds(evaluate(difference, {name: size})), start, pattern.period)


def _settled(sequence: Sequence) -> int | None:
    """After how many steps the sign of a sequence no longer changes and it is never 0 again, unless it stays 0."""
    steps = 0
    if len(sequence.differences) == 2 and sequence.differences[1]:
        value, slope = sequence.differences
        return max(0, -value // slope + 1)
    while steps < MAX_STEPS:
        direction = sequence.direction
        if direction == 0 or (direction is not None and sequence.value * direction > 0):
            return steps
        sequence = sequence.next()
        steps += 1
    return None


# --- in words ---------------------------------------------------------------------------------------------------------


def conditions(set_: SizeSet, name: str) -> list[str]:
    """The set as conditions that the language can state: ``["H >= 32", "H % 16 == 0"]``; none for all sizes."""
    found = _one_piece(set_, name)
    if found is not None:
        return found
    parts = [f"{name} == {size}" for size in sorted(set_.before)]
    rest = SizeSet(set_.start, set_.period, set_.residues, frozenset())
    if set_.residues:
        parts.append(" and ".join(_one_piece(rest, name) or []))
    return [" or ".join(parts)] if parts else [f"no {name}"]


def _one_piece(set_: SizeSet, name: str) -> list[str] | None:
    """Bounds and remainders that say it all, or ``None``."""
    members = sorted(set_.before)
    for period in (set_.period,) if set_.residues else (1, *_steps(members)):
        residues = set_.residues or frozenset(size % period for size in members)
        first = members[0] if members else next((s for s in set_ if s >= set_.start), None)
        last = set_.largest
        if first is None:
            return None
        expected = {
            s for s in range(first, (last or set_.start) + 1) if s % period in residues and (last or s < set_.start)
        }
        if expected == set(members):
            return _stated(name, first, last, period, residues)
    return None


def _steps(members: list[int]) -> Iterator[int]:
    if len(members) > 2:
        yield members[1] - members[0]


def _stated(name: str, first: int, last: int | None, period: int, residues: frozenset[int]) -> list[str]:
    if first == last:
        return [f"{name} == {first}"]
    lowest = min(size for size in range(1, period + 1) if size % period in residues)
    found = [f"{name} >= {first}"] if first > lowest else []
    found += [f"{name} <= {last}"] if last is not None else []
    others = set(range(period)) - residues
    if len(residues) == 1 and period > 1:
        found.append(f"{name} % {period} == {min(residues)}")
    elif len(others) == 1:
        found.append(f"{name} % {period} != {min(others)}")
    elif others:
        found.append(f"{name} % {period} in ({', '.join(map(str, sorted(residues)))})")
    return found
