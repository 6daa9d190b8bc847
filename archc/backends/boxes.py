"""The boxes of a picture: layers that keep the shape of what they are fed (a norm, an activation, a dropout) stand in one box with the
layer before them, tables of constants are one box, and boxes sit in the tree of their clusters."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from archc.analysis.graph import Cluster, Path

if TYPE_CHECKING:
    import networkx

STACKED = ("normalization", "activation", "dropout")
BRANCHES = 3
PREPARING = ("creation", "shape", "join", "dtype")
"""What a table of constants is made from and put into its form by says less of it than what is computed."""
SIGNS = {"add": "+", "sub": "−", "mul": "×", "div": "÷"}


@dataclass(slots=True)
class Room:
    """A cluster: the boxes in it (each a stack of nodes), and the clusters in it."""

    path: Path
    boxes: list[list[str]] = field(default_factory=list)
    rooms: dict[str, Room] = field(default_factory=dict)


def stacks(graph: networkx.MultiDiGraph[str]) -> list[list[str]]:
    """The nodes in boxes: what only passes a box's result on in its shape joins the box."""
    boxes: list[list[str]] = []
    box_of: dict[str, list[str]] = {}
    for node in graph:
        before = _stacked_on(graph, node)
        if before is not None:
            box_of[before].append(node)
            box_of[node] = box_of[before]
        else:
            box_of[node] = [node]
            boxes.append(box_of[node])
    return boxes


def _stacked_on(graph: networkx.MultiDiGraph[str], node: str) -> str | None:
    """The node whose box this one joins."""
    here, sources = graph.nodes[node], [source for source, _ in graph.in_edges(node)]
    if here["family"] not in STACKED or len(sources) != 1 or graph.out_degree(sources[0]) != 1:
        return None
    there = graph.nodes[sources[0]]
    alike = all(there[fact] == here[fact] for fact in ("cluster", "types", "when"))
    return sources[0] if alike and there["kind"] not in ("input", "block") and not is_sign(graph, sources[0]) else None


def is_sign(graph: networkx.MultiDiGraph[str], node: str) -> bool:
    """Whether a node is drawn as a circle with a sign: arithmetic of two tensors."""
    return graph.nodes[node]["name"] in SIGNS and graph.in_degree(node) == 2


def rooms(graph: networkx.MultiDiGraph[str]) -> Room:
    """The boxes in the tree of their clusters. A group of one box is none, and one in another with nothing else is one with it."""
    top = Room(())
    for box in stacks(graph):
        room = top
        path: Path = graph.nodes[box[0]]["cluster"]
        for end, name in enumerate(path, start=1):
            room = room.rooms.setdefault(name, Room(path[:end]))
        room.boxes.append(box)
    return _tidy(top, graph.graph["clusters"])


def _tidy(room: Room, clusters: Mapping[Path, Cluster]) -> Room:
    tidied: dict[str, Room] = {}
    for name, inner in room.rooms.items():
        inner = _tidy(inner, clusters)
        group = not clusters[inner.path].name
        if group and len(inner.boxes) == 1 and not inner.rooms:
            room.boxes.append(inner.boxes[0])
        elif group and not inner.boxes and len(inner.rooms) == 1:
            tidied[name] = next(iter(inner.rooms.values()))
        else:
            tidied[name] = inner
    room.rooms = tidied
    return room


def with_constants_folded(graph: networkx.MultiDiGraph[str]) -> networkx.MultiDiGraph[str]:
    """The graph with each table that depends on no input and no parameter, such as a positional encoding, as one node."""
    import networkx

    constant: set[str] = set()
    for node in graph:  # in the order of the dataflow
        sources = {source for source, _ in graph.in_edges(node)}
        if graph.nodes[node]["kind"] == "operation" and sources <= constant:
            constant.add(node)
    folded = graph.copy()
    for part in networkx.weakly_connected_components(graph.subgraph(constant)):
        if len(part) > 1:
            _contract(folded, [node for node in graph if node in part])
    return folded


def _contract(graph: networkx.MultiDiGraph[str], nodes: list[str]) -> None:
    """Makes the nodes one, which stands where the last of them stood and is called after what they compute."""
    *others, last = nodes
    computing = [node for node in nodes if graph.nodes[node]["family"] not in PREPARING] or nodes
    names = list(dict.fromkeys(graph.nodes[node]["name"] for node in computing))
    for node in others:
        for _, target, facts in list(graph.out_edges(node, data=True)):
            if target not in nodes:
                graph.add_edge(last, target, **facts | {"output": (node, facts["output"])})
        graph.remove_node(node)
    graph.nodes[last].update(name="constant", arguments=", ".join(names), family="constant")


def levels(graph: networkx.MultiDiGraph[str]) -> dict[str, int]:
    """How far down each node's box is when every arrow goes down: the number of boxes on the longest way to it."""
    import networkx

    head = {node: box[0] for box in stacks(graph) for node in box}
    found: dict[str, int] = {}
    for node in networkx.topological_sort(graph):
        steps = (found[source] + (head[source] != head[node]) for source, _ in graph.in_edges(node))
        found[node] = max(steps, default=0)
    return found


def meetings(graph: networkx.MultiDiGraph[str]) -> Iterator[tuple[str, str]]:
    """The nodes from which several branches go out, each with the first that all ways from it lead through, if none goes straight there."""
    import networkx

    backward = networkx.DiGraph(graph.reverse())
    ends = [node for node in graph if not graph.out_degree(node)]
    backward.add_edges_from(("", end) for end in ends)  # no node has this name
    after = networkx.immediate_dominators(backward, "")
    for node in graph:
        targets = set(graph.successors(node))
        if len(targets) >= BRANCHES and after.get(node, "") not in ("", *targets):
            yield node, after[node]


def all_rooms(room: Room) -> Iterator[Room]:
    """A cluster and all that are in it."""
    yield room
    for inner in room.rooms.values():
        yield from all_rooms(inner)
