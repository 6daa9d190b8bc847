"""Every example, command and output of the documentation is run and compared."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tests.docs import pages

ROOT = Path(__file__).resolve().parents[2]
GENERATED = {"operators", "errors.md", "zoo.md", "performance.md"}


def written() -> list[Path]:
    """The pages that people write."""
    found = sorted(page.relative_to(ROOT) for page in (ROOT / "docs").rglob("*.md"))
    return [ROOT / "README.md", *(ROOT / page for page in found if not GENERATED & set(page.parts))]


@pytest.mark.parametrize("path", written(), ids=lambda path: path.relative_to(ROOT).as_posix())
def test_a_page_is_true(path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, updating: bool) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [*sys.path])
    page = path.read_text(encoding="utf-8")
    outcome = pages.run(page)
    if updating and outcome.texts:
        page = pages.updated(page, outcome)
        path.write_text(page, encoding="utf-8")
        outcome = pages.run(page)
    if outcome.problems:
        pytest.fail("\n".join(f"{path.relative_to(ROOT)}:{problem}" for problem in outcome.problems), pytrace=False)
