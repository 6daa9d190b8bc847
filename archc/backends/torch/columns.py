"""Arguments of a class, found by comparing its instances.

Each slot of a body has a column: its constant in every module that shares the class. An equal column is a literal. Any other must be
written with arguments of the constructor: one of the block's hyperparameters, a simple expression of them, a size of the
input, or, when nothing fits, an argument of its own. What is written gives the column's constants in all modules, by construction.
"""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import combinations, permutations
from typing import TypeGuard

from archc.backends.torch.call import literal
from archc.backends.torch.naming import CONSTRUCTOR_LOCALS, MODULE_ATTRIBUTES, identifier
from archc.backends.torch.tree import Constant, Lowered
from archc.ir.dims import DimLike
from archc.ir.graph import Module
from archc.ir.types import TensorType, Type
from archc.records import record

Column = tuple[Constant, ...]
SIZES = frozenset({"in_channels", "out_channels", "in_features", "out_features", "features", "num_features"})
"""Slots that hold the size of a tensor; other slots hold small numbers that fit a product by chance only."""


@record
class Expression:
    """Python text with ``{name}`` where an argument stands."""

    template: str
    names: tuple[str, ...] = ()

    def text(self, prefix: str = "") -> str:
        return self.template.format_map({name: prefix + name for name in self.names}) if self.names else self.template


@record
class Parameter:
    """An argument of a class: its value in each module, and its default, if it has one. ``plain``: given by position."""

    name: str
    column: Column
    plain: bool
    default: tuple[()] | tuple[Constant] = ()


@record
class Signature:
    """A class's arguments, in order, and what each slot of its body becomes."""

    parameters: tuple[Parameter, ...]
    slots: tuple[Expression, ...]
    omitted: frozenset[int]
    """Slots whose literal is what torch takes by default."""

    def write(self, column: Column) -> str | None:
        """A further column, for a comment: as an expression of the arguments there are, if there is one."""
        if is_equal(column):
            return literal(column[0])
        found = _expression(column, [(p.name, p.column) for p in self.parameters], sizes=True)
        return found.text() if found else None


def solve(modules: Sequence[Module], bodies: Sequence[Lowered]) -> Signature:
    """The arguments of the class that these modules share."""
    columns = list(zip(*(body.constants.values for body in bodies), strict=True))
    solver = _Solver(modules, [item.label for item in bodies[0].body.items])
    slots = [solver.slot(column, *hint) for column, hint in zip(columns, bodies[0].constants.hints, strict=True)]
    defaults = bodies[0].constants.defaults
    omitted = (i for i, default in defaults.items() if is_equal((*columns[i], default)))
    return Signature(solver.parameters(slots), tuple(slots), frozenset(omitted))


class _Solver:
    def __init__(self, modules: Sequence[Module], labels: Sequence[str]) -> None:
        self.modules = modules
        self.reserved = [*labels, *MODULE_ATTRIBUTES, *CONSTRUCTOR_LOCALS]  # an argument may become an attribute
        self.hyper = dict(_hyperparameters(modules, self.reserved))
        self.dims: dict[str, Column] = {}
        self.own: dict[str, Column] = {}

    def slot(self, column: Column, label: str, parameter: str) -> Expression:
        if is_equal(column):
            return Expression(literal(column[0]))
        known = [*self.hyper.items(), *self.dims.items(), *self.own.items()]
        found = _expression(column, known, sizes=parameter in SIZES)
        if found is None:
            name = self._dim(column, parameter) or self._new(column, label, parameter)
            found = Expression(f"{{{name}}}", (name,))
        return found

    def _taken(self) -> list[str]:
        return [*self.reserved, *self.hyper, *self.dims, *self.own]

    def _dim(self, column: Column, parameter: str) -> str | None:
        """The name for a size of an input that is this column."""
        for number, port in enumerate(self.modules[0].inputs):
            shapes = [_shape(module.inputs[number].type) for module in self.modules]
            for axis, sizes in enumerate(zip(*shapes, strict=False)):
                if all(map(_same, sizes, column)):
                    base = "in_channels" if axis == 1 and len(shapes[0]) > 3 else _input_name(parameter)
                    name = identifier(base if number == 0 else f"{port.name}_{base}", self._taken())
                    self.dims[name] = column
                    return name
        return None

    def _new(self, column: Column, label: str, parameter: str) -> str:
        name = identifier(f"{label}_{parameter}" if label else parameter, self._taken())
        self.own[name] = column
        return name

    def parameters(self, slots: Sequence[Expression]) -> tuple[Parameter, ...]:
        """The arguments that are used: those without a default first."""
        used = {name for slot in slots for name in slot.names}
        plain = [(n, c) for n, c in (*self.dims.items(), *self.hyper.items()) if n in used]
        found = [Parameter(n, c, True, () if n in self.dims else _default(c)) for n, c in plain]
        found += [Parameter(n, c, False, _default(c)) for n, c in self.own.items() if n in used]
        return tuple(sorted(found, key=lambda parameter: bool(parameter.default)))


def _shape(type_: Type) -> tuple[DimLike, ...]:
    return type_.shape if isinstance(type_, TensorType) else ()


def _input_name(parameter: str) -> str:
    return parameter.replace("out_", "in_") if parameter in SIZES else "size"


def _hyperparameters(modules: Sequence[Module], reserved: Sequence[str]) -> Iterator[tuple[str, Column]]:
    """The block's hyperparameters whose values are constants, by the names that they get in Python."""
    names = list(reserved)
    for name, _ in modules[0].arguments:
        shown = [dict(module.arguments).get(name) for module in modules]
        try:
            column = tuple(_frozen(ast.literal_eval(str(text))) for text in shown if text is not None)
        except (ValueError, SyntaxError):
            continue  # a layer, a block or a list of them
        if len(column) == len(modules):
            names.append(identifier(name, names))
            yield names[-1], column


def _frozen(value: object) -> Constant:
    if isinstance(value, (list, tuple)):
        return tuple(map(_frozen, value))
    if value is None or isinstance(value, (int, float, str)):
        return value
    raise ValueError("not a constant")


def _default(column: Column) -> tuple[()] | tuple[Constant]:
    """What more than half of the modules have, unless it is a size: nobody expects a default there."""
    keys = Counter(map(_key, column))
    value = next(v for v in column if _key(v) == keys.most_common(1)[0][0])
    large = isinstance(value, int) and value > 7
    return (value,) if keys[_key(value)] * 2 > len(column) and not large else ()


def is_equal(column: Column) -> bool:
    """Whether all constants are the same, types included: True is not 1."""
    return all(_same(value, column[0]) for value in column)


def _key(value: object) -> object:
    return tuple(map(_key, value)) if isinstance(value, tuple) else (type(value), repr(value))


def _same(a: object, b: object) -> bool:
    return _key(a) == _key(b)


# Expressions

Known = Sequence[tuple[str, Column]]
Numbers = tuple[int, ...]


def _expression(column: Column, known: Known, *, sizes: bool) -> Expression | None:
    """The simplest expression of what is known that gives the column."""
    for name, values in known:
        if all(map(_same, column, values)):
            return Expression(f"{{{name}}}", (name,))
    if not _is_numbers(column):
        return None
    numbers = [(name, values) for name, values in known if _is_numbers(values) and not is_equal(values)]
    if not sizes:
        return next((Expression(f"{{{n}}} // 2", (n,)) for n, v in numbers if column == tuple(x // 2 for x in v)), None)
    large = [(name, values) for name, values in numbers if min(values) >= 4]
    for attempt in (_multiple, _pair, _sum):
        found = attempt(column, large)
        if found is not None:
            return found
    return None


def _is_numbers(column: Column) -> TypeGuard[Numbers]:
    return all(type(value) is int for value in column)


def _multiple(column: Numbers, known: Sequence[tuple[str, Numbers]]) -> Expression | None:
    """A multiple or a part of one argument; the smaller the number, the likelier it is meant."""
    found: list[tuple[int, Expression]] = []
    for name, values in known:
        factor = column[0] // values[0]
        if factor > 1 and all(c == factor * v for c, v in zip(column, values, strict=True)):
            found.append((factor, Expression(f"{factor} * {{{name}}}", (name,))))
        divisor = values[0] // column[0] if column[0] else 0
        if divisor > 1 and all(c == v // divisor for c, v in zip(column, values, strict=True)):
            found.append((divisor, Expression(f"{{{name}}} // {divisor}", (name,))))
    return min(found, key=lambda pair: pair[0])[1] if found else None


def _pair(column: Numbers, known: Sequence[tuple[str, Numbers]]) -> Expression | None:
    for (a, left), (b, right) in permutations(known, 2):
        rows = list(zip(column, left, right, strict=True))
        if all(c == x * y for c, x, y in rows):
            return Expression(f"{{{a}}} * {{{b}}}", (a, b))
        if all(c == x - y for c, x, y in rows):
            return Expression(f"{{{a}}} - {{{b}}}", (a, b))
        factor = (column[0] - left[0]) // right[0]
        if factor > 0 and all(c == x + factor * y for c, x, y in rows):
            return Expression(f"{{{a}}} + {{{b}}}" if factor == 1 else f"{{{a}}} + {factor} * {{{b}}}", (a, b))
    return None


def _sum(column: Numbers, known: Sequence[tuple[str, Numbers]]) -> Expression | None:
    for count in (3, 4, 5):
        for parts in combinations(known[:8], count):
            if all(
                c == sum(values) for c, values in zip(column, zip(*(v for _, v in parts), strict=True), strict=True)
            ):
                names = tuple(name for name, _ in parts)
                return Expression(" + ".join(f"{{{name}}}" for name in names), names)
    return None
