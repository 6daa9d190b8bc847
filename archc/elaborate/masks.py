"""``~``, ``&`` and ``|``: masks joined as torch joins them."""

from __future__ import annotations

from typing import Any

from archc.elaborate import operation
from archc.elaborate.errors import mistake
from archc.elaborate.session import Frame
from archc.elaborate.values import Tensor, describe, kind_of
from archc.ir.types import TensorType
from archc.source import Span

OPERATIONS = {"~": "logical_not", "&": "logical_and", "|": "logical_or"}
_WORDS = {"~": "not", "&": "and", "|": "or"}
_BRACKETS = "a comparison stands in brackets here, as in Python: `(x > 0) & mask`"


def join(op: str, masks: tuple[Any, ...], span: Span, frame: Frame) -> Any:
    """One mask made of others. Numbers are refused: torch would join their bits."""
    for value in masks:
        if not isinstance(value, Tensor):
            help_ = f"write `{_WORDS[op]}` for conditions" if isinstance(value, bool) else _BRACKETS
            raise mistake(
                "E0206", f"{op} joins tensors of booleans, not {kind_of(value)}", span, describe(value), help=help_
            )
        if not isinstance(value.type, TensorType) or value.type.dtype != "bool":
            message = f"{op} joins tensors of booleans, got {value.type}"
            raise mistake("E0306", message, span, help="compare first, `x != 0`, or convert with `.bool()`")
    return operation.operation(OPERATIONS[op], masks, {}, span, frame)
