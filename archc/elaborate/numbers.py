"""Arithmetic, comparison and functions on compile-time values: Python's meaning, within budgets, never ``eval``."""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Sequence
from typing import Any

from archc.elaborate.errors import mistake
from archc.elaborate.limits import FORMULA_HELP, MAX_BITS, MAX_TEXT, Budget, short, too_large
from archc.elaborate.values import Demand, Formula, describe, freeze, kind_of
from archc.ir.decide import decide_eq, decide_ge
from archc.ir.dims import Dim, DimLike, DimTooLarge, dim_max, dim_min
from archc.source import Span

AS_NUMBER = "beside tensors, the size T is the number full((), T)"

_ARITHMETIC: dict[str, Callable[[Any, Any], Any]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.truediv,
    "//": operator.floordiv,
    "%": operator.mod,
    "**": operator.pow,
}


def binary(op: str, left: Any, right: Any, span: Span, budget: Budget) -> Any:
    """``left op right`` for anything but tensors."""
    if type(left) is int and type(right) is int:
        return _number(op, left, right, span)
    if isinstance(left, Formula) or isinstance(right, Formula):
        return Formula(f"({formula_text(left, span)} {op} {formula_text(right, span)})")
    if isinstance(left, (int, float, Dim)) and isinstance(right, (int, float, Dim)):
        return _number(op, left, right, span)
    if op == "+" and type(left) is type(right) and isinstance(left, (list, tuple, str)):
        _check_length(len(left) + len(right), left, span, budget, f"{len(left):,} + {len(right):,} items")
        return _held(left + right, span, budget)
    if op == "*":
        if isinstance(left, int) and isinstance(right, (list, tuple, str)):
            left, right = right, left
        if isinstance(left, (list, tuple, str)) and isinstance(right, int):
            product = f"{len(left):,} * {short(right)} items"
            _check_length(len(left) * max(right, 0), left, span, budget, product)
            return _held(left, span, budget, times=max(right, 0)) * right
    raise mistake("E0206", f"{op} does not work on {kind_of(left)} and {kind_of(right)}", span, _pair(left, right))


def _held(value: Any, span: Span, budget: Budget, times: int = 1) -> Any:
    """A new list, paid for so many times."""
    if not isinstance(value, str):
        budget.hold(value, span, times)
    return value


def _pair(left: object, right: object) -> str:
    return f"{describe(left)} and {describe(right)}"


def _check_length(length: int, like: object, span: Span, budget: Budget, product: str) -> None:
    if isinstance(like, str):
        if length > MAX_TEXT:
            raise too_large(span, f"a text of {short(length)} characters")
    else:
        budget.spend(length, span, product)


def _number(op: str, left: Any, right: Any, span: Span) -> Any:
    if isinstance(left, int) and isinstance(right, int):
        if op in ("*", "**"):
            _check_growth(op, left, right, span)
    elif isinstance(left, Dim) or isinstance(right, Dim):
        _check_dim_operands(op, left, right, span)
    try:
        result = _ARITHMETIC[op](left, right)
    except ZeroDivisionError:
        raise mistake("E0212", "division by zero", span, _pair(left, right)) from None
    except DimTooLarge as error:
        raise mistake("E0602", f"this size formula is too large: {error}", span, help=FORMULA_HELP) from None
    except (OverflowError, ValueError, TypeError) as error:
        raise mistake("E0212", f"this cannot be computed: {error}", span, _pair(left, right)) from None
    return finite(result, span)


def finite(result: Any, span: Span) -> Any:
    """The result, if it is a real number within the limits."""
    if type(result) is complex:
        raise mistake("E0212", "the result is not a real number", span)
    if isinstance(result, int) and result.bit_length() > MAX_BITS:
        raise too_large(span, f"about 10**{int(result.bit_length() * 0.30103)}")
    return result


def _check_growth(op: str, left: int, right: int, span: Span) -> None:
    bits = 0
    if op == "*":
        bits = left.bit_length() + right.bit_length()
    elif op == "**" and right > 0 and abs(left) > 1:
        bits = (left.bit_length() - 1) * min(right, 10 * MAX_BITS)
    if bits > MAX_BITS:
        raise too_large(span, f"{short(left)} {op} {short(right)}")


def _check_dim_operands(op: str, left: Any, right: Any, span: Span) -> None:
    if isinstance(left, float) or isinstance(right, float):
        raise mistake(
            "E0206",
            "a size takes part in integer arithmetic only",
            span,
            _pair(left, right),
            help=AS_NUMBER,
        )
    if op == "/":
        help_ = f"a // b is rounded down, -(-a // b) rounded up; {AS_NUMBER}"
        raise mistake("E0206", "/ would make a size a fraction", span, _pair(left, right), help=help_)
    if op == "**" and (isinstance(right, Dim) or right < 0):
        what = "the power of a size must be an integer of at least 0"
        raise mistake("E0206", what, span, _pair(left, right), help=AS_NUMBER)


def formula_text(value: Any, span: Span) -> str:
    """A number of an initialiser's argument as Python text."""
    if isinstance(value, Formula):
        return value.text
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return repr(value)
    raise mistake("E0206", f"a formula of fan_in or fan_out needs numbers, not {kind_of(value)}", span)


# --- comparison -------------------------------------------------------------------------------------------------------


def compare(op: str, left: Any, right: Any, span: Span) -> bool | Demand:
    """``left op right``; a demand when it holds for some sizes only."""
    if op in ("is", "is not"):
        if left is not None and right is not None:
            raise mistake("E0206", f"{op!r} compares with None only", span, help="write == or !=")
        return (left is right) == (op == "is")
    if op in ("in", "not in"):
        found = _contains(left, right, span)
        if isinstance(found, Demand):
            return found if op == "in" else Demand("!=", found.left, found.right)
        return found == (op == "in")
    if op in ("==", "!="):
        return _equality(op, left, right, span)
    return _order(op, left, right, span)


def _contains(left: Any, right: Any, span: Span) -> bool | Demand:
    if isinstance(right, str) and isinstance(left, str):
        return left in right
    if isinstance(right, (list, tuple)):
        verdicts = [_equality("==", left, item, span) for item in right]
        open_ = [verdict for verdict in verdicts if isinstance(verdict, Demand)]
        return _one_of(open_) if open_ and True not in verdicts else True in verdicts
    raise mistake("E0206", f"'in' needs a list, a tuple or a string on its right, not {kind_of(right)}", span)


def _one_of(equalities: list[Demand]) -> Demand:
    """What holds where one of the equalities does: then the least distance is 0."""
    if len(equalities) == 1:
        return equalities[0]
    differences = [equality.left - equality.right for equality in equalities]
    return Demand("==", dim_min(*(dim_max(difference, -difference) for difference in differences)), 0)


def _equality(op: str, left: Any, right: Any, span: Span) -> bool | Demand:
    if isinstance(left, (tuple, list)) and type(left) is type(right) and len(left) == len(right):
        return _all_equal(op, left, right, span)
    if isinstance(left, Dim) or isinstance(right, Dim):
        if not (isinstance(left, (int, Dim)) and isinstance(right, (int, Dim))):
            return op == "!="
        verdict = decide_eq(left, right)
        if verdict is not None:
            return verdict == (op == "==")
        return Demand(op, left, right)
    if isinstance(left, (int, float)) and isinstance(right, (int, float)):
        return (left == right) == (op == "==")
    return (freeze(left) == freeze(right)) == (op == "==")


def _all_equal(op: str, left: Sequence[Any], right: Sequence[Any], span: Span) -> bool | Demand:
    open_: Demand | None = None
    for one, other in zip(left, right, strict=True):
        verdict = _equality("==", one, other, span)
        if verdict is False:
            return op == "!="
        if isinstance(verdict, Demand):
            open_ = verdict
    return Demand(op, open_.left, open_.right) if open_ else op == "=="


def _order(op: str, left: Any, right: Any, span: Span) -> bool | Demand:
    if isinstance(left, str) and isinstance(right, str):
        return {"<": left < right, "<=": left <= right, ">": left > right, ">=": left >= right}[op]
    if not (isinstance(left, (int, float, Dim)) and isinstance(right, (int, float, Dim))):
        raise mistake("E0206", f"{op} does not order {kind_of(left)} and {kind_of(right)}", span, _pair(left, right))
    if not (isinstance(left, Dim) or isinstance(right, Dim)):
        return {"<": left < right, "<=": left <= right, ">": left > right, ">=": left >= right}[op]
    if isinstance(left, float) or isinstance(right, float):
        raise mistake("E0206", "a size is compared with integers only", span, _pair(left, right))
    if op in ("<", "<="):
        left, right = right, left
    least = right + 1 if op in (">", "<") else right
    verdict = decide_ge(left, least)
    return Demand(">=", left, least) if verdict is None else verdict


def indicator(demand: Demand) -> DimLike:
    """1 where the demand holds, else 0, as a size: ``left >= right`` is ``max(0, min(1, left - right + 1))`` for integers."""
    above = dim_max(0, dim_min(1, demand.left - demand.right + 1))
    if demand.relation == ">=":
        return above
    equal = above * dim_max(0, dim_min(1, demand.right - demand.left + 1))
    return equal if demand.relation == "==" else 1 - equal


# --- functions --------------------------------------------------------------------------------------------------------


def _float_function(function: Callable[[float], Any]) -> Callable[..., Any]:
    def call(span: Span, budget: Budget, value: Any) -> Any:
        if isinstance(value, Formula) and function in (math.sqrt, math.log, math.exp):
            return Formula(f"math.{function.__name__}({value.text})")
        _need(value, int | float, "a number", span)
        try:
            return function(value)
        except (ValueError, OverflowError):
            raise mistake("E0212", f"the result for {value!r} is not a finite number", span) from None

    return call


def _need(value: Any, types: Any, what: str, span: Span) -> None:
    if not isinstance(value, types) or isinstance(value, Formula):
        hint = f"sizes of the input stay symbols; use a hyperparameter; {AS_NUMBER}" if isinstance(value, Dim) else None
        raise mistake("E0206", f"{what} is needed here, not {kind_of(value)}", span, describe(value), help=hint)


def _int(span: Span, budget: Budget, value: Any) -> Any:
    if isinstance(value, Dim):
        return value
    if isinstance(value, str):
        raise mistake("E0206", "int() takes a number, not a string", span)
    _need(value, int | float, "a number", span)
    if isinstance(value, float) and not math.isfinite(value):
        raise mistake("E0212", f"int() of {value} is not a number", span)
    return int(value)


def _float(span: Span, budget: Budget, value: Any) -> float:
    _need(value, int | float, "a number", span)
    try:
        return float(value)
    except OverflowError:
        raise too_large(span, short(value)) from None


def _round(span: Span, budget: Budget, value: Any, ndigits: Any = None) -> Any:
    _need(value, int | float, "a number", span)
    if ndigits is not None:
        _need(ndigits, int, "an integer", span)
        if abs(ndigits) > MAX_BITS:
            raise too_large(span, f"{short(ndigits)} digits")
    if isinstance(value, float) and not math.isfinite(value):
        raise mistake("E0212", f"round() of {value} is not a number", span)
    return round(value, ndigits)


def _abs(span: Span, budget: Budget, value: Any) -> Any:
    _need(value, int | float, "a number", span)
    return abs(value)


def _extremum(name: str) -> Callable[..., Any]:
    plain = min if name == "min" else max
    symbolic = dim_min if name == "min" else dim_max

    def call(span: Span, budget: Budget, *values: Any) -> Any:
        items = tuple(values[0]) if len(values) == 1 and isinstance(values[0], (list, tuple)) else values
        if not items:
            raise mistake("E0204", f"{name}() needs at least one value", span)
        for item in items:
            _need(item, int | float | Dim, "a number", span)
        if not any(isinstance(item, Dim) for item in items):
            return plain(items)
        if any(isinstance(item, float) for item in items):
            raise mistake("E0206", "a size is compared with integers only", span)
        return symbolic(*items)

    return call


def _sum(span: Span, budget: Budget, values: Any, start: Any = 0) -> Any:
    _need(values, list | tuple, "a list", span)
    total = start
    for value in values:
        total = binary("+", total, value, span, budget)
    return total


def _len(span: Span, budget: Budget, value: Any) -> int:
    _need(value, list | tuple | str, "a list, a tuple or a string", span)
    return len(value)


def _range(span: Span, budget: Budget, *bounds: Any) -> list[int]:
    if not 1 <= len(bounds) <= 3:
        raise mistake("E0204", f"range() takes one to three integers, not {len(bounds)}", span)
    for bound in bounds:
        _need(bound, int, "an integer known at compile time", span)
    if len(bounds) == 3 and bounds[2] == 0:
        raise mistake("E0212", "range() with a step of 0 never ends", span)
    numbers = range(*bounds)
    start, stop = (0, bounds[0]) if len(bounds) == 1 else bounds[:2]
    step = bounds[2] if len(bounds) == 3 else 1
    count = max(0, -((start - stop) // step))
    budget.spend(count, span, f"range of {short(count)} numbers")
    return list(numbers)


def _zip(span: Span, budget: Budget, *lists: Any) -> list[Any]:
    for one in lists:
        _need(one, list | tuple, "a list", span)
    pairs = list(zip(*lists, strict=False))
    budget.hold(pairs, span)
    return pairs


def _enumerate(span: Span, budget: Budget, values: Any, start: Any = 0) -> list[Any]:
    _need(values, list | tuple, "a list", span)
    _need(start, int, "an integer", span)
    pairs = list(enumerate(values, start))
    budget.hold(pairs, span)
    return pairs


def _reversed(span: Span, budget: Budget, values: Any) -> list[Any]:
    _need(values, list | tuple, "a list", span)
    return list(reversed(values))


def _sorted(span: Span, budget: Budget, values: Any, reverse: Any = False) -> list[Any]:
    _need(values, list | tuple, "a list", span)
    for value in values:
        _need(value, int | float, "a number", span)
    return sorted(values, reverse=bool(reverse))


def _list(span: Span, budget: Budget, values: Any = ()) -> list[Any]:
    _need(values, list | tuple, "a list or a tuple", span)
    budget.spend(len(values), span)
    return list(values)


def _tuple(span: Span, budget: Budget, values: Any = ()) -> tuple[Any, ...]:
    return tuple(_list(span, budget, values))


BUILTINS: dict[str, Callable[..., Any]] = {
    "int": _int,
    "float": _float,
    "round": _round,
    "ceil": _float_function(math.ceil),
    "floor": _float_function(math.floor),
    "sqrt": _float_function(math.sqrt),
    "log": _float_function(math.log),
    "exp": _float_function(math.exp),
    "abs": _abs,
    "min": _extremum("min"),
    "max": _extremum("max"),
    "sum": _sum,
    "len": _len,
    "range": _range,
    "zip": _zip,
    "enumerate": _enumerate,
    "reversed": _reversed,
    "sorted": _sorted,
    "list": _list,
    "tuple": _tuple,
}
KEYWORDS = {"round": ("ndigits",), "sum": ("start",), "enumerate": ("start",), "sorted": ("reverse",)}
"""The keyword arguments that the functions above take."""
