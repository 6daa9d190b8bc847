"""What a signature's ``where`` says of single symbols, used to prove what a body needs of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from archc.ir.decide import decide_eq
from archc.ir.dims import Dim, DimLike, substitute, symbol
from archc.ir.dims.atoms import FloorDiv
from archc.ir.site import Constraint

STATED = "where"
"""The reason of a constraint that a signature states itself."""


def multiples(constraints: Iterable[Constraint]) -> dict[str, DimLike]:
    """The symbols whose remainder a ``where`` states, as formulas of a new symbol of at least 1: ``H % 16 == 12`` makes
    ``H`` into ``16 * (H - 1) + 12``."""
    found: dict[str, DimLike] = {}
    for constraint in constraints:
        if constraint.reason == STATED and constraint.relation == "==":
            difference = constraint.left - constraint.right
            found |= _multiple(difference) or _multiple(-difference)
    return found


def _multiple(difference: DimLike) -> dict[str, DimLike]:
    """The formula of ``name`` where ``difference`` is ``name % divisor - rest``."""
    if not isinstance(difference, Dim) or len(difference.symbols) != 1:
        return {}
    (name,) = difference.symbols
    size = symbol(name)
    for divisor in _divisors(difference):
        rest = size % divisor - difference
        if isinstance(rest, int) and 0 <= rest < divisor:
            return {name: divisor * (size - 1 if rest else size) + rest}
    return {}


def _divisors(dim: Dim) -> Iterator[int]:
    for monomial, _ in dim.terms:
        for atom, _ in monomial:
            if isinstance(atom, FloorDiv) and isinstance(atom.divisor, int):
                yield atom.divisor


def implied(constraint: Constraint, known: dict[str, DimLike]) -> bool:
    """Whether an equality holds for all sizes that the signature allows."""
    return decide_eq(substitute(constraint.left, known), substitute(constraint.right, known)) is True
