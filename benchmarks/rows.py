"""A line of the table."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import nan


@dataclass(frozen=True, slots=True)
class Row:
    """Two things, what is compared of them, the ratio, and what it may be at most."""

    what: str
    ours: str
    theirs: str
    ratio: float
    most: float | None

    @property
    def held(self) -> bool:
        return self.most is None or self.ratio <= self.most


def compared(ours: str, theirs: str, one: float, other: float, what: str, unit: str, most: float | None) -> Row:
    """A row of two named figures. Nothing has no ratio to another."""
    ratio = one / other if other else nan
    return Row(what, f"{ours}: {shown(one, unit)}", f"{theirs}: {shown(other, unit)}", ratio, most)


COLUMNS = (("CPU", "s"), ("clock", "s"), ("peak memory", "MB"))


def timed(ours: str, theirs: str, one: Sequence[float], other: Sequence[float], most: float | None) -> Iterator[Row]:
    """Rows of two named runs within a process: time on the processor, which the target is of, and on the clock, and memory."""
    for (what, unit), mine, its, target in zip(COLUMNS, one, other, (most, None, None), strict=True):
        yield compared(ours, theirs, mine, its, f"{what}, in process", unit, target)


def shown(value: float, unit: str) -> str:
    """A figure with its unit; short times in milliseconds."""
    if unit == "s":
        return f"{value:.2f} s" if value >= 0.1 else f"{1000 * value:.3g} ms"
    return f"{value:.3g} {unit}".strip() if value < 1000 else f"{value:,.0f} {unit}".strip()
