"""Canonical symbolic integers: polynomials over atoms.

A `Dim` is a sum of terms `coefficient * monomial`; a monomial is a product of powers of atoms; an atom is a symbol or
an integer function of other dims that no polynomial can express (a floor division, a minimum, a maximum). Terms are
kept sorted and merged, so two dims that are equal as polynomials are equal as values. A dim that becomes constant is a
plain `int`: a `Dim` always holds at least one symbol.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Any, ClassVar, NoReturn

if TYPE_CHECKING:
    from pydantic import GetCoreSchemaHandler
    from pydantic_core import CoreSchema

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

    __slots__ = ("depth", "key", "nodes", "symbols")
    rank: ClassVar[int]
    key: str
    depth: int
    nodes: int
    symbols: frozenset[str]

    def __init__(self, key: str, parts: Iterable[DimLike]) -> None:
        dims = [part for part in parts if isinstance(part, Dim)]
        self.key = key
        self.depth = 1 + max((dim.depth for dim in dims), default=0)
        self.nodes = 1 + sum(dim.nodes for dim in dims)
        self.symbols = frozenset().union(*(dim.symbols for dim in dims))
        if self.depth > MAX_DEPTH:
            raise DimTooLarge(f"a size is nested more than {MAX_DEPTH} levels deep")

    def __eq__(self, other: object) -> bool:
        return self is other or (isinstance(other, Atom) and self.key == other.key)

    def __hash__(self) -> int:
        return hash(self.key)

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


class Dim:
    """A symbolic size: immutable, hashable, in canonical form.

    `+ - * // % **` and unary `-` work between dims and ints and give a dim, or an int when the result is constant.
    Symbols stand for sizes, so for integers of at least 1, and symbolic divisors are taken to be positive.
    """

    __slots__ = ("_hash", "_key", "_text", "depth", "nodes", "symbols", "terms")
    terms: tuple[tuple[Monomial, int], ...]
    depth: int
    nodes: int
    symbols: frozenset[str]
    _key: str
    _hash: int
    _text: str

    def __init__(self, terms: tuple[tuple[Monomial, int], ...]) -> None:
        """Wrap terms that are merged, sorted and not constant already; everybody else calls `build`."""
        atoms = [atom for monomial, _ in terms for atom, _ in monomial]
        store = object.__setattr__
        store(self, "terms", terms)
        store(self, "depth", max(atom.depth for atom in atoms))
        store(self, "nodes", len(terms) + sum(atom.nodes for atom in atoms))
        symbols = atoms[0].symbols if len(atoms) == 1 else frozenset().union(*(atom.symbols for atom in atoms))
        store(self, "symbols", symbols)
        store(self, "_key", "")
        store(self, "_hash", 0)
        store(self, "_text", "")
        if self.nodes > MAX_NODES:
            raise DimTooLarge(f"a size needs more than {MAX_NODES} symbols and operations")

    def __setattr__(self, name: str, value: object) -> NoReturn:
        raise AttributeError("a Dim is immutable")

    def __delattr__(self, name: str) -> NoReturn:
        raise AttributeError("a Dim is immutable")

    @property
    def key(self) -> str:
        """A text that two dims share exactly when they are equal; for sorting and hashing, not for reading."""
        if not self._key:
            object.__setattr__(self, "_key", "+".join(map(_term_key, self.terms)))
        return self._key

    def __eq__(self, other: object) -> bool:
        if self is other:
            return True
        return isinstance(other, Dim) and hash(self) == hash(other) and self.key == other.key

    def __hash__(self) -> int:
        if not self._hash:
            object.__setattr__(self, "_hash", hash(self.key))
        return self._hash

    def __bool__(self) -> NoReturn:
        raise TypeError("a symbolic size has no truth value; compare it with decide_eq or decide_ge")

    def __reduce__(self) -> tuple[Any, ...]:
        from archc.ir.dims.parse import parse_dim

        return parse_dim, (str(self),)

    def __copy__(self) -> Dim:
        return self

    def __deepcopy__(self, memo: object) -> Dim:
        return self

    def __str__(self) -> str:
        if not self._text:
            from archc.ir.dims.text import render

            object.__setattr__(self, "_text", render(self))
        return self._text

    def __repr__(self) -> str:
        return f"Dim({str(self)!r})"

    def __add__(self, other: DimLike) -> DimLike:
        return add(self, other) if is_dim(other) else NotImplemented

    __radd__ = __add__

    def __neg__(self) -> Dim:
        return Dim(tuple((monomial, -factor) for monomial, factor in self.terms))

    def __sub__(self, other: DimLike) -> DimLike:
        return add(self, -other) if is_dim(other) else NotImplemented

    def __rsub__(self, other: DimLike) -> DimLike:
        return add(-self, other) if is_dim(other) else NotImplemented

    def __mul__(self, other: DimLike) -> DimLike:
        return multiply(self, other) if is_dim(other) else NotImplemented

    __rmul__ = __mul__

    def __pow__(self, exponent: int) -> DimLike:
        return dim_pow(self, exponent) if is_dim(exponent) else NotImplemented

    def __floordiv__(self, other: DimLike) -> DimLike:
        from archc.ir.dims.division import floor_div

        return floor_div(self, other) if is_dim(other) else NotImplemented

    def __rfloordiv__(self, other: DimLike) -> DimLike:
        from archc.ir.dims.division import floor_div

        return floor_div(other, self) if is_dim(other) else NotImplemented

    def __mod__(self, other: DimLike) -> DimLike:
        from archc.ir.dims.division import floor_div

        return self - other * floor_div(self, other) if is_dim(other) else NotImplemented

    def __rmod__(self, other: DimLike) -> DimLike:
        from archc.ir.dims.division import floor_div

        return other - self * floor_div(other, self) if is_dim(other) else NotImplemented

    def substitute(self, mapping: Mapping[str, DimLike]) -> DimLike:
        """The dim with all symbols of `mapping` replaced at once, in canonical form."""
        from archc.ir.dims.substitution import substitute

        return substitute(self, mapping)

    def evaluate(self, env: Mapping[str, int]) -> int:
        """The value at the sizes in `env`; `KeyError` names a symbol that has none."""
        from archc.ir.dims.substitution import evaluate

        return evaluate(self, env)

    @classmethod
    def __get_pydantic_core_schema__(cls, source: object, handler: GetCoreSchemaHandler) -> CoreSchema:
        from archc.ir.dims.schema import dim_schema

        return dim_schema()


DimLike = int | Dim


def is_dim(value: object) -> bool:
    """Whether `value` is an int or a `Dim`. A bool is not a size."""
    return type(value) is int or isinstance(value, Dim)


def key_of(dim: DimLike) -> str:
    return dim.key if isinstance(dim, Dim) else str(dim)


def _term_key(term: tuple[Monomial, int]) -> str:
    monomial, factor = term
    return "*".join([str(factor), *(f"{atom.key}^{power}" for atom, power in monomial)])


def symbol(name: str) -> Dim:
    """The size called `name`, an identifier."""
    if not name.isidentifier():
        raise ValueError(f"the name of a size must be an identifier, not {name!r}")
    return from_atom(Symbol(name))


def from_atom(atom: Atom) -> Dim:
    return Dim(((((atom, 1),), 1),))


@lru_cache(maxsize=1 << 14)
def monomial_order(monomial: Monomial) -> tuple[object, ...]:
    """Graded lexicographic order: higher degree first, symbols by name before other atoms, the constant last.

    It respects products, which exact polynomial division relies on.
    """
    degree = sum(power for _, power in monomial)
    if degree > MAX_DEGREE:
        raise DimTooLarge(f"a size has a degree above {MAX_DEGREE}")
    return -degree, tuple((atom.rank, atom.key, -power) for atom, power in monomial)


def build(coefficients: Mapping[Monomial, int]) -> DimLike:
    """The canonical dim of a mapping from monomials to coefficients."""
    terms = [(monomial, factor) for monomial, factor in coefficients.items() if factor]
    if not terms:
        return 0
    if len(terms) == 1 and not terms[0][0]:
        return _checked(terms[0][1])
    if len(terms) > MAX_TERMS:
        raise DimTooLarge(f"a size has more than {MAX_TERMS} terms")
    for _, factor in terms:
        _checked(factor)
    terms.sort(key=lambda term: monomial_order(term[0]))
    return Dim(tuple(terms))


def _checked(number: int) -> int:
    if not -MAX_COEFFICIENT <= number <= MAX_COEFFICIENT:
        raise DimTooLarge("a size has a number of more than 40 digits")
    return number


def coefficients_of(dim: DimLike) -> Coefficients:
    return dict(dim.terms) if isinstance(dim, Dim) else {CONSTANT: dim}


def constant_part(dim: DimLike) -> int:
    if not isinstance(dim, Dim):
        return dim
    monomial, factor = dim.terms[-1]  # the constant sorts last
    return 0 if monomial else factor


def add(a: DimLike, b: DimLike) -> DimLike:
    """`a + b`, canonical."""
    if not isinstance(a, Dim):
        a, b = b, a
    if not isinstance(a, Dim):
        return a + b
    if not isinstance(b, Dim):
        return _add_constant(a, b)
    total = dict(a.terms)
    for monomial, factor in b.terms:
        total[monomial] = total.get(monomial, 0) + factor
    return build(total)


def _add_constant(dim: Dim, number: int) -> Dim:
    """The order of the other terms does not change, so nothing needs sorting."""
    constant = constant_part(dim)
    terms = dim.terms if dim.terms[-1][0] else dim.terms[:-1]
    total = _checked(constant + number)
    return Dim((*terms, (CONSTANT, total)) if total else terms) if number else dim


def multiply(a: DimLike, b: DimLike) -> DimLike:
    """`a * b`, multiplied out."""
    if not isinstance(a, Dim):
        a, b = b, a
    if not isinstance(a, Dim):
        return a * b
    if not isinstance(b, Dim):
        return build({monomial: factor * b for monomial, factor in a.terms})
    product: Coefficients = {}
    for left, c in a.terms:
        for right, d in b.terms:
            monomial = multiply_monomials(left, right)
            product[monomial] = product.get(monomial, 0) + c * d
    return build(product)


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
    powers = dict(a)
    for atom, power in b:
        left = powers.get(atom, 0) - power
        if left < 0:
            return None
        powers[atom] = left
    return tuple((atom, power) for atom, power in powers.items() if power)


def dim_pow(base: DimLike, exponent: int) -> DimLike:
    """`base ** exponent` for a non-negative exponent; `DimTooLarge` instead of a number that fills the memory."""
    if exponent < 0:
        raise ValueError("a size can only be raised to a non-negative power")
    if not isinstance(base, Dim):
        if base.bit_length() > 1 and (base.bit_length() - 1) * exponent > MAX_COEFFICIENT.bit_length():
            raise DimTooLarge("a size has a number of more than 40 digits")
        return int(base**exponent)
    if exponent > MAX_DEGREE:
        raise DimTooLarge(f"a size has a degree above {MAX_DEGREE}")
    result: DimLike = 1
    for _ in range(exponent):
        result = multiply(base, result)
    return result
