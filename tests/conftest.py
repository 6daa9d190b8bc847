"""Golden files: whole outputs that tests compare, kept in ``tests/golden/expected``.

``--update-golden`` (``make golden``) writes them instead; in CI that is refused. After a run of all tests, a file that no test
asked for fails the run (or, when updating, is deleted), so that what is there is what is compared.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

os.environ.setdefault("OMP_NUM_THREADS", "1")  # pytest-xdist fills the cores already

TESTS = Path(__file__).resolve().parent
EXPECTED = TESTS / "golden" / "expected"

Golden = Callable[[str, str], None]

_used = pytest.StashKey[set[str]]()
_orphans = pytest.StashKey[list[str]]()


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--update-golden", action="store_true", help="write the expected outputs instead of comparing")


def pytest_configure(config: pytest.Config) -> None:
    config.stash[_used] = set()
    config.stash[_orphans] = []
    if config.getoption("update_golden") and os.environ.get("CI"):
        raise pytest.UsageError("expected outputs are never updated in CI")


@pytest.fixture
def updating(request: pytest.FixtureRequest) -> bool:
    """Whether expected outputs are to be written instead of compared."""
    return bool(request.config.getoption("update_golden"))


@pytest.fixture
def golden(request: pytest.FixtureRequest, updating: bool) -> Golden:
    """``golden("errors/residual.txt", text)``: the text has to be what the file holds."""

    def compare(name: str, text: str) -> None:
        request.config.stash[_used].add(name)
        path = EXPECTED / name
        if updating:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(text.encode())
        assert path.is_file(), f"no expected output {name}: `make golden` writes it, then look at it"
        assert text == path.read_bytes().decode()

    return compare


def _ran_everything(config: pytest.Config) -> bool:
    """No test was left out by the command line."""
    chosen = any(config.getoption(name, default=None) for name in ("keyword", "markexpr", "deselect", "lf", "stepwise"))
    whole = config.args_source is pytest.Config.ArgsSource.TESTPATHS or {Path(a).resolve() for a in config.args} == {
        TESTS
    }
    return whole and not chosen


def find_orphans(used: set[str]) -> list[str]:
    """Expected outputs that no test asked for."""
    files = [file for file in EXPECTED.rglob("*") if file.is_file()]
    return sorted({file.relative_to(EXPECTED).as_posix() for file in files} - used)


def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    config = session.config
    used: set[str] = config.stash[_used]
    if hasattr(config, "workeroutput"):  # a pytest-xdist worker: it ran a part, and tells the controller
        config.workeroutput["golden"] = sorted(used)
    elif exitstatus == pytest.ExitCode.OK and _ran_everything(config) and not config.getoption("collectonly"):
        orphans = find_orphans(used)
        if config.getoption("update_golden"):
            for name in orphans:
                (EXPECTED / name).unlink()
        elif orphans:
            config.stash[_orphans] = orphans
            session.exitstatus = pytest.ExitCode.TESTS_FAILED


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """pytest-xdist: a worker is done."""
    node.config.stash[_used].update(getattr(node, "workeroutput", {}).get("golden", ()))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    for name in config.stash[_orphans]:
        terminalreporter.write_line(f"FAILED: no test asks for tests/golden/expected/{name}", red=True)
