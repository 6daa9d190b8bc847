"""How elaboration fails: a mistake is raised as a diagnostic, recorded where the next statement starts, and poisons what it was for."""

from __future__ import annotations

from typing import NamedTuple

from archc.diagnostics.model import Diagnostic, Fix, Mark
from archc.source import Span


class Applied(NamedTuple):
    """What was being applied where a mistake shows, and its label (none for what has none)."""

    recipe: object
    path: tuple[str, ...]
    span: Span


class Mistake(Exception):
    """A mistake in the spec; ``applied`` is the innermost layer or block that it happened in, if it was in one."""

    applied: Applied | None = None

    def __init__(self, diagnostic: Diagnostic) -> None:
        super().__init__(diagnostic.message)
        self.diagnostic = diagnostic


class Poisoned(Exception):
    """A value is needed that an earlier mistake has spoilt; nothing more is to be said."""


def mistake(
    code: str,
    message: str,
    span: Span,
    text: str = "",
    *,
    marks: tuple[Mark, ...] = (),
    notes: tuple[str, ...] = (),
    help: str | None = None,
    fix: Fix | None = None,
) -> Mistake:
    """A mistake at ``span``; ``text`` stands under the primary mark."""
    primary = Mark(span, text, primary=True)
    return Mistake(Diagnostic(code, message, (primary, *marks), notes, help, fix))
