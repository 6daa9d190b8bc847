"""The flat dataflow graph, made on demand: for pictures, and for users who want to ask networkx questions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain, count, repeat
from typing import TYPE_CHECKING, Any

from archc.analysis.calls import Env, call_env, callee_of, child_of, operator_of, substitute_type
from archc.analysis.calltext import What, what
from archc.analysis.parameters import child_totals, module_totals
from archc.analysis.walk import range_label, surroundings
from archc.ir.dims import substitute
from archc.ir.graph import Child, Module, Net, Node, Operand, Result, Value
from archc.ir.types import TensorType, Type, show

if TYPE_CHECKING:
    import networkx

MAX_NODES = 100_000

Path = tuple[str, ...]


class GraphTooLarge(ValueError):
    """A net has more layers and operations than a flat graph may have; a smaller ``depth`` keeps its blocks folded."""


@dataclass(frozen=True, slots=True)
class Cluster:
    """What encloses nodes: a block (it has a ``name``), or a group of labels. ``repeat`` copies follow one another."""

    label: str
    name: str = ""
    arguments: str = ""
    repeat: int = 1


@dataclass(frozen=True, slots=True)
class Source:
    """Where something comes from: an output of a node of the flat graph, with its type in the net's symbols."""

    node: str
    type: Type
    output: int = 0

    def item(self, position: int) -> Source:
        """One of several outputs; the only one is itself."""
        return self if isinstance(self.type, TensorType) else Source(self.node, self.type[position], position)


Sources = Source | tuple["Sources", ...] | None
"""What an operand is: one source, several of a block that gives back several, or none for what is no tensor."""

Operands = tuple[int | str, Sources]
"""What goes into an input, which is a position or a name."""


@dataclass(frozen=True, slots=True)
class Place:
    """One module where it is called: what its symbols stand for, the labels that lead to it, and what encloses it."""

    module: Module
    env: Env
    path: Path = ()
    cluster: Path = ()
    depth: int = 1
    times: int = 1
    shared: bool = False


def to_networkx(net: Net, depth: int | None = None, sizes: Mapping[str, int] | None = None) -> networkx.MultiDiGraph[str]:
    """The net's dataflow. Blocks nested deeper than ``depth`` are single nodes: 1 leaves all folded, None unfolds all.

    Repeats stay folded. A node has ``kind`` (``input``, ``layer``, ``operation``, ``block`` or ``output``), ``label`` (its
    ``state_dict`` prefix, of the first copy), ``name``, ``arguments``, ``family``, ``type``, ``parameters`` (of all its ``repeat``
    copies), ``times`` (how often the blocks around it repeat), ``shared`` (an earlier node counts its parameters), ``span`` and
    ``cluster``, a key of ``graph.graph["clusters"]`` or ``()``. An edge has ``type``, ``text``, ``output`` (of the node that it
    leaves) and ``input`` (a position or a name). Types are in the net's symbols, or at ``sizes``.

    Raises GraphTooLarge beyond 100,000 nodes.
    """
    flat = _Flat(net, depth)
    top = Place(net.top, sizes or {})
    inputs = [flat.add(top, (port.name,), "input", _type_of(top, port.type), name=port.name) for port in net.top.inputs]
    names = chain(net.top.result_names, repeat(None))
    for source, name in zip(_leaves(flat.body(top, inputs)), names, strict=False):
        output = flat.add(top, (name or "output",), "output", source.type, name=name or "output")
        flat.connect(source, output, 0)
    return flat.graph


def _type_of(place: Place, type_: Type) -> Type:
    return substitute_type(type_, place.env)


def _leaves(sources: Sources) -> Iterator[Source]:
    if isinstance(sources, Source):
        yield sources
    for item in sources if isinstance(sources, tuple) else ():
        yield from _leaves(item)


class _Flat:
    """The graph while it grows."""

    def __init__(self, net: Net, depth: int | None) -> None:
        import networkx

        self.net, self.depth = net, depth
        self.totals = module_totals(net)
        self.clusters: dict[Path, Cluster] = {}
        self.graph: networkx.MultiDiGraph[str] = networkx.MultiDiGraph(name=net.name, clusters=self.clusters)

    def add(self, place: Place, path: Path, kind: str, type_: Type, **given: Any) -> Source:
        """Adds a node, named after its path; ``given`` are its attributes that are not the usual ones."""
        if len(self.graph) >= MAX_NODES:
            raise GraphTooLarge(f"{self.net.name} has more than {MAX_NODES:,} layers and operations")
        usual: dict[str, Any] = {"label": "", "arguments": "", "family": kind, "parameters": 0, "repeat": 1}
        usual |= {"shared": False, "cluster": (), "span": place.module.span, "times": place.times}
        name = next(free for free in numbered(".".join(path)) if free not in self.graph)
        self.graph.add_node(name, kind=kind, type=type_, **usual | given)
        return Source(name, type_)

    def connect(self, sources: Sources, target: Source, port: int | str) -> None:
        for source in _leaves(sources):
            edge = {"type": source.type, "text": show(source.type), "output": source.output, "input": port}
            self.graph.add_edge(source.node, target.node, **edge)

    def body(self, place: Place, inputs: Sequence[Sources]) -> Sources:
        """Adds a module's nodes; gives what the module gives back."""
        results: list[Sources] = []
        seen: set[int] = set()

        def find(operand: Operand) -> Sources:
            if not isinstance(operand, Value):
                return None
            if operand.node < 0:
                return inputs[operand.output]
            found = results[operand.node]
            if isinstance(found, Source):
                return found.item(operand.output)
            return found[operand.output] if found else None

        def give(result: Result) -> Sources:
            return find(result) if isinstance(result, Value) else tuple(map(give, result))

        for node, around in zip(place.module.nodes, surroundings(place.module), strict=True):
            self._enclose(place.cluster, around)
            shared = place.shared or node.child in seen
            operands = [(position, find(operand)) for position, operand in enumerate(node.inputs)]
            named = [(name, find(value)) for name, value in node.keywords]
            results.append(self._node(replace(place, shared=shared), node, around, [*operands, *named]))
            if node.child is not None:
                seen.add(node.child)
        return give(place.module.result)

    def _enclose(self, cluster: Path, around: Path) -> None:
        for end in range(1, len(around) + 1):
            self.clusters.setdefault(cluster + around[:end], Cluster(around[end - 1]))

    def _node(self, place: Place, node: Node, around: Path, operands: list[Operands]) -> Sources:
        callee = callee_of(place.module, node)
        if callee is not None and (self.depth is None or place.depth < self.depth):
            return self._unfold(place, node, callee, around, operands)
        child = child_of(place.module, node)
        described = what(self.net, operator_of(place.module, node), callee)
        target = self.add(
            place,
            place.path + (child.path if child is not None else (described.name,)),
            "block" if callee is not None else "operation" if child is None else "layer",
            _type_of(place, node.output),
            **described._asdict(),
            label=".".join(place.path + child.path) if child is not None else "",
            parameters=0 if child is None or place.shared else child_totals(child, self.totals).parameters,
            repeat=node.repeat,
            shared=place.shared and child is not None,
            span=node.span,
            cluster=place.cluster + around,
        )
        for port, sources in operands:
            self.connect(sources, target, port)
        return target

    def _unfold(self, place: Place, node: Node, callee: int, around: Path, operands: list[Operands]) -> Sources:
        """Adds what is inside a block, in a cluster of its own."""
        module, child = self.net.modules[callee], child_of(place.module, node)
        called = call_env(self.net, place.module, node, callee)
        inner = Place(
            module,
            {name: substitute(dim, place.env) for name, dim in called.items()},
            place.path + (() if child is None else child.path),
            self._cluster(place.cluster + around, node, child, what(self.net, None, callee)),
            place.depth + 1,
            place.times * node.repeat,
            place.shared,
        )
        given = dict(operands)
        return self.body(inner, [given.get(i, given.get(port.name)) for i, port in enumerate(module.inputs)])

    def _cluster(self, around: Path, node: Node, child: Child | None, described: What) -> Path:
        label = "" if child is None else range_label(child)
        path = next(path for name in numbered(label) if (path := (*around, name)) not in self.clusters)
        self.clusters[path] = Cluster(label, described.name, described.arguments, node.repeat)
        return path


def numbered(name: str) -> Iterator[str]:
    """The name, then ``name#2``, ``name#3``, ..."""
    yield name
    yield from (f"{name}#{number}" for number in count(2))
