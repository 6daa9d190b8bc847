"""Equal blocks after one another, or beside each other, are one that repeats: what tables and pictures show of a loop over labels."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from functools import partial

from archc.analysis.calls import values_in
from archc.ir.graph import Child, Module, Net, Node, Operand, Result, Value

_NUMBERED = re.compile(r"(.*?)([0-9]+)", re.ASCII | re.DOTALL)


def number_of(label: str) -> tuple[str, int] | None:
    """``layer_11`` as what stands before the number, and the number; None without one."""
    found = _NUMBERED.fullmatch(label)
    return None if found is None else (found[1], int(found[2]))


def is_copy(name: str, child: Child) -> bool:
    """Whether the last part of a label is a child's, or that of one of the copies that it stands for."""
    first, other = number_of(child.path[-1]), number_of(name)
    if first is None or other is None or first[0] != other[0]:
        return name == child.path[-1]
    return first[1] <= other[1] < first[1] + child.count


def folded(module: Module, *, beside: bool = True) -> Module:
    """The module with each run of equal blocks as one node that repeats, and so, with ``beside``, equal layers next to each other.

    In a run each block is fed what the one before gives, and nothing else that changes. Layers or blocks beside each other are fed the
    same, and the same node alone reads them. In both the labels count up. The result is for showing only: its repeated labels may have
    more to them than a number (``layer_0`` to ``layer_11``).
    """
    after = _merged(module, list(_grouped(module, partial(_follows, module, _readers(module), _applied(module)))))
    if not beside:
        return after
    return _merged(after, list(_grouped(after, partial(_is_beside, after, _readers(after), _applied(after)))))


def _merged(module: Module, runs: list[range]) -> Module:
    """The module with each run of nodes as its first, which repeats."""
    if len(runs) == len(module.nodes):
        return module
    place = {old: new for new, run in enumerate(runs) for old in run}
    children = list(module.children)
    nodes: list[Node] = []
    for run in runs:
        node = _moved(module.nodes[run[0]], place)
        if len(run) > 1:
            assert node.child is not None  # runs are of submodules
            total = sum(module.nodes[number].repeat for number in run)
            children[node.child] = replace(children[node.child], count=total)
            node = replace(node, repeat=total)
        nodes.append(node)
    gone = {module.nodes[number].child for run in runs for number in run[1:]}
    kept = [index for index in range(len(children)) if index not in gone]
    renumbered = {old: new for new, old in enumerate(kept)}
    return replace(
        module,
        children=tuple(children[index] for index in kept),
        nodes=tuple(node if node.child is None else replace(node, child=renumbered[node.child]) for node in nodes),
        result=_result(module.result, place),
        early=tuple(replace(early, result=_result(early.result, place)) for early in module.early),
    )


def folded_net(net: Net, *, beside: bool = True) -> Net:
    """The net with all its modules folded."""
    return replace(net, modules=tuple(folded(module, beside=beside) for module in net.modules))


def _grouped(module: Module, joins: Callable[[int], bool]) -> Iterator[range]:
    """All nodes, those together of which each joins the one before it."""
    start = 0
    for number in range(1, len(module.nodes) + 1):
        if number < len(module.nodes) and joins(number):
            continue
        yield range(start, number)
        start = number


Readers = Mapping[int, list[int]]
"""For each node those that read what it gives, as often as they do; -1 is the module's result."""
Applied = Mapping[int | None, int]
"""How often each child is applied."""


def _readers(module: Module) -> Readers:
    readers: dict[int, list[int]] = {number: [] for number in range(-1, len(module.nodes))}
    for number, node in enumerate(module.nodes):
        for operand in (*node.inputs, *(value for _, value in node.keywords)):
            for value in values_in(operand):
                readers[value.node].append(number)
    for result in (module.result, *(early.result for early in module.early)):
        for value in values_in(result):
            readers[value.node].append(-1)
    return readers


def _applied(module: Module) -> Applied:
    return Counter(node.child for node in module.nodes)


def _follows(module: Module, readers: Readers, applied: Applied, number: int) -> bool:
    """Whether a node is the next of the run that the node before it is in."""
    before, here = module.nodes[number - 1], module.nodes[number]
    if (
        here.module is None
        or here.child is None
        or before.child is None
        or (before.module, before.when) != (here.module, here.when)
    ):
        return False
    alone = len(readers[number - 1]) == 1 and applied[before.child] == applied[here.child] == 1
    fed = bool(here.inputs) and here.inputs[0] == Value(number - 1) and here.inputs[1:] == before.inputs[1:]
    plain = not (here.scan or before.scan or here.keywords or before.keywords) and before.output == here.output
    return alone and fed and plain and _next_label(module.children[before.child], module.children[here.child])


def _is_beside(module: Module, readers: Readers, applied: Applied, number: int) -> bool:
    """Whether a node does the same with the same as the node before it, for the same reader."""
    before, here = module.nodes[number - 1], module.nodes[number]
    if here.child is None or before.child is None or not here.inputs or before.repeat > 1 or here.repeat > 1:
        return False
    read = len(readers[number]) == 1 and readers[number - 1] == readers[number] != [-1]
    if not read or before.inputs != here.inputs or applied[before.child] != 1 or applied[here.child] != 1:
        return False
    one, other = module.children[before.child], module.children[here.child]
    alike = replace(before, child=None, span=here.span) == replace(here, child=None)
    return alike and replace(one, path=other.path, span=other.span) == other and _next_label(one, other)


def _next_label(one: Child, other: Child) -> bool:
    first, second = number_of(one.path[-1]), number_of(other.path[-1])
    if first is None or second is None or one.path[:-1] != other.path[:-1]:
        return False
    return second == (first[0], first[1] + one.count)


def _moved(node: Node, place: Mapping[int, int]) -> Node:
    return replace(
        node,
        inputs=tuple(_operand(operand, place) for operand in node.inputs),
        keywords=tuple((name, _operand(operand, place)) for name, operand in node.keywords),
    )


def _operand(operand: Operand, place: Mapping[int, int]) -> Operand:
    if isinstance(operand, Value):
        return Value(place[operand.node], operand.output) if operand.node >= 0 else operand
    return tuple(_operand(item, place) for item in operand) if isinstance(operand, tuple) else operand


def _result(result: Result, place: Mapping[int, int]) -> Result:
    if isinstance(result, Value):
        return Value(place[result.node], result.output) if result.node >= 0 else result
    return tuple(_result(item, place) for item in result)
