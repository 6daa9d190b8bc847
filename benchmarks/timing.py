"""Timing within a process: for the children that measure and print what they found as JSON."""

from __future__ import annotations

import gc
from collections.abc import Callable
from time import process_time
from typing import Any


def seconds(action: Callable[[], Any]) -> float:
    """The processor's time of one run. What the process holds before is none of the collector's business meanwhile."""
    gc.collect()
    gc.freeze()
    started = process_time()
    action()
    return process_time() - started


def in_turns(one: Callable[[], Any], other: Callable[[], Any], times: int) -> tuple[float, float]:
    """The middle times of two actions that take turns, after a run of each that is not counted."""
    pairs = [(seconds(one), seconds(other)) for _ in range(times + 1)][1:]
    ours, theirs = (sorted(found)[times // 2] for found in zip(*pairs, strict=True))
    return ours, theirs
