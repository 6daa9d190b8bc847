"""Timing within a process: for the children that measure and print what they found as JSON."""

from __future__ import annotations

import gc
from collections.abc import Callable
from time import perf_counter, process_time
from typing import Any, NamedTuple

from benchmarks.measure import peak, settled_peak


class Took(NamedTuple):
    """Seconds of one run, on the processor and on the clock, and the most memory in MB that the process held beside what it held before."""

    cpu: float
    wall: float
    memory: float

    def each(self, count: int) -> Took:
        """One of so many equal parts."""
        return Took(*(figure / count for figure in self))


def took(action: Callable[[], Any], after: Callable[[], Any] = lambda: None) -> Took:
    """The time of one run. What the process holds before is none of the collector's business meanwhile; ``after`` is run between, so
    that a tool finds its code in the processor's caches, from which the collector has driven it."""
    gc.collect()
    gc.freeze()
    after()
    held = settled_peak()
    cpu, wall = process_time(), perf_counter()
    action()
    cpu, wall = process_time() - cpu, perf_counter() - wall
    return Took(cpu, wall, peak() - held)


def in_turns(one: Callable[[], Any], other: Callable[[], Any], times: int) -> tuple[Took, Took]:
    """Two actions that take turns: of these, after one that is not counted, the turn whose ratio of processor times is the middle one."""
    turns = [(took(one), took(other)) for _ in range(times + 1)][1:]
    return sorted(turns, key=lambda turn: turn[0].cpu / turn[1].cpu)[len(turns) // 2]
