"""Exact bounds of sizes, where a bound that is looser, or wrong, would be noticed."""

from __future__ import annotations

import pytest

from archc.ir.dims import Dim, DimLike, dim_max, dim_min, lower, symbol, upper
from archc.ir.dims.bounds import Bounds

C, H, W = symbol("C"), symbol("H"), symbol("W")
SMALL: Bounds = {"H": (2, 5), "W": (3, 7)}


@pytest.mark.parametrize(
    ("dim", "bounds", "least", "greatest"),
    [
        (H, {"H": (None, 63)}, 1, 63),
        (H, {"H": (4, None)}, 4, None),
        (H * W, SMALL, 6, 35),
        (-2 * H * W + 1, SMALL, -69, -11),
        (H**2 * W, SMALL, 12, 175),
        (H - W, SMALL, -5, 2),
        ((H - 4) * W, SMALL, -14, 15),
        (W // H, SMALL, 0, 3),
        ((H - 100) // W, {"H": (1, 50)}, -99, -1),
        ((H - 100) // W, {"H": (1, 50), "W": (7, 10)}, -15, -5),
        (H * (7 // H), {}, 0, 7),
        (7 // H, {}, 0, 7),
        (H // W - 7 // W, {}, -7, None),
        (dim_min(H, 7) * dim_min(W, 4), {}, 1, 28),
        (dim_max(H, 7) * dim_max(W, 4), {}, 28, None),
        (dim_max(H, 7), {"H": (1, 9)}, 7, 9),
        (dim_min(H, W), SMALL, 2, 5),
        (H // W, {"H": (5, 9), "W": (1, 1)}, 5, 9),
        ((H - 100) // W, {"H": (1, 200)}, -99, 100),
        ((H - 1) // W, {}, 0, None),
        (W // C * (H % 2), {}, 0, None),
        ((H - W) // symbol("D") * (C % 2), {}, None, None),
        (((H - W) // 3) ** 2, {"H": (1, 9), "W": (1, 9)}, 0, 9),
        (H**3, {"H": (10**300, None)}, 10**900, None),
    ],
)
def test_bounds(dim: DimLike, bounds: Bounds, least: int | None, greatest: int | None) -> None:
    assert (lower(dim, bounds), upper(dim, bounds)) == (least, greatest)


def many(dims: list[DimLike]) -> Dim:
    total = sum(dims)
    assert isinstance(total, Dim) and total.nodes > 200
    return total


NAMES = [symbol(f"s{i}") for i in range(100)]


def test_large_sums_are_bounded_term_by_term() -> None:
    for make, least, greatest in (
        (lambda s: dim_min(s, 7), 100, 700),
        (lambda s: dim_max(s, 7), 700, None),
        (lambda s: -dim_max(s, 7), None, -700),
        (lambda s: 9 // s, 0, 900),
        (lambda s: s // W, 0, None),
        (lambda s: s * W // 2, 0, None),
    ):
        dim = many([make(name) for name in NAMES])
        assert (lower(dim), upper(dim)) == (least, greatest)


def test_up_to_200_nodes_are_looked_at_closely() -> None:
    """Only then is it seen that a remainder is at least 0."""
    closely, loosely = sum(NAMES[:97], H % 7), sum(NAMES[:96], H % 7 + C * W)
    assert isinstance(closely, Dim) and isinstance(loosely, Dim)
    assert (closely.nodes, lower(closely)) == (200, 97)
    assert (loosely.nodes, lower(loosely)) == (201, None)
