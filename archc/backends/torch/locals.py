"""Names of values in ``forward``: the running value keeps its name, others are called after their labels."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from archc.backends.torch.naming import RESERVED, identifier
from archc.backends.torch.statements import levels, operands_of, values_of
from archc.backends.torch.tree import Body, Pattern, Step
from archc.ir.graph import Value

PLAIN_NAMES = ("x", "y", "z", "u", "v", "w")


def outputs_of(pattern: Pattern) -> int:
    """How many tensors there are in all."""
    return 1 if pattern is None else sum(map(outputs_of, pattern))


class Locals:
    """Gives each value that a statement makes a name that is free there.

    ``inner`` are the steps without a statement of their own; ``taken`` are names that no value may have. ``inputs`` are the texts of
    the class's own inputs, ``named`` what the spec calls values.
    """

    def __init__(
        self,
        body: Body,
        inner: frozenset[int],
        taken: Sequence[str],
        inputs: Mapping[Value, str],
        named: Mapping[Value, str],
    ) -> None:
        self.body, self.inner, self.taken, self.named = body, inner, list(taken), named
        self.names: dict[Value, str] = dict(inputs)
        self.live = dict(self.names)
        self.last: dict[Value, int] = {}
        """The statement, by its step, that reads a value last."""
        self._find_last()
        head = -1
        for index in self.statements():
            step = body.steps[index]
            if step.loop == "end":
                self._end(index, step, head)
            elif step.loop:
                head = index
                self._head(index, step)
            else:
                self._name(index, step)

    def statements(self) -> Iterator[int]:
        """The steps that have a statement of their own."""
        return (index for index in range(len(self.body.steps)) if index not in self.inner)

    def read_by(self, index: int) -> Iterator[Value]:
        """The named values that a step's expression reads, from left to right."""
        for value in operands_of(self.body.steps[index]):
            yield from self.leaves(value)

    def leaves(self, value: Value) -> Iterator[Value]:
        """The value itself, or, if it is written inside another expression, what it is made of."""
        if value.node in self.inner:
            yield from self.read_by(value.node)
        else:
            yield value

    def _find_last(self) -> None:
        heads = levels(self.body)
        ends = dict(_loops(self.body))
        for index in self.statements():
            for value in self.read_by(index):
                outside = heads[index] >= 0 and value.node < heads[index]  # each round reads it again
                self.last[value] = max(self.last.get(value, -1), ends[heads[index]] if outside else index)
        for value in values_of(self.body.result):
            for read in self.leaves(value):
                self.last[read] = len(self.body.steps)

    def _name(self, index: int, step: Step) -> None:
        read = list(self.read_by(index))
        dying = self._dying(index, read)
        for output in range(outputs_of(step.pattern)):
            value = Value(index, output)
            if value not in self.last:
                self.names[value] = "_"
                continue
            first = output == 0
            name = self._free(step, read[:1] if first else [], dying if first else [], self.named.get(value))
            self.names[value] = self.live[value] = name

    def _dying(self, index: int, read: Sequence[Value]) -> list[Value]:
        """Values that nobody needs after this statement: their names are free."""
        dying = [value for value in read if self.last[value] <= index]
        for value in dying:
            self.live.pop(value, None)
        return dying

    def _head(self, index: int, step: Step) -> None:
        """What a loop carries has one name in all rounds: that of the value before it, if it ends there."""
        for output, value in enumerate(operands_of(step)):
            name = self._free(step, [value], self._dying(index, [value]))
            self.names[Value(index, output)] = self.live[Value(index, output)] = name

    def _end(self, index: int, step: Step, head: int) -> None:
        self._dying(index, [value for value in self.live if self.last.get(value, index) <= index])
        for output in range(len(step.inputs)):
            value = Value(index, output)
            self.names[value] = self.names[Value(head, output)]
            if value in self.last:
                self.live[value] = self.names[value]

    def _free(self, step: Step, main: Sequence[Value], dying: Sequence[Value], named: str | None = None) -> str:
        """The spec's own name, or that of the running value, or one that suits."""
        if named is not None and self._is_free(identifier(named)):
            return identifier(named)
        for value in [v for v in (*main, *dying) if v in dying]:
            name = self.names[value]
            if name.isidentifier() and self._is_free(name) and not (value.node < 0 and len(self.body.inputs) == 1):
                return name
        for name in self._proposals(step, started=not main or main[0] not in dying):
            if self._is_free(name):
                return name
        return identifier("x", [*self.live.values(), *self.taken])

    def _proposals(self, step: Step, *, started: bool) -> Iterator[str]:
        """Names that suit a value; ``started``: beside the running value, which goes on."""
        label = step.path[-1] if step.path else ""
        if started and step.big and label and not label.isdigit():
            yield identifier(label)
        yield from PLAIN_NAMES
        if label and not label.isdigit():
            yield identifier(label)

    def _is_free(self, name: str) -> bool:
        return name not in self.live.values() and name not in self.taken and name not in RESERVED


def _loops(body: Body) -> Iterator[tuple[int, int]]:
    """The heads of loops and their ends."""
    head = -1
    for index, step in enumerate(body.steps):
        if step.loop == "end":
            yield head, index
        elif step.loop:
            head = index
