"""The verifier finds nothing in nets as they should be, and each kind of damage."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from archc import driver
from archc.analysis.verify import verify
from archc.ir.graph import Module, Net, Value
from archc.ir.operator import Parameter
from archc.reading import zoo_files
from tests.analysis.nets import inception, op, resnet, tensor, vgg16


@pytest.mark.parametrize("file", zoo_files(), ids=lambda file: file.stem)
def test_the_zoo_is_sound(file: Any) -> None:
    nets = driver.load(file).nets
    assert {name: verify(net.ir) for name, net in nets.items()} == {name: [] for name in nets}


@pytest.mark.parametrize("make", [vgg16, resnet, inception])
def test_nets_made_by_hand_are_sound(make: Callable[[], Net]) -> None:
    assert verify(make()) == []


def changed(net: Net, change: Callable[[Module], dict[str, Any]]) -> Net:
    """The net with something in its top module changed."""
    top = replace(net.top, **change(net.top))
    return replace(net, modules=(*net.modules[:-1], top))


def node_changed(net: Net, number: int, **facts: Any) -> Net:
    return changed(
        net,
        lambda top: {"nodes": (*top.nodes[:number], replace(top.nodes[number], **facts), *top.nodes[number + 1 :])},
    )


def child_changed(net: Net, number: int, **facts: Any) -> Net:
    return changed(
        net,
        lambda top: {
            "children": (*top.children[:number], replace(top.children[number], **facts), *top.children[number + 1 :])
        },
    )


DAMAGE: dict[str, Callable[[Net], Net]] = {
    "refers to node 9, which does not come before": lambda net: node_changed(net, 3, inputs=(Value(9),)),
    "refers to output 1 of 1 of node 2": lambda net: node_changed(net, 3, inputs=(Value(2, 1),)),
    "refers to output 3 of 1 of node -1": lambda net: node_changed(net, 0, inputs=(Value(-1, 3),)),
    "applies submodule 99 of": lambda net: node_changed(net, 0, child=99),
    "applies not exactly one": lambda net: node_changed(net, 0, op=op("relu")),
    "calls module 99, which does not come before": lambda net: node_changed(net, 4, module=99),
    "a block without a callee": lambda net: node_changed(net, 4, module=None),
    "repeats 5 times what has 2 copies": lambda net: node_changed(net, 5, repeat=5),
    "gives [B, 64, (H + 1) // 2, (W + 1) // 2], but has [B, 7]": lambda net: node_changed(
        net, 0, output=tensor("B, 7")
    ),
    "Bottleneck gives": lambda net: node_changed(net, 4, output=tensor("B, 7")),
    "is repeated, but its output": lambda net: node_changed(net, 5, output=tensor("B, 7")),
    "conv needs": lambda net: changed(net, lambda top: {"inputs": (replace(top.inputs[0], type=tensor("B")),)}),
    "Bottleneck takes": lambda net: node_changed(net, 6, inputs=(Value(0),)),
    "conv1 owns": lambda net: child_changed(net, 0, parameters=(Parameter("weight", (1,)),)),
    "is below another submodule": lambda net: child_changed(net, 1, path=("conv1", "inner")),
    "two children are called conv1": lambda net: child_changed(net, 1, path=("conv1",)),
    "has 2 copies, but no number": lambda net: child_changed(net, 3, path=("layer1", "x")),
    "copies of layer1.1 overlap 2": lambda net: child_changed(net, 2, path=("layer1", "2")),
    "not exactly one of a layer, a block": lambda net: child_changed(net, 0, module=0),
    "is module 99, which does not come before": lambda net: child_changed(net, 2, module=99),
    "the root is module 99 of": lambda net: replace(net, root=99),
    "have the size H, which is no symbol": lambda net: replace(net, symbols=net.symbols[:1]),
}


@pytest.mark.parametrize("words", DAMAGE)
def test_damage_is_found(words: str) -> None:
    found = verify(DAMAGE[words](resnet()))
    assert any(words in text for text in found), found
