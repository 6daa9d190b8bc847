"""What a module says in its own symbols, said in its caller's: types of operands, and the dims that a call puts for symbols."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from typing_extensions import TypeAliasType

from archc.ir.dims import Dim, DimLike, substitute
from archc.ir.graph import Child, Module, Net, Node, Operand, Result, Value
from archc.ir.operator import Operator
from archc.ir.types import TensorType, Type, tensors

Env = Mapping[str, DimLike]
"""What stands for each symbol of a module: dims of its caller, or numbers."""

Argument = TypeAliasType("Argument", "TensorType | DimLike | float | tuple[Argument, ...] | None")
"""What an operator's rule gets for an operand."""


def operand_type(module: Module, operand: Operand) -> Argument:
    """The type of an operand, in the module's own symbols; a plain number or dim, or None, is given back as it is."""
    if isinstance(operand, Value):
        return value_type(module, operand)
    return tuple(operand_type(module, item) for item in operand) if isinstance(operand, tuple) else operand


def value_type(module: Module, value: Value) -> TensorType:
    """The type of one output of a node, or of one of the module's inputs."""
    types = tuple(port.type for port in module.inputs) if value.node < 0 else module.nodes[value.node].output
    return tensors(types)[value.output]


def result_type(module: Module) -> Type:
    """What a module gives back, in its own symbols."""
    return _result_type(module, module.result)


def _result_type(module: Module, result: Result) -> Type:
    if isinstance(result, Value):
        return value_type(module, result)
    return tuple(_result_type(module, item) for item in result)


def input_types(module: Module, node: Node) -> tuple[Argument, ...]:
    """What flows into a node by position."""
    return tuple(operand_type(module, operand) for operand in node.inputs)


def keyword_types(module: Module, node: Node) -> dict[str, Argument]:
    """What flows into a node by name."""
    return {name: operand_type(module, value) for name, value in node.keywords}


def values_in(operand: Operand | Result) -> Iterator[Value]:
    """The tensors of an operand, in order."""
    if isinstance(operand, Value):
        yield operand
    for item in operand if isinstance(operand, tuple) else ():
        yield from values_in(item)


def operator_of(module: Module, node: Node) -> Operator | None:
    """The operator that a node applies, be it a layer's or its own; None where it applies something else."""
    return node.op if node.child is None else module.children[node.child].op


def child_of(module: Module, node: Node) -> Child | None:
    """The submodule that a node applies."""
    return None if node.child is None else module.children[node.child]


def substitute_type(type_: Type, env: Env) -> Type:
    """The type with a module's symbols replaced."""
    if not env:
        return type_
    if isinstance(type_, TensorType):
        return TensorType(tuple([substitute(dim, env) for dim in type_.shape]), type_.dtype)
    return tuple(substitute_type(item, env) for item in type_)


def argument_in(argument: Argument, env: Env) -> Argument:
    """An operand's type, or the operand itself, with a module's symbols replaced."""
    if not env:
        return argument
    if isinstance(argument, tuple):
        return tuple(argument_in(item, env) for item in argument)
    if isinstance(argument, TensorType):
        return substitute_type(argument, env)
    return substitute(argument, env) if isinstance(argument, Dim) else argument


def call_env(net: Net, caller: Module, node: Node, callee: int) -> dict[str, DimLike]:
    """What a call puts for each symbol of the callee, in the caller's symbols.

    Every symbol stands alone at its first occurrence in a signature, so that reading the inputs from left to right finds all.
    """
    env: dict[str, DimLike] = {}
    formals = tensors(tuple(port.type for port in net.modules[callee].inputs))
    for formal, actual in zip(formals, fed_types(caller, node), strict=False):
        for dim, present in zip(formal.shape, actual.shape, strict=False):
            if isinstance(dim, Dim) and dim.name is not None:
                env.setdefault(dim.name, present)
    return env


def fed_types(caller: Module, node: Node) -> Iterator[TensorType]:
    """What a callee's inputs get: all tensors of the call, and for a scan one step's slice of those that it goes over."""
    values = [value for operand in node.inputs for value in values_in(operand)]
    for position, value in enumerate(values):
        type_ = value_type(caller, value)
        if node.scan is not None and position < node.scan.over:
            type_ = type_.with_shape(*type_.shape[: node.scan.dim], *type_.shape[node.scan.dim + 1 :])
        yield type_


def steps(caller: Module, node: Node) -> DimLike:
    """How often a node applies its callee: its repeats, or the length of what it scans over."""
    if node.scan is None:
        return node.repeat
    first = next(value for operand in node.inputs for value in values_in(operand))
    return value_type(caller, first).shape[node.scan.dim]


def example_sizes(net: Net, sizes: Mapping[str, int] | None = None) -> dict[str, int]:
    """A number for each symbol of the net: those in ``sizes``, else the example that the spec gives."""
    return {symbol.name: (sizes or {}).get(symbol.name, symbol.example) for symbol in net.symbols}
