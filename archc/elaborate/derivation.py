"""Where a size comes from: the layers that an axis of a tensor has gone through, each with the size that it gave."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from archc.elaborate.builder import Builder
from archc.elaborate.values import Tensor
from archc.ir.dims import DimLike
from archc.ir.graph import Child, Module, Node, Value
from archc.ir.operator import Along, Operator, Reach
from archc.ir.types import TensorType, tensors
from archc.records import record

LONGEST = 8
"""Steps that are shown of one derivation: its last ones."""

Place = tuple[Value, int]
"""An axis of a tensor."""


def derivations(given: Sequence[Tensor], dim: int, builder: Builder, modules: Sequence[Module]) -> tuple[str, ...]:
    """For each of some tensors how it has come to its size at ``dim``, if any layer has changed it on the way."""
    body = Body(builder.inputs, builder.nodes, builder.children, modules)
    lines: dict[str, None] = {}
    for value in given:
        axis = dim if dim >= 0 else dim + value.type.rank
        steps = body.steps((value.value, axis))
        if len(steps) > 1:
            shown = " -> ".join([*["..."][: len(steps) > LONGEST], *steps[-LONGEST:]])
            lines[f"dim {axis} of {value.type} comes from {shown}"] = None
    return tuple(lines)


@record
class Body:
    """The dataflow of a module, finished or under construction."""

    inputs: Sequence[TensorType]
    nodes: Sequence[Node]
    children: Sequence[Child]
    modules: Sequence[Module]

    def steps(self, place: Place) -> list[str]:
        """The sizes of an axis, from where it begins; each that a layer has changed behind the layer: ``64``, ``pool 32``."""
        found: list[str] = []
        size = self._size(place)
        while (before := self.origin(place)) is not None:
            earlier = self._size(before)
            if earlier != size:
                found.append(f"{self._name(self.nodes[place[0].node])} {_shown(size)}")
            place, size = before, earlier
        return [str(size), *reversed(found)]

    def origin(self, place: Place) -> Place | None:
        """The axis that an axis of a node's output goes along with, of one of the node's inputs."""
        value, axis = place
        if value.node < 0:
            return None
        node = self.nodes[value.node]
        given = [x for x in _flat(node.inputs) if isinstance(x, Value)]
        if node.choice is not None:
            return given[0], axis
        if node.module is not None:
            inner = None if node.scan else _start(self.modules[node.module], value.output, axis, self.modules)
            return None if inner is None else (given[inner[0].output], inner[1])
        operator = node.op if node.child is None else self.children[node.child].op
        return None if operator is None or not given else self._along(operator, node, given, axis)

    def _along(self, operator: Operator, node: Node, given: Sequence[Value], axis: int) -> Place | None:
        keywords = {name: self._type(value) for name, value in node.keywords}
        reach = operator.reach(*map(self._type, node.inputs), *keywords.values())
        rank = tensors(node.output)[0].rank
        for value, each in zip(given, reach if isinstance(reach, tuple) else (reach,) * len(given), strict=False):
            found = _axis(each, axis, rank, self._type(value).rank)
            if found is not None:
                return value, found
        return None

    def _type(self, operand: Any) -> Any:
        if isinstance(operand, tuple):
            return tuple(map(self._type, operand))
        if not isinstance(operand, Value):
            return operand
        return (
            self.inputs[operand.output]
            if operand.node < 0
            else tensors(self.nodes[operand.node].output)[operand.output]
        )

    def _size(self, place: Place) -> DimLike:
        size: DimLike = self._type(place[0]).shape[place[1]]
        return size

    def _name(self, node: Node) -> str:
        child = None if node.child is None else self.children[node.child]
        if child is not None and not child.path[-1].isdecimal():
            return child.label
        if node.module is not None:
            return self.modules[node.module].name
        operator = node.op if child is None else child.op
        return "a choice" if operator is None else operator.name


def _axis(reach: Reach, axis: int, rank: int, before: int) -> int | None:
    """The axis of an input of ``before`` dims that an axis of an output of ``rank`` dims goes along with."""
    if reach.kind == "point":
        along = Along(axis - rank + before)
    elif reach.kind == "dims":
        along = reach.dims[axis] or Along(-1)
    else:
        return None
    return along.dim if 0 <= along.dim < before else None


def _start(module: Module, output: int, axis: int, modules: Sequence[Module]) -> Place | None:
    """The axis of an input of a module that an axis of its output begins as."""
    body = Body(tensors(tuple(port.type for port in module.inputs)), module.nodes, module.children, modules)
    place = list(_flat(module.result))[output], axis
    while (before := body.origin(place)) is not None:
        place = before
    return place if place[0].node < 0 else None


def _flat(value: Any) -> Iterator[Any]:
    if isinstance(value, tuple):
        for item in value:
            yield from _flat(item)
    else:
        yield value


def _shown(size: DimLike) -> str:
    text = str(size)
    return text if text.isidentifier() or text.isdecimal() else f"({text})"
