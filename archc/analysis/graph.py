"""The flat dataflow graph, made on demand: for pictures, and for users who want to ask networkx questions."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import field, replace
from itertools import chain, count, repeat
from typing import TYPE_CHECKING, Any

from archc.analysis.calls import Env, call_env, child_of, steps, substitute_type, values_in
from archc.analysis.calltext import What, guard_text, literal_operands, what_module, what_node
from archc.analysis.cost import Costs
from archc.analysis.expanding import Wanted, inside, refuse_unknown
from archc.analysis.folding import folded
from archc.analysis.parameters import module_totals
from archc.analysis.tied import Tied, own_totals, tied_below, tied_in
from archc.analysis.walk import range_label, surroundings
from archc.ir.dims import DimLike, substitute
from archc.ir.graph import Module, Net, Node, Operand, Result, Return, Value
from archc.ir.types import TensorType, Type, show, tensors
from archc.records import record
from archc.source import Span

if TYPE_CHECKING:
    import networkx

MAX_NODES = 100_000

Path = tuple[str, ...]


class GraphTooLarge(ValueError):
    """A net has more layers and operations than a flat graph may have; a smaller ``depth`` keeps its blocks folded."""


@record
class Cluster:
    """What encloses nodes: a block (it has a ``name``), or a group of labels.

    ``times`` copies of it follow one another; with ``scan`` it is one copy that runs so many steps, a number or a formula.
    ``module`` is the block's index in the net's table.
    """

    label: str
    name: str = ""
    arguments: str = ""
    times: str = "1"
    scan: bool = False
    module: int | None = field(default=None, compare=False)
    span: Span | None = field(default=None, compare=False)


@record
class Source:
    """Where a tensor comes from: an output of a node of the flat graph, with its type in the net's symbols."""

    node: str
    type: TensorType
    output: int = 0


Operands = tuple[int | str, tuple[Source, ...]]
"""What goes into an input, which is a position or a name: one source, several of a tuple, none for what is no tensor."""


@record
class Place:
    """One module where it is called: what its symbols stand for, the labels that lead to it, and what encloses it."""

    module: Module
    env: Env
    path: Path = ()
    cluster: Path = ()
    depth: int = 1
    times: int = 1
    runs: DimLike = 1
    shared: bool = False
    wanted: Wanted = ()
    tied: Tied = ()


@record
class Values:
    """What a module's values are in the flat graph: its inputs, and the outputs of its nodes."""

    inputs: Sequence[Source]
    results: list[tuple[Source, ...]]

    def find(self, value: Value) -> Source:
        return self.inputs[value.output] if value.node < 0 else self.results[value.node][value.output]

    def all(self, operand: Operand | Result) -> tuple[Source, ...]:
        """All tensors of an operand."""
        return tuple(map(self.find, values_in(operand)))


def to_networkx(
    net: Net, depth: int | None = None, sizes: Mapping[str, int] | None = None, expand: Iterable[str] = ()
) -> networkx.MultiDiGraph[str]:
    """The net's dataflow. Blocks nested deeper than ``depth`` are single nodes: 1 leaves all folded, None unfolds all.

    Blocks at the labels in ``expand``, and those around them, unfold in any case. Repeats stay folded. A node has ``kind``
    (``input``, ``layer``, ``operation``, ``block`` or ``output``), ``label`` (its ``state_dict`` prefix, of the first copy),
    ``name``, ``arguments``, ``family``, ``types``, ``parameters`` and ``flops`` (of all its ``repeat`` copies; the latter None
    where they cannot be worked out), ``times`` (how often the blocks around it repeat), ``runs`` (that times the steps of scans),
    ``shared`` (an earlier node counts its parameters), ``tied`` (the labels of what its parameters are tied to, which count there),
    ``when`` (the condition of run time under which it runs), ``module`` (a block's index in the net's table), ``span`` and ``cluster``,
    a key of ``graph.graph["clusters"]`` or ``()``. An edge has ``type``, ``text``, ``output`` (of the node that it leaves) and
    ``input`` (a position or a name). Types are in the net's symbols, or at ``sizes``.

    Raises GraphTooLarge beyond 100,000 nodes, and NoSuchBlock for a label in ``expand`` that no block has.
    """
    flat = _Flat(net, depth)
    wanted = tuple((label, tuple(label.split("."))) for label in expand)
    top = Place(folded(net.top), sizes or {}, wanted=wanted, tied=tied_in(net.top, ()))
    inputs = [
        source
        for port in net.top.inputs
        for source in flat.add(top, (port.name,), "input", types_at(top, port.type), name=port.name)
    ]
    last = Return((), len(top.module.nodes), top.module.result, net.top.result_names)
    values = flat.body(top, inputs)
    for returned in (*top.module.early, last):
        when = ", ".join(guard_text(net.top, guard) for guard in returned.when)
        for value, name in zip(values_in(returned.result), chain(returned.names, repeat(None)), strict=False):
            source = values.find(value)
            output = flat.add(top, (name or "output",), "output", (source.type,), name=name or "output", when=when)
            flat.connect(source, output[0].node, 0)
    refuse_unknown([label for label, _ in wanted], flat.found, flat.blocks)
    return flat.graph


class _Flat:
    """The graph while it grows."""

    def __init__(self, net: Net, depth: int | None) -> None:
        import networkx

        self.net, self.depth = net, depth
        self.totals, self.costs = module_totals(net), Costs(net)
        self.clusters: dict[Path, Cluster] = {}
        self.blocks: set[str] = set()
        self.found: set[str] = set()
        """The labels of the blocks that were met, and those of them that were asked for, as they were asked for."""
        self.graph: networkx.MultiDiGraph[str] = networkx.MultiDiGraph(name=net.name, clusters=self.clusters)

    def add(
        self, place: Place, path: Path, kind: str, types: tuple[TensorType, ...], **given: Any
    ) -> tuple[Source, ...]:
        """Adds a node, named after its path; ``given`` are its attributes that are not the usual ones. Gives its outputs."""
        if len(self.graph) >= MAX_NODES:
            raise GraphTooLarge(f"{self.net.name} has more than {MAX_NODES:,} layers and operations")
        usual: dict[str, Any] = {"label": "", "arguments": "", "family": kind, "parameters": 0, "repeat": 1}
        usual |= {
            "shared": False,
            "cluster": (),
            "when": "",
            "tied": (),
            "span": place.module.span,
            "times": place.times,
        }
        usual |= {"flops": 0, "module": None, "runs": place.runs}
        name = next(free for free in numbered(".".join(path)) if free not in self.graph)
        self.graph.add_node(name, kind=kind, types=types, **usual | given)
        return tuple(Source(name, type_, output) for output, type_ in enumerate(types))

    def connect(self, source: Source, target: str, port: int | str) -> None:
        edge = {"type": source.type, "text": show(source.type), "output": source.output, "input": port}
        self.graph.add_edge(source.node, target, **edge)

    def body(self, place: Place, inputs: Sequence[Source]) -> Values:
        """Adds a module's nodes."""
        values = Values(inputs, [])
        seen: set[int] = set()
        for node, around in zip(place.module.nodes, surroundings(place.module), strict=True):
            if node.constant:  # runs when the module is made, to give a buffer its value
                values.results.append(())
                continue
            self._enclose(place.cluster, around)
            positions: list[Operands] = [
                (position, values.all(operand)) for position, operand in enumerate(node.inputs)
            ]
            named: list[Operands] = [(name, values.all(value)) for name, value in node.keywords]
            shared = place.shared or node.child in seen
            values.results.append(self._node(replace(place, shared=shared), node, around, positions + named))
            if node.child is not None:
                seen.add(node.child)
        return values

    def _enclose(self, cluster: Path, around: Path) -> None:
        for end in range(1, len(around) + 1):
            self.clusters.setdefault(cluster + around[:end], Cluster(around[end - 1]))

    def _node(self, place: Place, node: Node, around: Path, operands: list[Operands]) -> tuple[Source, ...]:
        if node.module is not None and self._unfolds(place, node):
            return self._unfold(place, node, node.module, around, operands)
        child = child_of(place.module, node)
        tied = tied_below(place.tied, child)
        described = what_node(self.net, place.module, node, place.env)
        operands_ = literal_operands(node, place.env)
        described = described._replace(arguments=", ".join(filter(None, (operands_, described.arguments))))
        outputs = self.add(
            place,
            place.path + (child.path if child is not None else (described.name,)),
            "block" if node.module is not None else "operation" if child is None else "layer",
            types_at(place, node.output),
            **described._asdict(),
            label=".".join(place.path + child.path) if child is not None else "",
            parameters=0
            if child is None or place.shared
            else own_totals(self.net, child, self.totals, tied).parameters,
            tied=() if child is None or node.module is not None else tuple(dict.fromkeys(source for _, source in tied)),
            flops=self.costs.node_flops(place.module, node, place.env),
            module=node.module,
            repeat=node.repeat,
            shared=place.shared and child is not None,
            when=", ".join(guard_text(place.module, guard) for guard in node.when),
            span=node.span,
            cluster=place.cluster + around,
        )
        for port, sources in operands:
            for source in sources:
                self.connect(source, outputs[0].node, port)
        return outputs

    def _unfolds(self, place: Place, node: Node) -> bool:
        """Whether a block is shown with what is in it: for its depth, or for what is wanted of it."""
        child = child_of(place.module, node)
        rest = inside(place.wanted, child)
        if child is not None:
            self.blocks.add(".".join(place.path + child.path))
            self.found.update(label for label, below in rest if not below)
        return self.depth is None or place.depth < self.depth or bool(child is not None and rest)

    def _unfold(
        self, place: Place, node: Node, callee: int, around: Path, operands: list[Operands]
    ) -> tuple[Source, ...]:
        """Adds what is inside a block, in a cluster of its own."""
        module, child = folded(self.net.modules[callee]), child_of(place.module, node)
        called = call_env(self.net, place.module, node, callee)
        inner = Place(
            module,
            {name: substitute(dim, place.env) for name, dim in called.items()},
            place.path + (() if child is None else child.path),
            self._cluster(place, node, around, what_module(self.net, callee)),
            place.depth + 1,
            place.times * node.repeat,
            place.runs * substitute(steps(place.module, node), place.env),
            place.shared,
            inside(place.wanted, child),
        )
        inner = replace(inner, tied=tied_in(module, inner.path, tied_below(place.tied, child)))
        values = self.body(inner, [source for _, sources in operands for source in sources])
        # A scan stacks what each step gives, so the types are the node's.
        return tuple(map(replace_type, values.all(module.result), types_at(place, node.output)))

    def _cluster(self, place: Place, node: Node, around: Path, described: What) -> Path:
        """Opens a cluster for a block, of a name of its own, for a shared block has several."""
        child = child_of(place.module, node)
        label = "" if child is None else range_label(child)
        parts = ((*place.cluster, *around, name) for name in numbered(label))
        path = next(path for path in parts if path not in self.clusters)
        times = str(substitute(steps(place.module, node), place.env))
        self.clusters[path] = Cluster(
            label, described.name, described.arguments, times, node.scan is not None, node.module, node.span
        )
        return path


def types_at(place: Place, type_: Type) -> tuple[TensorType, ...]:
    """All tensors of a type, in the net's symbols."""
    return tensors(substitute_type(type_, place.env))


def replace_type(source: Source, type_: TensorType) -> Source:
    """The same output under another type."""
    return Source(source.node, type_, source.output)


def numbered(name: str) -> Iterator[str]:
    """The name, then ``name#2``, ``name#3``, ..."""
    yield name
    yield from (f"{name}#{number}" for number in count(2))
