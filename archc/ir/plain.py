"""Arguments that plainly are what a field takes: there is nothing for Pydantic to read, and it takes long to be imported.

A check says yes only where Pydantic would say yes and change nothing. Of all else, what is refused included, Pydantic decides.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import EllipsisType, NoneType, UnionType
from typing import TYPE_CHECKING, Annotated, Any, Literal, TypeVar, Union, get_args, get_origin

from archc.ir.dims import Dim
from archc.ir.dims.schema import AnyDim
from archc.ir.marks import Read, Within

if TYPE_CHECKING:
    from archc.ir.operator import Operator

    AnOperator = TypeVar("AnOperator", bound=Operator)

Check = Callable[[Any], bool]

EXACT = 2**53
"""Up to here every integer is a float."""


def plain(operator: type[AnOperator], values: Mapping[str, Any]) -> AnOperator | None:
    """The operator with these arguments; ``None`` where Pydantic is to be asked."""
    fields, given = operator.fields, values.keys()
    if not operator.needed <= given or not given <= fields.keys():
        return None
    taken: dict[str, Any] = {}
    for name, value in values.items():
        field = fields[name]
        taken[name] = value = _as_float(value) if field.is_float else value
        if not field.is_plain(value):
            return None
    return operator.of(taken)


def _as_float(value: Any) -> Any:
    """An integer stands for the float that it equals."""
    return float(value) if type(value) is int and abs(value) <= EXACT else value


def check_of(wanted: Any) -> Check:
    """The check of one type, as an annotation states it."""
    if wanted in (int, float, bool, str, NoneType, Dim):
        return lambda value: type(value) is wanted
    origin, parts = get_origin(wanted), get_args(wanted)
    if origin is Annotated:
        return _marked(parts[0], parts[1:])
    if origin is Literal and all(type(word) is str for word in parts):
        return lambda value: type(value) is str and value in parts
    if origin in (Union, UnionType):
        return _any_of([check_of(part) for part in parts])
    if origin is tuple and len(parts) == 2 and isinstance(parts[1], EllipsisType):
        item = check_of(parts[0])
        return lambda value: type(value) is tuple and all(map(item, value))
    return _in_order([check_of(part) for part in parts]) if origin is tuple else _unknown


def _unknown(value: Any) -> bool:
    return False


def _any_of(checks: list[Check]) -> Check:
    first, *others = checks
    if not others:
        return first
    rest = _any_of(others)
    return lambda value: first(value) or rest(value)


def _in_order(checks: list[Check]) -> Check:
    def fixed(value: Any) -> bool:
        return type(value) is tuple and len(value) == len(checks) and all(map(_holds, checks, value))

    return fixed


def _holds(check: Check, value: Any) -> bool:
    return check(value)


def _marked(wanted: Any, marks: tuple[Any, ...]) -> Check:
    if wanted is int and len(marks) == 1 and isinstance(marks[0], Within) and (least := marks[0].least) is not None:
        return lambda value: type(value) is int and value >= least
    check = check_of(wanted)
    for mark in marks:
        check = _both(check, mark)
    return check


def _both(check: Check, mark: Any) -> Check:
    if mark is AnyDim:
        return check
    if isinstance(mark, (Within, Read)):
        return lambda value: check(value) and mark.keeps(value)
    return _unknown
