"""Decisions on sizes: what must be decided, and that no decision is ever wrong."""

from __future__ import annotations

from itertools import product

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from archc.ir.decide import decide_eq, decide_ge
from archc.ir.dims import Dim, DimLike, DimTooLarge, ceil_div, dim_max, dim_min, evaluate, symbol, symbols_of
from archc.ir.periodic import Pattern, pattern_of
from archc.ir.sequences import Sequence, may_vanish, never_negative
from tests.ir.expressions import Expression, expressions, unhurried

C, H, W = symbol("C"), symbol("H"), symbol("W")


@pytest.mark.parametrize(
    ("a", "b"),
    [
        (3, 3),
        (H + 1, 1 + H),
        ((W + W % 2 + 1) // 2, (W + 1) // 2),
        ((W + W % 2) // 2, (W + 1) // 2),
        (C - C // 2, (C + 1) // 2),
        (H // 2 + (H + 1) // 2, H),
        (H // 3 + (H + 1) // 3 + (H + 2) // 3, H),
        (3 * H // 4, H - ceil_div(H, 4)),
        ((H + W) // 2, (W - H) // 2 + H),
        (dim_min(H, 7) + dim_max(H, 7), H + 7),
        (dim_max(2 * ceil_div(H, 2) - H, 0), H % 2),
        (dim_max(H // 2, 5) * 2, dim_max(H - H % 2, 10)),
        ((H // 2 + H % 2) ** 2, ((H + 1) // 2) ** 2),
        (3 * (H // 2) // 4, (3 * H - 3 * (H % 2)) // 8),
        ((H * H + H) % 2, 0),
    ],
)
def test_equal_for_all_sizes(a: DimLike, b: DimLike) -> None:
    assert decide_eq(a, b) is True
    assert decide_ge(a, b) in (True, None)
    assert decide_eq(a, b + 1) is False


@pytest.mark.parametrize(
    ("a", "b"),
    [
        (3, 4),
        (H, H + 7),
        (2 * H + 1, 4 * W),
        (2 * H * W, 7),
        (H + W, 1),
        (H % 7, 7),
        (2 * (H // 2), 2 * ceil_div(H, 2) + 2),
        (2 * (H // 2) + 1, 2 * ((H + 3) // 4)),
        (dim_min(H, 7), 8),
        (H * H, 2),
        (H * H + 30, 11 * H + 3),
        (H * H // 3 * 3 + 2, H * H),
        (H // 3 + H % 3 + 2, H // 3 * 3 + 1 - H // 3 * 2),
    ],
)
def test_equal_for_no_size(a: DimLike, b: DimLike) -> None:
    assert decide_eq(a, b) is False


@pytest.mark.parametrize(
    ("a", "b"), [(H, 7), (H, W), (32 * (H // 32), H), (H % 2, 0), (H * W, H + W), (dim_min(H, 7), 7)]
)
def test_equal_for_some_sizes(a: DimLike, b: DimLike) -> None:
    assert decide_eq(a, b) is None


@pytest.mark.parametrize(
    ("a", "b", "verdict"),
    [
        (H, 1, True),
        (H, 2, None),
        (0, H, False),
        (H % 7, 0, True),
        (6, H % 7, True),
        (H * W, H, True),
        (H * W * C, W * C, True),
        (H, 2 * (H // 2), True),
        (7 * ceil_div(H, 7), H, True),
        (H // 2 + H // 3, H, False),
        (H, H // 2 + H // 3 + H // 7, True),
        (H, W * (H // W), True),
        (dim_max(H, W), H, True),
        (H + W, dim_max(H, W) + 1, True),
        (H, dim_min(H, W), True),
        (H // 32, 1, None),
        (H, W, None),
        (H * H, 4 * H - 4, True),
        (H * H, 10 * H - 20, None),
        (10 * H - 26, H * H, False),
        (H * H // 2, H * (H // 2), True),
        (dim_min(H, 40) + dim_max(H // 2, 20), 21, True),
    ],
)
def test_order(a: DimLike, b: DimLike, verdict: bool | None) -> None:
    assert decide_ge(a, b) is verdict


def test_bounds_settle_more() -> None:
    assert decide_ge(H // 32, 1, {"H": (32, None)}) is True
    assert decide_ge(H // 32, 2, {"H": (None, 63)}) is False
    assert decide_eq(H // 32, 1, {"H": (32, 63)}) is True
    assert decide_eq(H % 8, H, {"H": (1, 7)}) is True
    assert decide_eq(H * H, 5 * H - 6, {"H": (4, 100)}) is False
    assert decide_eq(dim_min(H, 7), 7, {"H": (7, None)}) is True
    assert decide_eq(H, 5, {"H": (4, 6)}) is None


def test_the_first_and_the_last_size_count() -> None:
    """Each of these is settled by trying sizes, and one size more or less would settle it differently."""
    assert decide_ge(H // 2, 1) is decide_ge(H // 2, 1, {"H": (None, 9)}) is decide_ge(H // 2, 1, {"H": (1, 9)}) is None
    assert decide_ge(H - 1, 0, {"H": (0, 5)}) is True
    size = H % 3 * (H // 3)
    assert decide_eq(size, 0, {"H": (1, 3)}) is decide_ge(0, size, {"H": (1, 3)}) is True
    assert decide_eq(size, 0, {"H": (1, 4)}) is decide_ge(0, size, {"H": (1, 4)}) is None
    assert decide_eq(size, 0, {"H": (4, 5)}) is decide_ge(0, size, {"H": (4, 5)}) is False
    assert decide_ge(0, (H - 1) // 8, {"H": (1, 9)}) is None
    assert decide_eq(1, (H - 1) // 8, {"H": (1, 8)}) is False
    assert decide_eq(1, (H - 1) // 8, {"H": (1, 9)}) is None
    assert decide_ge(H * H + 2, 3 * H) is True
    assert decide_eq(H + H // 2, 3002) is False


def test_bounds_that_touch_zero_settle_nothing() -> None:
    assert decide_eq(0, H % 2) is decide_ge(0, H % 2) is None
    assert decide_eq(7 // H, 1) is None
    assert decide_eq(dim_min(H, W) // 10, 0, {"H": (1, 7)}) is True


def test_as_many_cases_as_are_tried() -> None:
    def floors(n: int) -> tuple[DimLike, DimLike]:
        return (n - 1) * H // n * (63 * W // 64), (H - ceil_div(H, n)) * (W - ceil_div(W, 64))

    assert decide_eq(*floors(64)) is True
    assert decide_eq(*floors(65)) is None
    size = dim_min(H, 1 << 14)
    assert decide_eq(size * size + 30, 11 * size + 3) is False
    assert decide_ge(size * size + 31, 11 * size) is True


def test_what_is_too_large_stays_undecided() -> None:
    assert decide_eq(H % 5000 * (H % 4999), H) is None
    assert decide_eq(10**40 * H, -(10**40) * H) is None
    assert decide_ge(10**40 * H, -(10**40) * H) is None


def test_patterns() -> None:
    assert pattern_of(5, "H") == Pattern(1, 0, 1)
    assert pattern_of(W // 3, "H") == Pattern(1, 0, 1)
    assert pattern_of(H // 3 + H // 2 * W, "H") == Pattern(6, 1, 1)
    assert pattern_of(H * (H // 4), "H") == Pattern(4, 2, 1)
    assert pattern_of(dim_min(H, 7), "H") == Pattern(1, 1, 7)
    assert pattern_of(dim_min(H, W), "H") is None
    assert pattern_of(7 // H, "H") is None
    assert pattern_of(H // 4097, "H") is None


@unhurried
@given(st.lists(st.integers(-300, 300), min_size=1, max_size=4))
def test_sequences_are_judged_soundly(values: list[int]) -> None:
    sequence = Sequence.of(values)
    found = []
    for _ in range(300):
        found.append(sequence.value)
        sequence = sequence.next()
    assert found[: len(values)] == values
    verdict = never_negative(Sequence.of(values))
    assert verdict is None or {value >= 0 for value in found} == {verdict}
    assert may_vanish(Sequence.of(values)) or 0 not in found


single = expressions(names=("H",), symbolic_divisors=False)
double = expressions(names=("H", "W"))


def computed(expression: Expression) -> DimLike:
    try:
        value: DimLike = expression.value({"H": H, "W": W})
    except DimTooLarge:
        assume(False)
        raise
    return value


@unhurried
@given(single, single)
def test_decisions_in_one_symbol_are_sound(first: Expression, second: Expression) -> None:
    a, b = computed(first), computed(second)
    differences = [evaluate(a, {"H": size}) - evaluate(b, {"H": size}) for size in range(1, 300)]
    assert_sound(decide_eq(a, b), [difference == 0 for difference in differences])
    assert_sound(decide_ge(a, b), [difference >= 0 for difference in differences])


@unhurried
@given(double, double)
def test_decisions_in_two_symbols_are_sound(first: Expression, second: Expression) -> None:
    a, b = computed(first), computed(second)
    points = [{"H": h, "W": w} for h, w in product(range(1, 26), range(1, 26))]
    differences = [evaluate(a, env) - evaluate(b, env) for env in points]
    assert_sound(decide_eq(a, b), [difference == 0 for difference in differences])
    assert_sound(decide_ge(a, b), [difference >= 0 for difference in differences])


@unhurried
@given(single, single, st.integers(1, 60), st.none() | st.integers(0, 60))
def test_decisions_within_bounds_are_sound(
    first: Expression, second: Expression, start: int, width: int | None
) -> None:
    a, b = computed(first), computed(second)
    bounds = {"H": (start, None if width is None else start + width)}
    sizes = range(start, start + (300 if width is None else width + 1))
    differences = [evaluate(a, {"H": size}) - evaluate(b, {"H": size}) for size in sizes]
    assert_sound(decide_eq(a, b, bounds), [difference == 0 for difference in differences])
    assert_sound(decide_ge(a, b, bounds), [difference >= 0 for difference in differences])


def assert_sound(verdict: bool | None, cases: list[bool]) -> None:
    if verdict is not None:
        assert set(cases) == {verdict}


linear = st.recursive(
    st.one_of(st.just(H), st.integers(-9, 9)),
    lambda inner: st.one_of(
        st.builds(lambda a, b: a + b, inner, inner),
        st.builds(lambda a, b: a - b, inner, inner),
        st.builds(lambda a, d: a // d, inner, st.integers(1, 5)),
        st.builds(lambda a, d: a % d, inner, st.integers(1, 5)),
        st.builds(dim_min, inner, inner),
        st.builds(dim_max, inner, inner),
    ),
    max_leaves=5,
)


@unhurried
@given(linear, linear)
def test_one_symbol_with_constant_divisors_is_always_decided(a: DimLike, b: DimLike) -> None:
    difference = a - b
    pattern = pattern_of(difference, "H")
    assume(pattern is not None and symbols_of(difference))
    assert pattern is not None
    assert isinstance(difference, Dim)
    assert pattern.degree <= 1
    # Enough sizes to see the sign of each line twice, far enough out for any slope to have won.
    sizes = [*range(1, 400), *range(10**9, 10**9 + 2 * pattern.period)]
    differences = [evaluate(difference, {"H": size}) for size in sizes]
    if set(differences) == {0}:
        assert decide_eq(a, b) is True
    if min(differences) >= 0:
        assert decide_ge(a, b) is True
    if max(differences) < 0:
        assert decide_ge(a, b) is False
        assert decide_eq(a, b) is False
