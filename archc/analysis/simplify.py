"""Sizes in the shortest form that is equal for all sizes that a net takes: on multiples of 32, ``(H + 31) // 32`` is ``H // 32``.

What depends on one symbol and grows by ``n`` in ``d`` steps is looked for as ``(n*H + b) // d``: the domain's sizes leave an
interval for ``b``, or nothing. Both sides are linear on each residue class of a common period, so that two sizes of each class
prove the equality for all.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from fractions import Fraction
from math import gcd, lcm

from archc.analysis.domain import Domain
from archc.analysis.sizes import ALL, SizeSet
from archc.ir.decide import decide_ge
from archc.ir.dims import Dim, DimLike, DimTooLarge, dim_max, dim_min, dim_pow, evaluate, substitute, symbol, symbols_of
from archc.ir.dims.atoms import Atom, Extremum, FloorDiv, Max, Monomial, Symbol
from archc.ir.dims.core import from_atom
from archc.ir.periodic import pattern_of
from archc.ir.types import TensorType, Type

MAX_SIZES = 2048
"""No more sizes than these are tried for one formula,"""
MAX_SIZE = 1 << 14
"""and none above this."""


class Simplifier:
    """Writes sizes in the shortest form that is equal on a domain. Each formula is worked out once."""

    def __init__(self, domain: Domain) -> None:
        self.domain = domain
        self._equal = {name: symbol(other) for name, other in domain.equal.items()}
        self._bounds = {name: (set_.smallest, set_.largest) for name, set_ in domain.sizes.items()}
        self._known: dict[Dim, DimLike] = {}

    def type(self, type_: Type) -> Type:
        """A type whose sizes are in the shortest form."""
        if isinstance(type_, TensorType):
            return TensorType(tuple(map(self.dim, type_.shape)), type_.dtype)
        return tuple(map(self.type, type_))

    def dim(self, dim: DimLike) -> DimLike:
        """The shortest form of a size that was found; the size itself where there is no shorter one."""
        if not isinstance(dim, Dim):
            return dim
        if dim not in self._known:
            self._known[dim] = self._shortest(dim)
        return self._known[dim]

    def _shortest(self, dim: Dim) -> DimLike:
        try:
            plain = substitute(dim, self._equal)
            found = [plain, self._rebuilt(plain), self._in_steps(plain)]
            return min((form for one in found for form in (one, self._line(one))), key=_length)
        except DimTooLarge:
            return dim

    def _in_steps(self, dim: DimLike) -> DimLike:
        """The dim in the number of steps where all sizes are multiples of a step, so that like terms are added, and back."""
        steps = {
            name: set_.period
            for name, set_ in self.domain.sizes.items()
            if set_.residues == {0} and set_.period > 1 and all(size % set_.period == 0 for size in set_.before)
        }
        counted = substitute(dim, {name: step * symbol(name) for name, step in steps.items()})
        total: DimLike = 0
        for monomial, factor in counted.terms if isinstance(counted, Dim) else ():
            total = total + _uncounted(monomial, factor, steps)
        return total if isinstance(counted, Dim) else counted

    def _rebuilt(self, dim: DimLike) -> DimLike:
        """The dim with each of its atoms in the shortest form."""
        total: DimLike = 0
        for monomial, factor in dim.terms if isinstance(dim, Dim) else ():
            product: DimLike = factor
            for atom, power in monomial:
                product = product * dim_pow(self._atom(atom), power)
            total = total + product
        return total if isinstance(dim, Dim) else dim

    def _atom(self, atom: Atom) -> DimLike:
        if isinstance(atom, FloorDiv):
            return self._line(self.dim(atom.numerator) // self.dim(atom.divisor))
        if isinstance(atom, Extremum):
            kept = self._undominated(atom)
            return self._line(dim_max(*kept) if isinstance(atom, Max) else dim_min(*kept))
        return from_atom(atom)

    def _undominated(self, atom: Extremum) -> list[DimLike]:
        """The arguments that no other beats for all sizes of the domain."""
        kept: list[DimLike] = []
        for arg in map(self.dim, atom.args):
            if any(self._beats(atom, other, arg) for other in kept):
                continue
            kept = [other for other in kept if not self._beats(atom, arg, other)] + [arg]
        return kept

    def _beats(self, atom: Extremum, winner: DimLike, loser: DimLike) -> bool:
        pair = (winner, loser) if isinstance(atom, Max) else (loser, winner)
        return decide_ge(*pair, self._bounds) is True

    def _line(self, dim: DimLike) -> DimLike:
        """A size in one symbol as ``(n*H + b) // d``, if that is what it is on the domain and shorter; else as it stands."""
        if not isinstance(dim, Dim) or len(dim.symbols) != 1 or dim.depth == 1:
            return dim
        (name,) = dim.symbols
        proof = _proof(dim, name, self.domain.sizes.get(name, ALL))
        return dim if proof is None else min((dim, *_lines(symbol(name), *proof)), key=_length)


def _uncounted(monomial: Monomial, factor: int, steps: Mapping[str, int]) -> DimLike:
    """A term in numbers of steps as one in sizes: ``8 * k`` is ``H // 2`` where a step is 16."""
    back = {name: symbol(name) // step for name, step in steps.items()}
    product: DimLike = 1
    for atom, power in monomial:
        for _ in range(power):
            if isinstance(atom, Symbol) and atom.name in steps:
                shared = gcd(factor, steps[atom.name])
                factor //= shared
                product = product * (symbol(atom.name) // (steps[atom.name] // shared))
            else:
                product = product * substitute(from_atom(atom), back)
    return factor * product


Values = list[tuple[int, int]]
"""Sizes of the symbol, and what the formula is there."""


def _proof(dim: Dim, name: str, domain: SizeSet) -> tuple[Fraction, Values] | None:
    """How a size grows, and values that a line of that slope must have to be equal on the domain; ``None`` where it is no line.

    They are all values of the domain until two of each residue class have been seen.
    """
    pattern = pattern_of(dim, name)
    if pattern is None or pattern.degree > 1:
        return None
    period, start = lcm(pattern.period, domain.period), max(pattern.start, domain.start)
    if start + 2 * period > MAX_SIZE:
        return None
    sizes = [size for size in range(1, start + 2 * period) if size in domain]
    if not sizes or len(sizes) > MAX_SIZES:
        return None
    far = max(sizes[-1] - period, start)
    slope = Fraction(evaluate(dim, {name: far + period}) - evaluate(dim, {name: far}), period)
    return slope, [(size, evaluate(dim, {name: size})) for size in sizes]


def _lines(size: Dim, slope: Fraction, values: Values) -> Iterator[DimLike]:
    """The forms ``(n*size + b) // d`` and ``n*size // d + c`` that have all these values."""
    n, d = slope.numerator, slope.denominator
    least = max(d * value - n * at for at, value in values)
    most = min(d * value - n * at for at, value in values) + d - 1
    whole = -(-least // d) * d
    for b in {least, most, min(max(0, least), most), whole}:
        if least <= b <= most:
            yield (n * size + b) // d


def _length(form: DimLike) -> tuple[int, int, str]:
    """Forms that name symbols less often come first: ``(W + 1) // 2`` before ``W - W // 2``."""
    text = str(form)
    return sum(word in symbols_of(form) for word in re.findall(r"\w+", text)), len(text), text
