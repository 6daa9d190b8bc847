"""One class for the variants of a block that differ only by an optional input that some callers leave out.

Where a block is applied without an optional input, its module has no such input at all. If its code is what that of another variant
comes to where the input is ``None``, both are that other class, whose input may then be left out.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, replace

from archc.backends.torch.loops import moved_step
from archc.backends.torch.tree import Argument, Body, Lowered, Make, Operand, Pattern, Results, Step
from archc.ir.graph import Guard, Module, Value
from archc.ir.operator import Input

Member = tuple[int, Lowered]
"""A module's index, and its body with constants."""


@dataclass(slots=True)
class Group:
    """Modules that share a class; the first ones have all its inputs."""

    body: Body
    members: list[Member]

    def take(self, body: Body, members: Sequence[Member], kept: Sequence[int]) -> None:
        """Make other modules members as well; ``kept`` are the steps that they have."""
        names = self.body.inputs
        absent = {number for number, name in enumerate(names) if name not in body.inputs}
        optional = {names.index(body.inputs[number]) for number in body.optional}
        self.body = replace(self.body, optional=self.body.optional | absent | optional)
        shapes = self.members[0][1].shapes
        for index, low in members:
            own = dict(zip(kept, low.shapes, strict=True))
            all_ = tuple(own.get(step, shape) for step, shape in enumerate(shapes))
            self.members.append((index, replace(low, shapes=all_)))
        self.members = [(index, replace(low, body=self.body)) for index, low in self.members]


def merged(groups: Mapping[Body, Sequence[Member]]) -> list[Group]:
    """The groups of a block's modules, those whose code is the same made one; the order is that of the first members."""
    found: list[Group] = []
    for body, members in sorted(groups.items(), key=lambda item: (-len(item[0].inputs), -len(item[0].optional))):
        for group in found:
            kept = _kept(body, members[0][1], group)
            if kept is not None:
                group.take(body, members, kept)
                break
        else:
            found.append(Group(body, list(members)))
    return sorted(found, key=lambda group: min(index for index, _ in group.members))


def aligned(module: Module, first: Module, body: Body) -> Module:
    """The module with all inputs of its class; those that it lacks are as the first module has them."""
    if len(module.inputs) == len(body.inputs):
        return module
    ports = {port.name: port for port in module.inputs}
    return replace(module, inputs=tuple(ports.get(port.name, port) for port in first.inputs))


def _kept(body: Body, lowered: Lowered, group: Group) -> Sequence[int] | None:
    """The steps of a group that are left where a body lacks some inputs and has others for certain, if they are the body's."""
    host, first = group.body, group.members[0][1]
    if [name for name in host.inputs if name in body.inputs] != list(body.inputs):
        return None
    absent = {number for number, name in enumerate(host.inputs) if name not in body.inputs}
    optional = host.optional | absent | {host.inputs.index(body.inputs[number]) for number in body.optional}
    if any(later not in optional for number in absent for later in range(number, len(host.inputs))):
        return None  # in Python, what may be left out comes last
    sure = {host.inputs.index(name) for number, name in enumerate(body.inputs) if number not in body.optional}
    special = _Special(host, absent, sure)
    same = replace(special.body, optional=frozenset()) == replace(body, optional=frozenset())
    constants = len(first.constants.values) == len(lowered.constants.values)
    return special.kept if same and constants else None


class _Special:
    """A body where some inputs are ``None``, and some for certain not."""

    def __init__(self, host: Body, absent: Set[int], sure: Set[int]) -> None:
        self.absent, self.known = absent, absent | sure
        self.inputs = [number for number in range(len(host.inputs)) if number not in absent]
        self.values: dict[Value, Operand] = {}
        flat = kept = 0
        for number, pattern in enumerate(host.patterns):
            for _ in range(_size(pattern)):
                self.values[Value(-1, flat)] = None if number in absent else Value(-1, kept)
                flat, kept = flat + 1, kept + (number not in absent)
        self.kept: list[int] = []
        self.steps: list[Step] = []
        for index, step in enumerate(host.steps):
            if not any(self._never(guard) for guard in step.when):
                self._step(index, step)
        self.body = replace(
            host,
            inputs=tuple(host.inputs[number] for number in self.inputs),
            patterns=tuple(host.patterns[number] for number in self.inputs),
            steps=tuple(self.steps),
            result=self._result(host.result),
        )

    def _never(self, guard: Guard) -> bool:
        return guard.subject in self.known and (guard.subject in self.absent) is not guard.negated

    def _step(self, index: int, step: Step) -> None:
        moved = moved_step(step, self._value)  # type: ignore[arg-type]
        if step.sets is not None and step.when[-1].subject in self.known:
            self.values[Value(step.sets)] = moved.inputs[0]
            return
        when = tuple(self._guard(guard) for guard in step.when if guard.subject not in self.known)
        self.kept.append(index)
        self.steps.append(_without_none(replace(moved, when=when)))

    def _guard(self, guard: Guard) -> Guard:
        return guard if guard.subject == "training" else Guard(self.inputs.index(guard.subject), guard.negated)

    def _value(self, value: Value) -> Operand:
        if value in self.values:
            return self.values[value]
        # Of a choice the first arm is the value, and it may be asked for before it has its place.
        return Value(self.kept.index(value.node) if value.node in self.kept else len(self.kept), value.output)

    def _result(self, result: Results) -> Results:
        if isinstance(result, tuple):
            return tuple(map(self._result, result))
        return self._value(result) if isinstance(result, Value) else result  # type: ignore[return-value]


def _size(pattern: Pattern) -> int:
    return 1 if pattern is None else sum(map(_size, pattern))


def _without_none(step: Step) -> Step:
    """The step less its inputs that are ``None``."""
    inputs = list(step.inputs)
    while inputs and inputs[-1] is None and step.loop is None:
        inputs.pop()
    keywords = tuple((name, operand) for name, operand in step.keywords if operand is not None)
    given: dict[int | str, Operand] = dict(enumerate(inputs))
    given.update(keywords)
    call = step.call and replace(step.call, kwargs=_given(step.call, given))
    return replace(step, inputs=tuple(inputs), keywords=keywords, call=call)


def _given(call: Make, operands: Mapping[int | str, Operand]) -> tuple[tuple[str, Argument], ...]:
    """The keywords of a call less those that would be ``None``."""

    def known(argument: Argument) -> bool:
        return not isinstance(argument, Input) or argument.key == "self" or operands.get(argument.key) is not None

    return tuple((name, argument) for name, argument in call.kwargs if known(argument))
