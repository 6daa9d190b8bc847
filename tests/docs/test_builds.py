"""Every net of the documentation becomes a module that is what was predicted of it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from archc import driver
from archc.backends.torch import cross_check
from archc.ir.graph import Net
from tests.docs import pages
from tests.docs.test_pages import ROOT, written


def nets(page: str) -> Iterator[tuple[str, Net]]:
    """The nets of a page's specs, each with the line of its spec."""
    for block in pages.blocks(page):
        if block.words[:1] == ("arch",) and "error" not in block.words:
            name = pages.naming(block)[0] or "example.arch"
            Path(name).write_text(block.text, encoding="utf-8")
            for net in driver.load(name).nets.values():
                yield f"{block.line}: {net.name}", net.ir


def is_foreign(net: Net) -> bool:
    """Whether a net has modules from elsewhere, which are not there to be made."""
    return any(child.extern is not None for module in net.modules for child in module.children)


@pytest.mark.parametrize("path", written(), ids=lambda path: path.relative_to(ROOT).as_posix())
def test_nets_are_what_was_predicted(path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    wrong = {}
    for place, net in nets(path.read_text(encoding="utf-8")):
        if not is_foreign(net) and (found := cross_check(net)):
            wrong[place] = found
    assert wrong == {}
