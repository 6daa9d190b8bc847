"""Symbols in the place of sizes."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from archc.ir.dims import symbol
from archc.ir.types import TensorType


def with_symbols(data: st.DataObject, inputs: tuple[Any, ...]) -> tuple[list[Any], dict[str, int]]:
    """Inputs with symbols in the place of some sizes other than the channels, and what the symbols stand for: those very sizes,
    or some that are a little larger or smaller."""
    chosen = data.draw(st.integers(1, 15))
    change = data.draw(st.sampled_from([0, 0, 1, 2, -1]))
    sizes: dict[str, int] = {}

    def named(dim: int, size: Any) -> Any:
        if dim == 1 or not chosen >> dim % 4 & 1:
            return size
        sizes[f"S{dim}"] = max(1, size + change)
        return symbol(f"S{dim}")

    types = [
        value.with_shape(*map(named, range(value.rank), value.shape))
        for value in inputs
        if isinstance(value, TensorType)
    ]
    return types, sizes
