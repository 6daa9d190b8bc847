"""The constructor of an emitted class: its submodules, in the order of their parameters."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from archc.backends.torch.call import infix, literal, quoted, render_value
from archc.backends.torch.classes import Class
from archc.backends.torch.columns import Parameter
from archc.backends.torch.format import INDENT, WIDTH, fit, rows
from archc.backends.torch.initcode import init_lines
from archc.backends.torch.naming import is_attribute
from archc.backends.torch.owning import Computed, frozen_lines, held_lines, tied_lines
from archc.backends.torch.tree import Argument, Box, Constant, Item, Make, Ramp, Slot
from archc.ir.dims import Dim
from archc.ir.operator import Input, TorchValue, Word


class Writer:
    """Writes the calls of one class; ``prefix`` stands before its arguments (``self.`` in ``forward``)."""

    def __init__(self, owner: Class, classes: Sequence[Class], prefix: str = "") -> None:
        self.owner, self.classes = owner, classes
        self.slots = [expression.text(prefix) for expression in owner.signature.slots]

    def value(self, argument: Argument) -> TorchValue:
        """An argument with its slots filled in."""
        if isinstance(argument, Slot):
            return Word(self.slots[argument.index])
        if isinstance(argument, Ramp):
            return Word(self._ramp(self.slots[argument.base.index], self.slots[argument.step.index]))
        if isinstance(argument, tuple):
            return tuple(map(self.value, argument))
        assert argument is None or isinstance(argument, (Dim, Input, Word))
        return argument

    @staticmethod
    def _ramp(base: str, step: str) -> str:
        """A constant that grows with the run's variable."""
        grown = "i" if step in ("1", "-1") else infix("*", "i", step.removeprefix("-") if step[1:].isdigit() else step)
        if base == "0" and not step.startswith("-"):
            return grown
        return infix("-" if step.startswith("-") and step[1:].isdigit() else "+", base, grown)

    def keywords(self, make: Make) -> Iterator[tuple[str, TorchValue]]:
        """The keyword arguments that are not torch's defaults."""
        for name, argument in make.kwargs:
            if not isinstance(argument, Slot) or argument.index not in self.owner.signature.omitted:
                yield name, self.value(argument)

    def make(self, make: Make) -> str:
        """A constructor call."""
        if isinstance(make.fn, int):
            return self._class(self.classes[make.fn], make)
        args = [render_value(self.value(arg), {}) for arg in make.args]
        return f"{make.fn}({', '.join([*args, *(f'{k}={render_value(v, {})}' for k, v in self.keywords(make))])})"

    def _class(self, callee: Class, make: Make) -> str:
        given = {name: render_value(value, {}) for name, value in self.keywords(make)}
        args = []
        for parameter in callee.signature.parameters:
            if parameter.name in given:
                named = not parameter.plain or bool(parameter.default)
                args.append(f"{parameter.name}={given[parameter.name]}" if named else given[parameter.name])
        return f"{callee.name}({', '.join(args)})"


def constructor(
    owner: Class, classes: Sequence[Class], attributes: Sequence[str], computed: Computed = ((), {})
) -> list[str]:
    """``__init__``, indented for a class body. ``attributes`` are arguments that ``forward`` needs, ``computed`` the statements that
    compute what buffers hold, and the expressions for it."""
    writer = Writer(owner, classes)
    arguments = ["self", *map(_declare, owner.signature.parameters)]
    lines = fit(f"def __init__({', '.join(arguments)}) -> None:", 1)
    if owner.body.base == "Module":
        lines.append(f"{INDENT * 2}super().__init__()")
        lines += [f"{INDENT * 2}self.{name} = {name}" for name in attributes]
        lines += [*computed[0], *held_lines(owner.body, "", writer, computed[1])]
        for item in owner.body.items:
            lines += [*_assign(item, writer), *held_lines(owner.body, item.label, writer, computed[1])]
    else:
        lines += _inherited(owner, writer)
        lines += [f"{INDENT * 2}self.{name} = {name}" for name in attributes]
        lines += computed[0]
        for label in dict.fromkeys(held.path[0] if len(held.path) > 1 else "" for held in owner.body.held):
            lines += held_lines(owner.body, label, writer, computed[1])
    inits = [INDENT * 2 + line for line in init_lines(owner.body.inits, writer.slots)]
    return [*lines, *inits, *frozen_lines(owner.body), *tied_lines(owner.body)]


def _inherited(owner: Class, writer: Writer) -> list[str]:
    """The constructor of a class that is a list: its items go to the base class."""
    if owner.body.base == "ModuleDict":
        (item,) = owner.body.items
        return fit(f"super().__init__({{{_each(f'{_key(item)}: {_flat(item.make, writer)}', item, writer)}}})", 2)
    opening, closing = ("(", ")") if owner.body.base == "Sequential" else ("([", "])")
    return _listed(owner.body.items, f"super().__init__{opening}", closing, writer, 2)


def _declare(parameter: Parameter) -> str:
    default = f" = {literal(parameter.default[0])}" if parameter.default else ""
    return f"{parameter.name}: {_annotation(parameter.column)}{default}"


def _annotation(column: Sequence[Constant]) -> str:
    names = sorted({_type_name(value) for value in column}, key=lambda name: (name == "None", name))
    if names == ["float", "int"]:
        return "float"
    return " | ".join(names)


def _type_name(value: Constant) -> str:
    if value is None:
        return "None"
    if not isinstance(value, tuple):
        return type(value).__name__
    inner = {_type_name(item) for item in value}
    return f"tuple[{inner.pop()}, ...]" if len(inner) == 1 else "tuple"


def _assign(item: Item, writer: Writer) -> list[str]:
    """A submodule of the class itself."""
    plain = is_attribute(item.label)
    before, after = (f"self.{item.label} = ", "") if plain else (f"self.add_module({quoted(item.label)}, ", ")")
    if isinstance(item.make, Box):
        return _box(item.make, before, after, writer, 2)
    return fit(f"{before}{writer.make(item.make)}{after}", 2)


def _box(box: Box, before: str, after: str, writer: Writer, indent: int) -> list[str]:
    """A level of labels: ``before`` and ``after`` are the text around its constructor."""
    if not box.items:
        return fit(f"{before}nn.Module(){after}", indent)
    if len(box.items) == 1 and box.items[0].count is not None:
        return fit(f"{before}{_whole_run(box, writer)}{after}", indent)
    if box.kind == "list":
        return _listed(box.items, f"{before}nn.ModuleList([", f"]){after}", writer, indent)
    if box.kind == "sequential":
        return _listed(box.items, f"{before}nn.Sequential(", f"){after}", writer, indent)
    if box.kind == "ordered":
        return _pairs(box, f"{before}nn.Sequential(OrderedDict([", f"])){after}", "({}, ", ")", writer, indent)
    return _pairs(box, f"{before}nn.ModuleDict({{", f"}}){after}", "{}: ", "", writer, indent)


def _listed(items: Sequence[Item], opening: str, closing: str, writer: Writer, indent: int) -> list[str]:
    texts = [(_entry(item, writer), item) for item in items]
    flat = opening + ", ".join(text for text, _ in texts) + closing
    if (
        len(INDENT) * indent + len(flat) <= WIDTH
        and len(items) <= 4
        and not any(isinstance(i.make, Box) for i in items)
    ):
        return [INDENT * indent + flat]
    lines = [INDENT * indent + opening]
    plain: list[tuple[str, bool]] = []
    for text, item in texts:
        if isinstance(item.make, Box) and item.count is None:
            lines += [*rows(plain, indent + 1), *_box(item.make, "", ",", writer, indent + 1)]
            plain = []
        else:
            plain.append((text, item.major))
    return [*lines, *rows(plain, indent + 1), INDENT * indent + closing]


def _entry(item: Item, writer: Writer) -> str:
    """An item of a list; a run is spread into it."""
    if item.count is None:
        return "" if isinstance(item.make, Box) else writer.make(item.make)
    return f"*[{_each(_flat(item.make, writer), item, writer)}]"


def _each(text: str, item: Item, writer: Writer) -> str:
    """A comprehension over the numbers of a run."""
    assert item.count is not None
    variable = "i" if re.search(r"\bi\b", text) else "_"
    return f"{text} for {variable} in range({writer.slots[item.count.index]})"


def _key(item: Item) -> str:
    """The label of an item of a run, as a string that the run's variable completes."""
    number = f"{{i + {item.first}}}" if item.first else "{i}"
    stem = quoted(item.stem)[1:-1].replace("{", "{{").replace("}", "}}")
    return f'f"{stem}{number}"'


def _whole_run(box: Box, writer: Writer) -> str:
    """A level that is one run."""
    (item,) = box.items
    text = _flat(item.make, writer)
    if box.kind == "list":
        return f"nn.ModuleList([{_each(text, item, writer)}])"
    if box.kind == "sequential":
        return f"nn.Sequential(*[{_each(text, item, writer)}])"
    if box.kind == "ordered":
        return f"nn.Sequential(OrderedDict([{_each(f'({_key(item)}, {text})', item, writer)}]))"
    return f"nn.ModuleDict({{{_each(f'{_key(item)}: {text}', item, writer)}}})"


def _flat(make: Make | Box, writer: Writer) -> str:
    """A constructor on one line."""
    if isinstance(make, Make):
        return writer.make(make)
    if not make.items:
        return "nn.Module()"
    if len(make.items) == 1 and make.items[0].count is not None:
        return _whole_run(make, writer)
    if make.kind in ("sequential", "list"):
        text = ", ".join(_entry(item, writer) or _flat(item.make, writer) for item in make.items)
        return f"nn.Sequential({text})" if make.kind == "sequential" else f"nn.ModuleList([{text}])"
    pairs = [(quoted(item.label), _flat(item.make, writer)) for item in make.items]
    if make.kind == "ordered":
        return f"nn.Sequential(OrderedDict([{', '.join(f'({key}, {text})' for key, text in pairs)}]))"
    return f"nn.ModuleDict({{{', '.join(f'{key}: {text}' for key, text in pairs)}}})"


def _pairs(box: Box, opening: str, closing: str, key: str, end: str, writer: Writer, indent: int) -> list[str]:
    """Items with their labels, one a line, but for the few that fit on one."""
    if len(box.items) <= 2:
        flat = f"{opening}{', '.join(_labelled(item, key, end, writer) for item in box.items)}{closing}"
        if len(INDENT) * indent + len(flat) <= WIDTH:
            return [INDENT * indent + flat]
    lines = [INDENT * indent + opening]
    for item in box.items:
        if isinstance(item.make, Box) and item.count is None:
            lines += _box(item.make, key.format(quoted(item.label)), f"{end},", writer, indent + 1)
        else:
            lines += fit(f"{_labelled(item, key, end, writer)},", indent + 1)
    return [*lines, INDENT * indent + closing]


def _labelled(item: Item, key: str, end: str, writer: Writer) -> str:
    """An item with its label on one line; a run is spread into its level."""
    if item.count is None:
        return key.format(quoted(item.label)) + _flat(item.make, writer) + end
    text = _each(key.format(_key(item)) + _flat(item.make, writer) + end, item, writer)
    return f"*[{text}]" if end else f"**{{{text}}}"
