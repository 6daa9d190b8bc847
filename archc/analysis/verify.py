"""A verifier of the IR: whatever made or changed a net, these facts hold of it, or it is a bug of archc."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import zip_longest

from archc.analysis.calls import (
    Argument,
    call_env,
    fed_types,
    input_types,
    keyword_types,
    operator_of,
    result_type,
    steps,
    substitute_type,
    value_type,
    values_in,
)
from archc.analysis.tree import label_tree
from archc.ir.decide import decide_eq
from archc.ir.dims import Dim, DimLike
from archc.ir.graph import Child, Module, Net, Node, Value
from archc.ir.site import Refusal, Site
from archc.ir.types import TensorType, tensors

Problems = Iterator[str]


def verify(net: Net) -> list[str]:
    """What is wrong with a net's IR, a sentence each; nothing for a net as it should be."""
    if not 0 <= net.root < len(net.modules):
        return [f"the root is module {net.root} of {len(net.modules)}"]
    found = [
        f"{module.name} (module {index}): {text}"
        for index, module in enumerate(net.modules)
        for text in _module(net, index, module)
    ]
    free = {str(dim) for port in net.top.inputs for type_ in tensors(port.type) for dim in _symbols(type_)}
    missing = sorted(free - {symbol.name for symbol in net.symbols})
    return found + [f"the net's inputs have the size {name}, which is no symbol of it" for name in missing]


def _symbols(type_: TensorType) -> Iterator[str]:
    for dim in type_.shape:
        if isinstance(dim, Dim):
            yield from dim.symbols


def _module(net: Net, index: int, module: Module) -> Problems:
    """A module's structure and, where that is sound, its types."""
    broken = [*_labels(module), *_references(index, module)]
    yield from broken
    if broken:
        return
    for child in module.children:
        yield from _child(child)
    for number, node in enumerate(module.nodes):
        yield from (f"node {number}: {text}" for text in _node(net, module, node))


# --- structure --------------------------------------------------------------------------------------------------------


def _labels(module: Module) -> Problems:
    """Labels are unique, also those of folded copies, and none is below another layer's."""
    try:
        label_tree(module.children)
    except ValueError as error:
        yield str(error)
        return
    taken = {child.path for child in module.children}
    runs: dict[tuple[str, ...], list[tuple[int, int]]] = {}
    for child in module.children:
        if any(child.path[:end] in taken for end in range(1, len(child.path))):
            yield f"{child.label} is below another submodule"
        if child.path[-1].isdecimal():
            runs.setdefault(child.path[:-1], []).append((int(child.path[-1]), child.count))
        elif child.count > 1:
            yield f"{child.label} has {child.count} copies, but no number"
    for around, numbered in runs.items():
        for (low, size), (high, _) in zip(sorted(numbered), sorted(numbered)[1:], strict=False):
            if low + size > high:
                yield f"copies of {'.'.join((*around, str(low)))} overlap {high}"


def _references(index: int, module: Module) -> Problems:
    """Nodes refer to what comes before them, callees to modules that come before."""
    outputs = [len(tensors(tuple(port.type for port in module.inputs)))]
    outputs += [len(tensors(node.output)) for node in module.nodes]
    for child in module.children:
        if child.module is not None and not 0 <= child.module < index:
            yield f"{child.label} is module {child.module}, which does not come before"
        if sum(fact is not None for fact in (child.op, child.module, child.own, child.extern)) != 1:
            yield f"{child.label} is not exactly one of a layer, a block, an own tensor and an extern"
    for number, node in enumerate(module.nodes):
        operands = [value for operand in (*node.inputs, *(v for _, v in node.keywords)) for value in values_in(operand)]
        yield from (f"node {number}: {text}" for text in _values(operands, number, outputs))
        yield from (f"node {number}: {text}" for text in _applies(index, module, node))
    yield from _values(list(values_in(module.result)), len(module.nodes), outputs)


def _values(values: Sequence[Value], before: int, outputs: Sequence[int]) -> Problems:
    for value in values:
        if not -1 <= value.node < before:
            yield f"refers to node {value.node}, which does not come before"
        elif not 0 <= value.output < outputs[value.node + 1]:
            yield f"refers to output {value.output} of {outputs[value.node + 1]} of node {value.node}"


def _applies(index: int, module: Module, node: Node) -> Problems:
    if sum(fact is not None for fact in (node.child, node.op, node.choice)) != 1:
        yield "applies not exactly one of a submodule, an operation and a choice"
        return
    if node.child is not None and not 0 <= node.child < len(module.children):
        yield f"applies submodule {node.child} of {len(module.children)}"
        return
    child = None if node.child is None else module.children[node.child]
    if (node.module is None) != (child is None or child.module is None):
        yield "has a callee without a block, or a block without a callee"
    if node.module is not None and not 0 <= node.module < index:
        yield f"calls module {node.module}, which does not come before"
    if child is not None and node.repeat > 1 and child.count != node.repeat:
        yield f"repeats {node.repeat} times what has {child.count} copies"


# --- types ------------------------------------------------------------------------------------------------------------


def _child(child: Child) -> Problems:
    """A layer owns what its operator says it owns."""
    if child.op is None:
        return
    try:
        expected = child.op.parameters(*child.inputs)
    except Refusal as refusal:
        yield f"{child.label}: {refusal.message}"
        return
    if expected != child.parameters:
        yield f"{child.label} owns {child.parameters}, and not {expected} as {child.op.name} does"


def _node(net: Net, module: Module, node: Node) -> Problems:
    """The output is what the operator or the callee gives; a repeated node gives what it takes."""
    operator = operator_of(module, node)
    if node.repeat > 1 and [value_type(module, v) for operand in node.inputs for v in values_in(operand)] != [
        node.output
    ]:
        yield "is repeated, but its output is not of its input's type"
    if operator is not None:
        yield from _derived(module, node, lambda site, *x, **named: operator.infer(site, *x, **named))
    elif node.module is not None:
        yield from _call(net, module, node, node.module)
    elif node.choice is not None:
        for type_ in input_types(module, node):
            yield from _same(module, "chooses", (type_,), (node.output,))


def _derived(module: Module, node: Node, infer: Callable[..., object]) -> Problems:
    try:
        found = infer(Site(node.span), *input_types(module, node), **keyword_types(module, node))
    except Refusal as refusal:
        yield f"is refused: {refusal.message}"
        return
    yield from _same(module, "gives", (found,), (node.output,))


def _call(net: Net, module: Module, node: Node, callee: int) -> Problems:
    env = call_env(net, module, node, callee)
    called = net.modules[callee]
    formal = tensors(substitute_type(tuple(port.type for port in called.inputs), env))
    yield from _same(module, f"{called.name} takes", formal, tuple(fed_types(module, node)))
    given = tensors(substitute_type(result_type(called), env))
    if node.scan is not None:
        collected = len(given) - node.scan.carry
        given = tuple(
            _stacked(type_, steps(module, node), node.scan.dim) if i < collected else type_
            for i, type_ in enumerate(given)
        )
    yield from _same(module, f"{called.name} gives", given, tensors(node.output))


def _stacked(type_: TensorType, length: DimLike, dim: int) -> TensorType:
    return type_.with_shape(*type_.shape[:dim], length, *type_.shape[dim:])


def _same(module: Module, what: str, expected: Sequence[object], found: Sequence[object]) -> Problems:
    one, other = _flat(expected), _flat(found)
    if len(one) != len(other) or not all(_equal(module, a, b) for a, b in zip_longest(one, other)):
        yield f"{what} {', '.join(map(str, one))}, but has {', '.join(map(str, other))}"


def _flat(types: Sequence[object]) -> list[TensorType]:
    return [tensor for type_ in types for tensor in (_flat(type_) if isinstance(type_, tuple) else [type_])]  # type: ignore[misc]


def _equal(module: Module, one: Argument, other: Argument) -> bool:
    """Whether two types are one, given what the module demands of its sizes."""
    if not isinstance(one, TensorType) or not isinstance(other, TensorType):
        return one == other
    if (one.dtype, one.rank) != (other.dtype, other.rank):
        return False
    return all(_agree(module, a, b) for a, b in zip(one.shape, other.shape, strict=True))


def _agree(module: Module, one: DimLike, other: DimLike) -> bool:
    if one == other or decide_eq(one, other):
        return True
    gaps = {one - other, other - one}
    return any(held.relation == "==" and held.left - held.right in gaps for held in module.constraints)
