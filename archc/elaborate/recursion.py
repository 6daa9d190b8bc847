"""Python's own stack, while the evaluator walks nested expressions: enough for every spec that the depth cap admits."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager

from archc.diagnostics.model import Diagnostic

FRAMES = 8_000


@contextmanager
def deep() -> Iterator[None]:
    """Allow deeper recursion than Python's default for a while."""
    before = sys.getrecursionlimit()
    sys.setrecursionlimit(max(before, FRAMES))
    try:
        yield
    finally:
        sys.setrecursionlimit(before)


def too_deep(name: str) -> Diagnostic:
    """The last resort, where no place is known."""
    return Diagnostic("E0603", f"the expressions of {name} are nested too deep")
