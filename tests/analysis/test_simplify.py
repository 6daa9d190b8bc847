"""The shortest form of a size is equal for every size of the domain, and shorter."""

from __future__ import annotations

from itertools import islice

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archc.analysis.domain import Domain
from archc.analysis.simplify import Simplifier
from archc.analysis.sizes import ALL, SizeSet
from archc.ir.dims import DimLike, dim_max, dim_min, evaluate, parse_dim, symbol


def multiples(of: int, rest: int = 0, least: int = 1) -> SizeSet:
    return SizeSet(least, of, frozenset({rest}), frozenset())


def upto(most: int) -> SizeSet:
    return SizeSet(most + 1, 1, frozenset(), frozenset(range(1, most + 1)))


def simplified(text: str, **sizes: SizeSet) -> str:
    return str(Simplifier(Domain(sizes)).dim(parse_dim(text)))


@pytest.mark.parametrize(
    ("text", "sizes", "wanted"),
    [
        ("(H + 31) // 32", {"H": multiples(32)}, "H // 32"),
        ("((H + 1) // 2 + 1) // 2 * W", {"H": multiples(4), "W": ALL}, "W * (H // 4)"),
        ("2 * ((H + 4) // 8) - 16", {"H": multiples(16, 12, 188)}, "H // 4 - 15"),
        ("(W + W % 2 + 1) // 2", {"W": ALL}, "(W + 1) // 2"),
        ("min(T, 512)", {"T": upto(512)}, "T"),
        ("max(T - 512, 0) + 7", {"T": upto(512)}, "7"),
        ("max(H - 31, 1) * B", {"H": SizeSet(32, 1, frozenset({0}), frozenset()), "B": ALL}, "B * (H - 31)"),
        ("max(H - 31, 1)", {"H": ALL}, "max(H, 32) - 31"),
        ("H * W + 9 * (H // 2) * (W // 2)", {"H": multiples(2), "W": multiples(2)}, "13 * (H // 2) * (W // 2)"),
        ("64 * (H // 4) * (W // 4)", {"H": multiples(4), "W": multiples(4)}, "4 * H * W"),
        ("(H + 1) // 2", {"H": ALL}, "(H + 1) // 2"),
        ("H // 3 + H", {"H": SizeSet(1, 1, frozenset(), frozenset())}, "H + H // 3"),
    ],
)
def test_forms(text: str, sizes: dict[str, SizeSet], wanted: str) -> None:
    assert simplified(text, **sizes) == wanted


def test_equal_symbols_are_one() -> None:
    known = Simplifier(Domain({"S": ALL, "T": ALL}, {"T": "S"}))
    assert str(known.dim(parse_dim("S * T"))) == "S ** 2"


numbers = st.integers(-6, 40)
sets = st.builds(
    lambda period, rest, start, before: SizeSet(start, period, frozenset({rest % period}), frozenset(before)),
    st.integers(1, 12),
    st.integers(0, 11),
    st.just(9),
    st.sets(st.integers(1, 8)),
)


def grown(inner: st.SearchStrategy[DimLike]) -> st.SearchStrategy[DimLike]:
    return st.one_of(
        st.builds(lambda a, d: a // d, inner, st.integers(1, 6)),
        st.builds(lambda a, d: a % d, inner, st.integers(1, 6)),
        st.builds(lambda a, n: a + n, inner, numbers),
        st.builds(lambda a, n: a * n, inner, st.integers(1, 4)),
        st.builds(lambda a, b: a + b, inner, inner),
        st.builds(dim_min, inner, inner),
        st.builds(dim_max, inner, numbers),
    )


formulas = st.recursive(st.sampled_from([symbol("H"), symbol("W")]), grown, max_leaves=6)


@given(formulas, sets, sets)
def test_equal_on_the_whole_domain(formula: DimLike, heights: SizeSet, widths: SizeSet) -> None:
    found = Simplifier(Domain({"H": heights, "W": widths})).dim(formula)
    for height in islice((size for size in range(1, 400) if size in heights), 120):
        for width in [size for size in range(1, 90) if size in widths][::5]:
            at = {"H": height, "W": width}
            assert evaluate(found, at) == evaluate(formula, at)


@given(formulas, sets)
def test_a_form_is_never_longer(formula: DimLike, heights: SizeSet) -> None:
    found = Simplifier(Domain({"H": heights, "W": ALL})).dim(formula)
    assert str(found).count("H") + str(found).count("W") <= str(formula).count("H") + str(formula).count("W")
