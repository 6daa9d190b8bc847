"""How many levels of blocks are unfolded when nobody says: as many as a page has room for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from archc.analysis.graph import GraphTooLarge, to_networkx
from archc.backends.boxes import all_rooms, levels, rooms, stacks, with_constants_folded
from archc.ir.graph import Net

if TYPE_CHECKING:
    import networkx

LONG = 30
"""Boxes and edges of clusters on the longest way that a page has room for, along the flow,"""
MANY = 60
"""and boxes altogether."""


def fitting_graph(net: Net, sizes: Mapping[str, int], expand: Iterable[str] = ()) -> networkx.MultiDiGraph[str]:
    """The flat graph with as many levels of blocks unfolded as fit a page, at least none, and those to expand in any case."""
    depth, chosen = 1, picture_graph(net, 1, sizes, expand)
    while any(facts["kind"] == "block" for _, facts in chosen.nodes(data=True)):
        depth += 1
        try:
            deeper = picture_graph(net, depth, sizes, expand)
        except GraphTooLarge:
            break
        if not fits(deeper):
            break
        chosen = deeper
    return chosen


def picture_graph(
    net: Net, depth: int | None, sizes: Mapping[str, int], expand: Iterable[str] = ()
) -> networkx.MultiDiGraph[str]:
    """The flat graph as a picture shows it."""
    return with_constants_folded(to_networkx(net, depth, sizes, expand))


def fits(graph: networkx.MultiDiGraph[str]) -> bool:
    """Whether a picture of the graph fits a page at a size that can be read."""
    if len(graph) > 4 * MANY or len(stacks(graph)) > MANY:
        return False
    ends = sum(1 for room in all_rooms(rooms(graph)) if room.path)
    return max(levels(graph).values(), default=0) + ends // 2 <= LONG
