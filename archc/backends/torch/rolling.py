"""What a loop of the spec has written out, as a loop again.

Submodules of one kind at consecutive labels become a run, and steps that apply them one after another in the same way become the body
of a loop. Constants of a run may grow evenly (``64 + i * 32``); in ``forward`` all rounds are the same.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from archc.backends.torch.tree import Argument, Box, Constant, Item, Make, Ramp, Slot
from archc.records import record

FEWEST = 3
"""So many must be alike before a loop reads better than a list."""


class Unifier:
    """Finds what submodules of a run have in common. ``values`` are the constants by slot, ``slot`` makes a new one like another."""

    def __init__(self, values: Sequence[Constant], slot: Callable[[Constant], Slot]) -> None:
        self.values, self.slot = values, slot

    def item(self, items: Sequence[Item]) -> Make | Box | None:
        """The one form of all items, with ramps where constants grow; ``None`` when there is none."""
        return self._make([item.make for item in items])

    def _make(self, makes: Sequence[Make | Box]) -> Make | Box | None:
        first = makes[0]
        if isinstance(first, Box):
            return self._box([make for make in makes if isinstance(make, Box)], len(makes))
        plain = [make for make in makes if isinstance(make, Make)]
        names = {(make.fn, len(make.args), tuple(name for name, _ in make.kwargs)) for make in plain}
        if len(plain) < len(makes) or len(names) > 1:
            return None
        args = [self._argument(column) for column in zip(*(make.args for make in plain), strict=True)]
        kwargs = [
            self._argument(column) for column in zip(*([v for _, v in make.kwargs] for make in plain), strict=True)
        ]
        if any(isinstance(argument, Differing) for argument in (*args, *kwargs)):
            return None
        named = tuple((name, value) for (name, _), value in zip(first.kwargs, kwargs, strict=True))
        return Make(first.fn, tuple(args), named)  # type: ignore[arg-type]

    def _box(self, boxes: Sequence[Box], count: int) -> Box | None:
        first = boxes[0]
        keys = {(box.kind, tuple((item.label, item.count is None, item.stem) for item in box.items)) for box in boxes}
        if len(boxes) < count or len(keys) > 1 or any(item.count for item in first.items):
            return None
        items = []
        for number, item in enumerate(first.items):
            make = self._make([box.items[number].make for box in boxes])
            if make is None:
                return None
            items.append(replace(item, make=make))
        return Box(first.kind, tuple(items))

    def _argument(self, column: Sequence[Argument]) -> Argument | Differing:
        first = column[0]
        if isinstance(first, Slot):
            if not all(isinstance(argument, Slot) for argument in column):
                return DIFFERING
            return self._ramp(first, [self.values[argument.index] for argument in column if isinstance(argument, Slot)])
        if isinstance(first, tuple) and all(isinstance(a, tuple) and len(a) == len(first) for a in column):
            parts = [self._argument(part) for part in zip(*column, strict=True)]
            agreed = [part for part in parts if not isinstance(part, Differing)]
            return tuple(agreed) if len(agreed) == len(parts) else DIFFERING
        return first if all(argument == first for argument in column) else DIFFERING

    def _ramp(self, first: Slot, column: Sequence[Constant]) -> Slot | Ramp | Differing:
        if all(same(value, column[0]) for value in column):
            return first
        numbers = [value for value in column if type(value) is int]
        step = numbers[1] - numbers[0] if len(numbers) > 1 else 0
        even = all(value == numbers[0] + i * step for i, value in enumerate(numbers))
        if len(numbers) < max(len(column), FEWEST) or not even:
            return DIFFERING
        return Ramp(first, self.slot(step))


@record
class Differing:
    """No common form."""


DIFFERING = Differing()


def same(a: Constant, b: Constant) -> bool:
    """Whether two constants are the same, types included."""
    return type(a) is type(b) and repr(a) == repr(b)


def numbered(label: str) -> tuple[str, int] | None:
    """A label as a stem and the number that it ends in; a number with leading zeros is no number."""
    stem = label.rstrip("0123456789")
    digits = label[len(stem) :]
    return (stem, int(digits)) if digits and str(int(digits)) == digits else None


def runs(items: Sequence[Item]) -> Iterator[tuple[int, int]]:
    """Stretches of single items at consecutive numbers: start and end."""
    start = 0
    for index in range(1, len(items) + 1):
        if index == len(items) or not _follows(items[index - 1], items[index]):
            yield start, index
            start = index


def _follows(before: Item, after: Item) -> bool:
    left, right = numbered(before.label), numbered(after.label)
    if left is None or right is None or before.count or after.count:
        return False
    return left[0] == right[0] and left[1] + 1 == right[1]


def roll_chain(items: Sequence[Item], unifier: Unifier, count: Callable[[int], Slot]) -> tuple[Item, ...]:
    """Items of a chain with neighbours of one form gathered in runs."""
    found: list[Item] = []
    for start, end in runs(items):
        found += _gather(items[start:end], unifier, count)
    return tuple(found)


def _gather(items: Sequence[Item], unifier: Unifier, count: Callable[[int], Slot]) -> Iterator[Item]:
    index = 0
    while index < len(items):
        length = _longest(items[index:], unifier)
        make = unifier.item(items[index : index + length]) if length >= FEWEST else None
        yield as_run(items[index], make, count(length)) if make is not None else items[index]
        index += length if make is not None else 1


def _longest(items: Sequence[Item], unifier: Unifier) -> int:
    """How many items from the first on have one form. Fewer of them have one too, so the search may leap."""

    def alike(length: int) -> bool:
        return unifier.item(items[:length]) is not None

    if len(items) < FEWEST or not alike(FEWEST):
        return 1
    low, high = FEWEST, 2 * FEWEST
    while high <= len(items) and alike(high):
        low, high = high, 2 * high
    high = min(high, len(items) + 1)
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if alike(middle) else (low, middle)
    return low


def as_run(first: Item, make: Make | Box, count: Slot) -> Item:
    """The run that starts with an item."""
    stem, number = numbered(first.label) or ("", 0)
    return Item(first.label, make, count, first.major, stem, number)
