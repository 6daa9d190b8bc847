"""Names of values in ``forward``: the running value keeps its name, others are called after their labels."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

from archc.backends.torch.branches import When
from archc.backends.torch.naming import RESERVED, identifier
from archc.backends.torch.statements import levels, operands_of, values_of
from archc.backends.torch.tree import Body, Pattern, Step
from archc.ir.graph import Value, exclusive

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
        self.readers: dict[Value, list[int]] = defaultdict(list)
        self.pending: dict[Value, int] = {}
        """Choices of which one arm has been through, with the step of the first arm."""
        self.second = {step.sets: index for index, step in enumerate(body.steps) if step.sets is not None}
        """The steps of the later arms of choices, by those of the first."""
        self.heads = levels(body)
        self._find_last()
        head = -1
        for index in self.statements():
            step = body.steps[index]
            if step.loop == "end":
                self._end(index, step, head)
            elif step.loop:
                head = index
                self._head(index, step)
            elif step.sets is not None:
                self._choose(index, step, Value(step.sets))
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
        heads, ends = self.heads, dict(_loops(self.body))
        for index in self.statements():
            for value in self.read_by(index):
                self.readers[value].append(index)
                outside = heads[index] >= 0 and value.node < heads[index]  # each round reads it again
                self.last[value] = max(self.last.get(value, -1), ends[heads[index]] if outside else index)
        for first, second in self.second.items():
            self.last[Value(first)] = max(self.last.get(Value(first), -1), second)
        for value in values_of(self.body.result):
            for read in self.leaves(value):
                self.readers[read].append(len(self.body.steps))
                self.last[read] = len(self.body.steps)

    def _name(self, index: int, step: Step) -> None:
        read = list(self.read_by(index))
        dying = self._dying(index, read)
        for output in range(0 if step.returns else outputs_of(step.pattern)):
            value = Value(index, output)
            if value not in self.last:
                self.names[value] = "_"
                continue
            first = output == 0
            name = self._wanted(value, index) or self._free(
                step, read[:1] if first else [], dying if first else [], self.named.get(value)
            )
            self.names[value] = self.live[value] = name

    # Choices: both arms assign one name, if it can be that of the value before

    def _choose(self, index: int, step: Step, value: Value) -> None:
        read = list(self.read_by(index))
        dying = self._dying(index, read)
        if value in self.names:
            self.pending.pop(value, None)
            return
        name = next((n for n in self._suited(index, step, value, dying) if self._may_become(n, value, index)), None)
        self.names[value] = self.live[value] = name or self._free(step, read[:1], dying, self.named.get(value))
        self.pending[value] = index

    def _suited(self, index: int, step: Step, value: Value, dying: Sequence[Value]) -> Iterator[str]:
        """Names for what is chosen: the spec's, that of a value made for it, that of the value before."""
        if value in self.named:
            yield identifier(self.named[value])
        mine, other = (list(self.read_by(place)) for place in (index, self.second[index]))
        made = [read for read in mine if read in dying and step.inputs == (read,)]
        for read in (*made, *other, *mine):
            if read in self.names:
                yield self.names[read]

    def _may_become(self, name: str, value: Value, index: int) -> bool:
        """Whether a choice may take over a name here, though values that have it are still read in the other arm."""
        if not name.isidentifier() or name in self.taken or name in RESERVED:
            return False
        return all(self._gives_way(other, value, index) for other, known in self.live.items() if known == name)

    def _gives_way(self, other: Value, value: Value, index: int) -> bool:
        if other in self.pending:
            return self._is_before(other, value, index)
        when = self.body.steps[index].when
        if other.node < self.heads[index]:  # the next round reads it again
            return False
        later = [reader for reader in self.readers[other] if reader > index]
        if value.node not in self.second:
            return all(exclusive(self._when(reader), when) for reader in later)
        # Its second arm assigns the name as well, so what that arm still reads it has to read before.
        until = self.second[value.node]
        return all(exclusive(self._when(r), when if r <= until else when[:-1]) for r in later)

    def _when(self, reader: int) -> When:
        return self.body.steps[reader].when if reader < len(self.body.steps) else ()

    def _is_before(self, chosen: Value, value: Value, index: int) -> bool:
        """Whether a value of the second arm is done with when the arm's choice is made."""
        first = self.body.steps[self.pending[chosen]].when
        return exclusive(self.body.steps[index].when, first) and self.last[value] <= self.second[chosen.node]

    def _wanted(self, value: Value, index: int) -> str | None:
        """The name of a choice that this value is to become."""
        for chosen in self.pending:
            alone = self.body.steps[self.second[chosen.node]].inputs == (value,)
            if alone and self._may_become(self.names[chosen], value, index):
                return self.names[chosen]
        return None

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
        for value in [*(v for v in main if v in dying), *(v for v in dying if v.node >= 0)]:
            name = self.names[value]
            if value in self.named and len(name) > 1 and not step.loop:
                continue  # the spec's word for that value, and for no other
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
