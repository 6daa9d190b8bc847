"""What is made without Pydantic's validators is what Pydantic would make."""

from __future__ import annotations

import math
from itertools import product
from typing import Any

import pytest
from pydantic import ConfigDict, TypeAdapter, ValidationError

from archc.ir.dims import symbol
from archc.ir.operator import Operator
from archc.ir.plain import plain
from archc.ir.stored import validated
from archc.ops import operators

NUMBERS = (0, 1, -1, 3, 2**70, 0.0, 1.0, 0.5, -0.5, 2.5, math.inf, -math.inf, math.nan, True, False)
ONE: tuple[Any, ...] = (*NUMBERS, None, "", "same", "relu", "int64", "float", "...", symbol("B"), symbol("B") + 1)
MANY: tuple[Any, ...] = ((), *((one,) for one in ONE), *product((1, 2.0, "a", None, symbol("H")), repeat=2))
ITEMS: tuple[Any, ...] = (
    (("slice", None, 1, None), 0),
    (("slice", 1),),
    (("table",), None),
    (("slice", True, 1, 1),),
    (...,),
)
VALUES = (*ONE, *MANY, *ITEMS, [], [1], ((1, 2), (3, 4)), (("a", 1),), {"a": 1})
FIELDS = [(operators()[name], field) for name in operators() for field in operators()[name].fields]


def same(one: Any, other: Any) -> bool:
    """Equal, and of equal types all the way down."""
    if isinstance(one, tuple):
        return type(other) is tuple and len(one) == len(other) and all(map(same, one, other))
    return type(one) is type(other) and repr(one) == repr(other)


@pytest.mark.parametrize(("operator", "name"), FIELDS, ids=lambda part: getattr(part, "name", part))
def test_what_is_plainly_of_a_type_pydantic_takes_as_it_is(operator: type[Operator], name: str) -> None:
    field = operator.fields[name]
    adapter = TypeAdapter(field.annotation, config=ConfigDict(strict=True, arbitrary_types_allowed=True))
    for value in filter(field.is_plain, VALUES):
        assert same(adapter.validate_python(value), value)


def test_arguments_are_kept_and_defaults_filled_in() -> None:
    conv = operators()["conv"]
    arguments = {"out_channels": 8, "kernel_size": (3, 5), "padding": "same"}
    made = plain(conv, arguments)
    assert made is not None
    assert made == conv(**arguments) == validated(conv, arguments)
    assert repr(made) == repr(validated(conv, arguments))
    assert list(vars(made)) == list(conv.fields)


@pytest.mark.parametrize(
    "arguments",
    [
        {"out_channels": 8},
        {"out_channels": 8, "kernel_size": 3, "colour": 1},
        {"out_channels": 8, "kernel_size": (3, 0)},
        {"out_channels": True, "kernel_size": 3},
        {"out_channels": 8, "kernel_size": 3, "padding": "both"},
    ],
)
def test_what_is_wrong_is_left_to_pydantic(arguments: dict[str, Any]) -> None:
    conv = operators()["conv"]
    assert plain(conv, arguments) is None
    with pytest.raises(ValidationError):
        conv(**arguments)


@pytest.mark.parametrize("number", [0, 1, -1, 2**53, 2**53 + 1, True])
def test_an_integer_stands_for_a_float_as_it_does_to_pydantic(number: int) -> None:
    elu: Any = operators()["elu"]
    made = plain(elu, {"alpha": number})
    assert (made is None) == (number is True or number > 2**53)
    if made is not None:
        assert repr(made) == repr(validated(elu, {"alpha": number})) == f"Elu(alpha={float(number)!r})"


def test_an_integer_that_is_one_of_two_kinds_stays_one() -> None:
    pad: Any = operators()["pad"]
    assert repr(pad(pad=(1, 1), value=2)) == repr(validated(pad, {"pad": (1, 1), "value": 2}))
    assert type(pad(pad=(1, 1), value=2).value) is int
