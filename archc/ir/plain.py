"""Arguments that plainly are what a field takes: there is nothing for Pydantic to read, and its validators take long to be made.

A check says yes only where Pydantic would say yes and change nothing. Of all else, what is refused included, Pydantic decides.
"""

from __future__ import annotations

import operator as signs
from collections.abc import Callable, Iterable, Mapping
from functools import cache
from math import isfinite
from types import EllipsisType, NoneType, UnionType
from typing import Annotated, Any, Literal, TypeVar, Union, get_args, get_origin

from pydantic import AfterValidator, AllowInfNan, BeforeValidator
from pydantic.fields import FieldInfo

from archc.ir.dims import Dim
from archc.ir.dims.schema import AnyDim
from archc.ir.operator import Operator

Check = Callable[[Any], bool]
AnOperator = TypeVar("AnOperator", bound=Operator)

_BOUNDS: Mapping[str, Callable[[Any, Any], bool]] = {"gt": signs.gt, "ge": signs.ge, "lt": signs.lt, "le": signs.le}


def plain(operator: type[AnOperator], values: Mapping[str, Any]) -> AnOperator | None:
    """The operator with these arguments; ``None`` where Pydantic is to be asked."""
    if not values.keys() >= _required(operator):
        return None
    for name, value in values.items():
        if not check_of(operator, name)(value):
            return None
    return operator.model_construct(**values)


@cache
def _required(operator: type[Operator]) -> frozenset[str]:
    return frozenset(name for name, field in operator.fields.items() if field.is_required())


@cache
def check_of(operator: type[Operator], name: str) -> Check:
    """The check of one of an operator's fields."""
    field = operator.fields.get(name)
    return _unknown if field is None else _bounded(_check(field.annotation), field.metadata)


def _check(wanted: Any) -> Check:
    if wanted in (int, float, bool, str, NoneType, Dim):
        return lambda value: type(value) is wanted
    origin, parts = get_origin(wanted), get_args(wanted)
    if origin is Annotated:
        return _bounded(_check(parts[0]), parts[1:])
    if origin is Literal and all(type(word) is str for word in parts):
        return lambda value: type(value) is str and value in parts
    if origin in (Union, UnionType):
        return _any_of([_check(part) for part in parts])
    if origin is tuple and len(parts) == 2 and isinstance(parts[1], EllipsisType):
        item = _check(parts[0])
        return lambda value: type(value) is tuple and all(map(item, value))
    return _in_order([_check(part) for part in parts]) if origin is tuple else _unknown


def _unknown(value: Any) -> bool:
    return False


def _any_of(checks: list[Check]) -> Check:
    def either(value: Any) -> bool:
        for check in checks:  # noqa: SIM110 -- a generator would take twice the time
            if check(value):
                return True
        return False

    return either


def _in_order(checks: list[Check]) -> Check:
    def fixed(value: Any) -> bool:
        return type(value) is tuple and len(value) == len(checks) and all(map(_holds, checks, value))

    return fixed


def _holds(check: Check, value: Any) -> bool:
    return check(value)


def _bounded(check: Check, marks: Iterable[Any]) -> Check:
    for mark in marks:
        check = _marked(check, mark)
    return check


def _marked(check: Check, mark: Any) -> Check:
    if isinstance(mark, FieldInfo):
        return _bounded(check, mark.metadata)
    if mark is AnyDim:
        return check
    if mark == AllowInfNan(False):
        return lambda value: check(value) and isfinite(value)
    if isinstance(mark, AfterValidator | BeforeValidator):
        return lambda value: check(value) and _is_kept(value, mark.func)
    sign, *others = [name for name in _BOUNDS if hasattr(mark, name)] or [""]
    if not sign or others:
        return _unknown
    holds, bound = _BOUNDS[sign], getattr(mark, sign)
    return lambda value: check(value) and holds(value, bound)


def _is_kept(value: Any, validator: Callable[..., Any]) -> bool:
    """Whether a validator of one field takes a value and changes nothing."""
    try:
        found = validator(value)
    except ValueError:
        return False
    return type(found) is type(value) and bool(found == value)
