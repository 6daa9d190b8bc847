"""A folder for commands to run in."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.running import NET


@pytest.fixture
def spec(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with ``small.arch``, in which the commands run."""
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "small.arch"
    path.write_text(NET)
    return path
