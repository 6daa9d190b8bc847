"""The exception of the syntax layer, and a short way to write its diagnostics."""

from __future__ import annotations

from archc.diagnostics.model import Diagnostic, Fix, Mark
from archc.source import Span


class SpecSyntaxError(Exception):
    """Text that is no archc. ``diagnostic`` says what is wrong and where."""

    def __init__(self, diagnostic: Diagnostic) -> None:
        self.diagnostic = diagnostic
        super().__init__(diagnostic)

    def __str__(self) -> str:
        return self.diagnostic.message


def fault(
    code: str,
    message: str,
    span: Span,
    label: str = "",
    *,
    others: tuple[Mark, ...] = (),
    notes: tuple[str, ...] = (),
    help: str | None = None,
    fix: Fix | None = None,
) -> Diagnostic:
    """A diagnostic with ``span`` as its primary mark, labelled ``label``."""
    marks = (Mark(span, label, primary=True), *others)
    return Diagnostic(code, message, marks, notes=notes, help=help, fix=fix)


def refuse(code: str, message: str, span: Span, label: str = "", *, help: str | None = None) -> SpecSyntaxError:
    """The exception for a single fault, to be raised by the caller."""
    return SpecSyntaxError(fault(code, message, span, label, help=help))
