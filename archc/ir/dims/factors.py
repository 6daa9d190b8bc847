"""Factors of a polynomial, for reading: sizes are stored multiplied out but written `C * (H - 2) * (W - 2)`."""

from __future__ import annotations

from math import gcd

from archc.ir.dims.atoms import Atom, Coefficients, divide_monomials
from archc.ir.dims.core import Dim, DimLike, build, coefficients_of, from_atom
from archc.ir.dims.division import exact_div


def factors_of(dim: Dim) -> tuple[DimLike, list[Dim]]:
    """A product of a single term and sums that equals `dim`.

    A number alone is not taken out: `2 * H + 2` is its own only factor.
    """
    parts = _split(dim)
    if len(parts) == 1:
        return 1, [dim]
    term: DimLike = 1
    sums = []
    for part in parts:
        number = _number(part)
        reduced = exact_div(part, number)
        if isinstance(reduced, Dim) and len(reduced.terms) > 1:
            term = term * number
            sums.append(reduced)
        else:
            term = term * part
    return _signed(term, sums)


def _signed(term: DimLike, sums: list[Dim]) -> tuple[DimLike, list[Dim]]:
    """Prefer `W * (7 - H)` to `-W * (H - 7)`."""
    mixed = [i for i, part in enumerate(sums) if min(_coefficients(part)) < 0 < max(_coefficients(part))]
    if mixed and max(_coefficients(term)) < 0:
        sums[mixed[0]] = -sums[mixed[0]]
        term = -term
    return term, sums


def _coefficients(dim: DimLike) -> list[int]:
    return list(coefficients_of(dim).values())


def _number(dim: DimLike) -> int:
    """The number that all coefficients share, negative if they all are."""
    numbers = _coefficients(dim)
    return gcd(*numbers) * (-1 if max(numbers) < 0 else 1)


def _split(dim: Dim) -> list[DimLike]:
    """If `dim = A * x + B` for an atom x and A divides B, the factors are `x + B / A` and those of A."""
    for atom in dict.fromkeys(atom for monomial, _ in dim.terms for atom, _ in monomial):
        pair = _split_at(dim, atom)
        if pair is not None:
            return [pair[0], *_split(pair[1])]
    return [dim]


def _split_at(dim: Dim, atom: Atom) -> tuple[DimLike, Dim] | None:
    slope: Coefficients = {}
    others: Coefficients = {}
    for monomial, factor in dim.terms:
        left = divide_monomials(monomial, ((atom, 1),))
        if left is None:
            others[monomial] = factor
        else:
            slope[left] = factor
    leading = build(slope)
    if not isinstance(leading, Dim) or (others and any(atom in dict(monomial) for monomial in slope)):
        return None
    quotient = exact_div(build(others), leading)
    return None if quotient is None else (from_atom(atom) + quotient, leading)
