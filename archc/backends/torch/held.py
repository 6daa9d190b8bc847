"""Own parameters and buffers of a class: how each is made, and what the constructor computes for it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from archc.analysis.tree import Tree
from archc.backends.torch.calls import EmissionError
from archc.backends.torch.pool import Pool
from archc.backends.torch.survey import NEEDS_MATRIX
from archc.backends.torch.tree import Argument, Held, Init, Make
from archc.ir.graph import Child, FanFormula, Module, Node, Operand, Own, Value
from archc.ir.operator import Parameter, Word

FILLS = {"zeros": "torch.zeros", "ones": "torch.ones"}
"""Starts that torch has a constructor for."""


def without_tensors(module: Module, place: Tree, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """Take the own tensors out of a tree of labels; gives the paths of the levels that they are on."""
    for label, inner in list(place.inner.items()):
        if inner.child is None:
            yield from without_tensors(module, inner, (*path, label))
        elif module.children[inner.child].own is not None:
            del place.inner[label]
            yield from (path[:length] for length in range(1, len(path) + 1))


def held_by(child: Child, own: Own, pool: Pool, value: Value | None) -> Held:
    """An own tensor; ``value`` is the step that computes it, if one does."""
    (parameter,) = child.parameters
    if value is not None:
        return Held(child.path, parameter.buffer, own.persistent, value=value)
    make, init = _start(child, own, parameter, pool)
    return Held(child.path, parameter.buffer, own.persistent, make, init)


def _start(child: Child, own: Own, parameter: Parameter, pool: Pool) -> tuple[Make, Init | None]:
    label, arguments = child.path[-1], dict(own.arguments)
    shape = tuple(pool.slot(size, (label, "features")) for size in parameter.shape)
    sizes: tuple[Argument, ...] = shape or ((),)
    typed: tuple[tuple[str, Argument], ...] = ()
    if parameter.dtype != "float":
        typed = (("dtype", Word(f"torch.{parameter.dtype}")),)
    if own.function in FILLS:
        return Make(FILLS[own.function], sizes, typed), None
    if own.function == "constant":
        value = arguments["val"]
        number = float(value) if parameter.dtype == "float" and isinstance(value, int) else value
        if not isinstance(number, FanFormula):
            return Make("torch.full", (shape, pool.slot(number, (label, "value"))), typed), None
    return Make("torch.empty", sizes, typed), _init(child, own, parameter, pool)


def _init(child: Child, own: Own, parameter: Parameter, pool: Pool) -> Init:
    fans = any(isinstance(value, FanFormula) for _, value in own.arguments)
    if len(parameter.shape) < 2 and (own.function in NEEDS_MATRIX or fans):
        raise EmissionError(f"{child.label}: {own.function} needs a tensor of two dims or more", child.span)
    arguments = tuple(
        (name, value if isinstance(value, FanFormula) else pool.slot(value, (child.path[-1], name)))
        for name, value in own.arguments
    )
    return Init("", False, f"nn.init.{own.function}_", arguments, vector=False)


def closure(nodes: tuple[Node, ...], values: Iterable[Value]) -> list[int]:
    """The nodes that values are computed from, in order."""
    pending, found = [value.node for value in values], set[int]()
    while pending:
        index = pending.pop()
        if index < 0:
            raise EmissionError("a buffer's value depends on the inputs")
        if index not in found:
            found.add(index)
            node = nodes[index]
            pending += [v.node for operand in (*node.inputs, *(v for _, v in node.keywords)) for v in _values(operand)]
    return sorted(found)


def _values(operand: Operand) -> Iterator[Value]:
    if isinstance(operand, Value):
        yield operand
    elif isinstance(operand, tuple):
        for part in operand:
            yield from _values(part)
