"""Canonical symbolic integers: polynomials over atoms.

A `Dim` is a sum of terms `coefficient * monomial`; a monomial is a product of powers of atoms; an atom is a symbol or
an integer function of other dims that no polynomial can express (a floor division, a minimum, a maximum). Terms are
kept sorted and merged, so two dims that are equal as polynomials are equal as values. A dim that becomes constant is a
plain `int`: a `Dim` always holds at least one symbol.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NoReturn

from archc.ir.dims.atoms import (
    CONSTANT,
    MAX_COEFFICIENT,
    MAX_DEGREE,
    MAX_NODES,
    MAX_TERMS,
    Atom,
    Coefficients,
    DimTooLarge,
    Monomial,
    Symbol,
    monomial_order,
    multiply_monomials,
)

if TYPE_CHECKING:
    from pydantic import GetCoreSchemaHandler
    from pydantic_core import CoreSchema

_store = object.__setattr__


class Dim:
    """A symbolic size: immutable, hashable, in canonical form.

    `+ - * // % **` and unary `-` work between dims and ints and give a dim, or an int when the result is constant.
    Symbols stand for sizes, so for integers of at least 1, and symbolic divisors are taken to be positive.
    """

    __slots__ = ("_hash", "_key", "_text", "depth", "name", "nodes", "symbols", "terms")
    name: str | None
    """Of a size that is a symbol and nothing else, as most are, its name."""
    terms: tuple[tuple[Monomial, int], ...]
    depth: int
    nodes: int
    symbols: frozenset[str]
    _key: str
    _hash: int
    _text: str

    def __init__(self, terms: tuple[tuple[Monomial, int], ...], like: Dim | None = None) -> None:
        """Wrap terms that are merged, sorted and not constant already; everybody else calls `build`.

        `like` is a dim with the same monomials but for the constant; it saves measuring them again.
        """
        depth, nodes, symbols = (like.depth, like.nodes, like.symbols) if like is not None else _measure(terms)
        _store(self, "name", _name_of(terms) if len(terms) == 1 else None)
        _store(self, "terms", terms)
        _store(self, "depth", depth)
        _store(self, "nodes", nodes)
        _store(self, "symbols", symbols)
        _store(self, "_hash", hash(terms))  # key and text have no value before their first use

    def __setattr__(self, name: str, value: object) -> NoReturn:
        raise AttributeError("a Dim is immutable")

    def __delattr__(self, name: str) -> NoReturn:
        raise AttributeError("a Dim is immutable")

    @property
    def key(self) -> str:
        """A text that two dims share exactly when they are equal; for sorting and for atoms, not for reading."""
        try:
            return self._key
        except AttributeError:
            _store(self, "_key", "+".join(map(_term_key, self.terms)))
            return self._key

    def __eq__(self, other: object) -> bool:
        return self is other or (isinstance(other, Dim) and hash(self) == hash(other) and self.terms == other.terms)

    def __hash__(self) -> int:
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
        try:
            return self._text
        except AttributeError:
            from archc.ir.dims.text import render

            _store(self, "_text", render(self))
            return self._text

    def __repr__(self) -> str:
        return f"Dim({str(self)!r})"

    def __add__(self, other: DimLike) -> DimLike:
        return add(self, other) if is_dim(other) else NotImplemented

    __radd__ = __add__

    def __neg__(self) -> Dim:
        return Dim(tuple([(monomial, -factor) for monomial, factor in self.terms]), self)

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


def _name_of(terms: tuple[tuple[Monomial, int], ...]) -> str | None:
    monomial, factor = terms[0]
    atom, power = monomial[0]
    return atom.name if factor == power == len(monomial) == 1 and isinstance(atom, Symbol) else None


def _measure(terms: tuple[tuple[Monomial, int], ...]) -> tuple[int, int, frozenset[str]]:
    """Depth, nodes and symbols; `DimTooLarge` beyond the budget."""
    if len(terms) == 1 and len(terms[0][0]) == 1:
        atom = terms[0][0][0][0]
        return atom.depth, atom.nodes + 1, atom.symbols
    atoms = [atom for monomial, _ in terms for atom, _ in monomial]
    nodes = len(terms) + sum([atom.nodes for atom in atoms])
    if nodes > MAX_NODES:
        raise DimTooLarge(f"a size needs more than {MAX_NODES} symbols and operations")
    return max([atom.depth for atom in atoms]), nodes, frozenset().union(*[atom.symbols for atom in atoms])


def _term_key(term: tuple[Monomial, int]) -> str:
    monomial, factor = term
    if len(monomial) == 1:
        atom, power = monomial[0]
        return f"{factor}*{atom.key}^{power}"
    return "*".join([str(factor), *(f"{atom.key}^{power}" for atom, power in monomial)])


@lru_cache(maxsize=1 << 12)
def symbol(name: str) -> Dim:
    """The size called `name`, an identifier."""
    if not name.isidentifier():
        raise ValueError(f"the name of a size must be an identifier, not {name!r}")
    return from_atom(Symbol(name))


def from_atom(atom: Atom) -> Dim:
    return Dim(((((atom, 1),), 1),))


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
    terms.sort(key=_term_order)
    return Dim(tuple(terms))


def _term_order(term: tuple[Monomial, int]) -> tuple[object, ...]:
    return monomial_order(term[0])


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


def total(dims: Iterable[DimLike]) -> DimLike:
    """The sum of many dims, put into canonical form once."""
    coefficients: Coefficients = {}
    for dim in dims:
        for monomial, factor in dim.terms if isinstance(dim, Dim) else ((CONSTANT, dim),):
            coefficients[monomial] = coefficients.get(monomial, 0) + factor
    return build(coefficients)


def _add_constant(dim: Dim, number: int) -> Dim:
    """The order of the other terms does not change, so nothing needs sorting."""
    if not number:
        return dim
    terms = dim.terms
    if not terms[-1][0]:  # the constant sorts last
        number += terms[-1][1]
        terms = terms[:-1]
    return Dim((*terms, (CONSTANT, _checked(number))) if number else terms, dim)


def multiply(a: DimLike, b: DimLike) -> DimLike:
    """`a * b`, multiplied out."""
    if not isinstance(a, Dim):
        a, b = b, a
    if not isinstance(a, Dim):
        return a * b
    if not isinstance(b, Dim):
        if b == 1:
            return a
        return Dim(tuple([(monomial, _checked(factor * b)) for monomial, factor in a.terms]), a) if b else 0
    product: Coefficients = {}
    for left, c in a.terms:
        for right, d in b.terms:
            monomial = multiply_monomials(left, right)
            product[monomial] = product.get(monomial, 0) + c * d
    return build(product)


def dim_pow(base: DimLike, exponent: int) -> DimLike:
    """`base ** exponent` for a non-negative exponent; `DimTooLarge` instead of a number that fills the memory."""
    if exponent == 1:
        return base
    if exponent < 0:
        raise ValueError("a size can only be raised to a non-negative power")
    if not isinstance(base, Dim):
        if (base.bit_length() - 1) * exponent > MAX_COEFFICIENT.bit_length():
            raise DimTooLarge("a size has a number of more than 40 digits")
        return int(base**exponent)
    if exponent > MAX_DEGREE:
        raise DimTooLarge(f"a size has a degree above {MAX_DEGREE}")
    result: DimLike = 1
    for _ in range(exponent):
        result = multiply(base, result)
    return result
