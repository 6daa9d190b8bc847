"""Which blocks of a picture are to be unfolded, by their labels: ``layer3.1``, any copy of a repeat, or ``layer3.1-5`` for all of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Set

from archc.analysis.folding import number_of
from archc.analysis.walk import range_label
from archc.ir.graph import Child

Wanted = tuple[tuple[str, tuple[str, ...]], ...]
"""Labels as they were given, each with the part of it that leads from here to the block."""


class NoSuchBlock(ValueError):
    """A label that no block has. ``known`` are those that some have, as far as they were unfolded."""

    def __init__(self, label: str, known: Set[str]) -> None:
        super().__init__(f"there is no block {label!r}")
        self.label, self.known = label, known


def inside(wanted: Wanted, child: Child | None) -> Wanted:
    """What is wanted of a block: of a submodule what its label leads to, of one without a label all that may be in it."""
    return wanted if child is None else tuple(_below(wanted, child))


def _below(wanted: Wanted, child: Child) -> Iterator[tuple[str, tuple[str, ...]]]:
    *lead, _ = child.path
    for label, path in wanted:
        if path[: len(lead)] == tuple(lead) and len(path) > len(lead) and _names(path[len(lead)], child):
            yield label, path[len(child.path) :]


def _names(name: str, child: Child) -> bool:
    """Whether the last part of a label is a child's, or that of one of the copies that it stands for."""
    if name in (child.path[-1], range_label(child)):
        return True
    first, other = number_of(child.path[-1]), number_of(name)
    if first is None or other is None or first[0] != other[0]:
        return False
    return first[1] <= other[1] < first[1] + child.count


def refuse_unknown(labels: Iterable[str], found: Set[str], known: Set[str]) -> None:
    """Raises NoSuchBlock for the first label that was not found."""
    for label in labels:
        if label not in found:
            raise NoSuchBlock(label, known)
