"""The order in which ``forward`` does what a module says: nodes, values chosen by a condition of run time, and returns before the last.

The IR has a choice behind both arms of a condition. In Python each arm assigns the chosen name itself, so a choice becomes two
events, one for each arm, moved up to the arm's other events.
"""

from __future__ import annotations

from collections.abc import Iterable

from archc.analysis.calls import values_in
from archc.ir.graph import Guard, Module, Node, Return
from archc.records import record

When = tuple[Guard, ...]


@record
class Event:
    """A node, or a return, with the conditions under which it happens. ``side`` is the operand that an arm of a choice takes."""

    when: When
    node: int = -1
    side: int | None = None
    early: Return | None = None


def events(module: Module) -> list[Event]:
    """What ``forward`` does, in order. Behind a return, that it was not taken needs no saying."""
    order, unused = _Order(), _unused(module)
    returns = sorted(module.early, key=lambda early: early.after)
    for index, node in enumerate(module.nodes):
        while returns and returns[0].after <= index:
            order.leave(returns.pop(0))
        if index not in unused:
            order.node(index, node)
    for early in returns:
        order.leave(early)
    return order.events


def _unused(module: Module) -> set[int]:
    """Choices that nothing reads."""
    read = {value.node for result in (module.result, *(e.result for e in module.early)) for value in values_in(result)}
    found: set[int] = set()
    for index in range(len(module.nodes) - 1, -1, -1):
        node = module.nodes[index]
        if node.choice is not None and index not in read:
            found.add(index)
        else:
            operands = (*node.inputs, *(value for _, value in node.keywords))
            read.update(value.node for operand in operands for value in values_in(operand))
    return found


class _Order:
    def __init__(self) -> None:
        self.events: list[Event] = []
        self.left: list[When] = []
        """The conditions of the returns so far."""

    def leave(self, early: Return) -> None:
        when = self._less(early.when)
        self.events.append(Event(when, early=early))
        if when:
            self.left.append(when)

    def node(self, index: int, node: Node) -> None:
        when = self._less(node.when)
        if node.choice is None:
            self.events.append(Event(when, index))
            return
        for side, guard in enumerate((node.choice, node.choice.opposite)):
            self._arm(Event((*when, guard), index, side))

    def _less(self, when: When) -> When:
        """The conditions less those that the returns before leave open."""
        for left in self.left:
            size = len(left)
            if when[:size] == (*left[:-1], left[-1].opposite):
                when = (*left[:-1], *when[size:])
        return when

    def _arm(self, event: Event) -> None:
        """Add an arm's choice behind the arm's other events, past those of the other arm."""
        mine = event.when
        theirs = (*mine[:-1], mine[-1].opposite)
        place = len(self.events)
        while place and starts_with(self.events[place - 1].when, theirs):
            place -= 1
        if place and starts_with(self.events[place - 1].when, mine):
            self.events.insert(place, event)
        else:
            self.events.append(event)


def starts_with(when: When, first: When) -> bool:
    """Whether something happens under these conditions, and perhaps more."""
    return when[: len(first)] == first


def common(whens: Iterable[When]) -> When:
    """The conditions that all share."""
    first, *others = whens
    size = len(first)
    for when in others:
        size = next((i for i in range(min(size, len(when))) if when[i] != first[i]), min(size, len(when)))
    return first[:size]
