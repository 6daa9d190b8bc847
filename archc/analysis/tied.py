"""Parameters that are others under a second name: where they stand in a table, they own nothing."""

from __future__ import annotations

from dataclasses import dataclass

from archc.analysis.folding import number_of
from archc.analysis.parameters import Totals, layer_totals, owned
from archc.ir.graph import Child, Module, Net

Path = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Tied:
    """A tied parameter below a module, and the numbers that it would own."""

    path: Path
    totals: Totals


def ties_of(net: Net, module: Module) -> tuple[Tied, ...]:
    """What a module itself ties."""
    if not module.ties:
        return ()
    targets = {tie.target for tie in module.ties}
    return tuple(
        Tied(found.path, layer_totals((found.parameter,))) for found in owned(net, module) if found.path in targets
    )


def within(ties: tuple[Tied, ...], child: Child) -> Totals:
    """What the ties take from all copies of a child together."""
    return sum((tied.totals for tied in ties if _is_below(tied.path, child)), Totals())


def below(ties: tuple[Tied, ...], path: Path) -> tuple[Tied, ...]:
    """The ties below a label, with the rest of their paths."""
    return tuple(Tied(tied.path[len(path) :], tied.totals) for tied in ties if tied.path[: len(path)] == path)


def _is_below(path: Path, child: Child) -> bool:
    *around, last = child.path
    if len(path) < len(child.path) or path[: len(around)] != tuple(around):
        return False
    first, this = number_of(last), number_of(path[len(around)])
    if child.count == 1 or first is None or this is None:
        return path[len(around)] == last
    return first[0] == this[0] and first[1] <= this[1] < first[1] + child.count
