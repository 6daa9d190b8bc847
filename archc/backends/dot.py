"""A net as a DOT document, written by ourselves so that it is the same text everywhere.

Layers that keep the shape of what they are fed (a norm, an activation, a dropout) stand in one box with the layer before them; blocks
and groups of labels are clusters; folded repeats say how many they are.
"""

from __future__ import annotations

import itertools
import textwrap
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from archc.analysis.calls import example_sizes
from archc.analysis.calltext import call_text
from archc.analysis.folding import number_of
from archc.analysis.graph import Cluster, GraphTooLarge, Path, to_networkx
from archc.analysis.parameters import count
from archc.backends.palette import CLUSTERS, FAINT, LINE, TEXT, fill, ink
from archc.diagnostics.text import printable
from archc.ir.dims import Dim
from archc.ir.graph import Net
from archc.ir.types import tensors

if TYPE_CHECKING:
    import networkx

PAGE = 60
"""Without a depth, blocks are unfolded as long as there are no more layers than this."""

STACKED = ("normalization", "activation", "dropout")
SIGNS = {"add": "+", "sub": "−", "mul": "×", "div": "÷"}
FONT = "Arial"
WIDTH = 44
"""Letters of arguments in a line."""


@dataclass(slots=True)
class Room:
    """A cluster: the boxes in it (each a stack of nodes), and the clusters in it."""

    path: Path
    boxes: list[list[str]] = field(default_factory=list)
    rooms: dict[str, Room] = field(default_factory=dict)


def to_dot(
    net: Net,
    *,
    depth: int | None = None,
    direction: Literal["down", "right"] = "down",
    symbolic: bool = False,
    sizes: Mapping[str, int] | None = None,
) -> str:
    """The DOT text of a net's dataflow.

    Blocks nested deeper than ``depth`` stay folded (1: all); without it, as many levels unfold as fit a page. Shapes are at the
    example sizes, with those in ``sizes`` in their place, but for the batch; with ``symbolic`` they are formulas.
    """
    at = {} if symbolic else _without_batch(net, example_sizes(net, sizes))
    graph = to_networkx(net, depth, at) if depth is not None else fitting_graph(net, at)
    return _Writer(net, graph, direction).text()


def fitting_graph(net: Net, sizes: Mapping[str, int], nodes: int = PAGE) -> networkx.MultiDiGraph[str]:
    """The flat graph with as many levels of blocks unfolded as give no more than so many nodes, at least none."""
    depth, chosen = 1, to_networkx(net, 1, sizes)
    while any(facts["kind"] == "block" for _, facts in chosen.nodes(data=True)):
        depth += 1
        try:
            deeper = to_networkx(net, depth, sizes)
        except GraphTooLarge:
            break
        if len(deeper) > nodes:
            break
        chosen = deeper
    return chosen


def _without_batch(net: Net, sizes: Mapping[str, int]) -> dict[str, int]:
    """The sizes without that of the batch, the first dim of the first input, which says nothing about a net."""
    first = next((tensor.shape[:1] for port in net.top.inputs for tensor in tensors(port.type)), ())
    batch = {str(dim) for dim in first if isinstance(dim, Dim)}
    return {name: size for name, size in sizes.items() if name not in batch}


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
    return sources[0] if alike and there["kind"] not in ("input", "block") and there["name"] not in SIGNS else None


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


class _Writer:
    """The document while it is written; nodes and clusters are numbered in their order."""

    def __init__(self, net: Net, graph: networkx.MultiDiGraph[str], direction: str) -> None:
        self.net, self.graph, self.direction = net, graph, direction
        self.clusters: Mapping[Path, Cluster] = graph.graph["clusters"]
        self.identity: dict[str, str] = {}
        self.boxes, self.numbers = itertools.count(), itertools.count()

    def text(self) -> str:
        lines = [f"digraph {quoted(self.net.name)} {{", *self._heading(), *self._room(rooms(self.graph), 0)]
        return "\n".join([*lines, *map(self._edge, self._edges()), "}"]) + "\n"

    def _heading(self) -> Iterator[str]:
        title = f"<B>{escaped(self.net.name)}</B>  {count(self.net).parameters:,} parameters"
        rank = "TB" if self.direction == "down" else "LR"
        yield f'  graph [rankdir={rank}, bgcolor="#ffffff", nodesep=0.25, ranksep=0.2, pad=0.2, margin=0, labelloc=t, '
        yield f'    fontname="{FONT}", fontsize=14, fontcolor="{TEXT}", label=<{title}>];'
        yield f'  node [shape=plain, fontname="{FONT}", fontsize=11, fontcolor="{TEXT}"];'
        yield f'  edge [color="{LINE}", fontname="{FONT}", fontsize=9, fontcolor="{FAINT}", arrowsize=0.6];'

    def _room(self, room: Room, level: int) -> Iterator[str]:
        indent = "  " * (level + 1)
        for box in room.boxes:
            yield f"{indent}{self._box(box, len(room.path))};"
        for inner in room.rooms.values():
            yield f"{indent}subgraph cluster_{next(self.numbers)} {{"
            yield f'{indent}  graph [style="rounded,filled", color="{LINE}", fillcolor="{CLUSTERS[level % 2]}", margin=10, '
            yield f"{indent}    labeljust=l, fontsize=11, label=<{self._title(inner.path, room.path)}>];"
            yield from self._room(inner, level + 1)
            yield f"{indent}}}"

    def _title(self, path: Path, around: Path) -> str:
        """A cluster's label: what its path adds to the one around it, the block with its arguments, and how often."""
        cluster = self.clusters[path]
        parts = [f"<B>{escaped('.'.join((*path[len(around) : -1], cluster.label)))}</B>"]
        if cluster.name:
            lines = textwrap.wrap(printable(call_text(cluster.name, cluster.arguments)), WIDTH)
            parts.append('<BR ALIGN="LEFT"/>'.join(map(escaped, lines)))
        if cluster.times != "1":
            parts.append(
                f"<B>{escaped(cluster.times)} steps</B>" if cluster.scan else f"<B>× {escaped(cluster.times)}</B>"
            )
        return "  ".join(parts)

    def _box(self, box: list[str], said: int) -> str:
        name = f"n{next(self.boxes)}"
        self.identity.update(dict.fromkeys(box, name))
        first = self.graph.nodes[box[0]]
        if first["name"] in SIGNS and len(box) == 1 and self.graph.in_degree(box[0]) == 2:
            look = f'shape=circle, style=filled, margin=0, width=0.3, fixedsize=true, color="{LINE}", fontsize=14'
            return f'{name} [{look}, fillcolor="{fill(first["family"])}", label="{SIGNS[first["name"]]}"]'
        nodes = [self.graph.nodes[node] for node in box]
        labels = [_label(node, said) for node in nodes]
        numbers = [short_number(node["parameters"]) if node["parameters"] else "" for node in nodes]
        rows = "".join(
            _row(node, label if any(labels) else None, number if any(numbers) else None)
            for node, label, number in zip(nodes, labels, numbers, strict=True)
        )
        table = f'<TABLE BORDER="1" COLOR="{LINE}" CELLBORDER="0" CELLSPACING="0" CELLPADDING="3">{rows}</TABLE>'
        return f"{name} [label=<{table}>]"

    def _edges(self) -> Iterator[tuple[str, str, str]]:
        """Edges between boxes, with their shapes. What goes to several places has its shape on the first way only."""
        said: set[tuple[str, int]] = set()
        for source, target, facts in self.graph.edges(data=True):
            start, end = self.identity[source], self.identity[target]
            if start != end:
                yield start, end, "" if (source, facts["output"]) in said else facts["text"]
                said.add((source, facts["output"]))

    def _edge(self, edge: tuple[str, str, str]) -> str:
        start, end, text = edge
        return f"  {start} -> {end}" + (f" [label={quoted(f' {printable(text)} ')}];" if text else ";")


def _label(node: Mapping[str, Any], said: int) -> str:
    """The label without what the clusters around say already; ``1-2`` for folded repeats."""
    *lead, last = node["label"].split(".")
    number = number_of(last)
    if node["repeat"] > 1 and number is not None:
        last = f"{last}-{number[1] + node['repeat'] - 1}"
    return escaped(".".join([*lead, last][said:]))


def _row(node: Mapping[str, Any], label: str | None, number: str | None) -> str:
    """A row of a box: the label, what the layer is, and how many parameters it has; cells that no row of the box fills are left out."""
    back, color = fill(node["family"]), ink(node["family"])
    faint = FAINT if color == TEXT else color
    cells = [(label, "LEFT", "9", faint), (_what(node), "CENTER", "11", color), (number, "RIGHT", "9", faint)]
    row = "".join(
        f'<TD BGCOLOR="{back}" ALIGN="{side}">{_font(text, size, ink_)}</TD>'
        for text, side, size, ink_ in cells
        if text is not None
    )
    return f"<TR>{row}</TR>"


def _font(text: str, size: str, color: str) -> str:
    """Text of a size and colour. Graphviz takes no font around nothing."""
    return f'<FONT POINT-SIZE="{size}" COLOR="{color}">{text}</FONT>' if text else ""


def _what(node: Mapping[str, Any]) -> str:
    lines = textwrap.wrap(printable(node["arguments"]), WIDTH)
    text = f"<B>{escaped(node['name'])}</B>"
    if lines:
        text += " " + "<BR/>".join(map(escaped, lines))
    if node["repeat"] > 1:
        text += f"  <B>× {node['repeat']}</B>"
    return f"{text}  <I>if {escaped(node['when'])}</I>" if node["when"] else text


def short_number(number: int) -> str:
    """Three digits and a letter: ``36.9K``."""
    for size, letter in ((10**12, "T"), (10**9, "G"), (10**6, "M"), (10**3, "K")):
        if number >= 0.9995 * size:
            return f"{number / size:.3g}{letter}"
    return str(number)


def escaped(text: str) -> str:
    """Text that stands for itself within an HTML label."""
    shown = printable(text)
    for letter, entity in (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;"), ('"', "&quot;")):
        shown = shown.replace(letter, entity)
    return shown


def quoted(text: str) -> str:
    """A DOT string that stands for this text."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", " ") + '"'
