"""The garbage collector, which has next to nothing to find while a spec is compiled."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def resting() -> Iterator[None]:
    """The collector rests meanwhile, where it runs at all.

    Whenever many objects have been made, it looks for circles of them that nothing else refers to. A compiler makes many, and keeps
    nearly all of them until it is done.
    """
    if not gc.isenabled():
        yield
        return
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
