"""Operators and modules with their arguments, as the language writes them."""

from __future__ import annotations

from typing import NamedTuple

from archc.ir.dims import Dim
from archc.ir.graph import Module, Net
from archc.ir.operator import Operator


class What(NamedTuple):
    """What a node applies: an operator, or a block (whose family is ``block``), with its arguments."""

    name: str
    arguments: str
    family: str


def what(net: Net, operator: Operator | None, module: int | None) -> What:
    """An operator or, where there is none, the module of that index, described."""
    if operator is not None:
        return What(operator.name, operator_arguments(operator), operator.family)
    if module is None:
        raise ValueError("neither an operator nor a module")
    return What(net.modules[module].name, module_arguments(net.modules[module]), "block")


def operator_arguments(operator: Operator) -> str:
    """The arguments that are not defaults: ``64, 3, padding=1``. Those that must be given stand without their names."""
    parts: list[str] = []
    by_position = True
    for name, value in operator.defined().items():
        by_position = by_position and type(operator).model_fields[name].is_required()
        if name == operator.collects and isinstance(value, tuple):
            parts.extend(map(value_text, value))
        elif by_position:
            parts.append(value_text(value))
        else:
            parts.append(f"{name}={value_text(value)}")
    return ", ".join(parts)


def module_arguments(module: Module) -> str:
    """A block's hyperparameters: ``planes=64, stride=2``."""
    return ", ".join(f"{name}={text}" for name, text in module.arguments)


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
