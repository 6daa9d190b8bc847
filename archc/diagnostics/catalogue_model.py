"""What the catalogue says of a code."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class CodeInfo:
    """``explanation`` is prose; ``wrong`` and ``right`` are whole small specs, before and after the mistake is mended."""

    title: str
    explanation: str
    wrong: str
    right: str
