"""Equal blocks that follow one another are one that repeats: what tables and pictures show of a loop over labels."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import replace

from archc.analysis.calls import values_in
from archc.ir.graph import Child, Module, Net, Node, Operand, Result, Value

_NUMBERED = re.compile(r"(.*?)([0-9]+)", re.ASCII | re.DOTALL)


def number_of(label: str) -> tuple[str, int] | None:
    """``layer_11`` as what stands before the number, and the number; None without one."""
    found = _NUMBERED.fullmatch(label)
    return None if found is None else (found[1], int(found[2]))


def folded(module: Module) -> Module:
    """The module with each run of equal blocks as one node that repeats.

    In a run each block is fed what the one before gives, and nothing else that changes, and the labels count up. The result is for
    showing only: its repeated labels may have more to them than a number (``layer_0`` to ``layer_11``).
    """
    runs = list(_runs(module))
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
    return module.model_copy(
        update={
            "children": tuple(children[index] for index in kept),
            "nodes": tuple(
                node if node.child is None else replace(node, child=renumbered[node.child]) for node in nodes
            ),
            "result": _result(module.result, place),
            "early": tuple(replace(early, result=_result(early.result, place)) for early in module.early),
        }
    )


def folded_net(net: Net) -> Net:
    """The net with all its modules folded."""
    return net.model_copy(update={"modules": tuple(map(folded, net.modules))})


def _runs(module: Module) -> Iterator[range]:
    """All nodes, those of a run together."""
    uses = Counter(value.node for value in _all_values(module))
    applied = Counter(node.child for node in module.nodes)
    start = 0
    for number in range(1, len(module.nodes) + 1):
        if number < len(module.nodes) and _follows(module, number, uses, applied):
            continue
        yield range(start, number)
        start = number


def _all_values(module: Module) -> Iterator[Value]:
    for node in module.nodes:
        for operand in (*node.inputs, *(value for _, value in node.keywords)):
            yield from values_in(operand)
    yield from values_in(module.result)
    for early in module.early:
        yield from values_in(early.result)


def _follows(module: Module, number: int, uses: Mapping[int, int], applied: Mapping[int | None, int]) -> bool:
    """Whether a node is the next of the run that the node before it is in."""
    before, here = module.nodes[number - 1], module.nodes[number]
    if (
        here.module is None
        or here.child is None
        or before.child is None
        or (before.module, before.when) != (here.module, here.when)
    ):
        return False
    alone = uses[number - 1] == 1 and applied[before.child] == applied[here.child] == 1
    fed = bool(here.inputs) and here.inputs[0] == Value(number - 1) and here.inputs[1:] == before.inputs[1:]
    plain = not (here.scan or before.scan or here.keywords or before.keywords) and before.output == here.output
    return alone and fed and plain and _next_label(module.children[before.child], module.children[here.child])


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
