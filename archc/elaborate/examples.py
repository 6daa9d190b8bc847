"""Example sizes: what holds for some sizes only is checked at them, and noted as assumed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from archc.elaborate.errors import Mistake, mistake
from archc.ir.dims import evaluate, symbols_of
from archc.ir.graph import Module, Symbol
from archc.ir.site import Constraint
from archc.ir.types import tensors

CANDIDATES = (64, 32, 128, 256, 512, 224, 16, 8, 7, 4, 3, 2)
"""Sizes tried for symbols without an example, in this order. Not 1: what holds for 1 only is a mistake."""
BATCH = 2
"""The batch size at which constraints are checked; tables show a batch of 1."""


def choose(module: Module, given: Mapping[str, int], wanted: Mapping[str, int]) -> dict[str, int] | None:
    """Sizes for all symbols of a net at which all its constraints hold, or ``None``."""
    names = list(names_of(module))
    for candidate in CANDIDATES:
        sizes = _sizes(names, given, wanted, candidate)
        if all(holds(constraint, sizes) for constraint in module.constraints):
            return sizes
    return None


def any_sizes(module: Module) -> dict[str, int]:
    """Sizes for all symbols of a net that fails at every size: they only stand in a table."""
    return _sizes(list(names_of(module)), {}, {}, CANDIDATES[0])


def _sizes(names: list[str], given: Mapping[str, int], wanted: Mapping[str, int], candidate: int) -> dict[str, int]:
    free = {name: BATCH if name == "B" else candidate for name in names}
    return {**free, **{name: size for name, size in {**given, **wanted}.items() if name in free}}


def names_of(module: Module) -> Iterator[str]:
    """The symbols of a module's inputs, in their order."""
    seen: set[str] = set()
    for port in module.inputs:
        for tensor in tensors(port.type):
            for dim in tensor.shape:
                for name in sorted(symbols_of(dim) - seen):
                    seen.add(name)
                    yield name


def holds(constraint: Constraint, sizes: Mapping[str, int]) -> bool:
    """Whether a constraint holds at these sizes."""
    left, right = evaluate(constraint.left, sizes), evaluate(constraint.right, sizes)
    return left == right if constraint.relation == "==" else left >= right


def symbols(
    module: Module, given: Mapping[str, int], wanted: Mapping[str, int], chosen: Mapping[str, int]
) -> tuple[Symbol, ...]:
    """The net's symbols with the sizes that tables show: those given, a batch of 1, or sizes found to be valid."""
    shown = {**given, **wanted}
    return tuple(
        Symbol(name=name, example=shown.get(name, 1 if name == "B" else chosen[name]), given=name in shown)
        for name in names_of(module)
    )


def refuted(module: Module, given: Mapping[str, int], wanted: Mapping[str, int]) -> Mistake:
    """The mistake of the first constraint that fails."""
    sizes = _sizes(list(names_of(module)), given, wanted, CANDIDATES[0])
    failing = [constraint for constraint in module.constraints if not holds(constraint, sizes)]
    constraint = failing[0]
    left, right = evaluate(constraint.left, sizes), evaluate(constraint.right, sizes)
    what = {"stated": "where", "asserted": "this assertion"}.get(constraint.kind)
    return mistake(
        "E0209" if constraint.kind == "asserted" else "E0311",
        f"{what} does not hold at the example sizes" if what else str(constraint.reason),
        constraint.span,
        f"needs {constraint}, found {left} and {right}",
        notes=(f"at {_shown(constraint, sizes)}",),
    )


def _shown(constraint: Constraint, sizes: Mapping[str, int]) -> str:
    names = sorted(symbols_of(constraint.left) | symbols_of(constraint.right))
    return ", ".join(f"{name}={sizes[name]}" for name in names)
