"""Substitution and evaluation: the two ways to give symbols a value."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from operator import itemgetter

from archc.ir.dims.atoms import Atom, Extremum, FloorDiv, Max, Symbol
from archc.ir.dims.core import Dim, DimLike, add, dim_pow, from_atom, multiply
from archc.ir.dims.division import floor_div
from archc.ir.dims.minmax import dim_max, dim_min


def symbols_of(dim: DimLike) -> frozenset[str]:
    """The names of the symbols in `dim`."""
    return dim.symbols if isinstance(dim, Dim) else frozenset()


def evaluate(dim: DimLike, env: Mapping[str, int]) -> int:
    """The value of `dim` at the sizes in `env`; `KeyError` names a symbol that has none."""
    if not isinstance(dim, Dim):
        return dim
    total = 0
    for monomial, factor in dim.terms:
        for atom, power in monomial:
            factor *= _evaluate_atom(atom, env) ** power
        total += factor
    return total


def _evaluate_atom(atom: Atom, env: Mapping[str, int]) -> int:
    if isinstance(atom, Symbol):
        return env[atom.name]
    if isinstance(atom, FloorDiv):
        return evaluate(atom.numerator, env) // evaluate(atom.divisor, env)
    if isinstance(atom, Extremum):
        values = [evaluate(arg, env) for arg in atom.args]
        return max(values) if isinstance(atom, Max) else min(values)
    raise TypeError(f"cannot evaluate {atom!r}")


def substitute(dim: DimLike, mapping: Mapping[str, DimLike]) -> DimLike:
    """`dim` with all symbols of `mapping` replaced at once, in canonical form."""
    if not isinstance(dim, Dim):
        return dim
    if dim.name is not None:
        return mapping.get(dim.name, dim)
    replaced = [(name, mapping[name]) for name in dim.symbols if name in mapping]
    if not replaced:
        return dim
    if len(replaced) > 1:
        replaced.sort(key=itemgetter(0))
    return _substitute(dim, tuple(replaced))


@lru_cache(maxsize=1 << 13)
def _substitute(dim: Dim, pairs: tuple[tuple[str, DimLike], ...]) -> DimLike:
    mapping = dict(pairs)
    total: DimLike = 0
    for monomial, factor in dim.terms:
        product: DimLike = factor
        for atom, power in monomial:
            product = multiply(product, dim_pow(_substitute_atom(atom, mapping), power))
        total = add(total, product)
    return total


def _substitute_atom(atom: Atom, mapping: Mapping[str, DimLike]) -> DimLike:
    if atom.symbols.isdisjoint(mapping):
        return from_atom(atom)
    if isinstance(atom, Symbol):
        return mapping[atom.name]
    if isinstance(atom, FloorDiv):
        return floor_div(substitute(atom.numerator, mapping), substitute(atom.divisor, mapping))
    if isinstance(atom, Extremum):
        args = [substitute(arg, mapping) for arg in atom.args]
        return dim_max(*args) if isinstance(atom, Max) else dim_min(*args)
    raise TypeError(f"cannot substitute in {atom!r}")
