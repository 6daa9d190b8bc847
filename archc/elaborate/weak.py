"""Weak floats: what is made of integers and plain numbers alone takes the dtype of the tensor or the layer that it meets."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from archc.elaborate import operation
from archc.elaborate.session import Frame
from archc.elaborate.values import Tensor
from archc.ir.operator import Operator
from archc.ir.types import DType, TensorType
from archc.ops._pure import Pure
from archc.source import Span

Inputs = tuple[Any, ...]


def met(
    operator: Operator, inputs: Inputs, keywords: Mapping[str, Any], span: Span, frame: Frame
) -> tuple[Inputs, Mapping[str, Any]]:
    """An operator's inputs, where weak ones have the first other float's dtype, or else that of the operator's parameters."""
    values = (*inputs, *keywords.values())
    if not operator.meets or not any(map(_is_weak, values)):
        return inputs, keywords
    given = list(_tensors(values))
    owns = type(operator).parameters is not Pure.parameters
    floats = (x.type.dtype for x in given if x.type.is_float and x.type.dtype != "weak")
    dtype = next(floats, "float" if owns else None)
    if dtype is None:
        return inputs, keywords
    return firm(inputs, span, frame, dtype), {k: firm(v, span, frame, dtype) for k, v in keywords.items()}


def firm(value: Any, span: Span, frame: Frame, dtype: DType = "float") -> Any:
    """A value whose weak tensors have been converted; each once, however often it is used."""
    if isinstance(value, tuple):
        return tuple([firm(item, span, frame, dtype) for item in value])
    if not isinstance(value, Tensor) or value.type.dtype != "weak":
        return value
    builder = operation.builder_of(frame)
    if builder.constant:
        return held(value)
    key = value.value, dtype, builder.when
    made = builder.firm.get(key)
    if made is None:
        made = builder.firm[key] = operation.operation("to", (value,), {"dtype": dtype}, span, frame)
    return Tensor(made.value, made.type, value.span)


def held(value: Tensor) -> Tensor:
    """A tensor of a buffer: torch makes it in its default float, which becomes the model's own when the module is converted, as
    ``module.to(dtype)`` converts all floating buffers."""
    firm_ = value.type.dtype not in ("weak", "float32")
    return value if firm_ else replace(value, type=TensorType(value.type.shape, "float"))


def _is_weak(value: Any) -> bool:
    return (
        any(map(_is_weak, value))
        if isinstance(value, tuple)
        else isinstance(value, Tensor) and value.type.dtype == "weak"
    )


def _tensors(value: Any) -> Iterator[Tensor]:
    if isinstance(value, tuple):
        for item in value:
            yield from _tensors(item)
    elif isinstance(value, Tensor):
        yield value
