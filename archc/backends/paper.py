"""A net as the papers on convolutional networks draw it: what each layer gives as a volume, to scale. Written as SVG by ourselves.

A volume is as wide as it has channels, and as high and as deep as its map. Vectors are bars of one height, for a vector of 4096 is no
volume of 4096. Layers follow each other from the left to the right by their levels; what skips levels goes over them in an arc.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from archc.analysis.calls import example_sizes
from archc.analysis.parameters import count
from archc.backends.boxes import levels, stacks
from archc.backends.dot import FONT, brief_arguments, shortened
from archc.backends.fitting import fitting_graph, picture_graph
from archc.backends.graphviz import pdf_of, png_of
from archc.backends.palette import LINE, PAGE, PAGE_NOTE, PAGE_TEXT, fill
from archc.backends.svg import for_dark_pages
from archc.diagnostics.text import printable
from archc.ir.graph import Net

if TYPE_CHECKING:
    import networkx

Format = Literal["svg", "png", "pdf"]

HEIGHT, WIDTH = 150.0, 60.0
"""The largest map is so high, and the most channels so wide, in points."""
SLANT = 0.35
"""Depth goes to the upper right, shortened."""
VECTOR = 70.0
GAP, LINE_HEIGHT, LETTER, MARGIN, ARC = 20.0, 11.0, 5.2, 16.0, 15.0
LONG = 24
"""Letters of a line below a volume."""


class Size(NamedTuple):
    """Channels, height and width of what a layer gives. A sequence is one wide, and a vector has channels only."""

    channels: int
    height: int
    width: int

    @property
    def is_vector(self) -> bool:
        return self.height == 0


@dataclass(slots=True)
class Volume:
    """What a box of layers gives, as drawn: the front's lower left corner, and lengths in points."""

    color: str
    shape: str
    lines: list[str]
    size: Size
    wide: float = 0
    high: float = 0
    deep: float = 0
    x: float = 0
    y: float = 0

    @property
    def top(self) -> float:
        return self.y - self.high - self.deep

    @property
    def middle(self) -> float:
        return self.y - (self.high + self.deep) / 2

    @property
    def text_length(self) -> float:
        return LETTER * max(map(len, [self.shape, *self.lines])) + 8

    @property
    def column(self) -> float:
        """The width that it needs with the lines below it, which read upwards."""
        return max(self.wide + self.deep, LINE_HEIGHT * (1 + len(self.lines)))


def drawing(net: Net, format: Format, **options: Any) -> bytes:
    """The drawing as the bytes of a file; options as for ``paper_svg``. Raises EngineMissing where a format needs what is not installed."""
    svg = paper_svg(net, **options)
    return svg.encode("utf-8") if format == "svg" else png_of(svg) if format == "png" else pdf_of(svg)


def paper_svg(
    net: Net, *, depth: int | None = None, sizes: Mapping[str, int] | None = None, expand: Iterable[str] = ()
) -> str:
    """The drawing. Options as for ``archc.backends.dot.to_dot``."""
    at, labels = example_sizes(net, sizes), tuple(expand)
    graph = fitting_graph(net, at, labels) if depth is None else picture_graph(net, depth, at, labels)
    volumes = {node: volume for box in stacks(graph) for volume in [_volume(net, graph, box)] for node in box}
    _measure(list(volumes.values()))
    right = _place(_columns(graph, volumes))
    reach = max((up for _, _, up in _skips(graph, volumes)), default=0)
    return _document(net, graph, volumes, right, reach)


def _volume(net: Net, graph: networkx.MultiDiGraph[str], box: list[str]) -> Volume:
    first, last = graph.nodes[box[0]], graph.nodes[box[-1]]
    shape = last["types"][0].shape
    return Volume(
        fill(first["family"]), "×".join(map(str, shape[1:])) or "1", list(_lines(net, graph, box)), _size(shape[1:])
    )


def _size(shape: tuple[Any, ...]) -> Size:
    """The map of an image has its channels first, a sequence last; of a volume's map one slice is seen."""
    if len(shape) >= 3:
        return Size(shape[0], shape[-2], shape[-1])
    return Size(shape[1], shape[0], 1) if len(shape) == 2 else Size(shape[0] if shape else 1, 0, 0)


def _lines(net: Net, graph: networkx.MultiDiGraph[str], box: list[str]) -> Iterator[str]:
    """The layers of a box, a line or two each."""
    for node in box:
        facts = graph.nodes[node]
        arguments = facts["arguments"] if facts["module"] is None else brief_arguments(net, facts["module"])
        times = f" × {facts['repeat']}" if facts["repeat"] > 1 else ""
        text = f"{facts['name']} {shortened(printable(arguments))}{times}"
        yield from textwrap.wrap(text, LONG)


def _measure(volumes: list[Volume]) -> None:
    """Lengths in points: one scale for heights and depths, one for channels."""
    maps = [volume.size for volume in volumes if not volume.size.is_vector]
    across = HEIGHT / max((max(size.height, size.width) for size in maps), default=1)
    along = WIDTH / max((size.channels for size in maps), default=1)
    for volume in volumes:
        if volume.size.is_vector:
            volume.wide, volume.high, volume.deep = 5, VECTOR, 3
        else:
            volume.wide = max(2.0, along * volume.size.channels)
            volume.high = max(3.0, across * volume.size.height)
            volume.deep = max(1.5, SLANT * across * volume.size.width)


def _columns(graph: networkx.MultiDiGraph[str], volumes: Mapping[str, Volume]) -> list[list[Volume]]:
    """The volumes of each level, that on the longest way first."""
    level = levels(graph)
    columns: list[list[Volume]] = [[] for _ in range(max(level.values(), default=-1) + 1)]
    main = _longest_way(graph, level)
    for box in stacks(graph):
        here = columns[level[box[0]]]
        here.insert(0 if main & set(box) else len(here), volumes[box[0]])
    return columns


def _longest_way(graph: networkx.MultiDiGraph[str], level: Mapping[str, int]) -> set[str]:
    """The nodes of a way through all levels, from its end."""
    node: str | None = max(level, key=lambda one: level[one])
    way: set[str] = set()
    while node is not None:
        way.add(node)
        before = [source for source, _ in graph.in_edges(node)]
        node = max(before, key=lambda one: level[one], default=None)
    return way


def _place(columns: list[list[Volume]]) -> float:
    """Gives every volume its place: the first of a column is centred at y = 0, the others stand below. Gives where the row ends."""
    x = MARGIN
    for column in columns:
        y = -(column[0].high + column[0].deep) / 2
        for volume in column:
            volume.x, volume.y = x, y + volume.high + volume.deep
            y = volume.y + volume.text_length + GAP
        x += max(volume.column for volume in column) + GAP
    return x - GAP + MARGIN


def _skips(graph: networkx.MultiDiGraph[str], volumes: Mapping[str, Volume]) -> Iterator[tuple[Volume, Volume, float]]:
    """Arrows over other levels, with how high they go."""
    level = levels(graph)
    for source, target in dict.fromkeys(graph.edges()):
        start, end = volumes[source], volumes[target]
        span = level[target] - level[source]
        if start is not end and span > 1:
            yield start, end, ARC * span**0.5 + ARC


def _document(
    net: Net, graph: networkx.MultiDiGraph[str], volumes: Mapping[str, Volume], right: float, reach: float
) -> str:
    drawn = list({id(volume): volume for volume in volumes.values()}.values())
    top = min(volume.top for volume in drawn) - reach - 44
    bottom = max(volume.y + volume.text_length for volume in drawn) + MARGIN
    title = f"{net.name}  {count(net).parameters:,} parameters"
    width = max(right, LETTER * 1.6 * len(title) + 2 * MARGIN)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:.0f}pt" height="{bottom - top:.0f}pt" '
        f'viewBox="0 {top:.1f} {width:.1f} {bottom - top:.1f}" font-family="{FONT}">',
        f'<rect x="0" y="{top:.1f}" width="100%" height="100%" fill="{PAGE}"/>',
        _text(MARGIN, top + 22, title, size=14, color=PAGE_TEXT),
        *_arrows(graph, volumes),
        *(part for volume in drawn for part in (*_faces(volume), *_words(volume))),
        "</svg>",
    ]
    return for_dark_pages("\n".join(parts) + "\n")


def _arrows(graph: networkx.MultiDiGraph[str], volumes: Mapping[str, Volume]) -> Iterator[str]:
    level = levels(graph)
    for source, target in dict.fromkeys(graph.edges()):
        start, end = volumes[source], volumes[target]
        if start is not end and level[target] - level[source] == 1:
            yield _line(f"M{start.x + start.wide:.1f},{start.middle:.1f}L{end.x:.1f},{end.middle:.1f}")
    for start, end, up in _skips(graph, volumes):
        x1, x2 = start.x + start.wide / 2 + start.deep, end.x + end.wide / 2 + end.deep / 2
        high = min(start.top, end.top) - up
        yield _line(f"M{x1:.1f},{start.top:.1f}C{x1:.1f},{high:.1f} {x2:.1f},{high:.1f} {x2:.1f},{end.top:.1f}")


def _line(path: str) -> str:
    return f'<path d="{path}" fill="none" stroke="{LINE}" stroke-width="1"/>'


def _faces(volume: Volume) -> Iterator[str]:
    """Front, top and side of a volume."""
    x, y, w, h, d = volume.x, volume.y, volume.wide, volume.high, volume.deep
    yield _face([(x, y), (x + w, y), (x + w, y - h), (x, y - h)], volume.color)
    yield _face(
        [(x, y - h), (x + w, y - h), (x + w + d, y - h - d), (x + d, y - h - d)], _mixed(volume.color, 255, 0.4)
    )
    yield _face([(x + w, y), (x + w + d, y - d), (x + w + d, y - h - d), (x + w, y - h)], _mixed(volume.color, 0, 0.2))


def _face(points: list[tuple[float, float]], color: str) -> str:
    corners = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    return f'<polygon points="{corners}" fill="{color}" stroke="{LINE}" stroke-width="0.6" stroke-linejoin="round"/>'


def _mixed(color: str, other: int, share: float) -> str:
    parts = (round(int(color[i : i + 2], 16) * (1 - share) + other * share) for i in (1, 3, 5))
    return "#" + "".join(f"{part:02x}" for part in parts)


def _words(volume: Volume) -> Iterator[str]:
    """Below a volume, read upwards: its shape, then its layers."""
    x = volume.x + LINE_HEIGHT - 2
    yield _upright(x, volume.y + 5, volume.shape, PAGE_TEXT)
    for number, line in enumerate(volume.lines, start=1):
        yield _upright(x + number * LINE_HEIGHT, volume.y + 5, line, PAGE_NOTE)


def _upright(x: float, y: float, text: str, color: str) -> str:
    """Text that reads upwards and ends at a place, on a patch of the page that hides the arrows behind it."""
    length = LETTER * len(text)
    return (
        f'<g transform="translate({x:.1f} {y:.1f}) rotate(-90)">'
        f'<rect x="{-length:.1f}" y="-8" width="{length:.1f}" height="10" fill="{PAGE}" fill-opacity="0.8"/>'
        f'<text text-anchor="end" font-size="9" fill="{color}">{escape(text)}</text></g>'
    )


def _text(x: float, y: float, text: str, *, size: int, color: str) -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size}" fill="{color}">{escape(text)}</text>'
