"""Operators and modules with their arguments, as the language writes them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import NamedTuple

from archc.ir.dims import Dim, DimLike, substitute
from archc.ir.graph import Child, Guard, Module, Net, Node, Operand, Value
from archc.ir.late import LateText
from archc.ir.operator import Operator

LONG = 40
"""Letters of a hyperparameter that a table or picture has room for."""


class What(NamedTuple):
    """What a row or node of a graph is: an operator, a block, a parameter, ... with its arguments and its family."""

    name: str
    arguments: str
    family: str


def what_node(net: Net, module: Module, node: Node, env: Mapping[str, DimLike] | None = None) -> What:
    """What a node applies; sizes among the arguments of an operation as ``env`` has them."""
    if node.op is not None:
        return what_operator(node.op, env)
    if node.child is not None:
        return what_child(net, module.children[node.child])
    if node.choice is not None:
        return What("choose", guard_text(module, node.choice), "choice")
    raise ValueError("a node that applies nothing")


def literal_operands(node: Node, env: Mapping[str, DimLike]) -> str:
    """Numbers and sizes among a node's inputs: ``2`` of ``x * 2``, and ``1, _`` of ``1 - x``, with the tensor's place."""
    texts = ["_" if _holds_tensor(operand) else value_text(_at(operand, env)) for operand in node.inputs]
    if all(text in ("_", "None") for text in texts):
        return ""
    return ", ".join(texts[1:] if texts[0] == "_" else texts)


def _holds_tensor(operand: Operand) -> bool:
    return isinstance(operand, Value) or (isinstance(operand, tuple) and any(map(_holds_tensor, operand)))


def what_child(net: Net, child: Child) -> What:
    """What a submodule is."""
    if child.op is not None:
        return what_operator(child.op)
    if child.module is not None:
        return what_module(net, child.module)
    if child.extern is not None:
        arguments = ", ".join(f"{name}={value_text(value)}" for name, value in child.extern.arguments)
        return What(child.extern.target.rpartition(":")[2], arguments, "extern")
    (tensor,) = child.parameters
    return What("buffer" if tensor.buffer else "param", str(list(tensor.shape)), "parameter")


def what_operator(operator: Operator, env: Mapping[str, DimLike] | None = None) -> What:
    """An operator with its arguments."""
    return What(operator.name, operator_arguments(operator, env), operator.family)


def what_module(net: Net, index: int, but: Collection[str] = ()) -> What:
    """A block with its hyperparameters ``but`` some: ``planes=64, stride=2``. A long one is left out: a list of layers is ``[...]``."""
    module = net.modules[index]
    told = [(name, text) for name, text in module.arguments if name not in but]
    return What(module.name, hyperparameters_text(told), module.kind)


def hyperparameters_text(arguments: Iterable[tuple[str, LateText]]) -> str:
    """Hyperparameters by name; a long one is left out."""
    return ", ".join(f"{name}={_shortened(str(text))}" for name, text in arguments)


def common_arguments(net: Net, index: int) -> set[str]:
    """The hyperparameters that are the same in all modules of a block's name, where it has several: they tell nothing apart."""
    alike = [module.arguments for module in net.modules if module.name == net.modules[index].name]
    same = set(alike[0]).intersection(*alike[1:]) if len(alike) > 1 else set()
    return {name for name, _ in same}


def _shortened(text: str) -> str:
    if len(text) <= LONG:
        return text
    return f"{text[0]}...{text[-1]}" if text[0] in "[(" else "..."


def guard_text(module: Module, guard: Guard) -> str:
    """A condition of run time in words of the language."""
    if guard.subject == "training":
        return "not training" if guard.negated else "training"
    return f"{module.inputs[guard.subject].name} is {'' if guard.negated else 'not '}None"


def operator_arguments(operator: Operator, env: Mapping[str, DimLike] | None = None) -> str:
    """The arguments that are not defaults: ``64, 3, padding=1``. Those that must be given stand without their names."""
    parts: list[str] = []
    by_position = True
    for name, given in operator.defined().items():
        value = _at(given, env) if env else given
        by_position = by_position and operator.fields[name].is_required()
        if operator.name == "index" and isinstance(value, tuple):
            parts.append(f"[{', '.join(map(_item_text, value))}]")
        elif name == operator.collects and isinstance(value, tuple):
            parts.extend(map(value_text, value))
        elif by_position:
            parts.append(value_text(value))
        else:
            parts.append(f"{name}={value_text(value)}")
    return ", ".join(parts)


def _at(value: object, env: Mapping[str, DimLike]) -> object:
    """An argument with the sizes in it replaced."""
    if isinstance(value, tuple):
        return tuple(_at(item, env) for item in value)
    return substitute(value, env) if isinstance(value, Dim) else value


def _item_text(item: object) -> str:
    """What stands between the brackets of a subscript: ``1:-1``, ``...``, ``None``, a position; ``_`` for a table's place."""
    if isinstance(item, tuple) and item[:1] == ("slice",):
        start, stop, step = ("" if part is None else str(part) for part in item[1:])
        return f"{start}:{stop}:{step}" if step else f"{start}:{stop}"
    return "..." if item == "..." else "_" if isinstance(item, tuple) else str(item)


def call_text(name: str, arguments: str) -> str:
    """``relu``, ``conv(64, 3)``: without arguments there are no brackets."""
    return f"{name}({arguments})" if arguments else name


def value_text(value: object) -> str:
    """A value as a literal of the language."""
    if isinstance(value, Dim):
        return str(value)
    if isinstance(value, str):
        return '"' + value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'
    if isinstance(value, tuple):
        inner = ", ".join(map(value_text, value))
        return f"({inner},)" if len(value) == 1 else f"({inner})"
    if isinstance(value, Operator):
        return call_text(value.name, operator_arguments(value))
    return repr(value)
