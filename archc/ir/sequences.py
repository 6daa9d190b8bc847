"""Signs and zeros of a polynomial at 0, 1, 2, ... from its forward differences.

p(k) is the sum of `differences[i] * binomial(k, i)`. Where all differences but the first have one sign, the sequence is
monotone from there on, and every sequence becomes so after some steps.
"""

from __future__ import annotations

from itertools import pairwise

from archc.records import record

MAX_STEPS = 512


@record
class Sequence:
    """The values p(0), p(1), ... of a polynomial; `differences[0]` is the first value."""

    differences: tuple[int, ...]

    @classmethod
    def of(cls, values: list[int]) -> Sequence:
        """The sequence of degree `len(values) - 1` that starts with these values."""
        differences = []
        while values:
            differences.append(values[0])
            values = [after - before for before, after in pairwise(values)]
        return cls(tuple(differences))

    @property
    def value(self) -> int:
        return self.differences[0]

    @property
    def direction(self) -> int | None:
        """1 where it never falls from here on, -1 where it never rises, 0 where it is constant; None where unclear."""
        later = self.differences[1:]
        if not any(later):
            return 0
        if min(later) >= 0:
            return 1
        return -1 if max(later) <= 0 else None

    def next(self) -> Sequence:
        """The sequence without its first value."""
        pairs = zip(self.differences, (*self.differences[1:], 0), strict=True)
        return Sequence(tuple(here + change for here, change in pairs))


def never_negative(sequence: Sequence) -> bool | None:
    """Whether all values are at least 0: True, False for none of them, or None."""
    seen = set()
    for _ in range(MAX_STEPS):
        seen.add(sequence.value >= 0)
        direction = sequence.direction
        if direction is not None:
            # What does not stay constant grows beyond all bounds: at every k it moves by a whole number.
            seen |= {direction > 0} if direction else set()
            return seen.pop() if len(seen) == 1 else None
        sequence = sequence.next()
    return None


def may_vanish(sequence: Sequence) -> bool:
    """Whether some value may be 0; False is certain."""
    if len(sequence.differences) <= 2:
        return _line_vanishes(sequence)
    for _ in range(MAX_STEPS):
        if sequence.value == 0:
            return True
        direction = sequence.direction
        if direction is not None and sequence.value * direction >= 0:
            return False
        sequence = sequence.next()
    return True


def _line_vanishes(sequence: Sequence) -> bool:
    here, slope = (*sequence.differences, 0)[:2]
    return here == 0 if slope == 0 else here % slope == 0 and here // slope <= 0
