"""Where the budgets of sizes end, to the last unit."""

from __future__ import annotations

from collections.abc import Callable
from math import prod

import pytest

from archc.ir.dims import Dim, DimLike, DimTooLarge, dim_max, dim_min, dim_pow, parse_dim, symbol

H, W = symbol("H"), symbol("W")


def nested(depth: int) -> DimLike:
    size: DimLike = H
    for _ in range(depth - 1):
        size = (3 * size + 1) // 5
    return size


def terms(count: int) -> DimLike:
    return sum(symbol(f"s{i}") for i in range(count))


def factors(count: int) -> DimLike:
    return prod(symbol(f"m{i}") for i in range(count))


def nodes(count: int) -> DimLike:
    """A sum whose terms have 17 symbols, with the factor 18 nodes, and a last one with what is left."""
    whole, rest = divmod(count, 18)
    assert rest > 1
    return sum((factors(16) * symbol(f"n{i}") for i in range(whole)), factors(rest - 1))


@pytest.mark.parametrize(
    ("build", "last"),
    [
        (nested, 24),
        (terms, 256),
        (nodes, 4096),
        (lambda degree: H**degree, 64),
        (lambda degree: H ** (degree - 1) * W, 64),
        (lambda exponent: dim_pow(2, exponent), 133),
        (lambda exponent: dim_pow(-2, exponent), 133),
        (lambda number: number * H, 10**40),
        (lambda number: -number * H, 10**40),
        (lambda number: H + number, 10**40),
        (lambda number: parse_dim("(" * number + "H" + ")" * number), 99),
        (lambda length: parse_dim("H".ljust(length)), 100_000),
        (lambda digits: parse_dim("1" * digits), 41),
    ],
)
def test_the_last_that_is_taken(build: Callable[[int], DimLike], last: int) -> None:
    build(last)
    with pytest.raises(DimTooLarge):
        build(last + 1)


@pytest.mark.parametrize(
    ("size", "depth", "nodes"),
    [
        (H, 1, 2),
        (2 * H * W, 1, 3),
        (H**3 * W + H, 1, 5),
        (H // 2, 2, 4),
        ((H // 2 + 1) // W, 2, 7),
        (dim_min(H, 7), 2, 4),
        (dim_max(H // 2, W), 3, 8),
    ],
)
def test_how_large_a_size_is(size: Dim, depth: int, nodes: int) -> None:
    again = parse_dim(str(size))
    assert isinstance(again, Dim)
    assert (again.depth, again.nodes) == (size.depth, size.nodes) == (depth, nodes)
    assert again.symbols == {name for name in ("H", "W") if name in str(size)}
