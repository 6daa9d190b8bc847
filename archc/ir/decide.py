"""Deciding equality and order of symbolic sizes, soundly: True, False, or None where no argument settles it."""

from __future__ import annotations

from math import gcd

from archc.ir.dims import Dim, DimLike, lower, upper
from archc.ir.dims.bounds import Bounds


def decide_eq(a: DimLike, b: DimLike, bounds: Bounds | None = None) -> bool | None:
    """Whether `a == b`: True for all sizes, False for none, or None."""
    difference = a - b
    if not isinstance(difference, Dim):
        return difference == 0
    if _residues_exclude_zero(difference):
        return False
    least, greatest = lower(difference, bounds), upper(difference, bounds)
    if (least is not None and least > 0) or (greatest is not None and greatest < 0):
        return False
    if least == greatest == 0:
        return True
    return None


def decide_ge(a: DimLike, b: DimLike, bounds: Bounds | None = None) -> bool | None:
    """Whether `a >= b`: True for all sizes, False for none, or None."""
    difference = a - b
    if not isinstance(difference, Dim):
        return difference >= 0
    least, greatest = lower(difference, bounds), upper(difference, bounds)
    if least is not None and least >= 0:
        return True
    if greatest is not None and greatest < 0:
        return False
    return None


def _residues_exclude_zero(dim: Dim) -> bool:
    """All terms but the constant share a factor that the constant lacks: `2*H - 4*W + 1` is odd."""
    shared = gcd(*(factor for monomial, factor in dim.terms if monomial))
    return any(not monomial and factor % shared for monomial, factor in dim.terms)
