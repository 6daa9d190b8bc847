"""Random arguments and inputs for any operator, drawn from what its fields allow, so that a new operator is tested as it is added."""

from __future__ import annotations

from functools import cache
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from hypothesis import strategies as st

from archc.ir.dims import Dim, DimLike
from archc.ir.marks import Within
from archc.ir.operator import OPERATORS, Operator
from archc.ir.types import TensorType
from archc.ops.constant import Numbers

SIZES = st.sampled_from([1, 1, 2, 3, 4, 5, 6, 8])
NUMBERS: st.SearchStrategy[Any] = st.recursive(
    st.one_of(st.integers(-3, 9), st.booleans(), st.sampled_from([0.5, -2.25])),
    lambda parts: st.one_of(st.lists(parts, max_size=3), parts.map(lambda part: [part] * 2)).map(tuple),
    max_leaves=6,
)
DTYPE_NAMES = ("float", "float", "float", "float", "int64", "bool")


def field_values(annotation: Any, metadata: tuple[Any, ...] = ()) -> st.SearchStrategy[Any]:
    """Values of a field's type, within its bounds; small ones, since those find most."""
    if annotation == DimLike:
        return st.integers(-1, 8)
    if annotation is Numbers:
        return NUMBERS
    origin, args = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return field_values(args[0], args[1:])
    if origin is Literal:
        return st.sampled_from(args)
    if origin in (Union, UnionType):
        return st.one_of([field_values(arg) for arg in args])
    if origin is tuple:
        return _tuples(args)
    if annotation is NoneType:
        return st.none()
    return _scalars(annotation, metadata)


def _tuples(args: tuple[Any, ...]) -> st.SearchStrategy[Any]:
    if len(args) == 2 and args[1] is Ellipsis:
        return st.lists(field_values(args[0]), min_size=1, max_size=4).map(tuple)
    return st.tuples(*(field_values(arg) for arg in args))


def _scalars(kind: Any, metadata: tuple[Any, ...]) -> st.SearchStrategy[Any]:
    if kind is bool:
        return st.booleans()
    if kind is Dim:
        return st.nothing()  # a symbol: the tests with symbols put them into the inputs
    if kind is str:
        return st.sampled_from(["", "same", "mean"])
    least, most = bounds(metadata)
    if kind is int:
        return st.integers(-4 if least is None else int(least), 6 if most is None else int(most))
    assert kind is float, f"no values known for a field of type {kind}"
    low, high = -2.0 if least is None else least, 2.0 if most is None else most
    return st.sampled_from([low + (high - low) * i / 8 for i in range(9)])


def bounds(marks: tuple[Any, ...]) -> tuple[float | None, float | None]:
    """The least and the greatest allowed number, as the marks of its annotation state them."""
    least: float | None = None
    most: float | None = None
    for mark in marks:
        if isinstance(mark, Within):
            least = mark.ge if mark.gt is None else mark.gt + (1 if isinstance(mark.gt, int) else 1e-3)
            most = mark.le if mark.lt is None else mark.lt - 1e-3
    return least, most


def operators_of(cls: type[Operator]) -> st.SearchStrategy[Operator]:
    """An operator with random arguments; any optional one may keep its default."""
    return _operators_named(cls.name)


@cache
def _operators_named(name: str) -> st.SearchStrategy[Operator]:
    cls = OPERATORS[name]
    values = {name: field_values(info.annotation) for name, info in cls.fields.items()}
    needed = {name: value for name, value in values.items() if cls.fields[name].is_required()}
    optional = {name: value for name, value in values.items() if name not in needed}
    return st.fixed_dictionaries(needed, optional=optional).map(lambda given: cls(**given))


@st.composite
def tensor_types(draw: st.DrawFn, least: int = 0, most: int = 5) -> TensorType:
    """A tensor of fixed sizes, float more often than not."""
    rank = draw(st.integers(least, most))
    return TensorType(tuple(draw(SIZES) for _ in range(rank)), draw(st.sampled_from(DTYPE_NAMES)))


@st.composite
def relatives(draw: st.DrawFn, first: TensorType) -> TensorType:
    """A tensor whose shape resembles another's: equal, with sizes set to 1, without leading dims, or with one size changed."""
    shape = list(first.shape)
    kind = draw(st.sampled_from(["same", "same", "ones", "shorter", "changed"]))
    if kind == "ones":
        shape = [draw(st.sampled_from([1, size])) for size in shape]
    if kind == "shorter":
        shape = shape[draw(st.integers(0, len(shape))) :]
    if kind == "changed" and shape:
        shape[draw(st.integers(0, len(shape) - 1))] = draw(SIZES)
    return TensorType(tuple(shape), draw(st.sampled_from([first.dtype, first.dtype, "float", "int64", "bool"])))


@st.composite
def inputs_of(draw: st.DrawFn, cls: type[Operator]) -> tuple[Any, ...]:
    """Inputs for an operator: tensors that resemble each other, and numbers where those are allowed."""
    if not cls.inputs:
        return ()
    first = draw(tensor_types())
    count = draw(st.integers(0, 3)) if cls.variadic else draw(st.integers(cls.required, len(cls.inputs))) - 1
    values: list[Any] = [first] if cls.required or cls.variadic else []
    values += [draw(relatives(first)) for _ in range(count)]
    if cls.scalars and draw(st.booleans()):
        values[draw(st.integers(0, len(values) - 1))] = draw(st.sampled_from([-1, 0, 2, 3, 0.5, -2.0]))
    return tuple(values) if any(isinstance(value, TensorType) for value in values) else (first, *values[1:])


Case = tuple[Operator, tuple[Any, ...]]
