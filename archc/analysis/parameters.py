"""The parameters of a net: their names and shapes as ``state_dict`` has them, and how many numbers they hold."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from fnmatch import fnmatchcase
from functools import partial
from math import prod

from archc.analysis.known import Known
from archc.analysis.tree import Tree, copies, label_tree
from archc.ir.graph import Child, Module, Net
from archc.ir.operator import Parameter
from archc.records import record

BYTES = {
    "float": 4,
    "float16": 2,
    "bfloat16": 2,
    "float32": 4,
    "float32+": 4,
    "weak": 4,
    "float64": 8,
    "int64": 8,
    "bool": 1,
}
"""Bytes of one number; the model's own ``float`` is float32 until someone converts the module."""


@record
class Totals:
    """How many numbers a net owns. A tensor counts once, however often it is used.

    ``frozen`` are parameters that no optimiser trains, ``buffers`` what is stored but is no parameter (batch norm's running
    statistics), ``bytes`` the size of all of them, ``half`` their size in a module that is converted to floats of 16 bits.
    """

    trainable: int = 0
    frozen: int = 0
    buffers: int = 0
    bytes: int = 0
    half: int = 0

    @property
    def parameters(self) -> int:
        """Trainable and frozen ones; buffers are apart."""
        return self.trainable + self.frozen

    def __add__(self, other: Totals) -> Totals:
        return Totals(
            self.trainable + other.trainable,
            self.frozen + other.frozen,
            self.buffers + other.buffers,
            self.bytes + other.bytes,
            self.half + other.half,
        )

    def __mul__(self, times: int) -> Totals:
        return Totals(
            self.trainable * times, self.frozen * times, self.buffers * times, self.bytes * times, self.half * times
        )


def layer_totals(parameters: Iterable[Parameter]) -> Totals:
    """What one layer owns."""
    trainable = buffers = size = half = 0
    for parameter in parameters:
        numbers = prod(parameter.shape)
        size += numbers * BYTES[parameter.dtype]
        half += numbers * (BYTES[parameter.dtype] if parameter.dtype in ("int64", "bool") else 2)
        if parameter.buffer:
            buffers += numbers
        else:
            trainable += numbers
    return Totals(trainable, 0, buffers, size, half)


def module_totals(net: Net, known: Known | None = None) -> list[Totals]:
    """What one instance of each module owns, by the module's index. Each is counted once, callees before callers."""
    known = known or Known()
    totals: list[Totals] = []
    for module in net.modules:
        work = partial(_module_totals, net, module, totals)
        totals.append(work() if module is net.top else known.fact(module, work, "totals"))
    return totals


def _module_totals(net: Net, module: Module, totals: list[Totals]) -> Totals:
    if module.ties or module.frozen:
        return sum(map(_owned_totals, owned(net, module)), Totals())
    children = [child for child in module.children if child.parameters or child.module is not None]
    return sum((child_totals(child, totals) for child in children), Totals())


def child_totals(child: Child, modules: list[Totals]) -> Totals:
    """What all copies of a child own, given what each module owns."""
    one = layer_totals(child.parameters) if child.module is None else modules[child.module]
    return one if child.count == 1 else one * child.count


def count(net: Net, known: Known | None = None) -> Totals:
    """What the whole net owns.

    Costs one step for each child of each distinct module, whatever the counts; a module that ties or freezes is unfolded.
    """
    return module_totals(net, known)[net.root]


def named_parameters(net: Net) -> Iterator[tuple[str, Parameter]]:
    """All parameters and buffers by their ``state_dict`` keys and in its order; repeated blocks unfold one by one.

    Tied parameters come under each of their names.
    """
    for found in owned(net, net.top):
        if found.persistent:
            yield ".".join(found.path), found.parameter


@record
class Owned:
    """A parameter or buffer below a module. ``tied``: it is another one under a second name."""

    path: tuple[str, ...]
    parameter: Parameter
    persistent: bool = True
    frozen: bool = False
    tied: bool = False


def _owned_totals(found: Owned) -> Totals:
    total = Totals() if found.tied else layer_totals((found.parameter,))
    return replace(total, trainable=0, frozen=total.trainable) if found.frozen else total


def owned(net: Net, module: Module) -> Iterator[Owned]:
    """All that a module owns, in the order of its ``state_dict``."""
    tied = {tie.target for tie in module.ties}
    for found in _below(net, module, label_tree(module.children)):
        path = ".".join(found.path)
        frozen = any(fnmatchcase(path, glob) or f"{path}.*" == glob for glob in module.frozen)
        if frozen or found.path in tied:
            found = replace(found, frozen=found.frozen or frozen, tied=found.tied or found.path in tied)
        yield found


def _below(net: Net, module: Module, place: Tree) -> Iterator[Owned]:
    if place.child is not None:
        child = module.children[place.child]
        for path in copies(child):
            yield from (replace(found, path=path + found.path) for found in _child_owned(net, child))
    for inner in sorted(place.inner.values(), key=partial(_rank, module)):
        yield from _below(net, module, inner)


def _rank(module: Module, place: Tree) -> int:
    """Torch lists a module's own parameters, then its own buffers, then its submodules."""
    child = None if place.child is None else module.children[place.child]
    return 2 if child is None or child.own is None else int(child.parameters[0].buffer)


def _child_owned(net: Net, child: Child) -> Iterator[Owned]:
    if child.module is not None:
        yield from owned(net, net.modules[child.module])
        return
    persistent = child.own is None or child.own.persistent
    for parameter in sorted(child.parameters, key=lambda parameter: parameter.buffer):
        yield Owned((parameter.name,) if parameter.name else (), parameter, persistent)
