"""Diagnostics for the tests of the renderer, written by what they cover."""

from __future__ import annotations

from archc.diagnostics.model import Diagnostic, Fix, Mark
from archc.source import Source, Span

FILE = "net.arch"


def cover(text: str, covered: str, nth: int = 0) -> Span:
    """The span of the nth place (from 0) where ``covered`` stands in ``text``."""
    start = -1
    for _ in range(nth + 1):
        start = text.index(covered, start + 1)
    return Span(FILE, start, start + len(covered))


def primary(text: str, covered: str, label: str = "", nth: int = 0) -> Mark:
    return Mark(cover(text, covered, nth), label, primary=True)


def other(text: str, covered: str, label: str = "", nth: int = 0) -> Mark:
    return Mark(cover(text, covered, nth), label)


def found(*marks: Mark, notes: tuple[str, ...] = (), help: str | None = None, fix: Fix | None = None) -> Diagnostic:
    return Diagnostic("E0301", "something is wrong", marks, notes, help, fix)


def sources(text: str) -> dict[str, Source]:
    return {FILE: Source(FILE, text)}
