"""What is different between two nets: layers, operations, connections, totals, and the keys of a checkpoint."""

from __future__ import annotations

from typing import Any

import pytest
import torch

from archc import driver
from archc.analysis.checkpoint import loading, nearest
from archc.analysis.compare import Sides
from archc.backends.changes import Comparison, compare, folded_labels, to_json, to_text
from archc.ir.graph import Net
from tests.conftest import Golden

BEFORE = """\
block Res(act=relu)(x: [B, C]) -> [B, C]:
    y = x -> fc1: linear(C) -> act
    return x + (y -> fc2: linear(C))

net A()(x: [B, 8]) -> [B, 4]:
    init linear.weight ~ normal(0, 0.01)
    y = x -> a: linear(8) -> relu
    z = y -> b: linear(8)
    return (y + z * 2) -> res.0: Res -> res.1: Res -> head: linear(4)
"""


def net(text: str = BEFORE) -> Net:
    return driver.check_text(text).raise_errors().nets["A"].ir


def changed(old: str, new: str) -> Comparison:
    assert old in BEFORE
    return compare(net(), net(BEFORE.replace(old, new)), ("old", "new"))


def lines(old: str, new: str) -> list[str]:
    """The lines on layers, columns apart by one space."""
    table = to_text(changed(old, new)).split("\n\n")[1]
    return [" ".join(line.split()) for line in table.splitlines()]


@pytest.mark.parametrize("name", ["resnet18", "transformer_base", "BahdanauAttention", "googlenet"])
def test_a_net_is_equal_to_itself(name: str) -> None:
    both = driver.compile(name).ir, driver.compile(name).ir
    found = compare(*both, (name, name))
    assert found.equal
    assert to_text(found).endswith(": equal\n")
    assert not found.changes


def test_names_of_sizes_and_where_things_are_written_make_no_difference() -> None:
    other = "\n\n# moved\n" + BEFORE.replace("[B, 8]) -> [B, 4]", "[N, 8]) -> [N, 4]")
    found = compare(net(), net(other), ("old", "new"))
    assert found.equal
    assert found.before.flops == found.after.flops


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("-> relu\n    z", "-> gelu\n    z", ["~ after a relu → gelu [B, 8]"]),
        ("-> relu\n    z", "\n    z", ["- after a relu [B, 8]"]),
        ("-> relu\n    z", "-> relu -> dropout(0.1)\n    z", ["+ after a dropout(p=0.1) [B, 8]"]),
        ("z * 2", "z * 3", ["~ after b mul(2) → mul(3) [B, 8]"]),
        ("(y + z * 2)", "(z * 2 + y)", ["~ after b add, fed by others [B, 8]"]),
        ("y -> b", "x -> b", ["~ b linear(8), fed by others [B, 8] params 72 FLOPs 128"]),
        ("0.01", "0.02", ["- init linear.weight ~ normal(mean=0, std=0.01)", "+ init linear.weight ~ normal(mean=0, std=0.02)"]),
        ("head: linear(4)", "head: linear(4, bias=False)",
         ["~ head linear(4) → linear(4, bias=False) [B, 4] params 36 → 32 FLOPs 64"]),
        ("x: [B, 8]", "y: [B, 8]", []),
        ("return x + (", "return x - (", ["~ after res.0-1.fc2 add → sub × 2 [B, 8]"]),
        ("act=relu", "act=gelu",
         ["~ res.0-1 Res(act=relu) → Res(act=gelu) × 2 [B, 8] params 144 FLOPs 256", "~ after res.0-1.fc1 relu → gelu × 2 [B, 8]"]),
    ],
)  # fmt: skip
def test_each_kind_of_change(old: str, new: str, expected: list[str]) -> None:
    if not expected:
        old, new = "A()(x: [B, 8]) -> [B, 4]:", "A()(image: [B, 8]) -> [B, 4]:\n    x = image"
        expected = ["~ image input x → input image [B, 8]"]
    assert lines(old, new) == expected


def test_layers_come_and_go() -> None:
    assert lines("head: linear(4)", "top.head: linear(4)") == [
        "+ top.head linear(4) [B, 4] params 36 FLOPs 64",
        "- head linear(4) [B, 4] params 36 FLOPs 64",
    ]


def test_a_layer_that_is_never_applied_has_keys() -> None:
    spare = "    init linear.weight ~ normal(0, 0.01)\n"
    found = changed(spare, spare + "    spare: linear(2, in_features=8)\n")
    assert [change.label for change in found.changes] == ["spare"]
    assert found.loading.missing == ("spare.weight", "spare.bias")


def test_a_size_that_is_fixed_in_one_is_fixed_in_both() -> None:
    fixed = BEFORE.replace("[B, 8]) -> [B, 4]", "[3, 8]) -> [3, 4]")
    assert not Sides.of(net(), net(fixed)).changes()
    assert not Sides.of(net(fixed), net()).changes()


def test_sizes_that_are_refused_are_a_difference() -> None:
    found = changed("-> [B, 4]:", "-> [B, 4] where B >= 2:")
    assert not found.equal
    assert "Sizes" in to_text(found)


@pytest.mark.parametrize(("before", "after"), [("resnet18", "resnet34"), ("vgg16", "vgg16_bn")])
def test_text(before: str, after: str, golden: Golden) -> None:
    found = compare(driver.compile(before).ir, driver.compile(after).ir, (before, after))
    golden(f"diff/{before}-{after}.txt", to_text(found))


def test_json_has_every_change_by_itself() -> None:
    found = to_json(compare(driver.compile("resnet18").ir, driver.compile("resnet34").ir, ("resnet18", "resnet34")))
    assert found["equal"] is False
    assert [change["label"] for change in found["changes"]][:2] == ["layer1.2", "layer2.2"]
    assert found["after"]["parameters"] - found["before"]["parameters"] == 10_108_160
    assert len(found["checkpoint"]["loads"]) == 122
    assert len(found["checkpoint"]["missing"]) == 96


# --- the keys of a checkpoint -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("before", "after"), [("resnet18", "resnet34"), ("vgg16", "vgg16_bn"), ("LeNet5", "squeezenet1_1")]
)
def test_keys_are_those_that_torch_names(before: str, after: str) -> None:
    old, new = driver.compile(before), driver.compile(after)
    found = loading(old.ir, new.ir)
    with torch.device("meta"):
        state, module = old.module().state_dict(), new.module()
    held = {key: state.pop(key) for key in found.misshaped}
    told: Any = module.load_state_dict(state, strict=False, assign=True)
    missing = {
        key for key in found.missing if not key.endswith("num_batches_tracked")
    }  # torch makes up this one by itself
    assert set(told.missing_keys) == {*missing, *found.misshaped}
    assert set(told.unexpected_keys) == set(found.extra)
    for key, value in held.items():
        with pytest.raises(RuntimeError, match="size mismatch"):
            module.load_state_dict({key: value}, strict=False)


def test_a_layer_that_was_renamed_is_found() -> None:
    found = changed("head: linear(4)", "top.head: linear(4)").loading
    assert found.nearest == {"top.head.weight": "head.weight", "top.head.bias": "head.bias"}


def test_indices_that_shift_are_followed() -> None:
    found = loading(driver.compile("vgg16").ir, driver.compile("vgg16_bn").ir).nearest
    assert found["features.3.weight"] == "features.2.weight"
    assert found["features.40.bias"] == "features.28.bias"
    assert not any(key.endswith("running_mean") for key in found)


def test_the_most_similar_name_wins_and_is_used_once() -> None:
    shape = (4, 4)
    wanted = {"encoder.1.fc.weight": shape, "encoder.0.fc.weight": shape, "spare.weight": shape}
    idle = {"model.encoder.0.fc.weight": shape, "model.encoder.1.fc.weight": shape}
    assert nearest(wanted, idle) == {
        "encoder.1.fc.weight": "model.encoder.1.fc.weight",
        "encoder.0.fc.weight": "model.encoder.0.fc.weight",
    }


def test_a_lone_bias_is_nobody_s() -> None:
    assert not nearest({"a.bias": (4,)}, {"b.bias": (4,), "b.weight": (4, 4)})
    assert nearest({"a.weight": (4, 4)}, {"b.bias": (4,), "b.weight": (4, 4)}) == {"a.weight": "b.weight"}


@pytest.mark.parametrize(
    ("labels", "folded"),
    [
        (["a"], "a"),
        (["layer3.6", "layer3.7"], "layer3.6-7"),
        (["f.34", "f.37", "f.40"], "f.34,37,40"),
        (["layer1.0.bn1", "layer2.1.bn1"], "layer1.0.bn1 to layer2.1.bn1"),
    ],
)
def test_labels_fold(labels: list[str], folded: str) -> None:
    assert folded_labels(labels) == folded
