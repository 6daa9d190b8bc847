"""A spec that is looked at while it is edited: compiled anew when one of its files has changed."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from archc.driver import Compiled
    from archc.source import Source

Stamp = tuple[int, int] | None


class Live:
    """The page's state for what is on disk now. ``compile`` gives the net, or raises ``ArchError``."""

    def __init__(self, compile: Callable[[], Compiled], sizes: Mapping[str, int]) -> None:
        self.compile, self.sizes = compile, sizes
        self.version = 0
        self._stamps: dict[Path, Stamp] = {}
        self._lock = threading.Lock()
        self._state: dict[str, Any] = {}
        self._update()

    def state(self) -> dict[str, Any]:
        """The present state, with a ``version`` that changes when it does."""
        with self._lock:
            if any(_stamp(path) != stamp for path, stamp in self._stamps.items()):
                self._update()
            return self._state | {"version": str(self.version), "live": True}

    def _update(self) -> None:
        from archc.backends.explorer.state import mistakes_state
        from archc.diagnostics.errors import ArchError

        sources: Mapping[str, Source]
        before = {
            path: _stamp(path) for path in self._stamps
        }  # before reading: what changes meanwhile is seen next time
        try:
            net = self.compile()
            self._state = net.explored(self.sizes)
            sources = net.sources
        except ArchError as error:
            self._state = mistakes_state(error)
            sources = error.sources
        except (
            click.UsageError
        ) as error:  # what the command line asks for is there no longer, such as the size of a --dim
            if not self.version:
                raise
            self._state = self._state | {"net": None, "refused": error.message}
            sources = {}
        found = [source.path for source in sources.values() if source.path is not None]
        self._stamps = before | {path: before.get(path, _stamp(path)) for path in found}
        self.version += 1


def _stamp(path: Path) -> Stamp:
    try:
        found = os.stat(path)
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size
