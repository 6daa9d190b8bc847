"""Tied parameters where a net is shown: a tensor counts for the layer that has it, and the one that is tied to it says so."""

from __future__ import annotations

from collections.abc import Sequence

from archc.analysis.folding import is_copy
from archc.analysis.parameters import Totals, child_totals, layer_totals, owned
from archc.ir.graph import Child, Module, Net

Tied = tuple[tuple[tuple[str, ...], str], ...]
"""The paths from here to parameters that are others under a second name, each with the label of the other."""


def tied_in(module: Module, path: Sequence[str], around: Tied = ()) -> Tied:
    """What is tied in a module that stands at a path: by itself, and by those around it."""
    return (*around, *((tie.target, ".".join((*path, *tie.source))) for tie in module.ties))


def tied_below(tied: Tied, child: Child | None) -> Tied:
    """What is tied in a child, or in one of the copies that it stands for; what has no label is where it is used."""
    if child is None:
        return tied
    size = len(child.path)
    return tuple(
        (target[size:], source)
        for target, source in tied
        if target[: size - 1] == child.path[:-1] and len(target) >= size and is_copy(target[size - 1], child)
    )


def own_totals(net: Net, child: Child, modules: list[Totals], tied: Tied) -> Totals:
    """What all copies of a child own of themselves, given what each module owns and what is tied in the child."""
    total = child_totals(child, modules)
    parameters = {} if not tied else _parameters(net, child)
    for target, _ in tied:
        total += parameters.get(target, Totals()) * -1  # a block that elaboration could not finish may not have it yet
    return total


def _parameters(net: Net, child: Child) -> dict[tuple[str, ...], Totals]:
    if child.module is None:
        return {(one.name,) if one.name else (): layer_totals((one,)) for one in child.parameters}
    found = owned(net, net.modules[child.module])
    return {one.path: Totals() if one.tied else layer_totals((one.parameter,)) for one in found}
