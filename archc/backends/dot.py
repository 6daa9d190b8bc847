"""A net as a DOT document, written by ourselves so that it is the same text everywhere.

Blocks and groups of labels are clusters; folded repeats say how many they are. What a cluster is stands in it as a node, so that
Graphviz leads no arrow over it.
"""

from __future__ import annotations

import itertools
import re
import textwrap
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, Literal

from archc.analysis.calls import example_sizes
from archc.analysis.calltext import common_arguments, what_module
from archc.analysis.folding import number_of
from archc.analysis.graph import Cluster, Path
from archc.analysis.parameters import count
from archc.backends.boxes import SIGNS, Room, all_rooms, is_sign, levels, meetings, rooms, stacks
from archc.backends.fitting import fitting_graph, picture_graph
from archc.backends.palette import CLUSTERS, LINE, NOTE, PAGE, PAGE_NOTE, PAGE_TEXT, TEXT, fill, ink
from archc.backends.runs import series_text, with_runs_folded
from archc.diagnostics.text import printable
from archc.ir.dims import Dim
from archc.ir.graph import Net
from archc.ir.types import tensors

if TYPE_CHECKING:
    import networkx

Direction = Literal["down", "right", "up", "left"]
RANKS = {"down": "TB", "right": "LR", "up": "BT", "left": "RL"}

ABOVE = {"down": "t", "up": "b", "right": "t", "left": "t"}
"""Graphviz turns what is above together with the flow."""

FONT = "Arial"
WIDTH = {"down": 44, "up": 44, "right": 22, "left": 22}
"""Letters of arguments in a line, fewer along the flow,"""
LINE_OF_BOX = 62
"""of a box whose layers stand beside each other,"""
TITLE = 22
"""and of the arguments in a cluster's title."""

STRAIGHTENED = "weight=150"
"""Of arrows to the next level: they are kept straight, and the others go round."""


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
        self.heads = {node: box[0] for box in stacks(graph) for node in box}
        self.beside = Counter(self.levels[node] for node in set(self.heads.values()) if not is_sign(graph, node))
        self.identity: dict[str, str] = {}
        self.boxes, self.numbers = itertools.count(), itertools.count()

    def text(self) -> str:
        lines = [f"digraph {quoted(self.net.name)} {{", *self._heading()]
        rest = [*self._room(rooms(self.graph), 0), *self._inputs(), *self._spine()]
        # The engine puts on the left what it is told first: arrows that go round, then the others, then titles.
        arrows = sorted(self._arrows(), key=lambda arrow: STRAIGHTENED in arrow)
        return "\n".join([*lines, *arrows, *rest]) + "\n}\n"

    def _heading(self) -> Iterator[str]:
        title = f"<B>{escaped(self.net.name)}</B>  {count(self.net).parameters:,} parameters"
        yield f'  graph [rankdir={RANKS[self.direction]}, newrank=true, bgcolor="{PAGE}", nodesep=0.25, ranksep=0.05, pad=0.2, margin=0, '
        yield f'    labelloc=t, fontname="{FONT}", fontsize=14, fontcolor="{PAGE_TEXT}", label=<{title}>];'
        yield f'  node [shape=plain, fontname="{FONT}", fontsize=11, fontcolor="{PAGE_TEXT}"];'
        yield f'  edge [color="{LINE}", fontname="{FONT}", fontsize=9, fontcolor="{PAGE_NOTE}", arrowsize=0.6];'

    def _inputs(self) -> Iterator[str]:
        """Inputs stand in a row, so that what only they lead to does not hang down beside what others lead to."""
        inputs = [self.identity[node] for node, facts in self.graph.nodes(data=True) if facts["kind"] == "input"]
        if inputs:
            yield f"  {{ rank=source; {'; '.join(inputs)}; }}"

    def _spine(self) -> Iterator[str]:
        """Where the flow splits into branches and where these meet again stand below each other."""
        for split, meeting in meetings(self.graph):
            yield f"  {self.identity[split]} -> {self.identity[meeting]} [style=invis, weight=3];"

    def _room(self, room: Room, level: int) -> Iterator[str]:
        indent = "  " * (level + 1)
        for box in room.boxes:
            yield f"{indent}{self._box(box, len(room.path))};"
        for inner in room.rooms.values():
            yield f"{indent}subgraph cluster_{next(self.numbers)} {{"
            yield from self._cluster(inner, room.path, level, indent + "  ")
            yield f"{indent}}}"

    def _cluster(self, room: Room, around: Path, level: int, indent: str) -> Iterator[str]:
        """What is in a cluster. Its title is at the upper right: beside the box that is at the top, or above all."""
        title, top = self._title(room.path, around), self._top(room)
        look = f'style="rounded,filled", color="{LINE}", fillcolor="{CLUSTERS[level % 2]}", margin=9'
        above = '""' if top else f"<{title}>"
        yield f"{indent}graph [{look}, labeljust=r, labelloc={ABOVE[self.direction]}, fontsize=11, label={above}];"
        yield from self._room(room, level + 1)
        if top:
            box = self.identity[top]
            yield f"{indent}t{box} [label=<{title}>];"
            yield f"{indent}{{ rank=same; {box} -> t{box} [style=invis]; }}"

    def _top(self, room: Room) -> str | None:
        """The box that is alone at the top of a cluster, if it is in no cluster within."""
        if self.direction not in ("down", "up"):
            return None
        boxes = [(self.levels[box[0]], inner is not room, box[0]) for inner in all_rooms(room) for box in inner.boxes]
        level = (min if self.direction == "down" else max)(boxes)[0]
        (_, deeper, top), *others = [box for box in boxes if box[0] == level]
        return None if deeper or others else top

    def _title(self, path: Path, around: Path) -> str:
        """A cluster's label: what its path adds to the one around it, how often, and the block with its arguments."""
        cluster = self.clusters[path]
        times = f" {cluster.times} steps" if cluster.scan else f" × {cluster.times}" if cluster.times != "1" else ""
        head = ".".join((*path[len(around) : -1], cluster.label)) + times
        lines = [f"<B>{escaped(head)}</B>"] if head else []
        if cluster.module is not None:
            lines.append(escaped(cluster.name))
            told = textwrap.wrap(brief_arguments(self.net, cluster.module, self._modules(path[:-1])), TITLE)
            lines += [_font(escaped(line), "9", PAGE_NOTE) for line in told]
        return "".join(f'{line}<BR ALIGN="LEFT"/>' for line in lines)

    def _modules(self, path: Path) -> set[int]:
        """The blocks whose clusters a path leads through."""
        clusters = (self.clusters.get(path[:end]) for end in range(1, len(path) + 1))
        return {cluster.module for cluster in clusters if cluster is not None and cluster.module is not None}

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
        room = self._room_for(box)
        labels = [_label(node, said) for node in nodes]
        whats = [self._what(node, int(WIDTH[self.direction] * room)) for node in nodes]
        letters = sum(len(label) + sum(map(len, what)) + 6 for label, what in zip(labels, whats, strict=True))
        row = self.direction in ("down", "up") and letters <= LINE_OF_BOX * room
        run = nodes[0].get("run", 1)
        alone = run if len(nodes) == 1 else 1
        cells = [_cell(node, label, what, alone) for node, label, what in zip(nodes, labels, whats, strict=True)]
        if run > alone:
            cells.append(f"<TD><B>× {run}</B></TD>")
        rows = f"<TR>{''.join(cells)}</TR>" if row else "".join(f"<TR>{cell}</TR>" for cell in cells)
        return f'<TABLE BORDER="1" COLOR="{LINE}" CELLBORDER="0" CELLSPACING="0" CELLPADDING="3">{rows}</TABLE>'

    def _room_for(self, box: list[str]) -> float:
        """The part of a full line that a box has: less where others stand beside it, but not less than half."""
        return max(0.5, 1 / self.beside[self.levels[box[0]]])

    def _what(self, node: Mapping[str, Any], width: int) -> list[str]:
        """What a node is, in lines: its name comes first."""
        arguments = self._arguments(node)
        if "until" in node:
            arguments = series_text(arguments, self._arguments(node["until"]))
        return textwrap.wrap(f"{node['name']} {arguments}", width) or [""]

    def _arguments(self, node: Mapping[str, Any]) -> str:
        if node["module"] is None:
            return shortened(printable(node["arguments"]))
        return brief_arguments(self.net, node["module"], self._modules(node["cluster"]))

    def _arrows(self) -> Iterator[str]:
        """Arrows between boxes. Several of one shape between the same two are one, which says how many."""
        arrows = Counter(
            (self.identity[source], self.identity[target], source, target, facts["text"])
            for source, target, facts in self.graph.edges(data=True)
        )
        said: set[tuple[str, str]] = set()
        for (start, end, source, target, shape), times in arrows.items():
            if start == end:
                continue
            text = "" if (source, shape) in said or self._keeps(source, shape) else printable(shape)
            said.add((source, shape))
            text = " ".join([text, f"× {times}"] if times > 1 else [text]).strip()
            look = [f"label={quoted(f' {text} ')}"] if text else []
            look += [STRAIGHTENED if self.levels[target] - self.levels[source] == 1 else "weight=1"]
            yield f"  {start} -> {end} [{', '.join(look)}];"

    def _keeps(self, node: str, shape: str) -> bool:
        """Whether all that goes into a node's box has this shape too."""
        fed = {facts["text"] for _, _, facts in self.graph.in_edges(self.heads[node], data=True)}
        return fed == {shape}


def ranged_label(node: Mapping[str, Any]) -> str:
    """A node's label; ``1-2`` for folded repeats."""
    *lead, last = node["label"].split(".")
    number = number_of(last)
    if node["repeat"] > 1 and number is not None:
        last = f"{last}-{number[1] + node['repeat'] - 1}"
    return ".".join([*lead, last])


def _label(node: Mapping[str, Any], said: int) -> str:
    """The label without what the clusters around say already."""
    return ".".join(ranged_label(node).split(".")[said:])


def _cell(node: Mapping[str, Any], label: str, what: list[str], run: int) -> str:
    """A layer: its label, what it is, how often it follows itself, and how many parameters it has."""
    times = node["repeat"] * run
    color = ink(node["family"])
    number = (
        short_number(node["parameters"]) if node["parameters"] else "shared" if node["shared"] or node["tied"] else ""
    )
    name, space, rest = what[0].partition(" ")
    lines = [f"<B>{escaped(name)}</B>{space}{escaped(rest)}", *map(escaped, what[1:])]
    text = "<BR/>".join(lines) + (f"  <B>× {times}</B>" if times > 1 else "")
    text += f"  <I>if {escaped(node['when'])}</I>" if node["when"] else ""
    parts = [_font(escaped(label), "9", NOTE), _font(text, "11", color), _font(number, "9", NOTE)]
    return f'<TD BGCOLOR="{fill(node["family"])}">{"  ".join(filter(None, parts))}</TD>'


def _font(text: str, size: str, color: str) -> str:
    """Text of a size and colour. Graphviz takes no font around nothing."""
    return f'<FONT POINT-SIZE="{size}" COLOR="{color}">{text}</FONT>' if text else ""


def brief_arguments(net: Net, module: int, around: Collection[int] = ()) -> str:
    """The hyperparameters of a block, less those that are the same wherever the net uses it, or that a block around it has said."""
    said = {argument for outer in around for argument in net.modules[outer].arguments}
    but = common_arguments(net, module) | {
        argument[0] for argument in net.modules[module].arguments if argument in said
    }
    return shortened(printable(what_module(net, module, but).arguments))


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
