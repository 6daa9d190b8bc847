"""Fields of operators: read from annotations, and fixed once an operator is made."""

from __future__ import annotations

from dataclasses import FrozenInstanceError
from typing import Any, ClassVar

import pytest
from pydantic import ValidationError

from archc.ir.operator import Finite, Operator, Positive
from archc.ops import operators


class Base(Operator):
    shared: ClassVar[int] = 1
    width: Positive | None = None
    scale: Finite = 1.0


class Derived(Base):
    depth: Positive
    width: Positive


def test_fields_of_bases_come_first_and_what_is_stated_anew_keeps_its_place() -> None:
    assert list(Base.fields) == ["width", "scale"]
    assert list(Derived.fields) == ["width", "scale", "depth"]
    assert [field.is_required() for field in Derived.fields.values()] == [True, False, True]
    assert Derived.fields["width"].annotation == Positive
    assert Base.fields["width"].annotation == Positive | None


def test_a_field_is_not_hidden_by_what_has_no_annotation() -> None:
    with pytest.raises(TypeError, match=r"^Hiding gives scale without an annotation, but a field has one$"):
        type("Hiding", (Base,), {"scale": 2.0, "__module__": __name__})


def test_an_operator_that_leaves_out_a_rule_is_refused() -> None:
    with pytest.raises(
        TypeError, match=r"^operator odd lacks infer, parameters, flops, reach, module, function, family"
    ):
        type("Odd", (Operator,), {"name": "odd", "__module__": __name__})


def test_arguments_are_validated_in_either_way() -> None:
    assert Derived(depth=2, width=3) == Derived(scale=1.0, width=3, depth=2) != Derived(depth=2, width=4)
    assert repr(Derived(depth=2, width=3, scale=1)) == "Derived(width=3, scale=1.0, depth=2)"
    wrong: list[dict[str, Any]] = [{}, {"depth": 2}, {"depth": 0, "width": 1}, {"depth": 1, "width": 1, "shared": 1}]
    for arguments in wrong:
        with pytest.raises(ValidationError, match=r"^1 validation error|^2 validation errors for Derived"):
            Derived(**arguments)


def test_operators_are_values() -> None:
    relu, conv = operators()["relu"](), operators()["conv"](out_channels=8, kernel_size=3)
    assert hash(conv) == hash(operators()["conv"](out_channels=8, kernel_size=3))
    assert relu != operators()["silu"]() and relu != conv
    with pytest.raises(FrozenInstanceError, match="cannot assign to out_channels: operators are immutable"):
        setattr(conv, "out_channels", 9)  # noqa: B010 -- mypy knows that it may not be done
    with pytest.raises(FrozenInstanceError, match="cannot delete out_channels: operators are immutable"):
        delattr(conv, "out_channels")
