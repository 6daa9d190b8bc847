"""A diagnostic is data: a stable code, a sentence, labelled places, notes and a fix. Only the renderer knows colour."""

from __future__ import annotations

from typing import Literal

from archc.records import record
from archc.source import Span

Severity = Literal["error", "note"]


@record
class Mark:
    """A place with what is to be said of it. The primary mark is where the mistake is; others say where a side came from."""

    span: Span
    text: str = ""
    primary: bool = False


@record
class Fix:
    """Put ``text`` in place of what ``span`` covers."""

    span: Span
    text: str


@record
class Diagnostic:
    """One finding.

    ``code`` is a key of the catalogue; ``message`` is one line without a full stop; ``marks`` has exactly one primary mark, unless
    the finding has no place (an unreadable file); ``notes`` say found, expected and why; ``help`` says what to write instead.
    """

    code: str
    message: str
    marks: tuple[Mark, ...] = ()
    notes: tuple[str, ...] = ()
    help: str | None = None
    fix: Fix | None = None
    severity: Severity = "error"

    @property
    def span(self) -> Span | None:
        """Where the mistake is."""
        return next((mark.span for mark in self.marks if mark.primary), None)
