"""Which levels of labels are chains: every layer applied once, in order, to nothing but what the one before gave."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator

from archc.analysis.tree import Tree
from archc.backends.torch.calls import type_of
from archc.ir.graph import Module, Node, Operand, Result, Value
from archc.ir.types import TensorType
from archc.records import record


@record
class Chain:
    """Nodes that run one after another: the value that goes in, and the node that gives what comes out."""

    start: Value
    nodes: tuple[int, ...]

    @property
    def end(self) -> Value:
        return Value(self.nodes[-1])


class Chains:
    """Finds chains in one module. ``buildable`` are the children that have a module form."""

    def __init__(self, module: Module, buildable: frozenset[int]) -> None:
        self.module = module
        self.buildable = buildable
        self.uses = Counter(_values(module))
        self.applied: dict[int, list[int]] = defaultdict(list)
        for index, node in enumerate(module.nodes):
            if node.child is not None:
                self.applied[node.child].append(index)

    def of(self, place: Tree) -> Chain | None:
        """The chain that a place is, if it is one."""
        if place.child is not None:
            return None if place.inner else self._layer(place.child)
        chain: Chain | None = None
        for inner in place.inner.values():
            following = self.of(inner)
            if following is None or (chain and not self._continues(chain, following)):
                return None
            chain = Chain(chain.start, chain.nodes + following.nodes) if chain else following
        return chain

    def _layer(self, child: int) -> Chain | None:
        applied = self.applied[child]
        if len(applied) != 1 or child not in self.buildable:
            return None
        node = self.module.nodes[applied[0]]
        if node.scan is not None:
            return None
        start = node.inputs[0] if len(node.inputs) == 1 and not node.keywords else None
        if not isinstance(start, Value) or node.repeat != self.module.children[child].count:
            return None
        plain = isinstance(node.output, TensorType) and isinstance(type_of(self.module, start), TensorType)
        return Chain(start, (applied[0],)) if plain else None

    def _continues(self, chain: Chain, following: Chain) -> bool:
        when, after = (self.module.nodes[part.nodes[0]].when for part in (chain, following))
        return following.start == chain.end and self.uses[chain.end] == 1 and when == after


def _values(module: Module) -> Iterator[Value]:
    """Every use of a value."""
    for node in module.nodes:
        yield from used_by(node)
    for result in (module.result, *(early.result for early in module.early)):
        yield from results(result)


def used_by(node: Node) -> Iterator[Value]:
    """The values that a node reads."""
    for operand in (*node.inputs, *(value for _, value in node.keywords)):
        yield from _values_in(operand)


def _values_in(operand: Operand) -> Iterator[Value]:
    if isinstance(operand, Value):
        yield operand
    elif isinstance(operand, tuple):
        for part in operand:
            yield from _values_in(part)


def results(result: Result) -> Iterator[Value]:
    """The values that a module gives."""
    if isinstance(result, Value):
        yield result
    else:
        for part in result:
            yield from results(part)
