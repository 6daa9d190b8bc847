"""Loops in ``forward``: steps that apply the submodules of a run one after another, all in the same way.

A round reads values of its own, values from before the loop, and what the round before it gave in the same place (in the first round,
what was there before). Nothing else may be read across rounds, and after the loop only what the last round would have handed on.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import field, replace

from archc.backends.torch.branches import common
from archc.backends.torch.rolling import FEWEST, same
from archc.backends.torch.statements import operands_of, values_of
from archc.backends.torch.tree import Argument, Constant, Loop, Make, Operand, Place, Results, Slot, Step
from archc.ir.dims import symbol
from archc.ir.graph import Value
from archc.ir.types import TensorType, Type
from archc.records import record

Path = tuple[str, ...]


@record
class Found:
    """Rounds of ``period`` steps from step ``start``, ``count`` of them, over the submodules at ``path``.

    ``carried`` are the values handed from round to round: the step within a round and its output, and the value before the first.
    """

    path: Path
    start: int
    period: int
    count: int
    carried: tuple[tuple[Value, Value], ...]

    @property
    def end(self) -> int:
        return self.start + self.period * self.count


def find(
    steps: Sequence[Step], result: Results, path: Path, labels: Sequence[str], values: Sequence[Constant]
) -> Found | None:
    """The loop over the submodules ``labels`` at ``path``, if that is how they are applied."""
    return _Finder(steps, result, path, labels, values).find()


class _Finder:
    def __init__(
        self, steps: Sequence[Step], result: Results, path: Path, labels: Sequence[str], values: Sequence[Constant]
    ) -> None:
        self.steps, self.result, self.path, self.labels, self.values = steps, result, path, labels, values
        self.rounds = {label: number for number, label in enumerate(labels)}

    def find(self) -> Found | None:
        applied = [i for i, step in enumerate(self.steps) if self._round(step) is not None]
        count = len(self.labels)
        if count < FEWEST or not applied or len(applied) % count:
            return None
        share = len(applied) // count  # applications in each round
        period = applied[share] - applied[0]
        for start in range(applied[0], max(applied[0] - period, -1), -1):
            if start + period * count <= len(self.steps):
                carried = self._carried(start, period)
                if carried is not None:
                    return Found(self.path, start, period, count, carried)
        return None

    def _round(self, step: Step) -> int | None:
        """The round that a step belongs to by the submodule that it applies."""
        depth = len(self.path)
        if step.looped or step.loop or step.path[:depth] != self.path or len(step.path) <= depth:
            return None
        return self.rounds.get(step.path[depth])

    def _carried(self, start: int, period: int) -> tuple[tuple[Value, Value], ...] | None:
        """What rounds hand on, or ``None`` when they are not all the same."""
        before: dict[Value, Value] = {}
        count = len(self.labels)
        for offset in range(period):
            steps = [self.steps[start + r * period + offset] for r in range(count)]
            if not all(self._alike(steps[0], step, r) for r, step in enumerate(steps)):
                return None
            if steps[0].sets is not None and not _same_choice(steps, start, period):
                return None
            for column in zip(*map(_flat, steps), strict=True):
                if not self._operands(column, start, period, before):
                    return None
        return tuple(before.items()) if before and self._closed(start, period, before) else None

    def _alike(self, first: Step, step: Step, number: int) -> bool:
        """Whether a step does in its round what the first round's does."""
        depth = len(self.path)
        if (
            first.loop
            or step.loop
            or first.returns
            or first.scan
            or (first.when, first.sets is None) != (step.when, step.sets is None)
            or first.looped
            or step.looped
            or (first.pattern, first.big) != (step.pattern, step.big)
        ):
            return False
        if self._round(first) is None:
            paths = first.path == step.path and self._round(step) is None
        else:
            paths = (
                self._round(first) == 0
                and self._round(step) == number
                and first.path[depth + 1 :] == step.path[depth + 1 :]
            )
        names = [name for name, _ in first.keywords] == [name for name, _ in step.keywords]
        return paths and names and len(_flat(first)) == len(_flat(step)) and self._same_call(first.call, step.call)

    def _same_call(self, a: Make | None, b: Make | None) -> bool:
        if a is None or b is None:
            return a is b
        return (
            (a.fn, len(a.args), [name for name, _ in a.kwargs], a.item)
            == (b.fn, len(b.args), [name for name, _ in b.kwargs], b.item)
            and all(map(self._same, a.args, b.args))
            and all(self._same(x, y) for (_, x), (_, y) in zip(a.kwargs, b.kwargs, strict=True))
        )

    def _same(self, a: Argument | Operand, b: Argument | Operand) -> bool:
        if isinstance(a, Slot) and isinstance(b, Slot):
            return same(self.values[a.index], self.values[b.index])
        if isinstance(a, tuple) and isinstance(b, tuple):
            return len(a) == len(b) and all(map(self._same, a, b))
        return a == b

    def _operands(self, column: Sequence[Operand], start: int, period: int, before: dict[Value, Value]) -> bool:
        """Whether an operand means the same in all rounds."""
        if isinstance(column[0], Place):
            return all(self._same_place(column[0], operand, r) for r, operand in enumerate(column))
        if not all(isinstance(value, Value) for value in column):
            return all(self._same(column[0], operand) for operand in column)
        values = [value for value in column if isinstance(value, Value)]
        places = [_relative(value, start, period, r) for r, value in enumerate(values)]
        if places[0] == places[1]:  # of the round itself, or from before the loop
            return all(place == places[0] for place in places) and places[0][0] != -1
        handed = values[1] if places[1][0] == -1 and values[0].node < start else None
        if handed is None or any(place != places[1] for place in places[2:]):
            return False
        return before.setdefault(places[1][1], values[0]) == values[0]

    def _same_place(self, first: Place, operand: Operand, number: int) -> bool:
        """Whether a tensor is the same in all rounds, or has the same place below the submodule of each."""
        if not isinstance(operand, Place) or first.looped or operand.looped:
            return False
        depth = len(self.path)
        if not _is_below(first, self.path, self.rounds):
            return operand == first
        own = self.rounds[first.path[depth]] == 0 and operand.path[:depth] == self.path
        return own and operand.path[depth:] == (self.labels[number], *first.path[depth + 1 :])

    def _closed(self, start: int, period: int, before: dict[Value, Value]) -> bool:
        """Whether nothing but what the last round hands on is read after the loop."""
        end = start + period * len(self.labels)
        later = [value for step in self.steps[end:] for value in operands_of(step)] + list(values_of(self.result))
        inside = [value for value in later if start <= value.node < end]
        last = end - period
        return all(value.node >= last and Value(value.node - last, value.output) in before for value in inside)


def _same_choice(steps: Sequence[Step], start: int, period: int) -> bool:
    """Whether the arms of a choice belong together in the same way in all rounds."""
    places = {(step.sets or 0) - start - number * period for number, step in enumerate(steps)}
    return len(places) == 1 and 0 <= places.pop() < period


def _flat(step: Step) -> list[Operand]:
    """The operands of a step, tuples opened up."""

    def flat(operand: Operand) -> Iterator[Operand]:
        if isinstance(operand, tuple):
            for part in operand:
                yield from flat(part)
        else:
            yield operand

    return [part for operand in (*step.inputs, *(value for _, value in step.keywords)) for part in flat(operand)]


def _relative(value: Value, start: int, period: int, number: int) -> tuple[int, Value]:
    """Where a value comes from, seen from round ``number``: 0 for the same round, -1 for the one before, 1 for before the loop."""
    if value.node < start:
        return 1, value
    distance, offset = divmod(value.node - start, period)
    return (distance - number if distance - number >= -1 else -2), Value(offset, value.output)


@record
class Flow:
    """What ``forward`` does: its steps, the types of what they give, its result, and what the spec calls values."""

    steps: tuple[Step, ...]
    shapes: tuple[Type, ...]
    result: Results
    names: Mapping[Value, str] = field(default_factory=dict)


def rolled(flow: Flow, found: Found, labels: Collection[str], loop: Loop) -> Flow:
    """One round in place of all, between the loop's head and its end."""
    handed = [value for value, _ in found.carried]
    head = found.start
    tail = head + 1 + found.period
    second = head + found.period

    def inside(value: Value) -> Value:
        """A value that the second round reads: all later ones read theirs in the same way."""
        if value.node < head:
            return value
        if value.node < second:
            return Value(head, handed.index(Value(value.node - head, value.output)))
        return Value(head + 1 + value.node - second, value.output)

    def after(value: Value) -> Value:
        if value.node < head:
            return value
        if value.node < found.end:
            return Value(tail, handed.index(Value(value.node - found.end + found.period, value.output)))
        return Value(value.node - found.end + tail + 1, value.output)

    depth = len(found.path)

    def place(place: Place) -> Place:
        return Place(place.path[depth + 1 :], True) if _is_below(place, found.path, labels) else place

    def round_step(step: Step) -> Step:
        own = len(step.path) > depth and step.path[:depth] == found.path and step.path[depth] in labels
        moved = moved_step(step, inside, place)
        return replace(moved, path=step.path[depth + 1 :], looped=True) if own else moved

    body = map(round_step, flow.steps[second : second + found.period])
    when = common(step.when for step in flow.steps[head : found.end])
    start = Step(tuple(initial for _, initial in found.carried), loop=loop, when=when)
    end = Step(tuple(Value(head + 1 + value.node, value.output) for value in handed), loop="end", when=when)
    later = (moved_step(step, after) for step in flow.steps[found.end :])
    rounds = (flow.shapes[head + offset : found.end : found.period] for offset in range(found.period))
    return Flow(
        (*flow.steps[:head], start, *body, end, *later),
        (*flow.shapes[:head], (), *map(_merged, rounds), (), *flow.shapes[found.end :]),
        _moved_result(flow.result, after),
        _moved_names(flow.names, found, inside, after),
    )


def _moved_names(
    names: Mapping[Value, str], found: Found, inside: Callable[[Value], Value], after: Callable[[Value], Value]
) -> dict[Value, str]:
    """The names of values outside of a loop, and of those of its second round, which stands for all."""
    moved: dict[Value, str] = {}
    second = found.start + found.period
    for value, name in names.items():
        if second <= value.node < second + found.period:
            moved[inside(value)] = name
        elif not found.start <= value.node < found.end:
            moved[after(value)] = name
    return moved


def _is_below(place: Place, path: Path, labels: Collection[str]) -> bool:
    depth = len(path)
    return len(place.path) > depth and place.path[:depth] == path and place.path[depth] in labels


def moved_step(
    step: Step, move: Callable[[Value], Value], place: Callable[[Place], Place] = lambda place: place
) -> Step:
    """The step with all values that it reads renumbered, and the tensors of submodules at other places."""

    def moved(operand: Operand) -> Operand:
        if isinstance(operand, tuple):
            return tuple(map(moved, operand))
        if isinstance(operand, Place):
            return place(operand)
        return move(operand) if isinstance(operand, Value) else operand

    keywords = tuple((name, moved(value)) for name, value in step.keywords)
    sets = None if step.sets is None else move(Value(step.sets)).node
    return replace(step, inputs=tuple(map(moved, step.inputs)), keywords=keywords, sets=sets)


def _moved_result(result: Results, move: Callable[[Value], Value]) -> Results:
    if isinstance(result, Value):
        return move(result)
    if isinstance(result, Place):
        return result
    return tuple(_moved_result(part, move) for part in result)


def _merged(types: Sequence[Type]) -> Type:
    """The type of a value in all rounds: sizes that change are ``_``."""
    first = types[0]
    if all(type_ == first for type_ in types):
        return first
    tensors = [type_ for type_ in types if isinstance(type_, TensorType)]
    if len(tensors) < len(types) or len({(tensor.rank, tensor.dtype) for tensor in tensors}) > 1:
        return ()
    columns = zip(*(tensor.shape for tensor in tensors), strict=True)
    sizes = (column[0] if all(size == column[0] for size in column) else symbol("_") for column in columns)
    return TensorType(tuple(sizes), tensors[0].dtype)
