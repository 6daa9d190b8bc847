"""Folding: loops over labels are shown as one block that repeats, and only where that is what they are."""

from __future__ import annotations

import pytest

from archc.analysis.cost import net_flops
from archc.analysis.folding import folded, number_of
from archc.analysis.graph import to_networkx
from archc.analysis.parameters import count
from archc.analysis.walk import unfold
from archc.driver import check_text
from archc.ir.graph import Net

BLOCK = "block Res(n)(x: [B, n], s: [B, n]) -> [B, n]:\n    return x + (s -> fc: linear(n))\n\n"


def net_of(body: str, result: str = "y") -> Net:
    lines = "".join(f"    {line}\n" for line in body.split("\n"))
    text = f"{BLOCK}net N()(x: [B, 8], s: [B, 8]) -> [B, 8]:\n    y = x\n{lines}    return {result}\n"
    return check_text(text).raise_errors().nets["N"].ir


LOOP = "for i in range(12):\n    y = (y, s) -> trunk.layer_{i}: Res(8)"


def test_a_loop_over_labels_is_one_node() -> None:
    net = net_of(LOOP)
    (child,) = folded(net.top).children
    (node,) = folded(net.top).nodes
    assert (child.label, child.count, node.repeat) == ("trunk.layer_0", 12, 12)
    assert len(net.top.nodes) == 12


def test_it_is_shown_folded_with_all_its_numbers() -> None:
    net = net_of(LOOP + "\ny = y -> head: linear(8)")
    row = unfold(net, {"B": 1}).rows()[2]
    assert (row.label, row.repeat, row.totals.parameters, row.flops) == ("trunk.layer_0-11", 12, 12 * 72, 12 * 128)
    assert unfold(net, {"B": 1}).flops == net_flops(net, {"B": 1}) == 13 * 128
    graph = to_networkx(net, 1)
    assert graph.nodes["trunk.layer_0"]["repeat"] == 12
    assert sum(facts["parameters"] for facts in graph.nodes.values()) == count(net).parameters
    assert [source for source, _ in graph.in_edges("head")] == ["trunk.layer_0"]


@pytest.mark.parametrize(
    "body",
    [
        "for i in range(3):\n    y = (y, y) -> layer_{i}: Res(8)",  # fed twice
        "for i in range(3):\n    y = (s, y) -> layer_{i}: Res(8)",  # fed by the second input
        "for i in range(3):\n    y = (y, s) -> layer_{2 * i}: Res(8)",  # labels that skip
        "for i in range(3):\n    y = (y, s) -> layer_{i}.x: Res(8)",  # labels that do not end in the number
        "one: Res(8)\ny = (y, s) -> one\ny = (y, s) -> one",  # shared
        "y = (y, s) -> a0: Res(8)\nz = (y, s) -> a1: Res(8)\ny = y + z",  # used between
    ],
)
def test_what_is_no_chain_of_equal_blocks_stays(body: str) -> None:
    net = net_of(body)
    assert folded(net.top) is net.top


def test_early_returns_and_operands_move_along() -> None:
    net = net_of(LOOP + "\nif training:\n    return y -> aux: linear(8)\ny = y + x", "relu(y)")
    graph = to_networkx(net, 1)
    outputs = {facts["when"]: node for node, facts in graph.nodes(data=True) if facts["kind"] == "output"}
    assert set(outputs) == {"training", ""}
    assert [source for source, _ in graph.in_edges(outputs["training"])] == ["aux"]
    assert {source for source, _ in graph.in_edges("add")} == {"x", "trunk.layer_0"}


def test_numbers_at_the_end_of_labels() -> None:
    assert [number_of(label) for label in ("layer_11", "7", "conv", "b1x", "")] == [
        ("layer_", 11),
        ("", 7),
        None,
        None,
        None,
    ]
