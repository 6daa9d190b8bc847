"""A net as a DOT document, written by ourselves so that it is the same text everywhere.

Blocks and groups of labels are clusters; folded repeats say how many they are. What a cluster is stands in it as a node, so that
Graphviz leads no arrow over it.
"""

from __future__ import annotations

import itertools
import re
import textwrap
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, Literal

from archc.analysis.calls import example_sizes
from archc.analysis.calltext import common_arguments, what_module
from archc.analysis.folding import number_of
from archc.analysis.graph import Cluster, Path
from archc.analysis.parameters import count
from archc.backends.boxes import SIGNS, Room, all_rooms, is_sign, levels, rooms, with_runs_folded
from archc.backends.fitting import fitting_graph, picture_graph
from archc.backends.palette import CLUSTERS, LINE, NOTE, PAGE, PAGE_NOTE, PAGE_TEXT, TEXT, fill, ink
from archc.diagnostics.text import printable
from archc.ir.dims import Dim
from archc.ir.graph import Net
from archc.ir.types import tensors

if TYPE_CHECKING:
    import networkx

Direction = Literal["down", "right", "up", "left"]
RANKS = {"down": "TB", "right": "LR", "up": "BT", "left": "RL"}

FONT = "Arial"
WIDTH = {"down": 44, "up": 44, "right": 22, "left": 22}
"""Letters of arguments in a line, fewer along the flow,"""
LINE_OF_BOX = 62
"""of a box whose layers stand beside each other,"""
TITLE = 22
"""and of the arguments in a cluster's title."""

STRAIGHT = 12
"""The weight of arrows to the next level: they are kept straight, and the others go round."""


def to_dot(
    net: Net,
    *,
    depth: int | None = None,
    direction: Direction = "down",
    symbolic: bool = False,
    sizes: Mapping[str, int] | None = None,
    expand: Iterable[str] = (),
) -> str:
    """The DOT text of a net's dataflow.

    Blocks nested deeper than ``depth`` stay folded (1: all), but for those at the labels in ``expand``; without it, as many levels
    unfold as fit a page. Shapes are at the example sizes, with those in ``sizes`` in their place, but for the batch; with
    ``symbolic`` they are formulas. Raises NoSuchBlock.
    """
    at = {} if symbolic else _without_batch(net, example_sizes(net, sizes))
    labels = tuple(expand)
    graph = fitting_graph(net, at, labels) if depth is None else picture_graph(net, depth, at, labels)
    return _Writer(net, with_runs_folded(graph), direction).text()


def _without_batch(net: Net, sizes: Mapping[str, int]) -> dict[str, int]:
    """The sizes without that of the batch, the first dim of the first input, which says nothing about a net."""
    first = next((tensor.shape[:1] for port in net.top.inputs for tensor in tensors(port.type)), ())
    batch = {str(dim) for dim in first if isinstance(dim, Dim)}
    return {name: size for name, size in sizes.items() if name not in batch}


class _Writer:
    """The document while it is written; nodes and clusters are numbered in their order."""

    def __init__(self, net: Net, graph: networkx.MultiDiGraph[str], direction: Direction) -> None:
        self.net, self.graph, self.direction = net, graph, direction
        self.clusters: Mapping[Path, Cluster] = graph.graph["clusters"]
        self.levels = levels(graph)
        self.identity: dict[str, str] = {}
        self.boxes, self.numbers = itertools.count(), itertools.count()

    def text(self) -> str:
        lines = [f"digraph {quoted(self.net.name)} {{", *self._heading(), *self._room(rooms(self.graph), 0)]
        return "\n".join([*lines, *self._edges()]) + "\n}\n"

    def _heading(self) -> Iterator[str]:
        title = f"<B>{escaped(self.net.name)}</B>  {count(self.net).parameters:,} parameters"
        yield f'  graph [rankdir={RANKS[self.direction]}, bgcolor="{PAGE}", nodesep=0.25, ranksep=0.05, pad=0.2, margin=0, '
        yield f'    labelloc=t, fontname="{FONT}", fontsize=14, fontcolor="{PAGE_TEXT}", label=<{title}>];'
        yield f'  node [shape=plain, fontname="{FONT}", fontsize=11, fontcolor="{PAGE_TEXT}"];'
        yield f'  edge [color="{LINE}", fontname="{FONT}", fontsize=9, fontcolor="{PAGE_NOTE}", arrowsize=0.6];'

    def _room(self, room: Room, level: int) -> Iterator[str]:
        indent = "  " * (level + 1)
        for box in room.boxes:
            yield f"{indent}{self._box(box, len(room.path))};"
        for inner in room.rooms.values():
            number = next(self.numbers)
            yield f"{indent}subgraph cluster_{number} {{"
            yield f'{indent}  graph [style="rounded,filled", color="{LINE}", fillcolor="{CLUSTERS[level % 2]}", margin=9, label=""];'
            yield f"{indent}  t{number} [label=<{self._title(inner.path, room.path)}>];"
            yield from self._room(inner, level + 1)
            first = self._first(inner)
            if first is not None:  # the title stands beside it
                yield f"{indent}  {{ rank=same; t{number} -> {self.identity[first]} [style=invis, weight=0]; }}"
            yield f"{indent}}}"

    def _first(self, room: Room) -> str | None:
        """The box that is at the top of a cluster, if it is in no cluster within."""
        tops = [(self.levels[box[0]], inner is not room, box[0]) for inner in all_rooms(room) for box in inner.boxes]
        _, deeper, first = min(tops)
        return None if deeper else first

    def _title(self, path: Path, around: Path) -> str:
        """A cluster's label: what its path adds to the one around it, how often, and the block with its arguments."""
        cluster = self.clusters[path]
        times = f" {cluster.times} steps" if cluster.scan else f" × {cluster.times}" if cluster.times != "1" else ""
        head = ".".join((*path[len(around) : -1], cluster.label)) + times
        lines = [f"<B>{escaped(head)}</B>"] if head else []
        if cluster.module is not None:
            lines.append(escaped(cluster.name))
            told = textwrap.wrap(brief_arguments(self.net, cluster.module), TITLE)
            lines += [_font(escaped(line), "9", PAGE_NOTE) for line in told]
        return "".join(f'{line}<BR ALIGN="LEFT"/>' for line in lines)

    def _box(self, box: list[str], said: int) -> str:
        name = f"n{next(self.boxes)}"
        self.identity.update(dict.fromkeys(box, name))
        first = self.graph.nodes[box[0]]
        if is_sign(self.graph, box[0]) and len(box) == 1:
            look = f'shape=circle, style=filled, margin=0, width=0.3, fixedsize=true, color="{LINE}", fontsize=14'
            return f'{name} [{look}, fontcolor="{TEXT}", fillcolor="{fill(first["family"])}", label="{SIGNS[first["name"]]}"]'
        return f"{name} [label=<{self._table(box, said)}>]"

    def _table(self, box: list[str], said: int) -> str:
        """The layers of a box: beside each other where the flow goes down and they fit, else one below the other."""
        nodes = [self.graph.nodes[node] for node in box]
        labels = [_label(node, said) for node in nodes]
        whats = [self._what(node) for node in nodes]
        letters = sum(len(label) + sum(map(len, what)) + 6 for label, what in zip(labels, whats, strict=True))
        row = self.direction in ("down", "up") and letters <= LINE_OF_BOX
        cells = [_cell(*parts) for parts in zip(nodes, labels, whats, strict=True)]
        if "run" in nodes[0]:
            cells.append(f"<TD><B>× {nodes[0]['run']}</B></TD>")
        rows = f"<TR>{''.join(cells)}</TR>" if row else "".join(f"<TR>{cell}</TR>" for cell in cells)
        return f'<TABLE BORDER="1" COLOR="{LINE}" CELLBORDER="0" CELLSPACING="0" CELLPADDING="3">{rows}</TABLE>'

    def _what(self, node: Mapping[str, Any]) -> list[str]:
        """What a node is, in lines: its name comes first."""
        arguments = node["arguments"] if node["module"] is None else brief_arguments(self.net, node["module"])
        name, *lines = textwrap.wrap(f"{node['name']} {shortened(printable(arguments))}", WIDTH[self.direction]) or [""]
        return [name, *lines]

    def _edges(self) -> Iterator[str]:
        """Edges between boxes, with their shapes. What goes to several places has its shape on the first way only."""
        said: set[tuple[str, object]] = set()
        for source, target, facts in self.graph.edges(data=True):
            start, end = self.identity[source], self.identity[target]
            if start == end:
                continue
            told = (source, facts["output"])
            text = "" if told in said else f" {printable(facts['text'])} "
            said.add(told)
            look = [f"label={quoted(text)}"] if text else []
            look += [f"weight={STRAIGHT}"] if self.levels[target] - self.levels[source] == 1 else []
            yield f"  {start} -> {end}" + (f" [{', '.join(look)}];" if look else ";")


def _label(node: Mapping[str, Any], said: int) -> str:
    """The label without what the clusters around say already; ``1-2`` for folded repeats."""
    *lead, last = node["label"].split(".")
    number = number_of(last)
    if node["repeat"] > 1 and number is not None:
        last = f"{last}-{number[1] + node['repeat'] - 1}"
    return ".".join([*lead, last][said:])


def _cell(node: Mapping[str, Any], label: str, what: list[str]) -> str:
    """A layer: its label, what it is, and how many parameters it has."""
    color = ink(node["family"])
    number = short_number(node["parameters"]) if node["parameters"] else ""
    name, space, rest = what[0].partition(" ")
    lines = [f"<B>{escaped(name)}</B>{space}{escaped(rest)}", *map(escaped, what[1:])]
    text = "<BR/>".join(lines) + (f"  <B>× {node['repeat']}</B>" if node["repeat"] > 1 else "")
    text += f"  <I>if {escaped(node['when'])}</I>" if node["when"] else ""
    parts = [_font(escaped(label), "9", NOTE), _font(text, "11", color), _font(number, "9", NOTE)]
    return f'<TD BGCOLOR="{fill(node["family"])}">{"  ".join(filter(None, parts))}</TD>'


def _font(text: str, size: str, color: str) -> str:
    """Text of a size and colour. Graphviz takes no font around nothing."""
    return f'<FONT POINT-SIZE="{size}" COLOR="{color}">{text}</FONT>' if text else ""


def brief_arguments(net: Net, module: int) -> str:
    """The hyperparameters of a block, less those that are the same wherever the net uses it."""
    return shortened(printable(what_module(net, module, common_arguments(net, module)).arguments))


def shortened(arguments: str) -> str:
    """Arguments whose long numbers are rounded to four digits."""
    return re.sub(r"\d+\.\d{5,}(?:e-?\d+)?", lambda number: f"{float(number[0]):.4g}", arguments)


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
