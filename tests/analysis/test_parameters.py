"""Parameters: names and order as torch's ``state_dict`` has them, and totals that never unfold a repeat."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace

import pytest
import torch
import torchvision

from archc.analysis.parameters import Totals, count, named_parameters
from archc.driver import check_text
from archc.ir.graph import Child, Net
from tests.analysis.nets import SPAN, Body, op, resnet, vgg16


def compiled(text: str, name: str = "N") -> Net:
    return check_text(text).raise_errors().nets[name].ir


@pytest.mark.parametrize(("make", "public"), [(vgg16, "vgg16"), (resnet, "resnet50")])
def test_names_shapes_and_order_are_those_of_torchvision(make: Callable[[], Net], public: str) -> None:
    with torch.device("meta"):
        module = torchvision.models.get_model(public)
    expected = [(name, tuple(tensor.shape)) for name, tensor in module.state_dict().items()]
    net = make()
    assert [(name, parameter.shape) for name, parameter in named_parameters(net)] == expected
    totals = count(net)
    assert totals.parameters == sum(p.numel() for p in module.parameters())
    assert totals.buffers == sum(b.numel() for b in module.buffers())
    assert totals.bytes == sum(t.numel() * t.element_size() for t in module.state_dict().values())


def test_labels_below_one_name_stay_together() -> None:
    body = Body([], x="B, 8")
    x = body.layer("a.x", op("linear", out_features=8), body.input())
    x = body.layer("b", op("linear", out_features=8), x)
    x = body.layer("a.y", op("linear", out_features=8, bias=False), x)
    names = [name for name, _ in named_parameters(body.net("N", x, {"B": 1}))]
    assert names == ["a.x.weight", "a.x.bias", "a.y.weight", "b.weight", "b.bias"]


def test_a_repeat_of_ten_thousand_costs_nothing() -> None:
    modules: list[object] = []
    inner = Body([], x="B, 8")
    block = inner.done("Res", inner.layer("fc", op("linear", out_features=8), inner.input()))
    body = Body(inner.modules, x="B, 8")
    net = body.net("N", body.block("blocks.0", block, body.input(), repeat=10_000), {"B": 1})
    start = time.process_time()
    assert count(net) == Totals(trainable=720_000, bytes=2_880_000, half=1_440_000)
    assert time.process_time() - start < 0.1
    assert not modules
    names = named_parameters(net)
    assert [next(names)[0], next(names)[0], next(names)[0]] == [
        "blocks.0.fc.weight",
        "blocks.0.fc.bias",
        "blocks.1.fc.weight",
    ]


def test_blocks_in_blocks_multiply_without_unfolding() -> None:
    modules = Body([], x="B, 8").modules
    body = Body(modules, x="B, 8")
    index = body.done("F0", body.layer("fc", op("linear", out_features=8, bias=False), body.input()))
    for level in range(1, 41):
        body = Body(modules, x="B, 8")
        index = body.done(f"F{level}", body.block("b", index, body.block("a", index, body.input())))
    body = Body(modules, x="B, 8")
    net = body.net("N", body.block("all", index, body.input()), {"B": 1})
    assert count(net).parameters == 64 * 2**40


def test_a_layer_applied_twice_counts_once() -> None:
    body = Body([], x="B, 8")
    x = body.layer("fc", op("linear", out_features=8), body.input())
    net = body.net("N", body.again("fc", x), {"B": 1})
    assert count(net).parameters == 72
    assert [name for name, _ in named_parameters(net)] == ["fc.weight", "fc.bias"]


def test_tied_parameters_count_once_and_keep_both_names() -> None:
    net = compiled(
        "net N(vocab=10, dim=4)(x: [B, dim]) -> [B, dim]:\n"
        "    one: linear(dim, bias=False)\n    two: linear(dim, bias=False)\n"
        "    tie two.weight = one.weight\n    return x -> one -> two\n"
    )
    assert count(net) == Totals(trainable=16, bytes=64, half=32)
    assert [name for name, _ in named_parameters(net)] == ["one.weight", "two.weight"]


def test_frozen_parameters_are_counted_apart() -> None:
    net = compiled(
        "net N(dim=4)(x: [B, dim]) -> [B, dim]:\n    freeze one\n    return x -> one: linear(dim) -> two: linear(dim)\n"
    )
    assert (count(net).trainable, count(net).frozen, count(net).parameters) == (20, 20, 40)


def test_own_parameters_come_first_and_a_buffer_may_be_in_no_state_dict() -> None:
    net = compiled(
        "net N(dim=4)(x: [B, dim]) -> [B, dim]:\n"
        "    mean: buffer([dim], init=zeros)\n    hidden: buffer([dim], init=zeros, persistent=False)\n"
        "    scale: param([dim], init=ones)\n"
        "    return (x -> fc: linear(dim)) * scale + mean + hidden\n"
    )
    assert [name for name, _ in named_parameters(net)] == ["scale", "mean", "fc.weight", "fc.bias"]
    assert count(net) == Totals(trainable=24, buffers=8, bytes=128, half=64)


def test_two_children_of_one_label_are_refused() -> None:
    body = Body([], x="B, 8")
    x = body.layer("fc", op("linear", out_features=8), body.input())
    net = body.net("N", x, {"B": 1})
    twice = replace(net.top, children=(*net.top.children, net.top.children[0]))
    with pytest.raises(ValueError, match="two children are called fc"):
        list(named_parameters(replace(net, modules=(twice,))))


def test_copies_need_a_number() -> None:
    net = resnet()
    child = Child(("fc",), SPAN, op=op("relu"), count=2)
    odd = replace(net.top, children=(child,))
    with pytest.raises(ValueError, match="2 copies of fc"):
        list(named_parameters(replace(net, modules=(*net.modules[:-1], odd))))
