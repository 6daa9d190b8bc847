"""What a module says in its own symbols, said in its caller's: types of operands, and the dims that a call puts for symbols."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from archc.ir.dims import Dim, DimLike, substitute
from archc.ir.graph import Child, Module, Net, Node, Operand, Port, Result, Value
from archc.ir.operator import Operator
from archc.ir.types import TensorType, Type, tensors

Env = Mapping[str, DimLike]
"""What stands for each symbol of a module: dims of its caller, or numbers."""

Argument = Type | DimLike | float | None
"""What an operator's rule gets for an operand."""


def operand_type(module: Module, operand: Operand) -> Argument:
    """The type of an operand, in the module's own symbols; a plain number or dim, or None, is given back as it is."""
    if not isinstance(operand, Value):
        return operand
    if operand.node < 0:
        return module.inputs[operand.output].type
    output = module.nodes[operand.node].output
    return output if isinstance(output, TensorType) else output[operand.output]


def result_type(module: Module) -> Type:
    """What a module gives back, in its own symbols."""
    return _result_type(module, module.result)


def _result_type(module: Module, result: Result) -> Type:
    if isinstance(result, Value):
        found = operand_type(module, result)
        if not isinstance(found, TensorType | tuple):
            raise TypeError(f"{module.name} gives back {found!r}, which is no tensor")
        return found
    return tuple(_result_type(module, item) for item in result)


def input_types(module: Module, node: Node) -> tuple[Argument, ...]:
    """What flows into a node by position."""
    return tuple(operand_type(module, operand) for operand in node.inputs)


def keyword_types(module: Module, node: Node) -> dict[str, Argument]:
    """What flows into a node by name."""
    return {name: operand_type(module, value) for name, value in node.keywords}


def operator_of(module: Module, node: Node) -> Operator | None:
    """The operator that a node applies, be it a layer's or its own; None where it calls a module."""
    return node.op if node.child is None else module.children[node.child].op


def callee_of(module: Module, node: Node) -> int | None:
    """The index of the module that a node calls; None where it applies an operator."""
    return node.module if node.child is None else module.children[node.child].module


def child_of(module: Module, node: Node) -> Child | None:
    """The submodule that a node applies."""
    return None if node.child is None else module.children[node.child]


def substitute_type(type_: Type, env: Env) -> Type:
    """The type with a module's symbols replaced."""
    if isinstance(type_, TensorType):
        return TensorType(tuple(substitute(dim, env) for dim in type_.shape), type_.dtype)
    return tuple(substitute_type(item, env) for item in type_)


def argument_in(argument: Argument, env: Env) -> Argument:
    """An operand's type, or the operand itself, with a module's symbols replaced."""
    if isinstance(argument, TensorType | tuple):
        return substitute_type(argument, env)
    return substitute(argument, env) if isinstance(argument, Dim) else argument


def call_env(net: Net, caller: Module, node: Node, callee: int) -> dict[str, DimLike]:
    """What a call puts for each symbol of the callee, in the caller's symbols.

    Every symbol stands alone at its first occurrence in a signature, so that reading the inputs from left to right finds all.
    """
    env: dict[str, DimLike] = {}
    for port, argument in _arguments(net.modules[callee], caller, node):
        for formal, actual in zip(tensors(port.type), tensors(argument), strict=False):
            for dim, present in zip(formal.shape, actual.shape, strict=False):
                if isinstance(dim, Dim) and (name := str(dim)) in dim.symbols:
                    env.setdefault(name, present)
    return env


def _arguments(callee: Module, caller: Module, node: Node) -> Iterator[tuple[Port, Type]]:
    """The callee's inputs that are given, each with the type of what it gets."""
    by_name = {port.name: port for port in callee.inputs}
    for port, argument in zip(callee.inputs, input_types(caller, node), strict=False):
        if isinstance(argument, TensorType | tuple):
            yield port, argument
    for name, argument in keyword_types(caller, node).items():
        if name in by_name and isinstance(argument, TensorType | tuple):
            yield by_name[name], argument


def example_sizes(net: Net, sizes: Mapping[str, int] | None = None) -> dict[str, int]:
    """A number for each symbol of the net: those in ``sizes``, else the example that the spec gives."""
    return {symbol.name: (sizes or {}).get(symbol.name, symbol.example) for symbol in net.symbols}
