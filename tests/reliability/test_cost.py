"""Work is counted, not timed: equal blocks cost one block, and what a check does not need is not imported."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

import archc.ops
from archc import driver
from archc.analysis import sizes
from archc.backends.torch import building
from archc.family import Family
from archc.ops import operators
from archc.syntax.build_def import Builder
from tests.reliability.specs import accepted

ROOT = Path(__file__).resolve().parents[2]
BLOCK = """
block Res(width=32)(x: [B, C, H, W]) -> [B, C, H, W]:
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


@pytest.mark.parametrize("body", [LIST, LIST.replace("Res(32)", "Res"), LOOP])
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


def calls(owner: Any, name: str, monkeypatch: pytest.MonkeyPatch, work: Callable[[], object]) -> int:
    """How often a function is called while some work is done."""
    seen, plain = 0, getattr(owner, name)

    def call(*args: Any, **keywords: Any) -> Any:
        nonlocal seen
        seen += 1
        return plain(*args, **keywords)

    with monkeypatch.context():
        monkeypatch.setattr(owner, name, call)
        work()
    monkeypatch.undo()
    return seen


TURNING = """
block Turn()(x: [B, T, C], turned: [T, C]) -> [B, T, C]:
    return (x * turned) -> fc: linear(C)

net N()(x: [B, T, 8]) -> [B, T, 8]:
    turned = cos(arange(T).unsqueeze(1) * arange(8))
    for i in range({count}):
        x = (x, turned) -> layers.{{i}}: Turn()
    return x
"""
"""What is made of integers alone becomes a float of the model's as it enters a block."""


@pytest.mark.parametrize("text", [BLOCK + LOOP, TURNING])
def test_equal_layers_of_a_loop_meet_their_signature_once(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    feeding = sys.modules["archc.elaborate.feeding"]
    few, many = (
        calls(feeding, "feed", monkeypatch, lambda count=count: accepted(text.format(count=count)))  # type: ignore[misc]
        for count in (10, 1000)
    )
    assert few == many == 1


def test_equal_blocks_of_a_loop_are_made_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a call says of the same values is known from the first turn; another value is another block."""
    blocks = sys.modules["archc.elaborate.blocks"]
    equal, other = (BLOCK + LOOP.format(count=50), BLOCK + LOOP.replace("Res(32)", "Res(32 + i % 2)").format(count=50))
    assert calls(blocks, "with_defaults", monkeypatch, lambda: accepted(equal)) == 2  # the net and the block
    assert calls(blocks, "with_defaults", monkeypatch, lambda: accepted(other)) == 51


def test_a_further_use_of_a_block_looks_for_no_module(monkeypatch: pytest.MonkeyPatch) -> None:
    modules = sys.modules["archc.elaborate.modules"]
    few, many = (
        calls(modules, "made", monkeypatch, lambda count=count: accepted(BLOCK + LOOP.format(count=count)))  # type: ignore[misc]
        for count in (10, 1000)
    )
    assert few == many == 1


def test_a_variant_costs_what_is_new_in_it(monkeypatch: pytest.MonkeyPatch) -> None:
    family = Family("resnet50")

    def look(*depths: int) -> None:
        assert family.variant(depths=list(depths)).shapes

    def cost(owner: str, name: str, *depths: int) -> int:
        return calls(sys.modules[f"archc.{owner}"], name, monkeypatch, lambda: look(*depths))

    look(3, 4, 6, 3)
    assert cost("elaborate.modules", "make_module", 3, 4, 7, 3) == 1  # the net itself
    assert cost("elaborate.operation", "apply_layer", 3, 4, 8, 3) == 7  # its own layers
    assert cost("elaborate.calls", "_run", 3, 4, 9, 3) == 1  # the stage that is longer
    assert cost("elaborate.calls", "_run", 3, 4, 6, 3) == 0
    assert cost("elaborate.layers", "make", 3, 4, 10, 3) == 0  # what a call has made is kept
    assert cost("elaborate.layers", "bare", 3, 4, 10, 3) == 3  # those without brackets: batch_norm, relu, flatten
    assert cost("analysis.facts", "_shapes", 3, 4, 11, 3) == 1
    assert cost("analysis.facts", "_shapes", 1, 4, 6, 3) == 1


def test_nets_of_one_file_share_what_is_known_of_their_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    parameters = sys.modules["archc.analysis.parameters"]
    report = driver.check("resnet")
    nets = [net.ir for net in report.nets.values()]
    distinct = {id(module) for net in nets for module in net.modules}
    assert len(distinct) < sum(len(net.modules) for net in nets) - 10
    assert calls(parameters, "_module_totals", monkeypatch, lambda: driver.check("resnet")) <= len(distinct) + len(nets)


def test_a_net_is_compiled_without_the_lists_of_others(monkeypatch: pytest.MonkeyPatch) -> None:
    cfg = sys.modules["archc.elaborate.cfg"]
    assert calls(cfg, "read", monkeypatch, lambda: driver.compile("vgg16")) == 1
    assert calls(cfg, "read", monkeypatch, lambda: driver.check("vgg")) == 10


def test_nets_of_one_file_solve_equal_demands_once() -> None:
    solved = sizes._solutions
    solved.cache_clear()
    driver.check("vgg")
    known = solved.cache_info()
    assert known.misses <= 20
    assert known.hits > 10 * known.misses


def test_equal_entries_of_a_list_are_read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    text = "cfg rows():\n    int n: linear(n)\n\nnet N()(x: [B, 8]) -> [B, 8]:\n    return x -> a: rows([8, 16] * 50 + [8])\n"
    assert calls(sys.modules["archc.elaborate.cfg"], "_read_entry", monkeypatch, lambda: accepted(text)) == 2


def test_the_source_of_a_net_is_written_once(monkeypatch: pytest.MonkeyPatch) -> None:
    net = accepted(BLOCK + LIST.format(count=2)).nets["N"]
    net.verify()  # which writes the source itself

    def use() -> None:
        assert type(net.module()) is type(net.module())
        assert net.source

    assert calls(building, "emit_named", monkeypatch, use) == 1


def reductions(text: str, monkeypatch: pytest.MonkeyPatch) -> int:
    """How many values of rules are made while a spec is checked."""
    made: list[Any] = []
    parsing = sys.modules["archc.syntax.driver"]
    with monkeypatch.context() as patch:
        patch.setitem(
            parsing._rules, Builder, [(*rule, parsing.noting(make, made)) for *rule, make in parsing._rules[Builder]]
        )
        accepted(text)
    return len(made)


@pytest.mark.parametrize("lines", [10, 100])
def test_parsing_takes_a_step_for_each_token_of_a_line(lines: int, monkeypatch: pytest.MonkeyPatch) -> None:
    text = (
        "".join(f"y{i} = [x * 2 for x in range({i})]\n" for i in range(lines))
        + "net N()(x: [B]) -> [B]:\n    return x\n"
    )
    assert calls(sys.modules["archc.syntax.tokens"], "_token", monkeypatch, lambda: accepted(text)) == 15 * lines + 20
    assert reductions(text, monkeypatch) == 13 * lines + 14


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
    "pydantic",
    "pydantic_core",
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


def loaded_by(*arguments: str) -> set[str]:
    """The modules that a process of archc has loaded at its end."""
    command = [sys.executable, "-W", "ignore", "-c", CHECK, *arguments]
    run = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=False)
    assert run.returncode == 0, run.stderr
    return set(run.stdout.splitlines()[-1].split())


@pytest.mark.parametrize("command", ["check", "summary"])
@pytest.mark.parametrize("net", ["vgg16", "swin_t", "bert_large", "densenet201"])
def test_what_is_right_is_told_without_torch_and_pydantic_and_what_draws(command: str, net: str) -> None:
    loaded = loaded_by(command, net)
    assert "archc.ops.linear" in loaded
    assert loaded.isdisjoint(UNWANTED)


def test_checking_imports_what_the_specs_use() -> None:
    loaded = loaded_by("check", "specs/vgg.arch", "specs/resnet.arch")
    assert "archc.ops.conv" in loaded
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
