"""``forward`` of an emitted class: its statements, each with the shape of what it gives."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from archc.backends.torch.call import quoted, render
from archc.backends.torch.classes import Class
from archc.backends.torch.construct import Writer
from archc.backends.torch.format import INDENT, fit, with_comment
from archc.backends.torch.locals import Locals, outputs_of
from archc.backends.torch.naming import identifier, is_attribute
from archc.backends.torch.sizes import Sizes, symbols_needed
from archc.backends.torch.statements import levels, nested
from archc.backends.torch.tree import Box, Item, Loop, Operand, Pattern, Results, Slot, Step
from archc.ir.dims import Dim, DimLike, to_python
from archc.ir.graph import Value
from archc.ir.operator import TorchCall
from archc.ir.types import TensorType, Type


def forward(owner: Class, classes: Sequence[Class]) -> list[str]:
    """``forward``, indented for a class body; nothing for a class that is no more than a list in a chain."""
    return [] if owner.body.base == "Sequential" else _Forward(owner, classes).lines()


def attributes_of(owner: Class) -> list[str]:
    """The constructor's arguments that ``forward`` reads."""
    used: set[str] = set()
    for step in owner.body.steps:
        arguments = [*step.call.args, *(value for _, value in step.call.kwargs)] if step.call else []
        part = list(step.loop.part) if isinstance(step.loop, Loop) and step.loop.part else []
        for slot in _slots([*step.inputs, *arguments, *part]):
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
    def __init__(self, owner: Class, classes: Sequence[Class]) -> None:
        self.owner, self.body = owner, owner.body
        self.writer = Writer(owner, classes, "self.")
        self.inner = nested(self.body)
        self.sizes = Sizes(owner.modules[0].inputs, self.body.inputs, symbols_needed(self.body))
        self.variables = self._loop_variables()
        self.locals = Locals(self.body, self.inner, [*self.sizes.names.values(), *self.variables.values()])
        self.levels = levels(self.body)

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
        arguments = ", ".join(["self", *(f"{name}: Tensor" for name in self.body.inputs)])
        head = fit(f"def forward({arguments}) -> {_annotation(self.body.result)}:", 1)
        shapes = ", ".join(
            self.shape([module.inputs[i].type for module in self.owner.modules]) for i in range(len(self.body.inputs))
        )
        lines = with_comment(head, shapes)
        lines += [INDENT * 2 + line for line in self.sizes.lines]
        for index in self.locals.statements():
            if not self._is_returned(index):
                lines += self._statement(index, self.body.steps[index])
        return lines + self._return()

    def _is_returned(self, index: int) -> bool:
        """Whether the step is the last and its only value what the class gives: the return statement holds it."""
        step = self.body.steps[index]
        last = index == len(self.body.steps) - 1
        return last and self.body.result == Value(index) and step.pattern is None and step.loop is None

    def _return(self) -> list[str]:
        result = self.body.result
        if not isinstance(result, Value):
            return fit(f"return {self._results(result)[1:-1]}", 2)
        if result.node >= 0 and self._is_returned(result.node):
            return self._commented(fit(f"return {self.step(result.node)}", 2), result.node)
        return [f"{INDENT * 2}return {self.value(result)}"]

    def _results(self, result: Results) -> str:
        if isinstance(result, Value):
            return self.value(result)
        return _tuple(map(self._results, result))

    def _statement(self, index: int, step: Step) -> list[str]:
        if step.loop == "end":
            return self._assign(step.inputs, index, 3)
        if step.loop:
            return [
                *self._assign(step.inputs, index, 2),
                f"{INDENT * 2}for {self.variables[index]} in {self._listed(step.loop)}:",
            ]
        names = (self.locals.names[Value(index, output)] for output in range(outputs_of(step.pattern)))
        targets = _target(step.pattern, names)
        code = f"{targets[1:-1] if step.pattern else targets} = {self.step(index)}"
        return self._commented(fit(code, 2 if self.levels[index] < 0 else 3), index)

    def _assign(self, given: Sequence[Operand], index: int, indent: int) -> list[str]:
        """The names of what a loop carries, where they differ from those of the values given."""
        pairs = [(self.locals.names[Value(index, k)], self.operand(operand)) for k, operand in enumerate(given)]
        changed = [(name, text) for name, text in pairs if name != text]
        if not changed:
            return []
        left, right = (", ".join(side) for side in zip(*changed, strict=True))
        return fit(f"{left} = {right}", indent)

    def _listed(self, loop: Loop) -> str:
        """The submodules that a loop goes through."""
        owner = self._owner(loop.path)
        if loop.part is None:
            return f"{owner}.values()" if loop.values else owner
        first, count = loop.part[0], self.writer.slots[loop.part[1].index]
        stop = str(first + int(count)) if count.isdigit() else f"{first} + {count}" if first else count
        return f"{owner}[{first or ''}:{stop}]"

    # Expressions

    def value(self, value: Value) -> str:
        """A value's name, or the expression that is written in its place."""
        return self.step(value.node) if value.node in self.inner else self.locals.names[value]

    def operand(self, operand: Operand) -> str:
        if isinstance(operand, Value):
            return self.value(operand)
        if isinstance(operand, Slot):
            return self.writer.slots[operand.index]
        if isinstance(operand, tuple):
            return _tuple(map(self.operand, operand))
        return to_python(operand, self._symbol) if isinstance(operand, Dim) else "None"

    def _symbol(self, name: str) -> str:
        return self.sizes.names[name]

    def step(self, index: int) -> str:
        """The expression of one application."""
        step = self.body.steps[index]
        inputs = list(map(self.operand, step.inputs))
        owner = self._member(self.variables[self.levels[index]], step.path) if step.looped else self._owner(step.path)
        if step.call is None:
            return f"{owner}({', '.join([*inputs, *self._keywords(step)])})"
        assert isinstance(step.call.fn, str)
        args = tuple(map(self.writer.value, step.call.args))
        call = TorchCall(step.call.fn, args, tuple(self.writer.keywords(step.call)), step.call.item)
        operands: dict[int | str, str] = {"self": owner, **dict(enumerate(inputs))}
        operands.update((name, self.operand(value)) for name, value in step.keywords)
        return render(call, operands, self._symbol)

    def _keywords(self, step: Step) -> list[str]:
        return [f"{name}={self.operand(value)}" for name, value in step.keywords]

    def _owner(self, path: Sequence[str]) -> str:
        """The expression for the submodule at a path."""
        text, items, numbered = "self", self.body.items, self.body.base != "Module"
        for label in path:
            text = f"{text}[{label}]" if numbered else self._member(text, [label])
            found = _find(items, label)
            if isinstance(found, Box):
                items, numbered = found.items, found.kind == "list"
        return text

    @staticmethod
    def _member(text: str, path: Sequence[str]) -> str:
        """A submodule by its labels below an expression."""
        for label in path:
            if is_attribute(label):
                text += f".{label}"
            else:
                text = f"getattr(self, {quoted(label)})" if text == "self" else f"{text}[{quoted(label)}]"
        return text

    # Comments

    def _commented(self, lines: list[str], index: int) -> list[str]:
        return with_comment(lines, self.shape([lowered.shapes[index] for lowered in self.owner.lowered]))

    def shape(self, types: Sequence[Type]) -> str:
        """A type that all instances share, with ``_`` where they differ in more than the arguments tell."""
        if not all(isinstance(type_, TensorType) for type_ in types):
            parts = [type_ if isinstance(type_, tuple) else (type_,) for type_ in types]
            return f"({', '.join(map(self.shape, zip(*parts, strict=False)))})"
        tensors = [type_ for type_ in types if isinstance(type_, TensorType)]
        if len({(tensor.rank, tensor.dtype) for tensor in tensors}) > 1:
            return ""
        dims = ", ".join(self._size(sizes) for sizes in zip(*(tensor.shape for tensor in tensors), strict=True))
        return str(TensorType((), tensors[0].dtype)).replace("[]", f"[{dims}]")

    def _size(self, sizes: Sequence[DimLike]) -> str:
        ints = tuple(size for size in sizes if isinstance(size, int))
        if len(ints) == len(sizes):
            return self.owner.signature.write(ints) or "_"
        return str(sizes[0]) if all(size == sizes[0] for size in sizes) else "_"


def _tuple(parts: Iterable[str]) -> str:
    items = list(parts)
    return f"({items[0]},)" if len(items) == 1 else f"({', '.join(items)})"


def _target(pattern: Pattern, names: Iterator[str]) -> str:
    """What a statement assigns to; a tuple has its brackets."""
    return next(names) if pattern is None else _tuple(_target(part, names) for part in pattern)


def _annotation(result: Results) -> str:
    if isinstance(result, Value):
        return "Tensor"
    return f"tuple[{', '.join(map(_annotation, result))}]"


def _find(items: Sequence[Item], label: str) -> object:
    return next((item.make for item in items if item.label == label), None)
