"""The children of a module by their dotted labels, in the order of torch's module tree."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from archc.ir.graph import Child


@dataclass(slots=True)
class Tree:
    """A place in the tree of labels: the child that sits there (an index), and the places below.

    The places below are in the order in which each was first named, which is the order of torch's ``modules()``: ``a.x``, ``b``,
    ``a.y`` come as ``a.x``, ``a.y``, ``b``.
    """

    child: int | None = None
    inner: dict[str, Tree] = field(default_factory=dict)


def label_tree(children: Sequence[Child]) -> Tree:
    """All children of a module by their labels. Raises ValueError when two have the same one."""
    root = Tree()
    for index, child in enumerate(children):
        place = root
        for name in child.path:
            place = place.inner.setdefault(name, Tree())
        if place.child is not None:
            raise ValueError(f"two children are called {child.label}")
        place.child = index
    return root


def in_order(place: Tree) -> Iterator[int]:
    """The children of a tree, each place before those below it."""
    if place.child is not None:
        yield place.child
    for inner in place.inner.values():
        yield from in_order(inner)


def copies(child: Child) -> Iterator[tuple[str, ...]]:
    """The paths of the equal submodules that a child stands for: ``layer1.1``, ``layer1.2``, ... one after another.

    Raises ValueError when there is more than one and the label does not end in a number.
    """
    if child.count == 1:
        yield child.path
        return
    *lead, number = child.path
    if not (number.isascii() and number.isdecimal()):
        raise ValueError(f"{child.count} copies of {child.label}, which is no numeric label")
    for position in range(int(number), int(number) + child.count):
        yield (*lead, str(position))
