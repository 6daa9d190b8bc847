"""Minimum and maximum in normal form.

Arguments are flattened, merged and sorted; one that another provably beats for all sizes of at least 1 is dropped. What
all arguments share (a constant, a factor, a sign) moves out, so that `min(H - 1, 6)` and `min(H, 7) - 1` are one dim.
"""

from __future__ import annotations

from collections.abc import Iterable
from math import gcd
from typing import NamedTuple, TypeGuard

from archc.ir.dims.atoms import Atom, Extremum, Max, Min, monomial_order
from archc.ir.dims.bounds import lower
from archc.ir.dims.core import Dim, DimLike, build, coefficients_of, constant_part, from_atom


def dim_min(*dims: DimLike) -> DimLike:
    """The least of one or more dims."""
    return _extremum(Min, dims)


def dim_max(*dims: DimLike) -> DimLike:
    """The greatest of one or more dims."""
    return _extremum(Max, dims)


def _extremum(kind: type[Min] | type[Max], dims: tuple[DimLike, ...]) -> DimLike:
    if not dims:
        raise ValueError(f"{kind.name} of no sizes")
    args = _undominated(kind, sorted(set(_flatten(kind, dims)), key=_order))
    if len(args) == 1:
        return args[0]
    other: type[Min] | type[Max] = Max if kind is Min else Min
    plain, flipped = _Form.of(kind, args), _Form.of(other, [-arg for arg in args])
    return -flipped.dim if flipped.rank > plain.rank else plain.dim


class _Form(NamedTuple):
    """An extremum as `shift + shared * kind(args)`. Of min(...) and -max(...) the one of higher rank is kept."""

    kind: type[Min] | type[Max]
    shift: int
    shared: int
    args: tuple[DimLike, ...]

    @classmethod
    def of(cls, kind: type[Min] | type[Max], args: Iterable[DimLike]) -> _Form:
        ordered = sorted(args, key=_order)
        shift = constant_part(ordered[0])
        rests = [coefficients_of(arg - shift) for arg in ordered]
        shared = gcd(*(factor for rest in rests for factor in rest.values()))
        return cls(kind, shift, shared, tuple(build({m: c // shared for m, c in rest.items()}) for rest in rests))

    @property
    def rank(self) -> tuple[int, bool]:
        """The fewer minus signs the better, as in min(H, 7); else the max, as in max(T - S, 0)."""
        factors = [factor for arg in self.args for factor in coefficients_of(arg).values()]
        return sum((factor > 0) - (factor < 0) for factor in factors), self.kind is Max

    @property
    def dim(self) -> DimLike:
        return self.shift + self.shared * from_atom(self.kind(self.args))


def _flatten(kind: type[Extremum], dims: Iterable[DimLike]) -> Iterable[DimLike]:
    """max(max(a, b) + k, c) = max(a + k, b + k, c), and -min(a, b) = max(-a, -b)."""
    for dim in dims:
        inner = dim - constant_part(dim)
        if isinstance(inner, Dim) and len(inner.terms) == 1:
            monomial, factor = inner.terms[0]
            atom, power = monomial[0]
            if len(monomial) == 1 and power == 1 and _acts_as(atom, kind, factor):
                yield from _flatten(kind, (arg * factor + constant_part(dim) for arg in atom.args))
                continue
        yield dim


def _acts_as(atom: Atom, kind: type[Extremum], factor: int) -> TypeGuard[Extremum]:
    return isinstance(atom, Extremum) and isinstance(atom, kind) == (factor > 0)


def _order(dim: DimLike) -> tuple[object, ...]:
    """By everything but the constant, which two undominated arguments never differ in alone; constants come last."""
    varying = dim - constant_part(dim)
    if not isinstance(varying, Dim):
        return 1, (), (), dim
    sizes = tuple((monomial_order(m), abs(c)) for m, c in varying.terms)
    return 0, sizes, tuple(-c for _, c in varying.terms), constant_part(dim)


def _undominated(kind: type[Extremum], args: list[DimLike]) -> list[DimLike]:
    kept: list[DimLike] = []
    for arg in args:
        if any(_beats(kind, other, arg) for other in kept):
            continue
        kept = [other for other in kept if not _beats(kind, arg, other)]
        kept.append(arg)
    return kept


def _beats(kind: type[Extremum], winner: DimLike, loser: DimLike) -> bool:
    """Whether `winner` is always at least as extreme as `loser`."""
    least = lower(winner - loser if kind is Max else loser - winner)
    return least is not None and least >= 0
