"""Small specs in tests of elaboration: what they become, or why they are refused."""

from __future__ import annotations

from archc import driver
from archc.ir.graph import Net


def net(text: str) -> Net:
    """The last net of a spec."""
    return list(driver.check_text(text, "test.arch").raise_errors().nets.values())[-1].ir


def refusal(text: str) -> tuple[str, str]:
    """Code and message of a spec's only mistake."""
    (found,) = (d for d in driver.check_text(text, "test.arch").diagnostics if d.severity == "error")
    return found.code, found.message
