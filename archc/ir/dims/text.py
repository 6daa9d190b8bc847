"""Dims as text: Python expressions with no more brackets than they need."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import NamedTuple

from archc.ir.dims.atoms import Atom, Extremum, FloorDiv, Monomial, Symbol
from archc.ir.dims.core import Dim, DimLike
from archc.ir.dims.factors import factors_of
from archc.ir.dims.remainder import Remainder, with_remainders

SUM, PRODUCT, UNARY, POWER, PRIMARY = range(5)

Names = Callable[[str], str]


class _Text(NamedTuple):
    """A piece of Python and how tightly it holds together."""

    text: str
    level: int

    def at(self, level: int) -> str:
        return self.text if self.level >= level else f"({self.text})"


def render(dim: DimLike) -> str:
    """The text of `dim`, such as `(H + 1) // 2`; `parse_dim` reads it back."""
    return to_python(dim, lambda name: name)


def to_python(dim: DimLike, names: Names) -> str:
    """Python code for `dim` in which each symbol stands as the expression that `names` gives for it.

    Such an expression is bracketed unless it is a name, an attribute, a call or a subscript.
    """
    return _dim(dim, names).text


def _dim(dim: DimLike, names: Names) -> _Text:
    if not isinstance(dim, Dim):
        return _Text(str(dim), UNARY)
    term, sums = factors_of(with_remainders(dim))
    factors = [_sum(factor, names) for factor in sums]
    if isinstance(term, Dim):
        factors.insert(0, _term(*term.terms[0], names))
    elif term != 1:
        factors.insert(0, _Text(str(term), UNARY))
    return _product(factors)


def _sum(dim: Dim, names: Names) -> _Text:
    terms = list(dim.terms)
    first = next((index for index, (_, factor) in enumerate(terms) if factor > 0), 0)
    terms.insert(0, terms.pop(first))
    if len(terms) == 1:
        return _term(*terms[0], names)
    text = _term(*terms[0], names).at(PRODUCT)
    for monomial, factor in terms[1:]:
        text += f" {'-' if factor < 0 else '+'} {_term(monomial, abs(factor), names).at(PRODUCT)}"
    return _Text(text, SUM)


def _term(monomial: Monomial, factor: int, names: Names) -> _Text:
    powers = [_power(atom, power, names) for atom, power in monomial]
    if abs(factor) != 1 or not powers:
        return _product([_Text(str(factor), UNARY), *powers])
    if factor > 0:
        return _product(powers)
    first = _Text("-" + powers[0].at(UNARY), UNARY)
    return _product([first, *powers[1:]])


def _power(atom: Atom, power: int, names: Names) -> _Text:
    base = _atom(atom, names)
    return base if power == 1 else _Text(f"{base.at(PRIMARY)} ** {power}", POWER)


def _product(factors: Iterable[_Text]) -> _Text:
    """Python reads `a * b // c` from the left, so only the first factor may be a product itself."""
    first, *others = factors
    if not others:
        return first
    return _Text(" * ".join([first.at(PRODUCT), *(factor.at(UNARY) for factor in others)]), PRODUCT)


def _atom(atom: Atom, names: Names) -> _Text:
    if isinstance(atom, Symbol):
        return _named(names(atom.name))
    if isinstance(atom, FloorDiv):
        return _binary(atom.numerator, "//", atom.divisor, names)
    if isinstance(atom, Remainder):
        return _binary(atom.dividend, "%", atom.divisor, names)
    if isinstance(atom, Extremum):
        return _Text(f"{atom.name}({', '.join(_dim(arg, names).text for arg in atom.args)})", PRIMARY)
    raise TypeError(f"cannot write {atom!r}")


def _binary(left: DimLike, operator: str, right: DimLike, names: Names) -> _Text:
    return _Text(f"{_dim(left, names).at(PRODUCT)} {operator} {_dim(right, names).at(UNARY)}", PRODUCT)


def _named(text: str) -> _Text:
    """An expression given for a symbol; anything that is not plainly a primary gets brackets."""
    return _Text(text, PRIMARY if _is_primary(text) else -1)


def _is_primary(text: str) -> bool:
    """Names joined by dots, calls and subscripts: no operator or space stands outside brackets."""
    depth = 0
    for character in text:
        depth += (character in "([{") - (character in ")]}")
        if depth == 0 and not (character.isalnum() or character in "_.)]}"):
            return False
    return depth == 0
