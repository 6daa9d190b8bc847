"""What expressions evaluate to, besides Python's own numbers, strings, booleans, ``None``, lists, tuples and ``Dim``."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeAlias

from archc.ir.dims import Dim, DimLike
from archc.ir.graph import Guard, Value
from archc.ir.operator import Operator
from archc.ir.types import TensorType, show
from archc.records import record
from archc.source import Span
from archc.syntax import ast

if TYPE_CHECKING:
    from archc.elaborate.scope import FileScope

Any_: TypeAlias = Any
"""A value of the language. Python's type checker cannot see the language's types; ``kind_of`` names them for people."""


@dataclass(slots=True, eq=False)
class Tensor:
    """A tensor of the run time: where it comes from in the graph under construction, and its type."""

    value: Value
    type: TensorType
    span: Span
    given: Guard | None = None
    """Set for a net's own optional input, which may be absent when the module runs."""


@record
class OperatorName:
    """The bare name of an operator: a layer with default arguments, or something to call."""

    operator: type[Operator]


@record(eq=False)
class Layer:
    """A recipe of one operator. ``spans`` are the places of its arguments."""

    operator: Operator
    span: Span
    spans: Mapping[str, Span] = field(default_factory=dict)


@record(eq=False)
class Definition:
    """A ``block``, ``net`` or ``extern`` and the file whose names it sees."""

    node: ast.Block | ast.Extern
    file: FileScope


@record(eq=False)
class BlockRecipe:
    """A block with its hyperparameters: a layer that is fresh at each application."""

    definition: Definition
    arguments: Mapping[str, Any_]
    span: Span
    key: object
    """Equal for equal definitions and arguments."""
    within: bool = False
    """Made while the block itself was applied, so that applying it would never come to an end."""


@record(eq=False)
class LabelledRecipe:
    """An item of a list that brings its own label."""

    path: tuple[str, ...]
    recipe: Any_
    span: Span


@dataclass(slots=True, eq=False)
class Instance:
    """A declared layer: applying it again shares its weights."""

    path: tuple[str, ...]
    recipe: Any_
    span: Span
    order: int
    applied: bool = False
    tensor: Tensor | None = None
    """The tensor of an own parameter or buffer, once it has been used."""


@record(eq=False)
class Function:
    """A ``def``."""

    node: ast.Def
    file: FileScope


@record(eq=False)
class CfgReader:
    """A ``cfg``."""

    node: ast.Cfg
    file: FileScope


@record
class Entry:
    """A bare word of a cfg list, such as ``M``."""

    name: str


@record
class Builtin:
    """A function on compile-time numbers and lists."""

    name: str


@record
class Demand:
    """A comparison of dims that holds for some sizes only: ``left == right`` or ``left >= right``."""

    relation: str
    left: DimLike
    right: DimLike

    def __str__(self) -> str:
        return f"{self.left} {self.relation} {self.right}"


@record
class Condition:
    """A condition that is left to run time: all its parts hold, or, without ``every``, one of them."""

    parts: tuple[Guard | Condition, ...]
    every: bool = True


@record
class Formula:
    """A number that depends on ``fan_in`` or ``fan_out``: Python text, written by archc, of an initialiser's argument."""

    text: str


class Poison:
    """Stands for a value whose expression was wrong; using it is silent, for the mistake has been reported."""


POISON = Poison()

RECIPES = (OperatorName, Layer, Definition, BlockRecipe, LabelledRecipe, Instance, list)
"""What a chain's step or a label may name, besides functions."""

_KINDS: tuple[tuple[type, str], ...] = (
    (bool, "a boolean"),
    (int, "an integer"),
    (float, "a number"),
    (str, "a string"),
    (type(None), "None"),
    (Dim, "a size"),
    (list, "a list"),
    (tuple, "a tuple"),
    (Tensor, "a tensor"),
    (OperatorName, "an operator"),
    (Layer, "a layer"),
    (Definition, "a block"),
    (BlockRecipe, "a block"),
    (LabelledRecipe, "a labelled layer"),
    (Instance, "a declared layer"),
    (Function, "a function"),
    (CfgReader, "a cfg"),
    (Entry, "a cfg entry"),
    (Builtin, "a function"),
    (Demand, "a condition on sizes"),
    (Condition, "a condition of run time"),
    (Formula, "a number that depends on the fan"),
    (slice, "a slice"),
)


def kind_of(value: object) -> str:
    """The kind of a value in words."""
    return next((words for type_, words in _KINDS if isinstance(value, type_)), "a value")


def describe(value: object) -> str:
    """The value in short, for messages."""
    match value:
        case Tensor():
            return f"a tensor {show(value.type)}"
        case int() if value.bit_length() > 128:
            return kind_of(value)  # Python does not even write all of them
        case bool() | int() | float() | str() | None:
            text = repr(value)
            return text if len(text) <= 40 else kind_of(value)
        case OperatorName():
            return f"the operator {value.operator.name}"
        case Layer():
            return f"the layer {value.operator.name}"
        case Definition():
            return f"the {kind(value)} {value.node.name}"
        case BlockRecipe():
            return f"the {kind(value.definition)} {value.definition.node.name}(...)"
        case Dim():
            return f"the size {value}"
    return kind_of(value)


def kind(definition: Definition) -> str:
    """``block``, ``net`` or ``extern``."""
    return definition.node.kind if isinstance(definition.node, ast.Block) else "extern"


PLAIN = frozenset((bool, int, float, str, type(None)))
"""Values without parts."""


def freeze(value: object) -> object:
    """A hashable key: equal for values that make equal layers, different for ``1``, ``1.0`` and ``True``."""
    if type(value) in PLAIN:
        return type(value), value
    match value:
        case list() | tuple():
            return type(value), tuple(map(freeze, value))
        case OperatorName():
            return value.operator
        case Layer():
            return type(value.operator), value.operator
        case BlockRecipe():
            return value.key
        case LabelledRecipe():
            return value.path, freeze(value.recipe)
        case Function() | CfgReader() | Definition():
            return type(value), id(value.node)
    return value


def frozen(values: Collection[object]) -> tuple[object, ...]:
    """A key of many values, as ``freeze`` makes of one."""
    types = tuple(map(type, values))
    return (*types, *values) if PLAIN.issuperset(types) else tuple(map(freeze, values))


MAX_WRITTEN = 2**13
"""Bits of an integer, more than any in a spec has, beyond which Python may not write it; a caller can give such a one."""


def written(value: object) -> str:
    """The value as the language writes it, for people who read arguments in tables."""
    match value:
        case list():
            return f"[{', '.join(map(written, value))}]"
        case tuple():
            return f"({', '.join(map(written, value))}{',' if len(value) == 1 else ''})"
        case OperatorName():
            return value.operator.name
        case Layer():
            arguments = ", ".join(f"{k}={written(v)}" for k, v in value.operator.defined().items())
            return f"{value.operator.name}({arguments})"
        case Definition() | Function() | CfgReader():
            return value.node.name
        case BlockRecipe():
            arguments = ", ".join(f"{k}={written(v)}" for k, v in value.arguments.items())
            return f"{value.definition.node.name}({arguments})"
        case LabelledRecipe():
            return f"{'.'.join(value.path)}: {written(value.recipe)}"
        case Entry() | Builtin():
            return value.name
        case int() if value.bit_length() > MAX_WRITTEN:
            return "..."
    return str(value) if isinstance(value, Dim) else repr(value)
