"""Which modules share a class, and what the classes are called."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from graphlib import CycleError, TopologicalSorter

from archc.backends.torch.calls import calls_of, shared_keywords
from archc.backends.torch.columns import Signature, solve
from archc.backends.torch.lower import lower
from archc.backends.torch.merging import aligned, merged
from archc.backends.torch.naming import camel, fresh, identifier
from archc.backends.torch.survey import Survey
from archc.backends.torch.tree import Body, Constant, Lowered
from archc.backends.torch.unroll import unrolled
from archc.ir.graph import Module, Net
from archc.records import record

Block = tuple[object, ...]
"""What tells blocks apart: the name and place of their definition."""


@record
class Class:
    """An emitted class: the modules that share it (the first stands for all), and their bodies, one by one."""

    name: str
    modules: tuple[Module, ...]
    lowered: tuple[Lowered, ...]
    signature: Signature
    outputs: Mapping[tuple[str, ...], str]
    """The classes of outputs with names, by these names."""

    @property
    def body(self) -> Body:
        return self.lowered[0].body


def classes_of(net: Net) -> tuple[Class, ...]:
    """The classes of a net, callees before callers, the net's own last."""
    return _Classes(unrolled(net)).run()


class _Classes:
    def __init__(self, net: Net) -> None:
        self.net = net
        calls = {index: calls_of(module) for index, module in enumerate(net.modules)}
        self.survey = Survey(net, calls, externs(net))
        self.found: list[tuple[list[int], list[Lowered], Signature]] = []
        self.modules: dict[int, Module] = {}
        """The modules with all inputs of their classes."""
        self.place: dict[int, tuple[int, int]] = {}
        """For each module its class and its position among the modules that share it."""

    def run(self) -> tuple[Class, ...]:
        blocks = _blocks(self.net)
        for block in _callees_first(self.net, blocks):
            self._block(blocks[block])
        names = self._names(blocks)
        modules = self.modules
        taken = [*names, *self.survey.externs.values()]
        classes: list[Class] = []
        for name, (indices, lowered, signature) in zip(names, self.found, strict=True):
            outputs: dict[tuple[str, ...], str] = {}
            for fields in _outputs(lowered[0].body):
                outputs[fields] = fresh(f"{name}Output", taken)
                taken.append(outputs[fields])
            classes.append(Class(name, tuple(modules[i] for i in indices), tuple(lowered), signature, outputs))
        return tuple(classes)

    def _block(self, indices: Sequence[int]) -> None:
        """Group the modules of one block by their bodies."""
        keywords = shared_keywords(self.survey.calls[index] for index in indices)
        groups: dict[Body, list[tuple[int, Lowered]]] = defaultdict(list)
        for index in indices:
            lowered = lower(self.net, index, self.survey, keywords, self._construct, self._inputs)
            groups[lowered.body].append((index, lowered))
        for group in merged(groups):
            found = [index for index, _ in group.members]
            for position, index in enumerate(found):
                self.place[index] = (len(self.found), position)
                self.modules[index] = aligned(self.net.modules[index], self.net.modules[found[0]], group.body)
            bodies = [lowered for _, lowered in group.members]
            self.found.append((found, bodies, solve([self.modules[index] for index in found], bodies)))

    def _inputs(self, module: int) -> tuple[str, ...]:
        """The inputs of a module's class."""
        return self.found[self.place[module][0]][1][0].body.inputs

    def _construct(self, module: int) -> tuple[int, tuple[tuple[str, Constant], ...], Mapping[str, Constant]]:
        number, position = self.place[module]
        parameters = self.found[number][2].parameters
        arguments = tuple((parameter.name, parameter.column[position]) for parameter in parameters)
        return (
            number,
            arguments,
            {parameter.name: parameter.default[0] for parameter in parameters if parameter.default},
        )

    def _names(self, blocks: dict[Block, list[int]]) -> list[str]:
        """One name for each class. The net's own has the first choice."""
        names: dict[int, str] = {}
        for indices in [[self.net.root], *blocks.values()]:
            numbers = sorted({self.place[index][0] for index in indices if index in self.place} - set(names))
            suffixes = _suffixes([self.found[number][1][0].body for number in numbers])
            stem = identifier(self.net.modules[indices[0]].name)
            for number, suffix in zip(numbers, suffixes, strict=True):
                names[number] = fresh(stem + suffix, [*names.values(), *self.survey.externs.values()])
        return [names[number] for number in range(len(self.found))]


def _outputs(body: Body) -> Iterator[tuple[str, ...]]:
    """The names of outputs of a class, each once."""
    found = dict.fromkeys([*(step.outputs for step in body.steps if step.returns), body.outputs])
    return (fields for fields in found if fields)


def externs(net: Net) -> dict[str, str]:
    """The names of classes from elsewhere, by their targets, in order."""
    names: dict[str, str] = {}
    for module in net.modules:
        for child in module.children:
            if child.extern is not None and child.extern.target not in names:
                names[child.extern.target] = identifier(child.extern.target.rpartition(":")[2], names.values())
    return names


def _suffixes(bodies: Sequence[Body]) -> Iterator[str]:
    """A label, or else an input, that only one variant of a block has names it; the first without one, or else the first, needs
    none."""
    labels = [{_stem(item.label) for item in body.items} | set(body.inputs) for body in bodies]
    own: list[str] = []
    for number, body in enumerate(bodies):
        others = set().union(*labels[:number], *labels[number + 1 :])
        names = (name for name in (*(item.label for item in body.items), *body.inputs) if _stem(name) not in others)
        own.append(next(map(camel, names), ""))
    if "" not in own and own:
        own[0] = ""
    return iter(own)


def _stem(label: str) -> str:
    """A label without its number: that there are more of the same gives nothing a name."""
    return label.rstrip("0123456789")


def _blocks(net: Net) -> dict[Block, list[int]]:
    """The modules of each block that the net uses. The net itself is apart: it takes no arguments."""
    blocks: dict[Block, list[int]] = defaultdict(list)
    for index, module in enumerate(net.modules):
        blocks[(net.root,) if index == net.root else (module.name, module.span)].append(index)
    try:
        TopologicalSorter(_graph(net, blocks)).prepare()
    except CycleError:  # a block is handed to itself (``Wrap(Wrap(conv))``), so its modules on each level are apart
        return _by_height(net)
    return blocks


def _by_height(net: Net) -> dict[Block, list[int]]:
    heights: list[int] = []
    blocks: dict[Block, list[int]] = defaultdict(list)
    for index, module in enumerate(net.modules):
        heights.append(1 + max((heights[callee] for callee in _callees(module)), default=0))
        blocks[(net.root,) if index == net.root else (module.name, module.span, heights[index])].append(index)
    return blocks


def _graph(net: Net, blocks: dict[Block, list[int]]) -> dict[Block, list[Block]]:
    block_of = {index: block for block, indices in blocks.items() for index in indices}
    return {
        block: [block_of[callee] for index in indices for callee in _callees(net.modules[index])]
        for block, indices in blocks.items()
    }


def _callees_first(net: Net, blocks: dict[Block, list[int]]) -> Iterator[Block]:
    """The blocks in the order in which a reader wants their classes: each just before the first that uses it."""
    graph = _graph(net, blocks)
    done: set[Block] = set()
    stack: list[tuple[Block, bool]] = [((net.root,), False)]
    while stack:
        block, ready = stack.pop()
        if ready and block not in done:
            done.add(block)
            yield block
        elif block not in done:
            stack.append((block, True))
            stack.extend((callee, False) for callee in reversed(graph[block]))


def _callees(module: Module) -> Iterator[int]:
    for child in module.children:
        if child.module is not None:
            yield child.module
    for node in module.nodes:
        if node.module is not None:
            yield node.module
