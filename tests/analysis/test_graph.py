"""The flat graph: what is a node, how deep it unfolds, and what its nodes and edges say."""

from __future__ import annotations

import networkx
import pytest

from archc.analysis import graph as flat
from archc.analysis.graph import Cluster, GraphTooLarge, to_networkx
from archc.driver import check_text
from tests.analysis.nets import Body, inception, op, resnet, vgg16


def test_a_chain_is_a_path_from_input_to_output() -> None:
    graph = to_networkx(vgg16())
    order = list(networkx.topological_sort(graph))
    assert order[0] == "image"
    assert order[-1] == "output"
    assert networkx.dag_longest_path_length(graph) == len(graph) - 1 == graph.number_of_edges()
    assert graph.nodes["features.0"]["arguments"] == "64, 3, padding=1"
    assert graph.edges["features.4", "features.5", 0]["text"] == "[B, 64, H // 2, W // 2]"


def test_depth_decides_which_blocks_are_nodes() -> None:
    net = resnet()
    folded, unfolded = to_networkx(net, 1), to_networkx(net)
    blocks = [facts["label"] for _, facts in folded.nodes(data=True) if facts["kind"] == "block"]
    assert blocks == [f"layer{i}.{j}" for i in (1, 2, 3, 4) for j in (0, 1)]
    assert folded.nodes["layer1.1"]["repeat"] == 2
    assert not [node for node, facts in unfolded.nodes(data=True) if facts["kind"] == "block"]
    assert len(to_networkx(net, 2)) == len(unfolded)


def test_parameters_and_repeats_add_up_at_any_depth() -> None:
    net = inception()
    for depth in (1, 2, 3, None):
        nodes = to_networkx(net, depth).nodes.values()
        assert sum(facts["parameters"] * facts["times"] for facts in nodes) == 496_096
    for depth in (1, None):
        nodes = to_networkx(resnet(), depth).nodes.values()
        assert sum(facts["parameters"] * facts["times"] for facts in nodes) == 25_557_032


def test_clusters_follow_labels_and_blocks() -> None:
    graph = to_networkx(resnet(), None, {"B": 1, "H": 224, "W": 224})
    clusters = graph.graph["clusters"]
    assert clusters["layer1",] == Cluster("layer1")
    assert clusters["layer1", "1-2"] == Cluster("1-2", "Bottleneck", "planes=64, stride=1", "2")
    assert graph.nodes["layer1.1.conv1"]["cluster"] == ("layer1", "1-2")
    assert all(facts["cluster"] in {(), *clusters} for facts in graph.nodes.values())


def test_a_residual_add_has_two_sources() -> None:
    graph = to_networkx(resnet((1,)))
    add = next(node for node, facts in graph.nodes(data=True) if facts["name"] == "add")
    assert {graph.nodes[source]["name"] for source, _ in graph.in_edges(add)} == {"batch_norm"}
    assert sorted(facts["input"] for _, _, facts in graph.in_edges(add, data=True)) == [0, 1]


def test_a_layer_used_twice_is_two_nodes_of_one_label() -> None:
    body = Body([], x="B, 8")
    x = body.layer("fc", op("linear", out_features=8), body.input())
    graph = to_networkx(body.net("N", body.again("fc", x), {"B": 1}))
    assert {node: facts["label"] for node, facts in graph.nodes(data=True) if facts["kind"] == "layer"} == {
        "fc": "fc",
        "fc#2": "fc",
    }
    assert [graph.nodes[node]["parameters"] for node in ("fc", "fc#2")] == [72, 0]


def test_several_outputs_are_told_apart() -> None:
    report = check_text(
        "net N()(x: [B, 8]) -> (a: [B, 4], b: [B, 4]):\n    a, b = split(x, 4, dim=1)\n    return b, a\n"
    )
    graph = report.raise_errors().nets["N"].graph
    edges = {target: facts["output"] for _, target, facts in graph.out_edges("split", data=True)}
    assert edges == {"a": 1, "b": 0}


def test_a_scan_is_a_cluster_with_its_steps() -> None:
    report = check_text(
        "block Step(n)(x: [B, n], h: [B, n]) -> ([B, n], [B, n]):\n"
        "    h = (x + h) -> mix: linear(n)\n    return h, h\n\n"
        "net N(n=8)(x: [B, T=5, n]) -> [B, T, n]:\n"
        "    y, h = scan(step: Step(n), over=x, carry=x[:, 0], dim=1)\n    return y\n"
    )
    graph = report.raise_errors().nets["N"].graph
    assert graph.graph["clusters"]["step",] == Cluster("step", "Step", "n=8", "T", scan=True)
    ((_, _, facts),) = graph.in_edges("output", data=True)
    assert facts["text"] == "[B, T, 8]"


def test_too_large_a_graph_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(flat, "MAX_NODES", 90)
    with pytest.raises(GraphTooLarge, match="more than 90 layers"):
        to_networkx(resnet())
    assert len(to_networkx(resnet(), 1)) < 90
