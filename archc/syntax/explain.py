"""What the parser could not take, said in the words of someone who writes specs."""

from __future__ import annotations

from archc.diagnostics.model import Diagnostic
from archc.syntax.driver import Unexpected
from archc.syntax.fault import fault
from archc.syntax.tokens import Piece


def explain(error: Unexpected, piece: Piece) -> Diagnostic:
    token=error.token
    return fault("E0101", f"found {token.text!r} {token.kind} expected {error.parser.expected()}", piece.span(token.start, token.end))
