"""The garbage collector, which has nothing to find while a spec is compiled."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def resting() -> Iterator[None]:
    """The collector rests meanwhile, where it runs at all.

    It looks for objects that refer to each other in a circle, whenever many have been made. A compiler makes many, of which none does.
    """
    if not gc.isenabled():
        yield
        return
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
