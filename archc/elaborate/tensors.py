"""Tensors of the module under construction, as rules see them and as nodes keep them."""

from __future__ import annotations

from typing import Any

from archc.elaborate.values import Tensor
from archc.ir.graph import Operand, Value
from archc.ir.types import TensorType, Type
from archc.source import Span


def type_of(value: Any) -> Any:
    """What a rule sees of an input: a tensor's type, a tuple of these, or the plain number."""
    if isinstance(value, Tensor):
        return value.type
    return tuple(map(type_of, value)) if isinstance(value, tuple) else value


def operand(value: Any) -> Operand:
    """What a node keeps of an input."""
    if isinstance(value, Tensor):
        return value.value
    return tuple(map(operand, value)) if isinstance(value, tuple) else value


def plain(inputs: tuple[Any, ...]) -> tuple[tuple[TensorType, ...], tuple[Operand, ...]] | None:
    """The types of tensors of which none may be absent or is weak, and what a node keeps of them: there is nothing to settle."""
    for value in inputs:
        if type(value) is not Tensor or value.given is not None or value.type.dtype == "weak":
            return None
    if len(inputs) == 1:  # as most are; this takes half the time
        return (inputs[0].type,), (inputs[0].value,)
    return tuple([value.type for value in inputs]), tuple([value.value for value in inputs])


def wrap(type_: Type, node: int, span: Span) -> Any:
    """The value that a node gives: a tensor, or a tuple of tensors; its outputs are counted flat."""
    return Tensor(Value(node), type_, span) if isinstance(type_, TensorType) else _wrapped(type_, node, span, 0)[0]


def _wrapped(type_: Type, node: int, span: Span, first: int) -> tuple[Any, int]:
    if isinstance(type_, TensorType):
        return Tensor(Value(node, first), type_, span), first + 1
    values: list[Any] = []
    for item in type_:
        value, first = _wrapped(item, node, span, first)
        values.append(value)
    return tuple(values), first
