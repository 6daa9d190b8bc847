"""Specs in these tests: built from a body, compiled, and judged by what a stranger would see."""

from __future__ import annotations

import time

from archc import driver
from archc.diagnostics.catalogue import CATALOGUE
from archc.diagnostics.model import Diagnostic
from archc.diagnostics.render import render_all

SECONDS = 20.0
"""Of this process's own time for one spec: what takes 5 s when the machine is idle. What runs away takes minutes, or for ever."""


def net(body: str, before: str = "", inputs: str = "x: [B, 8, H=16, W=16]") -> str:
    """A net around the lines of a body."""
    lines = "".join(f"    {line}\n" for line in body.split("\n"))
    return f"{before}net N()({inputs}) -> [...]:\n{lines}"


def outcome(text: str) -> driver.Report:
    """What compiling gives: in time, without an exception, and with findings that can be shown."""
    started = time.process_time()
    report = driver.check_text(text, "a.arch")
    assert time.process_time() - started < SECONDS
    assert report.ok == (not errors(report))
    for found in report.diagnostics:
        assert found.code in CATALOGUE
        span = found.span
        assert span is not None
        assert span.file == "a.arch"
        assert 0 <= span.start <= span.end <= len(report.sources["a.arch"].text) + 1
    assert bool(render_all(report.diagnostics, report.sources, color=False)) == bool(report.diagnostics)
    return report


def errors(report: driver.Report) -> list[Diagnostic]:
    return [found for found in report.diagnostics if found.severity == "error"]


def teaches(found: Diagnostic) -> bool:
    """Whether a finding says more than that something is wrong: what to write, why, or both sides."""
    sides = any(
        word in found.message for word in ("expected", " but ", ", not ", ", got ", " must ", "cannot", " needs ")
    )
    return bool(found.help or found.notes or found.fix or any(mark.text for mark in found.marks)) or sides


def refused(text: str) -> list[str]:
    """The codes of the errors of a spec that must not compile."""
    found = errors(outcome(text))
    assert found, f"accepted:\n{text[:500]}"
    for one in found:
        assert teaches(one), one
    return [one.code for one in found]


def accepted(text: str) -> driver.Report:
    """The report of a spec that must compile."""
    report = outcome(text)
    assert not errors(report), render_all(report.diagnostics, report.sources, color=False)
    return report
