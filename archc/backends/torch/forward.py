"""``forward`` of an emitted class: its statements, each with the shape of what it gives."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from functools import cached_property

from archc.analysis.domain import module_domain
from archc.analysis.simplify import Simplifier
from archc.backends.torch.call import receiver, render
from archc.backends.torch.checked import check_lines, words
from archc.backends.torch.classes import Class
from archc.backends.torch.construct import Writer
from archc.backends.torch.format import INDENT, fit, with_comment
from archc.backends.torch.layout import Arm, Level, Statement, inside, lay_out
from archc.backends.torch.locals import Locals, outputs_of
from archc.backends.torch.naming import CONSTRUCTOR_LOCALS, identifier
from archc.backends.torch.paths import attribute, member, submodule
from archc.backends.torch.ports import Ports, annotation, result_annotation
from archc.backends.torch.scans import methods
from archc.backends.torch.sizes import Sizes, symbols_needed
from archc.backends.torch.statements import levels, nested, operands_of, values_of
from archc.backends.torch.steps import DEVICE, FLOAT
from archc.backends.torch.tree import Body, Loop, Make, Operand, Pattern, Place, Slot, Step
from archc.ir.dims import Dim, DimLike, to_python
from archc.ir.graph import Value
from archc.ir.operator import TorchCall, TorchValue
from archc.ir.types import TensorType, Type, tensors

LONGEST_SIZE = 32
"""A size of more letters tells a reader nothing."""


def forward(owner: Class, classes: Sequence[Class], conditions: Sequence[str] = ()) -> list[str]:
    """``forward``, indented for a class body; nothing for a class that is no more than a list in a chain.

    It begins with a check of each of the conditions on its sizes.
    """
    return [] if owner.body.base == "Sequential" else _Forward(owner, classes, conditions=conditions).lines()


def computed(owner: Class, classes: Sequence[Class]) -> tuple[list[str], dict[Value, str]]:
    """The statements of the constructor that compute the values of buffers, and the expressions for these."""
    own = tuple(held.value for held in owner.body.held if held.value is not None)
    body = Body((), (), (), owner.body.constants, own)
    lowered = (
        replace(lowered, body=body, shapes=lowered.computed, names=lowered.constant_names) for lowered in owner.lowered
    )
    return _Forward(replace(owner, lowered=tuple(lowered)), classes, "").assignments(own)


def attributes_of(owner: Class) -> list[str]:
    """The constructor's arguments that ``forward`` reads."""
    used: set[str] = set()
    for step in owner.body.steps:
        arguments = [*step.call.args, *(value for _, value in step.call.kwargs)] if step.call else []
        part = list(step.loop.part) if isinstance(step.loop, Loop) and step.loop.part else []
        for slot in _slots([*step.inputs, *(value for _, value in step.keywords), *arguments, *part]):
            if slot.index not in owner.signature.omitted:
                used.update(owner.signature.slots[slot.index].names)
    return [parameter.name for parameter in owner.signature.parameters if parameter.name in used]


def _slots(arguments: Sequence[object]) -> Iterator[Slot]:
    for argument in arguments:
        if isinstance(argument, Slot):
            yield argument
        elif isinstance(argument, tuple):
            yield from _slots(argument)


class _Forward:
    """Writes the statements of one body; ``prefix`` stands before the constructor's arguments."""

    def __init__(
        self, owner: Class, classes: Sequence[Class], prefix: str = "self.", conditions: Sequence[str] = ()
    ) -> None:
        self.owner, self.body, self.conditions = owner, owner.body, conditions
        self.writer = Writer(owner, classes, prefix)
        named = owner.lowered[0].names
        self.inner = nested(self.body, named) | (frozenset() if prefix else self._placed_last())
        self.scans = methods(self.body)
        self.ports = Ports(self.body, named)
        optional = [self.body.inputs[number] for number in sorted(self.body.optional)]
        names = [*self.body.inputs, *self.ports.names.values()]
        needed = symbols_needed(self.body).union(*map(words, conditions))
        self.sizes = Sizes(self._inputs(), needed, names, optional)
        self.variables = self._loop_variables()
        taken = [*self.ports.taken, *optional, *self.sizes.names.values(), *self.variables.values()]
        if not prefix:
            taken += [*(parameter.name for parameter in owner.signature.parameters), *CONSTRUCTOR_LOCALS]
        self.locals = Locals(self.body, self.inner, taken, self.ports.names, named)
        self.levels = levels(self.body)

    def _inputs(self) -> dict[str, TensorType]:
        """The tensors that come in, by the expressions for them."""
        types = tensors(tuple(port.type for port in self.owner.modules[0].inputs)) if self.body.inputs else ()
        return {self.ports.names[Value(-1, number)]: type_ for number, type_ in enumerate(types)}

    def assignments(self, values: Sequence[Value]) -> tuple[list[str], dict[Value, str]]:
        """The statements, and the expression for each value: what only one of them needs is written in its place."""
        found = [
            statement
            for index in self.locals.statements()
            for statement in self._statement(index, self.body.steps[index])
        ]
        texts = {value: self.value(value) for value in values}
        return lay_out(found, self.body.inputs, 2), texts

    def _placed_last(self) -> frozenset[int]:
        """The steps of a constructor that are written where a buffer takes their value: nothing else needs it."""
        read = Counter(values_of(self.body.result))
        read.update(value for step in self.body.steps for value in operands_of(step))
        last = (value.node for value in values_of(self.body.result) if read[value] == 1)
        return frozenset(node for node in last if self.body.steps[node].pattern is None)

    def _loop_variables(self) -> dict[int, str]:
        """For each loop's head the name of what goes through its submodules: ``layer`` for ``self.layers``."""
        names: dict[int, str] = {}
        for index, step in enumerate(self.body.steps):
            if isinstance(step.loop, Loop):
                label = step.loop.path[-1] if step.loop.path else ""
                singular = (
                    label[:-1] if len(label) > 3 and label.endswith("s") and not label.endswith("ss") else "layer"
                )
                names[index] = identifier(singular, [*self.body.inputs, *self.sizes.names.values()])
        return names

    def lines(self) -> list[str]:
        arguments = ", ".join(["self", *map(self._argument, range(len(self.body.inputs)))])
        head = fit(f"def forward({arguments}) -> {self._annotation()}:", 1)
        shapes = ", ".join(
            self.shape([module.inputs[i].type for module in self.owner.modules]) for i in range(len(self.body.inputs))
        )
        lines = with_comment(head, shapes)
        checks = check_lines(self.owner.name, self.conditions, self.sizes.names)
        lines += [INDENT * 2 + line for line in (*self.ports.lines, *self.sizes.lines, *checks)]
        statements = [
            statement
            for index in self.locals.statements()
            if not self._is_returned(index)
            for statement in self._statement(index, self.body.steps[index])
        ]
        return lines + lay_out(statements, self.body.inputs, 2) + self._return()

    def _argument(self, number: int) -> str:
        """An input; those that may be left out come last, unless the spec has them in another order."""
        name, type_ = self.body.inputs[number], annotation(self.body.patterns[number])
        if number not in self.body.optional:
            return f"{name}: {type_}"
        last = all(later in self.body.optional for later in range(number, len(self.body.inputs)))
        return f"{name}: {type_} | None{' = None' if last else ''}"

    def _annotation(self) -> str:
        """What comes out: the last return's type, and that of those before where it differs."""
        early = [(result, step.outputs) for step in self.body.steps if step.returns for result in step.inputs]
        named = self.owner.outputs
        found = [*early, (self.body.result, self.body.outputs)]
        return " | ".join(dict.fromkeys(named.get(names) or result_annotation(result) for result, names in found))

    def _is_returned(self, index: int) -> bool:
        """Whether the step is the last and its only value what the class gives: the return statement holds it."""
        step = self.body.steps[index]
        last = index == len(self.body.steps) - 1 and self.body.result == Value(index)
        return last and step.pattern is None and step.sets is None and not (step.loop or step.when)

    def _return(self) -> list[str]:
        result = self.body.result
        if not isinstance(result, Value):
            return fit(f"return {self._results(result, self.body.outputs)}", 2)
        if result.node >= 0 and self._is_returned(result.node):
            return self._commented(fit(f"return {self.step(result.node)}", 2), result.node)
        return [f"{INDENT * 2}return {self.value(result)}"]

    def _results(self, result: Operand, names: tuple[str, ...]) -> str:
        """What a return statement gives; several values may have names."""
        text = self.operand(result)
        if names:
            return f"{self.owner.outputs[names]}{text}"
        return text[1:-1] if isinstance(result, tuple) else text

    def _statement(self, index: int, step: Step) -> Iterator[Statement]:
        """The statement of a step; none where a name has its value already."""
        head = self.levels[index]
        around = inside(step.when, head, self.body.steps[head].when)
        if step.loop == "end":
            head = max(i for i in self.variables if i < index)
            yield from self._assign(step.inputs, index, (*around, head))
        elif step.loop:
            yield from self._assign(step.inputs, index, around)
            yield Statement((f"for {self.variables[index]} in {self._listed(step.loop)}:",), around)
        elif step.sets is not None:
            name, value = self.locals.names[Value(step.sets)], self.operand(step.inputs[0], index)
            if name != value:
                yield self._placed(f"{name} = {value}", index, around, Arm(step.sets, name, value))
        elif step.returns:
            yield self._placed(f"return {self._results(step.inputs[0], step.outputs)}", index, around)
        else:
            yield self._placed(self._application(index, step), index, around)

    def _placed(self, code: str, index: int, around: tuple[Level, ...], arm: Arm | None = None) -> Statement:
        """A statement at its depth, with the shape of what it gives."""
        depth = 2 + len(around)
        lines = tuple(line[len(INDENT) * depth :] for line in fit(code, depth))
        shape = self.shape([lowered.shapes[index] for lowered in self.owner.lowered])
        return Statement(lines, around, "" if self.body.steps[index].returns else shape, arm)

    def _application(self, index: int, step: Step) -> str:
        names = (self.locals.names[Value(index, output)] for output in range(outputs_of(step.pattern)))
        targets = _target(step.pattern, names)
        return f"{targets[1:-1] if targets.startswith('(') else targets} = {self.step(index)}"

    def _assign(self, given: Sequence[Operand], index: int, around: tuple[Level, ...]) -> Iterator[Statement]:
        """The names of what a loop carries, where they differ from those of the values given."""
        names = (self.locals.names[Value(index, k)] for k in range(len(given)))
        pairs = [(name, self.operand(operand, index)) for name, operand in zip(names, given, strict=True)]
        changed = [(name, text) for name, text in pairs if name != text]
        if changed:
            left, right = (", ".join(side) for side in zip(*changed, strict=True))
            yield Statement((f"{left} = {right}",), around)

    def _listed(self, loop: Loop) -> str:
        """The submodules that a loop goes through."""
        owner = submodule(self.body, loop.path)
        if loop.part is None:
            return f"{owner}.values()" if loop.values else owner
        first, count = loop.part[0], self.writer.slots[loop.part[1].index]
        stop = str(first + int(count)) if count.isdigit() else f"{first} + {count}" if first else count
        return f"{owner}[{first or ''}:{stop}]"

    # Expressions

    def value(self, value: Value) -> str:
        """A value's name, or the expression that is written in its place."""
        return self.step(value.node) if value.node in self.inner else self.locals.names[value]

    def operand(self, operand: Operand, index: int = -1) -> str:
        """The expression for an operand of a step."""
        if isinstance(operand, Value):
            return self.value(operand)
        if isinstance(operand, Place):
            return self._tensor(operand, index)
        if operand in self.ports.wholes:
            return self.ports.wholes[operand]
        if isinstance(operand, Slot):
            return self.writer.slots[operand.index]
        if isinstance(operand, tuple):
            return _tuple(self.operand(part, index) for part in operand)
        return to_python(operand, self._symbol) if isinstance(operand, Dim) else "None"

    def _symbol(self, name: str) -> str:
        return self.sizes.names[name]

    def step(self, index: int) -> str:
        """The expression of one application."""
        step = self.body.steps[index]
        inputs = [self.operand(operand, index) for operand in step.inputs]
        looped = step.looped
        owner = member(self.variables[self.levels[index]], step.path) if looped else submodule(self.body, step.path)
        owner = f"self.{self.scans[index].name}" if index in self.scans else owner
        if step.call is None:
            keywords = (f"{name}={self.operand(value, index)}" for name, value in step.keywords)
            return f"{owner}({', '.join([*inputs, *keywords])})"
        assert isinstance(step.call.fn, str)
        args = tuple(map(self.writer.value, step.call.args))
        call = TorchCall(step.call.fn, args, tuple(self._given(step, step.call)), step.call.item)
        operands: dict[int | str, str] = {"self": owner, **dict(enumerate(inputs))}
        operands.update((name, self.operand(value, index)) for name, value in step.keywords)
        operands.update(
            (of.key, f"{receiver(operands[of.key])}.{of.key}") for of in (DEVICE, FLOAT) if of.key in operands
        )
        return render(call, operands, self._symbol)

    def _given(self, step: Step, call: Make) -> Iterator[tuple[str, TorchValue]]:
        """The keyword arguments of a call; where nothing tells a device or a dtype, torch's default one it is."""
        placed = {name for name, operand in step.keywords if operand is not None}
        for name, value in self.writer.keywords(call):
            if value not in (DEVICE, FLOAT) or name in placed:
                yield name, value

    def _tensor(self, place: Place, index: int) -> str:
        """The expression for an own tensor, or a submodule's, that the step ``index`` reads."""
        if not place.path:
            return "next(self.parameters())"
        *path, name = place.path
        looped = place.looped
        return attribute(
            member(self.variables[self.levels[index]], path) if looped else submodule(self.body, path), name
        )

    # Comments

    def _commented(self, lines: list[str], index: int) -> list[str]:
        return with_comment(lines, self.shape([lowered.shapes[index] for lowered in self.owner.lowered]))

    def shape(self, types: Sequence[Type]) -> str:
        """A type that all instances share, with ``_`` where they differ in more than the arguments tell, and for long formulas."""
        if not all(isinstance(type_, TensorType) for type_ in types):
            parts = [type_ if isinstance(type_, tuple) else (type_,) for type_ in types]
            return f"({', '.join(map(self.shape, zip(*parts, strict=False)))})"
        tensors = [type_ for type_ in types if isinstance(type_, TensorType)]
        if len({(tensor.rank, tensor.dtype) for tensor in tensors}) > 1:
            return ""
        dims = ", ".join(self._size(sizes) for sizes in zip(*(tensor.shape for tensor in tensors), strict=True))
        return str(TensorType((), tensors[0].dtype)).replace("[]", f"[{dims}]")

    @cached_property
    def _simplifiers(self) -> list[Simplifier]:
        """For each module that shares the class, what writes its sizes in the shortest form that its own demands allow."""
        return [Simplifier(module_domain(module)) for module in self.owner.modules]

    def _size(self, sizes: Sequence[DimLike]) -> str:
        if any(isinstance(size, Dim) and size.depth > 1 for size in sizes):
            sizes = [simplifier.dim(size) for simplifier, size in zip(self._simplifiers, sizes, strict=True)]
        ints = tuple(size for size in sizes if isinstance(size, int))
        if len(ints) == len(sizes):
            return self.owner.signature.write(ints) or "_"
        if len(str(sizes[0])) > LONGEST_SIZE:
            return "_"
        return str(sizes[0]) if all(size == sizes[0] for size in sizes) else "_"


def _tuple(parts: Iterable[str]) -> str:
    items = list(parts)
    return f"({items[0]},)" if len(items) == 1 else f"({', '.join(items)})"


def _target(pattern: Pattern, names: Iterator[str]) -> str:
    """What a statement assigns to; a tuple has its brackets."""
    if pattern is None:
        return next(names)
    parts = [_target(part, names) for part in pattern]
    return "_" if set(parts) == {"_"} else _tuple(parts)
