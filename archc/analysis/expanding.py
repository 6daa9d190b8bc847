"""Which blocks of a picture are to be unfolded, by their labels: ``layer3.1``, any copy of a repeat, or ``layer3.1-5`` for all of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Set

from archc.analysis.folding import is_copy
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
        if path[: len(lead)] == tuple(lead) and len(path) > len(lead):
            name = path[len(lead)]
            if is_copy(name, child) or name == range_label(child):
                yield label, path[len(child.path) :]


def refuse_unknown(labels: Iterable[str], found: Set[str], known: Set[str]) -> None:
    """Raises NoSuchBlock for the first label that was not found."""
    for label in labels:
        if label not in found:
            raise NoSuchBlock(label, known)
