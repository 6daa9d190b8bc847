"""The hooks for pre-commit: what it would run does what the hook says."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
from click.testing import CliRunner

from archc.cli.app import cli

ROOT = Path(__file__).resolve().parents[2]
STYLED = "net A()(x: [B, 8]) -> [B, 4]:\n    return x -> fc: linear(4)\n"
UNSTYLED = STYLED.replace("-> fc", "->   fc")


def hooks() -> dict[str, dict[str, str]]:
    """The definitions by their names: of YAML they need a list of flat mappings only."""
    entries = (ROOT / ".pre-commit-hooks.yaml").read_text().split("- ", 1)[1].split("\n- ")
    found = [dict(re.findall(r"^\s*(\w+): (.*)$", entry, re.MULTILINE)) for entry in entries]
    return {hook["id"]: hook for hook in found}


def run(name: str, path: Path) -> int:
    """The exit code of a hook's command with a file behind it."""
    program, *arguments = shlex.split(hooks()[name]["entry"])
    assert program == "archc"
    return CliRunner().invoke(cli, [*arguments, str(path)]).exit_code


def test_every_hook_says_what_pre_commit_needs() -> None:
    assert set(hooks()) == {"archc-fmt", "archc-fmt-check", "archc-check"}
    for hook in hooks().values():
        assert set(hook) == {"id", "name", "description", "entry", "language", "files"}
        assert hook["language"] == "python"
        assert re.search(hook["files"], "nets/vgg.arch") and not re.search(hook["files"], "arch.py")


@pytest.mark.parametrize(("text", "code"), [(STYLED, 0), (UNSTYLED, 1)])
def test_the_check_of_style_changes_nothing(tmp_path: Path, text: str, code: int) -> None:
    path = tmp_path / "a.arch"
    path.write_text(text)
    assert run("archc-fmt-check", path) == code
    assert path.read_text() == text


def test_the_formatter_changes_the_file(tmp_path: Path) -> None:
    path = tmp_path / "a.arch"
    path.write_text(UNSTYLED)
    assert run("archc-fmt", path) == 0
    assert path.read_text() == STYLED


@pytest.mark.parametrize(("text", "code"), [(STYLED, 0), (STYLED.replace("linear", "liner"), 1)])
def test_the_check_compiles(tmp_path: Path, text: str, code: int) -> None:
    path = tmp_path / "a.arch"
    path.write_text(text)
    assert run("archc-check", path) == code
