"""The golden files' own rules: compared exactly, orphans fail, CI never updates."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

CONFTEST = Path(__file__).resolve().parents[1] / "conftest.py"
TEST = """
def test_one(golden):
    golden("one.txt", "text\\n")
def test_two():
    pass
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project with one golden test, whose expected output is there."""
    expected = tmp_path / "tests" / "golden" / "expected"
    expected.mkdir(parents=True)
    (expected / "one.txt").write_text("text\n")
    shutil.copy(CONFTEST, tmp_path / "tests" / "conftest.py")
    (tmp_path / "tests" / "test_it.py").write_text(TEST)
    (tmp_path / "pyproject.toml").write_text('[tool.pytest.ini_options]\ntestpaths = ["tests"]\n')
    return tmp_path


def run(project: Path, *options: str, ci: bool = False) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if name != "CI" and not name.startswith("PYTEST_")}
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *options]
    variables = {**environment, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", **({"CI": "true"} if ci else {})}
    return subprocess.run(command, cwd=project, env=variables, capture_output=True, text=True, timeout=120)


def expected(project: Path) -> dict[str, str]:
    folder = project / "tests" / "golden" / "expected"
    return {file.name: file.read_text() for file in folder.iterdir()}


workers = pytest.mark.parametrize("options", [[], ["-p", "xdist", "-n", "2"]], ids=["alone", "workers"])


@workers
def test_equal_output_passes(project: Path, options: list[str]) -> None:
    assert run(project, *options).returncode == 0


@workers
def test_an_orphan_fails_a_whole_run(project: Path, options: list[str]) -> None:
    (project / "tests/golden/expected/old.txt").write_text("")
    done = run(project, *options)
    assert done.returncode == 1
    assert "no test asks for tests/golden/expected/old.txt" in done.stdout


def test_a_run_of_some_tests_knows_no_orphans(project: Path) -> None:
    (project / "tests/golden/expected/old.txt").write_text("")
    assert run(project, "-k", "two").returncode == 0


def test_other_output_fails(project: Path) -> None:
    (project / "tests/golden/expected/one.txt").write_text("other\n")
    assert run(project).returncode == 1


def test_a_missing_file_fails_and_is_not_written(project: Path) -> None:
    (project / "tests/golden/expected/one.txt").unlink()
    done = run(project)
    assert done.returncode == 1
    assert "no expected output one.txt" in done.stdout
    assert expected(project) == {}


def test_updating_writes_what_is_asked_for_and_deletes_the_rest(project: Path) -> None:
    (project / "tests/golden/expected/one.txt").write_text("other\n")
    (project / "tests/golden/expected/old.txt").write_text("")
    assert run(project, "--update-golden").returncode == 0
    assert expected(project) == {"one.txt": "text\n"}


def test_ci_never_updates(project: Path) -> None:
    (project / "tests/golden/expected/one.txt").write_text("other\n")
    assert run(project, "--update-golden", ci=True).returncode == 4
    assert expected(project) == {"one.txt": "other\n"}
