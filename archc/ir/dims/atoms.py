"""Atoms, the parts of a dim that a polynomial cannot take apart, and monomials, their products."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from archc.ir.dims.core import DimLike

# Budgets. A spec may write any arithmetic; these keep its cost bounded and are far beyond what any network needs.
MAX_TERMS = 256
MAX_COEFFICIENT = 10**40
MAX_DEGREE = 64
MAX_DEPTH = 24
MAX_NODES = 4096

Monomial = tuple[tuple["Atom", int], ...]
Coefficients = dict[Monomial, int]

CONSTANT: Monomial = ()


class DimTooLarge(ValueError):
    """A symbolic size outgrew its budget (terms, coefficients, degree or nesting)."""


class Atom:
    """What a polynomial cannot take apart. Atoms with equal keys are equal."""

    __slots__ = ("_hash", "depth", "key", "nodes", "symbols")
    rank: ClassVar[int]
    key: str
    depth: int
    nodes: int
    symbols: frozenset[str]

    def __init__(self, key: str, parts: Iterable[DimLike]) -> None:
        dims = [part for part in parts if not isinstance(part, int)]
        self.key = key
        self._hash = hash(key)
        self.depth = 1 + max((dim.depth for dim in dims), default=0)
        self.nodes = 1 + sum(dim.nodes for dim in dims)
        self.symbols = frozenset().union(*(dim.symbols for dim in dims))
        if self.depth > MAX_DEPTH:
            raise DimTooLarge(f"a size is nested more than {MAX_DEPTH} levels deep")

    def __eq__(self, other: object) -> bool:
        return self is other or (isinstance(other, Atom) and self.key == other.key)

    def __hash__(self) -> int:
        return self._hash

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.key})"


class Symbol(Atom):
    """A named size; it stands for any integer of at least 1."""

    __slots__ = ("name",)
    rank = 0

    def __init__(self, name: str) -> None:
        super().__init__(name, ())
        self.name = name
        self.symbols = frozenset((name,))


class FloorDiv(Atom):
    """`numerator // divisor`, the divisor positive. Only `division` makes these, in their normal form."""

    __slots__ = ("divisor", "numerator")
    rank = 1

    def __init__(self, numerator: DimLike, divisor: DimLike) -> None:
        super().__init__(f"({key_of(numerator)})/({key_of(divisor)})", (numerator, divisor))
        self.numerator = numerator
        self.divisor = divisor


class Extremum(Atom):
    """The least or the greatest of its arguments. Only `minmax` makes these, in their normal form."""

    __slots__ = ("args",)
    name: ClassVar[str]

    def __init__(self, args: tuple[DimLike, ...]) -> None:
        super().__init__(f"{self.name}({','.join(map(key_of, args))})", args)
        self.args = args


class Min(Extremum):
    """`min(*args)`."""

    __slots__ = ()
    rank = 2
    name = "min"


class Max(Extremum):
    """`max(*args)`."""

    __slots__ = ()
    rank = 3
    name = "max"


def key_of(dim: DimLike) -> str:
    return str(dim) if isinstance(dim, int) else dim.key


@lru_cache(maxsize=1 << 14)
def monomial_order(monomial: Monomial) -> tuple[object, ...]:
    """Graded lexicographic order: higher degree first, symbols by name before other atoms, the constant last.

    It respects products, which exact polynomial division relies on.
    """
    degree = sum(power for _, power in monomial)
    if degree > MAX_DEGREE:
        raise DimTooLarge(f"a size has a degree above {MAX_DEGREE}")
    return -degree, tuple((atom.rank, atom.key, -power) for atom, power in monomial)


def multiply_monomials(a: Monomial, b: Monomial) -> Monomial:
    if not a or not b:
        return a or b
    powers = dict(a)
    for atom, power in b:
        powers[atom] = powers.get(atom, 0) + power
    return tuple(sorted(powers.items(), key=_factor_order))


def _factor_order(factor: tuple[Atom, int]) -> tuple[int, str]:
    return factor[0].rank, factor[0].key


def divide_monomials(a: Monomial, b: Monomial) -> Monomial | None:
    """`a / b`, or None where `b` does not divide `a`."""
    if not b:
        return a
    powers = dict(a)
    for atom, power in b:
        left = powers.get(atom, 0) - power
        if left < 0:
            return None
        powers[atom] = left
    return tuple((atom, power) for atom, power in powers.items() if power)
