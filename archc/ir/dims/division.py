"""Floor division, exact division and their normal forms.

Every rewrite here is an identity of integers for a positive divisor. A symbolic divisor is taken to be positive, as
all sizes are; a constant divisor may have either sign.
"""

from __future__ import annotations

from functools import lru_cache
from math import gcd

from archc.ir.dims.atoms import (
    CONSTANT,
    MAX_TERMS,
    Coefficients,
    FloorDiv,
    Monomial,
    divide_monomials,
    multiply_monomials,
)
from archc.ir.dims.bounds import atom_interval, lower, upper
from archc.ir.dims.core import Dim, DimLike, add, build, coefficients_of, constant_part, from_atom, multiply


def floor_div(a: DimLike, b: DimLike) -> DimLike:
    """`a // b`. A symbolic `b` is taken to be positive; a constant 0 raises `ZeroDivisionError`."""
    if not isinstance(b, Dim):
        if b == 0:
            raise ZeroDivisionError("division of a size by zero")
        if not isinstance(a, Dim):
            return a // b
        if b < 0:
            a, b = -a, -b
        return a if b == 1 else _by_constant(a, b)
    return _by_dim(a, b) if a != 0 else 0


def ceil_div(a: DimLike, b: DimLike) -> DimLike:
    """`a / b` rounded up."""
    return -floor_div(-a, b)


@lru_cache(maxsize=1 << 13)
def _by_constant(a: Dim, d: int) -> DimLike:
    nested = _nested(a)
    dividend: DimLike = a
    if nested is not None and isinstance(nested[1], int):  # the usual chain of convolutions: no need to split it twice
        dividend, d = nested[0], nested[1] * d
    whole, rest = _split(dividend, d, CONSTANT)
    shared = gcd(d, *(factor for monomial, factor in rest.items() if monomial))
    if shared > 1:  # floor((g*x + r) / (g*d)) = floor((x + floor(r/g)) / d)
        rest = {monomial: factor // shared for monomial, factor in rest.items()}
        d //= shared
    numerator = build(rest)
    if not isinstance(numerator, Dim):
        return add(build(whole), numerator // d)
    return add(build(whole), numerator if d == 1 else _simplest(_merge_nested(numerator, d), numerator, d))


def _split(a: DimLike, factor: int, divisor: Monomial) -> tuple[Coefficients, Coefficients]:
    """Write `a` as `whole * (factor * divisor) + rest`.

    What is left of a coefficient is in `[0, factor)`. Only beside a constant divisor do the coefficients of symbols keep
    their sign, so that `-H // 7` can become a ceiling.
    """
    whole: Coefficients = {}
    rest: Coefficients = {}
    for monomial, c in coefficients_of(a).items():
        left = divide_monomials(monomial, divisor)
        if left is None:
            rest[monomial] = c
            continue
        q = -(-c // factor) if c < 0 and divisor == CONSTANT != monomial else c // factor
        whole[left] = q
        if c != q * factor:
            rest[monomial] = c - q * factor
    return whole, rest


def _simplest(merged: DimLike | None, numerator: DimLike, divisor: DimLike) -> DimLike:
    if merged is not None:
        return merged
    if isinstance(numerator, Dim) and isinstance(divisor, int) and numerator.depth > 1:  # H % 2 // 4 is 0
        least, greatest = lower(numerator), upper(numerator)
        if least is not None and greatest is not None and least // divisor == greatest // divisor:
            return least // divisor
    return _quotient(numerator, divisor)


def _quotient(numerator: DimLike, divisor: DimLike) -> DimLike:
    """A floor division that nothing simplifies; of `x // d` and `-x // d` only the one with a positive sign is kept."""
    if _sign(numerator, divisor) > 0:
        return from_atom(FloorDiv(numerator, divisor))
    # floor(-x/d) = -ceil(x/d). For a constant divisor d - 1 - x keeps its constant in [0, d); for a symbolic one the d
    # moves out at once.
    if isinstance(divisor, Dim):
        return add(-1, multiply(-1, floor_div(add(-1, multiply(-1, numerator)), divisor)))
    return multiply(-1, from_atom(FloorDiv(add(divisor - 1, multiply(-1, numerator)), divisor)))


def _sign(numerator: DimLike, divisor: DimLike) -> int:
    """The sign of the first term that `_split` leaves as it is."""
    terms = coefficients_of(numerator)
    units = coefficients_of(divisor)
    if isinstance(divisor, Dim) and len(units) == 1:
        (unit,) = units
        terms = {monomial: c for monomial, c in terms.items() if divide_monomials(monomial, unit) is None} or terms
    return next(iter(terms.values()))


def _merge_nested(numerator: Dim, d: int) -> DimLike | None:
    """floor((floor(a/b) + y) / d) = floor((a + b*y) / (b*d)), for one inner floor with coefficient 1 or -1."""
    inner = [
        (monomial[0][0], sign)
        for monomial, sign in numerator.terms
        if len(monomial) == 1 and isinstance(monomial[0][0], FloorDiv) and monomial[0][1] == 1 and abs(sign) == 1
    ]
    if len(inner) != 1:
        return None
    ((atom, sign),) = inner
    assert isinstance(atom, FloorDiv)
    y = numerator - sign * from_atom(atom)
    a, b = atom.numerator, atom.divisor
    if isinstance(b, Dim) and isinstance(y, Dim):
        return None
    if sign < 0:  # -floor(a/b) = floor((b - 1 - a)/b)
        a = b - 1 - a
    return floor_div(a + b * y, b * d)


@lru_cache(maxsize=1 << 13)
def _by_dim(a: DimLike, b: Dim) -> DimLike:
    exact = exact_div(a, b)
    if exact is not None:
        return exact
    whole: Coefficients = {}
    rest: DimLike = a
    if len(b.terms) == 1 and b.terms[0][1] > 0:
        monomial, factor = b.terms[0]
        whole, remaining = _split(a, factor, monomial)
        rest = build(remaining)
    numerator, divisor = _cancel(rest, b)
    if numerator == 0 or divisor != b:
        return add(build(whole), floor_div(numerator, divisor))
    nested = _nested(numerator)
    merged = None if nested is None else floor_div(nested[0], nested[1] * b)
    return add(build(whole), _simplest(merged, numerator, b))


def _cancel(a: DimLike, b: Dim) -> tuple[DimLike, DimLike]:
    """Drop the positive factor that all terms of `a` and `b` share; a constant of `a` is rounded down by a number.

    An atom that is never negative is positive here, since it divides the positive `b`.
    """
    numbers = [factor for monomial, factor in coefficients_of(a).items() if monomial]
    shared = gcd(*numbers, *(factor for _, factor in b.terms))
    monomials = [*coefficients_of(a), *(monomial for monomial, _ in b.terms)]
    common = tuple((atom, power) for atom, power in _common_monomial(monomials) if atom_interval(atom, ())[0] >= 0)
    return _divide_out(a, shared, common), _divide_out(b, shared, common)


def _divide_out(dim: DimLike, number: int, common: Monomial) -> DimLike:
    terms = coefficients_of(dim).items()
    return build({divide_monomials(monomial, common) or CONSTANT: factor // number for monomial, factor in terms})


def _common_monomial(monomials: list[Monomial]) -> Monomial:
    powers = dict(monomials[0])
    for monomial in monomials[1:]:
        others = dict(monomial)
        powers = {atom: min(power, others[atom]) for atom, power in powers.items() if atom in others}
    return tuple(powers.items())


def _nested(numerator: DimLike) -> tuple[DimLike, DimLike] | None:
    """For `floor(a/b) + k` with a constant k: `a + b*k` and `b`, as floor((floor(a/b) + k)/d) = floor((a + b*k)/(b*d))."""
    if not isinstance(numerator, Dim):
        return None
    monomial, factor = numerator.terms[0]
    k = constant_part(numerator)
    if factor != 1 or len(monomial) != 1 or len(numerator.terms) != 1 + bool(k):
        return None
    atom, power = monomial[0]
    if not isinstance(atom, FloorDiv) or power != 1:
        return None
    return atom.numerator + atom.divisor * k, atom.divisor


def exact_div(a: DimLike, b: DimLike) -> DimLike | None:
    """`a / b` where the polynomials divide without a remainder, else None. Zero raises `ZeroDivisionError`."""
    if not isinstance(b, Dim):
        if b == 0:
            raise ZeroDivisionError("division of a size by zero")
        terms = coefficients_of(a)
        return build({m: c // b for m, c in terms.items()}) if all(c % b == 0 for c in terms.values()) else None
    if not isinstance(a, Dim):
        return 0 if a == 0 else None
    return _divide_polynomials(a, b)


def _divide_polynomials(a: Dim, b: Dim) -> DimLike | None:
    """Long division by leading terms; atoms count as independent unknowns."""
    monomial, factor = b.terms[0]
    quotient: Coefficients = {}
    rest: DimLike = a
    while isinstance(rest, Dim) and len(quotient) < MAX_TERMS:
        leading, c = rest.terms[0]
        left = divide_monomials(leading, monomial)
        if left is None or c % factor:
            return None
        quotient[left] = c // factor
        step = {multiply_monomials(left, m): -d * (c // factor) for m, d in b.terms}
        rest = add(rest, build(step))
    return build(quotient) if rest == 0 else None
