"""Work on many files, shared between the processor's cores where that pays."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

T = TypeVar("T")

ENOUGH = 8
"""With fewer files than this, starting processes takes longer than it saves."""


def results(work: Callable[[str], T], files: Sequence[str]) -> Iterator[T]:
    """What ``work`` gives for each file, in order. Both it and what it gives can be pickled."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    if len(files) < ENOUGH or cores == 1 or not hasattr(os, "fork"):
        yield from map(work, files)
        return
    from multiprocessing import get_context

    # A fork has all modules already; nothing else runs in this process that it could disturb.
    with get_context("fork").Pool(min(cores, len(files)), _quiet_on_interrupt) as pool:
        yield from pool.imap(work, files)


def _quiet_on_interrupt() -> None:
    """Ctrl-C is the parent's to handle."""
    import signal

    signal.signal(signal.SIGINT, signal.SIG_IGN)
