"""The pages that come from definitions are what the definitions say now."""

from __future__ import annotations

from pathlib import Path

import pytest

from archc.diagnostics.catalogue import CATALOGUE
from archc.driver import check_text
from archc.ops import operators
from docs import generate


def test_the_pages_are_up_to_date(updating: bool) -> None:
    if updating:
        generate.write()
    assert [path.name for path in generate.stale()] == [], "`make docs` writes them"


def test_a_page_that_is_changed_or_left_over_is_noticed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(generate, "HERE", tmp_path)
    generate.write()
    assert generate.stale() == []
    (tmp_path / "errors.md").write_text("old")
    (tmp_path / "operators" / "gone.md").write_text("old")
    assert [path.name for path in generate.stale()] == ["errors.md", "gone.md"]
    generate.write()
    assert generate.stale() == []


def test_every_operator_and_every_code_has_its_place() -> None:
    text = "\n".join(generate.pages().values())
    assert [name for name in operators() if f"\n## {name}\n" not in text] == []
    assert [code for code in CATALOGUE if f"\n## {code}\n" not in text] == []


def test_unprintable_characters_are_written_out() -> None:
    assert generate.visible('name = "a\u202eb"\n') == 'name = "a\\u202eb"'


def test_right_specs_are_shown_as_they_are() -> None:
    """Those that import need files beside them, which the page has not."""
    for code, info in CATALOGUE.items():
        if "import" not in info.right:
            assert check_text(generate.visible(info.right) + "\n").ok, code
