"""Dims against Python's own integers, on random expressions and sizes."""

from __future__ import annotations

import copy
import pickle

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from archc.ir.dims import (
    Dim,
    DimLike,
    DimTooLarge,
    ceil_div,
    dim_max,
    dim_min,
    evaluate,
    exact_div,
    floor_div,
    lower,
    parse_dim,
    render,
    substitute,
    symbol,
    symbols_of,
    to_python,
    upper,
)
from archc.ir.dims.bounds import plain_interval
from archc.ir.dims.core import from_atom
from archc.ir.dims.relaxation import relaxed_least
from tests.ir.expressions import NAMES, Expression, expressions, unhurried

SYMBOLS: dict[str, DimLike] = {name: symbol(name) for name in NAMES}

sizes = st.fixed_dictionaries({name: st.integers(1, 40) for name in NAMES})
many_sizes = st.lists(sizes, min_size=4, max_size=8)


def canonical(expression: Expression) -> DimLike:
    try:
        value = expression.value(SYMBOLS)
    except DimTooLarge:
        assume(False)
        raise
    assert type(value) is int or isinstance(value, Dim)
    return value


def python_value(text: str, env: dict[str, int]) -> object:
    return eval(text, {"min": min, "max": max}, env)  # noqa: S307 (the text was made here)


@unhurried
@given(expressions(), many_sizes)
def test_a_dim_has_the_value_of_its_expression(expression: Expression, points: list[dict[str, int]]) -> None:
    dim = canonical(expression)
    for env in points:
        assert evaluate(dim, env) == expression.value(env)


@unhurried
@given(expressions(), many_sizes)
def test_its_text_is_python_for_its_value(expression: Expression, points: list[dict[str, int]]) -> None:
    dim = canonical(expression)
    for env in points:
        assert python_value(str(dim), env) == evaluate(dim, env)


@unhurried
@given(expressions())
def test_its_text_reads_back_as_itself(expression: Expression) -> None:
    dim = canonical(expression)
    assert parse_dim(str(dim)) == dim


@unhurried
@given(expressions(), sizes)
def test_names_may_become_any_expression(expression: Expression, env: dict[str, int]) -> None:
    dim = canonical(expression)
    text = to_python(dim, lambda name: f"{name} + 1")
    assert python_value(text, {name: size - 1 for name, size in env.items()}) == evaluate(dim, env)


@unhurried
@given(expressions(), expressions(), expressions(), many_sizes)
def test_substitution_is_simultaneous_and_keeps_values(
    expression: Expression, first: Expression, second: Expression, points: list[dict[str, int]]
) -> None:
    dim = canonical(expression)
    mapping = {"H": canonical(first), "W": canonical(second)}
    try:
        result = substitute(dim, mapping)
    except (DimTooLarge, ZeroDivisionError):
        assume(False)
        raise
    assert symbols_of(result) <= symbols_of(dim) | symbols_of(mapping["H"]) | symbols_of(mapping["W"])
    for env in points:
        inner = {**env, "H": evaluate(mapping["H"], env), "W": evaluate(mapping["W"], env)}
        if min(inner.values()) >= 1:
            assert evaluate(result, env) == evaluate(dim, inner)


@unhurried
@given(expressions(), expressions(), expressions())
def test_sums_and_products_have_one_form(a: Expression, b: Expression, c: Expression) -> None:
    x, y, z = canonical(a), canonical(b), canonical(c)
    try:
        left, right = (x + y) * z, z * y + z * x
    except DimTooLarge:
        assume(False)
        raise
    assert left == right
    assert hash(left) == hash(right)
    assert x - y == -(y - x)
    assert (x + y) + z == x + (y + z)
    assert x - x == 0


linear = st.builds(
    lambda h, w, c, k: h * symbol("H") + w * symbol("W") + c * symbol("C") + k,
    *[st.integers(-20, 20)] * 4,
)


@unhurried
@given(linear, st.integers(1, 12), st.integers(1, 12), st.integers(-20, 20))
def test_floor_division_of_sums_has_one_form(x: DimLike, b: int, c: int, k: int) -> None:
    assert x // b // c == x // (b * c)
    assert (x + b * c) // b == x // b + c
    assert (x // b + k) // c == (x + b * k) // (b * c)
    assert ceil_div(x, b) == (x + b - 1) // b == -(-x // b)
    assert (x * c) // (b * c) == (x * c + c - 1) // (b * c) == x // b


@unhurried
@given(expressions(), expressions(), st.integers(1, 12))
def test_what_divides_exactly_is_divided(a: Expression, b: Expression, c: int) -> None:
    x, k = canonical(a), canonical(b)
    assert x * c // c == x
    assert exact_div(x * c, c) == x
    assert x % c + x // c * c == x
    if isinstance(k, Dim):
        try:
            assert exact_div(x * k, k) == x
        except DimTooLarge:
            assume(False)


@unhurried
@given(expressions(), expressions(), expressions(), st.integers(-9, 9))
def test_extrema_have_one_form(a: Expression, b: Expression, c: Expression, shift: int) -> None:
    x, y, z = canonical(a), canonical(b), canonical(c)
    assert dim_min(x, y, z) == dim_min(z, x, y) == dim_min(dim_min(y, z), x)
    assert dim_max(x, y, z) == -dim_min(-x, -y, -z)
    assert dim_max(x + shift, y + shift) == dim_max(x, y) + shift
    assert dim_min(x, x) == x


@unhurried
@given(expressions(), many_sizes)
def test_bounds_hold(expression: Expression, points: list[dict[str, int]]) -> None:
    dim = canonical(expression)
    least, greatest = lower(dim), upper(dim)
    for env in points:
        value = evaluate(dim, env)
        assert least is None or least <= value
        assert greatest is None or value <= greatest


@unhurried
@given(expressions(), st.sampled_from((1, -1, 2, -3)), st.integers(-4, 4))
def test_a_closer_look_tells_no_more_of_one_atom(expression: Expression, factor: int, constant: int) -> None:
    """It is left out there, because it takes long."""
    dim = canonical(expression)
    for atom in {atom for monomial, _ in (dim.terms if isinstance(dim, Dim) else ()) for atom, _ in monomial}:
        alone = factor * from_atom(atom) + constant
        assert isinstance(alone, Dim)
        least, greatest = plain_interval(alone, ())
        assert relaxed_least(alone, ()) <= least
        assert -relaxed_least(-alone, ()) >= greatest


@unhurried
@given(expressions(), many_sizes, st.integers(1, 40), st.integers(0, 39))
def test_bounds_hold_within_given_bounds(
    expression: Expression, points: list[dict[str, int]], start: int, width: int
) -> None:
    dim = canonical(expression)
    bounds = {"H": (start, start + width), "W": (start, None)}
    least, greatest = lower(dim, bounds), upper(dim, bounds)
    for env in points:
        inside = {**env, "H": start + env["H"] % (width + 1), "W": start + env["W"]}
        value = evaluate(dim, inside)
        assert least is None or least <= value
        assert greatest is None or value <= greatest


@unhurried
@given(expressions())
def test_copies_are_equal(expression: Expression) -> None:
    dim = canonical(expression)
    assert copy.deepcopy(dim) is dim
    assert pickle.loads(pickle.dumps(dim)) == dim


@unhurried
@given(st.text(alphabet="HW017 +-*/%(),mina", max_size=12))
def test_reading_any_text_gives_a_dim_or_a_value_error(text: str) -> None:
    try:
        dim = parse_dim(text)
    except ValueError:
        return
    assert parse_dim(render(dim)) == dim


@unhurried
@given(st.integers(-50, 50), st.integers(-7, 9).filter(bool))
def test_plain_numbers_are_divided_as_python_does(a: int, b: int) -> None:
    assert floor_div(a, b) == a // b
    assert ceil_div(a, b) == -(-a // b)
    assert exact_div(a, b) == (a // b if a % b == 0 else None)


def test_division_by_zero_is_refused() -> None:
    size = symbol("H")
    for divide in (floor_div, ceil_div, exact_div):
        with pytest.raises(ZeroDivisionError):
            divide(size, 0)
        with pytest.raises(ZeroDivisionError):
            divide(3, 0)
    with pytest.raises(ZeroDivisionError):
        size % 0
