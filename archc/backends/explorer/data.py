"""What the explorer shows, as JSON values: the picture's boxes in the tree of their clusters, arrows, costs, formulas and sources.

The browser lays it out, so that any block can be unfolded without asking anybody.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from archc.analysis.calls import example_sizes
from archc.analysis.domain import domain
from archc.analysis.graph import Cluster, GraphTooLarge, to_networkx
from archc.analysis.simplify import Simplifier
from archc.backends.boxes import Room, rooms
from archc.backends.dot import brief_arguments, ranged_label, shortened
from archc.backends.fitting import picture_graph
from archc.backends.palette import fill, ink
from archc.backends.summary import summarize
from archc.diagnostics.text import printable
from archc.ir.graph import Net
from archc.ir.types import show
from archc.source import Source, Span

if TYPE_CHECKING:
    import networkx

MOST = 4_000
"""Layers and operations of a page: deeper blocks stay folded."""


def net_data(net: Net, sources: Mapping[str, Source], *, sizes: Mapping[str, int] | None = None) -> dict[str, Any]:
    """Everything of a net that the page shows, at the example sizes with those in ``sizes`` in their place."""
    at = example_sizes(net, sizes)
    depth = _depth(net)
    graph = picture_graph(net, depth, at)
    places = _Places(sources)
    total = summarize(net, depth=1, sizes=sizes)
    numbers = {node: number for number, node in enumerate(graph)}
    formulas = _formulas(net, depth, graph)
    return {
        "name": net.name,
        "file": net.file,
        "title": total.title,
        "footer": total.footer,
        "nodes": [_node(facts, formulas[node], places) | {"id": node} for node, facts in graph.nodes(data=True)],
        "tree": _room(net, rooms(graph), graph, numbers, places),
        "edges": [
            [numbers[source], numbers[target], str(facts["output"]), printable(facts["text"])]
            for source, target, facts in graph.edges(data=True)
        ],
    }


def _depth(net: Net) -> int | None:
    """None where all blocks can be unfolded, else how many levels."""
    depth, shown = 1, len(to_networkx(net, 1))
    while True:
        try:
            more = len(to_networkx(net, depth + 1))
        except GraphTooLarge:
            return depth
        if more == shown:
            return None
        if more > MOST:
            return depth
        depth, shown = depth + 1, more


def _formulas(net: Net, depth: int | None, graph: networkx.MultiDiGraph[str]) -> dict[str, str]:
    """The shapes of each node's outputs in the net's symbols, in the shortest form that is equal for all sizes that it takes."""
    simplifier = Simplifier(domain(net))
    symbolic = to_networkx(net, depth)
    return {node: _shapes(map(simplifier.type, symbolic.nodes[node]["types"])) for node in graph}


def _shapes(types: Iterable[Any]) -> str:
    return ", ".join(show(type_) for type_ in types)


class _Places:
    """Where spans are: the file, the offsets and the line."""

    def __init__(self, sources: Mapping[str, Source]) -> None:
        self.sources = sources

    def of(self, span: Span | None) -> list[Any] | None:
        if span is None or span.file not in self.sources:
            return None
        return [span.file, span.start, span.end, self.sources[span.file].position(span.start)[0]]


def _node(facts: Mapping[str, Any], formula: str, places: _Places) -> dict[str, Any]:
    flops = facts["flops"]
    return {
        "kind": facts["kind"],
        "label": ranged_label(facts),
        "name": facts["name"],
        "arguments": shortened(printable(facts["arguments"])),
        "family": facts["family"],
        "shape": _shapes(facts["types"]),
        "formula": formula,
        "parameters": facts["parameters"] * facts["times"],
        "macs": None if flops is None else flops * facts["runs"] // 2,
        "repeat": facts["repeat"],
        "shared": facts["shared"],
        "tied": facts["tied"],
        "when": facts["when"],
        "place": places.of(facts["span"]),
        "fill": fill(facts["family"]),
        "ink": ink(facts["family"]),
    }


def _room(
    net: Net, room: Room, graph: networkx.MultiDiGraph[str], numbers: Mapping[str, int], places: _Places
) -> dict[str, Any]:
    cluster: Cluster = graph.graph["clusters"].get(room.path, Cluster(""))
    return {
        "path": list(room.path),
        "name": cluster.name,
        "arguments": shortened(printable(cluster.arguments)),
        "brief": "" if cluster.module is None else brief_arguments(net, cluster.module),
        "times": cluster.times,
        "scan": cluster.scan,
        "place": places.of(cluster.span),
        "boxes": [[numbers[node] for node in box] for box in room.boxes],
        "rooms": [_room(net, inner, graph, numbers, places) for inner in room.rooms.values()],
    }
