"""A table of what the parity tests have found: nets, keys, parameters, the largest difference.

It is printed at the end of a run. ``docs/parity.json`` keeps the last one for the documentation: ``make golden`` writes it, and a
difference that is larger than it says fails its test.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.parity.compare import NOTED

KEPT = Path(__file__).resolve().parents[2] / "docs" / "parity.json"
Rows = dict[str, dict[str, float]]


def kept() -> Rows:
    """The rows of the last run that was kept."""
    rows: Rows = json.loads(KEPT.read_text(encoding="utf-8")) if KEPT.is_file() else {}
    return rows


def net_of(nodeid: str) -> str | None:
    """The net that a test is about: its first parameter."""
    found = re.search(r"\[([A-Za-z]\w*)", nodeid)
    return found.group(1) if found else None


@pytest.fixture(autouse=True)
def _differences_do_not_grow(request: pytest.FixtureRequest) -> Iterator[None]:
    NOTED.clear()
    yield
    net = net_of(request.node.nodeid)
    before = None if net is None or not _tells(request.node) else kept().get(net)
    if before is not None and "difference" in NOTED and not request.config.getoption("update_golden"):
        assert NOTED["difference"] <= 4 * before.get("difference", 0.0), f"{net} differs more than it did"


def _tells(item: pytest.Item) -> bool:
    """Whether a test has compared the outputs of a net in single precision, or its keys."""
    return "keys" in NOTED and not any(word in item.nodeid for word in ("double", "learns"))


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> None:
    if call.when == "call" and call.excinfo is None and _tells(item) and net_of(item.nodeid):
        item.user_properties.append(("parity", {"net": net_of(item.nodeid), **NOTED}))


def collected(terminalreporter: Any) -> Rows:
    """The rows of this run, by net."""
    rows: Rows = {}
    for report in terminalreporter.stats.get("passed", []):
        for name, found in report.user_properties:
            if name == "parity":
                _add(rows.setdefault(found["net"], {}), found)
    return rows


def _add(row: dict[str, float], found: dict[str, float]) -> None:
    """Some tests take a small form of a net, and some compare its keys only: the largest of what was found counts."""
    for fact in ("keys", "parameters", "difference"):
        if fact in found:
            row[fact] = max(found[fact], row.get(fact, 0))


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    rows = collected(terminalreporter)
    if not rows:
        return
    terminalreporter.section("parity with public implementations")
    for net, row in sorted(rows.items()):
        difference = f"  difference {row['difference']:g}" if "difference" in row else ""
        line = f"{net:28} {row['keys']:5.0f} keys {row['parameters']:>15,.0f} parameters{difference}"
        terminalreporter.write_line(line)
    if config.getoption("update_golden"):
        KEPT.write_text(json.dumps(dict(sorted((kept() | rows).items())), indent=1) + "\n", encoding="utf-8")
