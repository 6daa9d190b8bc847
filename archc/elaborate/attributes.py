"""Attributes of tensors that are operations, and what to write for attributes that are not there."""

from __future__ import annotations

from typing import Any

from archc.elaborate import operation
from archc.elaborate.errors import mistake
from archc.elaborate.foreign import instead
from archc.elaborate.session import Frame
from archc.elaborate.values import Instance, Tensor
from archc.ops import operators
from archc.syntax import ast

TURNED = {"T": (0, 1), "mT": (-2, -1)}
"""The dims that a tensor's attribute swaps."""


def turned(value: Tensor, node: ast.Attribute, frame: Frame) -> Any:
    """``x.T`` of a matrix, ``x.mT`` of the matrices in the last two dims."""
    rank = value.type.rank
    if rank < 2 or (node.name == "T" and rank > 2):
        wanted = "2 dims" if node.name == "T" else "at least 2 dims"
        help_ = "write .mT for the last two dims, or transpose(dim0, dim1)"
        raise mistake("E0301", f".{node.name} needs {wanted}, got {value.type}", node.name_span, help=help_)
    first, second = TURNED[node.name]
    return operation.operation("transpose", (value,), {"dim0": first, "dim1": second}, node.span, frame)


def advice(value: Any, name: str) -> str | None:
    """What to write for an attribute that is not there."""
    if isinstance(value, Instance):
        label = ".".join((*value.path, name))
        return f"declare the parameter itself, `{label}: param([...], init=...)`, and use it by that name"
    if isinstance(value, tuple) and name in ("values", "indices"):
        return "write `[0]` for the values and `[1]` for their places, or give both a name"
    if not isinstance(value, Tensor):
        return None
    if name in operators() and operators()[name].method:
        return f"call it: .{name}(...)"
    return instead(name, ["shape", "dtype", *TURNED])
