"""A module under construction: its submodules by label, its dataflow, and what it demands of its sizes."""

from __future__ import annotations

from bisect import insort
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from operator import attrgetter
from typing import Any, TypeVar

from archc.diagnostics.model import Mark
from archc.elaborate.errors import mistake
from archc.elaborate.values import Instance, Tensor
from archc.ir.dims import DimLike
from archc.ir.graph import Child, Guard, InitRule, Node, Tie, Value, exclusive
from archc.ir.site import Constraint
from archc.ir.types import TensorType
from archc.source import Span

Path = tuple[str, ...]
Item = TypeVar("Item")


class Pushed:
    """On top of a stack, until the ``with`` statement ends."""

    __slots__ = ("_stack",)

    def __init__(self, stack: list[Item], item: Item) -> None:
        stack.append(item)
        self._stack = stack

    def __enter__(self) -> None: ...

    def __exit__(self, *_: object) -> None:
        self._stack.pop()


@dataclass(slots=True, eq=False)
class Slot:
    """A submodule's place: children are ordered by where they were declared, then by first application."""

    order: tuple[int, int]
    child: Child
    owner: Instance | None
    number: int
    uses: list[tuple[Guard, ...]]
    """The conditions under which it is applied."""


class Builder:
    """Collects one module. ``instances`` are the declared labels, by dotted name."""

    def __init__(self, inputs: Sequence[TensorType] = ()) -> None:
        self.inputs = inputs
        """The types of the module's inputs, counted flat."""
        self.nodes: list[Node] = []
        self.constraints: list[Constraint] = []
        self.inits: list[InitRule] = []
        self.early: list[tuple[tuple[Guard, ...], int, Any]] = []
        """Returns under a condition of run time: what holds there, the number of nodes before it, and what is returned."""
        self.ties: list[Tie] = []
        self.frozen: list[tuple[str, Span]] = []
        self.names: dict[Value, str] = {}
        """What the spec calls the values that it assigns, by the first name."""
        self.firm: dict[tuple[Value, str, tuple[Guard, ...]], Tensor] = {}
        """Weak tensors converted to a dtype, under the conditions where that was done."""
        self.when: tuple[Guard, ...] = ()
        """The conditions of run time under which the present statement stands."""
        self.constant = False
        """Whether what is computed now is a buffer's value."""
        self.instances: dict[str, Instance] = {}
        self._slots: dict[Path, Slot] = {}
        self._by_number: list[Slot] = []
        self._containers: dict[Path, tuple[Span, Instance | None, tuple[Guard, ...]]] = {}
        self._runs: dict[Path, list[tuple[int, int, Span]]] = {}
        self._prefixes: dict[Path, Span] = {}
        self._open: list[Path] = []
        self._demanded: set[tuple[str, DimLike, DimLike, bool, bool]] = set()
        self._order = 0

    def demand(self, constraint: Constraint) -> None:
        """Note what holds for some sizes only, once."""
        if self.when and any(guard.subject == "training" and not guard.negated for guard in self.when):
            constraint = replace(constraint, training=True)
        key = (constraint.relation, constraint.left, constraint.right, constraint.training, constraint.kind == "stated")
        if key not in self._demanded:
            self._demanded.add(key)
            self.constraints.append(constraint)

    def labels(self) -> set[str]:
        """The labels so far: of what has been applied, and of what is declared."""
        return {".".join(path) for path in self._slots} | set(self.instances)

    def next_order(self) -> int:
        """A number for the next label, in the order of the text."""
        self._order += 1
        return self._order

    def add_node(self, node: Node) -> int:
        """Append a node, under the present conditions, and return its index."""
        if node.when != self.when or node.constant != self.constant:
            node = replace(node, when=self.when, constant=self.constant)
        self.nodes.append(node)
        return len(self.nodes) - 1

    @contextmanager
    def under(self, *guards: Guard) -> Iterator[None]:
        """While the arm of a condition of run time is elaborated."""
        before = self.when
        self.when = (*before, *guards)
        yield
        self.when = before

    def find(self, path: Path, owner: Instance | None) -> Slot | None:
        """The submodule at this path, if it may be applied again: it is declared, or was applied where what holds here does not."""
        slot = self._slots.get(path)
        if slot is None or slot.owner is not owner:
            return None
        if owner is None and not all(exclusive(use, self.when) for use in slot.uses):
            return None
        slot.uses.append(self.when)
        return slot

    def add_child(self, child: Child, owner: Instance | None) -> int:
        """Give a submodule its label and return its index in order of creation."""
        path = child.path
        self._check_free(path, child.span)
        if path[-1].isdecimal():
            self._add_run(path, child)
        if len(path) > 1 and path[:-1] not in self._prefixes:
            for length in range(1, len(path)):
                self._prefixes.setdefault(path[:length], child.span)
        order = (owner.order if owner else self.next_order(), len(self._by_number))
        slot = Slot(order, child, owner, len(self._by_number), [self.when])
        self._slots[path] = slot
        self._by_number.append(slot)
        return slot.number

    def add_container(self, path: Path, span: Span, owner: Instance | None) -> None:
        """A labelled list takes its label: nothing else may add to what is under it."""
        known = self._containers.get(path)
        if known is not None and known[1] is owner and (owner is not None or exclusive(known[2], self.when)):
            return
        self._check_free(path, span)
        if path in self._prefixes:
            raise duplicate(path, span, self._prefixes[path])
        self._containers[path] = (span, owner, self.when)

    def inside(self, path: Path) -> Pushed:
        """While a list's items are applied, its label may be added to."""
        return Pushed(self._open, path)

    @property
    def children(self) -> list[Child]:
        """The submodules so far, in order of creation."""
        return [slot.child for slot in self._by_number]

    def child(self, number: int) -> Child:
        """A submodule by its index in order of creation."""
        return self._by_number[number].child

    def ordered(self) -> tuple[list[Child], list[int] | None]:
        """The submodules in ``state_dict`` order, and the new index of each old one, unless all keep theirs."""
        slots = sorted(self._by_number, key=attrgetter("order"))
        children = [slot.child for slot in slots]
        if slots == self._by_number:
            return children, None
        renumbered = [0] * len(slots)
        for new, slot in enumerate(slots):
            renumbered[slot.number] = new
        return children, renumbered

    def _check_free(self, path: Path, span: Span) -> None:
        slot = self._slots.get(path)
        if slot is not None:
            raise duplicate(path, span, slot.child.span)
        if path in self._containers:
            raise duplicate(path, span, self._containers[path][0])
        if path in self._prefixes:
            raise duplicate(path, span, self._prefixes[path])
        # Beside another layer a label is free, unless a list has been closed in between.
        if self._containers or path[:-1] not in self._prefixes:
            for length in range(1, len(path)):
                self._check_prefix(path[:length], path, span)

    def _check_prefix(self, prefix: Path, path: Path, span: Span) -> None:
        slot = self._slots.get(prefix)
        if slot is not None:
            raise under_a_layer(prefix, path, span, slot.child.span)
        container = self._containers.get(prefix)
        if container is not None and prefix not in self._open:
            raise under_a_layer(prefix, path, span, container[0])

    def _add_run(self, path: Path, child: Child) -> None:
        start, stop = int(path[-1]), int(path[-1]) + child.count
        runs = self._runs.setdefault(path[:-1], [])
        if runs and start >= runs[-1][1]:
            runs.append((start, stop, child.span))
            return
        for low, high, span in runs:
            if start < high and low < stop:
                raise duplicate(path, child.span, span)
        insort(runs, (start, stop, child.span))


def duplicate(path: Path, span: Span, first: Span) -> Exception:
    """The mistake of a label that is taken."""
    label = ".".join(path)
    return mistake(
        "E0502",
        f"the label {label!r} is used twice in one body",
        span,
        "used again here",
        marks=(Mark(first, "first used here"),) if first != span else (),
        notes=("a label names one layer, for it becomes a key of the state_dict",),
        help=f'interpolate a loop variable ("{label}{{i}}: ..."), or declare it above the loop to share its weights',
    )


def under_a_layer(prefix: Path, path: Path, span: Span, first: Span) -> Exception:
    """The mistake of a label below one that already names a whole layer."""
    name = ".".join(prefix)
    return mistake(
        "E0502",
        f"the label {'.'.join(path)!r} is below {name!r}, which already names a layer",
        span,
        marks=(Mark(first, f"{name!r} is named here"),),
        help="choose a label that does not start with it",
    )
