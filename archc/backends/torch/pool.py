"""The constants of one body: each gets a slot as it is met, and calls keep the slots in their place."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from archc.backends.torch.calls import Keywords, field_order
from archc.backends.torch.tree import (
    Argument,
    Body,
    Box,
    Constant,
    Constants,
    Init,
    InitLoop,
    Item,
    Make,
    Operand,
    Ramp,
    Slot,
    Step,
    constant_of,
)
from archc.ir.dims import Dim
from archc.ir.operator import SLICE, Input, Operator, TorchCall, TorchValue, Word

Hint = tuple[str, str]
"""What a constant is for: a label and the name of torch's argument."""


class Pool:
    """Collects constants. ``keywords`` are those that calls of the same function share."""

    def __init__(self, keywords: Keywords) -> None:
        self.keywords = keywords
        self.values: list[Constant] = []
        self.hints: list[Hint] = []
        self.defaults: dict[int, Constant] = {}

    def slot(self, value: Constant, hint: Hint) -> Slot:
        """A new slot."""
        self.values.append(value)
        self.hints.append(hint)
        return Slot(len(self.values) - 1)

    def call(self, call: TorchCall, op: Operator, label: str) -> Make:
        """A call with slots for its constants, and with the keywords that other such calls give."""
        hints = ((label, _positional_hint(call.fn, i) or _field(op, arg)) for i, arg in enumerate(call.args))
        positional = tuple(map(self.argument, call.args, hints))
        given = dict(call.kwargs)
        shared = self.keywords.get((call.fn, len(call.args)), {})
        names = sorted({**given, **shared}, key=field_order(op))
        return Make(
            call.fn, positional, tuple((name, self.keyword(name, given, shared, label)) for name in names), call.item
        )

    def keyword(
        self, name: str, given: Mapping[str, TorchValue], shared: Mapping[str, Constant], label: str
    ) -> Argument:
        """A keyword argument: as given, or else torch's default, which is remembered either way."""
        argument = self.argument(given[name] if name in given else shared[name], (label, name))
        if name in shared and isinstance(argument, Slot):
            self.defaults[argument.index] = shared[name]
        return argument

    def argument(self, value: TorchValue, hint: Hint) -> Argument:
        """A value of a call with slots for its constants."""
        if isinstance(value, tuple) and value[:1] == (SLICE,):
            return (SLICE, *(None if bound is None else self.argument(bound, hint) for bound in value[1:]))
        if constant_of(value):
            return self.slot(value, hint)  # type: ignore[arg-type]
        if isinstance(value, tuple):
            return tuple(self.argument(item, hint) for item in value)
        assert isinstance(value, (Dim, Input, Word))
        return value

    def compact(self, body: Body) -> tuple[Body, Constants]:
        """The body with its slots numbered in order of appearance, and the constants of just those."""
        order: dict[int, int] = {}

        def renumber(slot: Slot) -> Slot:
            return Slot(order.setdefault(slot.index, len(order)))

        moved = _renumbered(body, renumber)
        defaults = {new: self.defaults[old] for old, new in order.items() if old in self.defaults}
        values, hints = tuple(self.values[i] for i in order), tuple(self.hints[i] for i in order)
        return moved, Constants(values, hints, defaults)


_SIZES = {"Conv": ("in_channels", "out_channels", "kernel_size"), "Linear": ("in_features", "out_features")}


def _positional_hint(fn: str, index: int) -> str:
    """What torch calls a positional argument, for those that often become arguments of a class."""
    stem = fn.removeprefix("nn.").rstrip("123d")
    if "Norm" in stem:
        return "features"
    names = _SIZES["Conv" if stem.startswith("Conv") else stem] if stem.startswith(("Conv", "Linear")) else ()
    return names[index] if index < len(names) else ""


def _field(op: Operator, value: TorchValue) -> str:
    """The operator's own argument that a constant is."""
    fields = type(op).fields
    found = (name for name in fields if type(getattr(op, name)) is type(value) and getattr(op, name) == value)
    return next(found, "value")


# Renumbering

Renumber = Callable[[Slot], Slot]


def _renumbered(body: Body, move: Renumber) -> Body:
    items = tuple(_item(item, move) for item in body.items)
    inits = tuple(
        replace(init, branches=tuple((layer, tuple(_init(c, move) for c in calls)) for layer, calls in init.branches))
        if isinstance(init, InitLoop)
        else replace(init, call=_init(init.call, move))
        for init in body.inits
    )
    held = tuple(
        replace(
            own,
            make=_make(own.make, move) if own.make else None,
            init=_init(own.init, move) if own.init else None,
        )
        for own in body.held
    )
    constants = tuple(_step(step, move) for step in body.constants)
    steps = tuple(_step(step, move) for step in body.steps)
    return replace(body, items=items, inits=inits, held=held, constants=constants, steps=steps)


def _item(item: Item, move: Renumber) -> Item:
    make = _make(item.make, move) if isinstance(item.make, Make) else _box(item.make, move)
    return replace(item, make=make, count=move(item.count) if item.count else None)


def _box(box: Box, move: Renumber) -> Box:
    return Box(box.kind, tuple(_item(item, move) for item in box.items))


def _make(make: Make, move: Renumber) -> Make:
    args = tuple(_argument(arg, move) for arg in make.args)
    return replace(make, args=args, kwargs=tuple((name, _argument(value, move)) for name, value in make.kwargs))


def _argument(argument: Argument, move: Renumber) -> Argument:
    if isinstance(argument, Slot):
        return move(argument)
    if isinstance(argument, Ramp):
        return Ramp(move(argument.base), move(argument.step))
    return tuple(_argument(part, move) for part in argument) if isinstance(argument, tuple) else argument


def _init(init: Init, move: Renumber) -> Init:
    arguments = ((name, move(value) if isinstance(value, Slot) else value) for name, value in init.arguments)
    return replace(init, arguments=tuple(arguments))


def _step(step: Step, move: Renumber) -> Step:
    inputs = tuple(_operand(operand, move) for operand in step.inputs)
    keywords = tuple((name, _operand(value, move)) for name, value in step.keywords)
    loop = step.loop
    if loop is not None and loop != "end" and loop.part is not None:
        loop = replace(loop, part=(loop.part[0], move(loop.part[1])))
    call = _make(step.call, move) if step.call else None
    return replace(step, inputs=inputs, keywords=keywords, call=call, loop=loop)


def _operand(operand: Operand, move: Renumber) -> Operand:
    if isinstance(operand, Slot):
        return move(operand)
    return tuple(_operand(part, move) for part in operand) if isinstance(operand, tuple) else operand
