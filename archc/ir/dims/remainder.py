"""Finding `a % b` in a polynomial: it is stored as `a - b * (a // b)`."""

from __future__ import annotations

from archc.ir.dims.atoms import (
    CONSTANT,
    Atom,
    Coefficients,
    FloorDiv,
    Monomial,
    divide_monomials,
    key_of,
    multiply_monomials,
)
from archc.ir.dims.core import Dim, DimLike, add, build, coefficients_of


class Remainder(Atom):
    """`dividend % divisor`. It lives only in the results of `with_remainders`, never in a canonical dim."""

    __slots__ = ("dividend", "divisor")
    rank = 4

    def __init__(self, dividend: DimLike, divisor: DimLike) -> None:
        super().__init__(f"({key_of(dividend)})%({key_of(divisor)})", (dividend, divisor))
        self.dividend = dividend
        self.divisor = divisor


def with_remainders(dim: Dim) -> Dim:
    """The same polynomial with each `c * a - c * b * (a // b)` written as `c * (a % b)`; nested dims stay as they are."""
    terms = coefficients_of(dim)
    for monomial, _ in dim.terms:
        for atom, power in monomial:
            if isinstance(atom, FloorDiv) and power == 1 and monomial in terms:
                terms = _replace(terms, monomial, atom) or terms
    result = build(terms)
    return result if isinstance(result, Dim) else dim


def _replace(terms: Coefficients, monomial: Monomial, atom: FloorDiv) -> Coefficients | None:
    """The terms with the quotient `atom` of `monomial` made a remainder, if what that needs is there."""
    cofactor = _cofactor(terms[monomial], monomial, atom)
    if cofactor is None:
        return None
    left, c = cofactor
    dividend, divisor = atom.numerator, atom.divisor
    rest = dict(terms)
    del rest[monomial]
    if c > 0:  # c*b*floor(n/b) = c*(n' % b) - c*n', n' = b - 1 - n
        dividend = add(add(divisor, -1), -dividend)
    c = abs(c)
    for part, factor in coefficients_of(dividend).items():
        whole = multiply_monomials(left, part)
        needed, found = c * factor, rest.get(whole, 0)
        if part != CONSTANT and (needed * found <= 0 or abs(found) < abs(needed)):
            return None
        rest[whole] = found - needed
    key = multiply_monomials(left, ((Remainder(_reduced(dividend, divisor), divisor), 1),))
    rest[key] = rest.get(key, 0) + c
    return rest


def _cofactor(factor: int, monomial: Monomial, atom: FloorDiv) -> tuple[Monomial, int] | None:
    """`factor * monomial / (divisor * atom)`, where that is a term."""
    divisor = coefficients_of(atom.divisor)
    if len(divisor) != 1:
        return None
    ((unit, number),) = divisor.items()
    left = divide_monomials(monomial, multiply_monomials(unit, ((atom, 1),)))
    return (left, factor // number) if left is not None and factor % number == 0 else None


def _reduced(dividend: DimLike, divisor: DimLike) -> DimLike:
    """The dividend without the multiples of a symbolic divisor, which do not change the remainder."""
    ((unit, number),) = coefficients_of(divisor).items()
    if unit == CONSTANT:
        return dividend
    terms = coefficients_of(dividend).items()
    return build({m: c for m, c in terms if divide_monomials(m, unit) is None or c % number})
