"""The pictures of the documentation show what is drawn now, and stand on its page."""

from __future__ import annotations

import re
import shutil
from collections import Counter
from pathlib import Path

import pytest

from docs import draw

PAGE = draw.FOLDER.parent / "diagrams.md"


def test_the_pictures_are_up_to_date(updating: bool) -> None:
    if updating:
        draw.write()
    assert draw.stale() == [], "`make docs` draws them"


def test_all_stand_on_the_page() -> None:
    shown = re.findall(r"pictures/(\w+\.svg)", PAGE.read_text(encoding="utf-8"))
    assert Counter(shown) == {path.name: 2 for path in draw.FOLDER.iterdir()}  # each is a link to itself


def test_the_sizes_on_the_page_are_those_of_the_pictures() -> None:
    rows = re.findall(r"^\| ([\w -]+) \| ([\d,]+) × ([\d,]+) \|", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    assert len(rows) == 7
    for name, *told in rows:
        stem = name.lower().replace("-", "_" if name == "Swin-T" else "").replace("transformer", "transformer_base")
        size = re.search(
            r'<svg width="(\d+)pt" height="(\d+)pt"', (draw.FOLDER / f"{stem}.svg").read_text(encoding="utf-8")
        )
        assert size is not None
        assert [int(number.replace(",", "")) for number in told] == [int(number) for number in size.groups()], name


def test_a_picture_that_says_something_else_is_noticed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shutil.copytree(draw.FOLDER, tmp_path, dirs_exist_ok=True)
    monkeypatch.setattr(draw, "FOLDER", tmp_path)
    (tmp_path / "vgg16.svg").write_text((tmp_path / "vgg16.svg").read_text().replace("max_pool", "avg_pool"))
    (tmp_path / "gone.svg").write_text("<svg/>")
    assert draw.stale() == ["gone.svg", "vgg16.svg"]
