"""Variants of one net are what compiling each by itself gives, and cost only what differs."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest

import archc
import archc.driver

SPEC = """
block Res(width)(x: [B, C, H, W]) -> [B, C, H, W]:
    return relu(x + (x -> conv1: conv(width, 3, padding=1) -> bn1: batch_norm -> relu -> conv2: conv(C, 3, padding=1)))

net N(width=32, depth=2, classes=10)(image: [B, 3, H=32, W=32]) -> [B, classes]:
    x = image -> stem: conv(16, 3, padding=1)
    for i in range(depth):
        x = x -> res{i}: Res(width)
    return x -> adaptive_avg_pool(1) -> flatten -> fc: linear(classes)
"""
GRID: list[dict[str, Any]] = [{"depth": depth, "width": width} for depth in (1, 3, 7) for width in (8, 16)]


@pytest.fixture
def spec(tmp_path: Path) -> Path:
    path = tmp_path / "n.arch"
    path.write_text(SPEC, encoding="utf-8")
    return path


def test_a_variant_is_what_compiling_it_gives(spec: Path) -> None:
    family = archc.Family(spec)
    for arguments in GRID:
        ours, alone = family.variant(**arguments), archc.compile(spec, **arguments)
        assert ours.ir == alone.ir
        assert ours.source == alone.source


def test_a_block_that_variants_share_is_elaborated_once(spec: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[str] = []
    modules = sys.modules["archc.elaborate.modules"]
    plain = modules.make_module

    def counting(recipe: Any, *rest: Any) -> Any:
        made.append(recipe.definition.node.name)
        return plain(recipe, *rest)

    monkeypatch.setattr(modules, "make_module", counting)
    family = archc.Family(spec)
    for arguments in GRID:
        family.variant(**arguments)
    assert made.count("N") == len(GRID)
    assert made.count("Res") == 2  # one for each width


def test_a_wrong_variant_spoils_no_other(spec: Path) -> None:
    family = archc.Family(spec)
    before = family.variant(width=8)
    for wrong in ({"width": 0}, {"width": "a"}, {"wdith": 8}):
        with pytest.raises(archc.ArchError) as caught:
            family.variant(**wrong)
        assert caught.value.diagnostics
    assert family.variant(width=8).ir == before.ir


def test_variants_leave_nothing_behind_that_grows(spec: Path) -> None:
    family = archc.Family(spec)
    sizes = set()
    for classes in range(2, 40):
        family.variant(classes=classes)
        sizes.add(len(family._definitions.session.modules))
    assert len(sizes) == 1
