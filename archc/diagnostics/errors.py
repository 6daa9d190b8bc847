"""The exception that carries diagnostics out of the Python API."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from archc.diagnostics.model import Diagnostic
from archc.source import Source


class ArchError(Exception):
    """A spec is wrong, or cannot be read. ``str`` of it is what the command line would show, without colour.

    ``diagnostics`` are the findings as data; ``sources`` are the files that they point into.
    """

    def __init__(self, diagnostics: Iterable[Diagnostic], sources: Mapping[str, Source] | None = None) -> None:
        self.diagnostics = tuple(diagnostics)
        self.sources = dict(sources or {})
        super().__init__(self.diagnostics, self.sources)  # what pickle hands back to __init__

    def __str__(self) -> str:
        from archc.diagnostics.render import render_all

        return render_all(self.diagnostics, self.sources, color=False).rstrip("\n")

    def __repr__(self) -> str:
        return f"ArchError({', '.join(found.code for found in self.diagnostics)})"
