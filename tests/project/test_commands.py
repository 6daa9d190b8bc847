"""The README's commands are what CI runs, and the Makefile says what passing means."""

from __future__ import annotations

import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def readme_commands() -> list[str]:
    lines = (ROOT / "README.md").read_text(encoding="utf-8").splitlines()
    return [line for line in lines if line.startswith("pip install ")]


def test_the_readme_has_one_test_command_and_ends_with_it() -> None:
    commands = readme_commands()
    assert commands[-1] == "pip install -e '.[test]' && make test"
    assert len(commands) == len(set(commands))


def test_ci_takes_its_commands_from_the_readme() -> None:
    script = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    assert "grep '^pip install ' README.md" in script
    assert not [line for line in script.splitlines() if line.lstrip().startswith(("pip", "make", "pytest"))]


def test_make_test_runs_style_types_and_tests() -> None:
    plan = subprocess.run(["make", "--dry-run", "test"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    steps = ["-m ruff check .", "-m ruff format --check .", "-m mypy", "-m pytest"]
    assert [step for line in plan.splitlines() for step in steps if step in line] == steps
