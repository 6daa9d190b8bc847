"""Work is counted, not timed: equal blocks cost one block, and what a check does not need is not imported."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

import archc.ops
from archc.ops import operators
from tests.reliability.specs import accepted

ROOT = Path(__file__).resolve().parents[2]
BLOCK = """
block Res(width)(x: [B, C, H, W]) -> [B, C, H, W]:
    y = x -> conv1: conv(width, 3, padding=1) -> bn1: batch_norm -> relu -> conv2: conv(C, 3, padding=1)
    return relu(x + y)

net N()(image: [B, 3, H=32, W=32]) -> [B, 10]:
    x = image -> stem: conv(16, 3, padding=1)
"""
LIST = "    return x -> body: ([Res(32)] * {count}) -> adaptive_avg_pool(1) -> flatten -> fc: linear(10)\n"
LOOP = """    for i in range({count}):
        x = x -> res{{i}}: Res(32)
    return x -> adaptive_avg_pool(1) -> flatten -> fc: linear(10)
"""


def counted(text: str, monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """How often a module is elaborated, an operator applied and a rule run, while a spec is checked."""
    seen: Counter[str] = Counter()

    def counting(owner: ModuleType | type, name: str, key: str) -> None:
        plain = getattr(owner, name)

        def call(*args: Any, **keywords: Any) -> Any:
            seen[key] += 1
            return plain(*args, **keywords)

        monkeypatch.setattr(owner, name, call)

    with monkeypatch.context():
        counting(sys.modules["archc.elaborate.modules"], "make_module", "modules")
        counting(sys.modules["archc.elaborate.operation"], "apply_layer", "layers")
        for name in ("conv", "batch_norm", "relu", "add", "linear", "flatten", "adaptive_avg_pool"):
            counting(operators()[name], "infer", "rules")
        seen["params"] = accepted(text).nets["N"].params
    monkeypatch.undo()
    return seen


@pytest.mark.parametrize("body", [LIST, LOOP])
def test_a_thousand_equal_blocks_cost_what_ten_cost(body: str, monkeypatch: pytest.MonkeyPatch) -> None:
    few, many = (counted(BLOCK + body.format(count=count), monkeypatch) for count in (10, 1000))
    assert few["modules"] == 2  # the net and the block
    assert few["layers"] >= 9
    assert few["rules"] >= 8
    assert (few["modules"], few["layers"], few["rules"]) == (many["modules"], many["layers"], many["rules"])
    assert many["params"] > 50 * few["params"] > 0


def test_different_blocks_are_counted_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    text = BLOCK + LOOP.replace("Res(32)", "Res(32 + i)").format(count=10)
    assert counted(text, monkeypatch)["modules"] == 11


UNWANTED = (
    "torch",
    "numpy",
    "networkx",
    "rich",
    "graphviz",
    "lark",
    "torchvision",
    "jsonschema",
    "hypothesis",
    "asyncio",
)
CHECK = """
import sys
from archc.cli import main
try:
    main()
except SystemExit as end:
    assert end.code == 0, end.code
print(*sorted(sys.modules))
"""


def test_checking_imports_neither_torch_nor_what_draws() -> None:
    command = [sys.executable, "-W", "ignore", "-c", CHECK, "check", "specs/vgg.arch", "specs/resnet.arch"]
    run = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=False)
    assert run.returncode == 0, run.stderr
    loaded = set(run.stdout.splitlines()[-1].split())
    assert "archc.ops.conv" in loaded
    assert loaded.isdisjoint(UNWANTED)
    assert "archc.ops.recurrent" not in loaded  # families that the specs do not use
    assert "archc.diagnostics.catalogue" not in loaded


def test_families_are_found_by_the_names_in_their_files() -> None:
    """Each operator is defined by the file that names it, and no file defines one that its text does not name."""
    known = operators()
    assert set(known) >= {"conv", "lstm", "softmax"}
    for path in sorted(Path(archc.ops.__file__).parent.glob("[!_]*.py")):
        __import__(f"archc.ops.{path.stem}")
    defined = {name: known[name] for name in known}
    assert len(defined) == len(known)
    for name, operator in defined.items():
        assert operator.name == name
        assert f'    name = "{name}"\n' in Path(sys.modules[operator.__module__].__file__ or "").read_text(
            encoding="utf-8"
        )
