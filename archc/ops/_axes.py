"""What rules that speak of a tensor's dims share: dims by number, products of sizes, dtypes that are required."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from typing import Annotated

from archc.ir.dims import Dim, DimLike
from archc.ir.marks import Read
from archc.ir.operator import Reach, keeping
from archc.ir.site import Refusal
from archc.ir.types import TensorType


def _no_nan(value: float) -> float:
    if value != value:
        raise ValueError("it is not a number")
    return value


Constant = int | Annotated[float, Read(_no_nan)]
"""What a tensor may be filled with: any number, infinite ones included."""


def axis(dim: int, rank: int, argument: str = "dim") -> int:
    """``dim`` counted from the front, for a tensor of ``rank`` dims; refuses what is out of range."""
    if not -rank <= dim < rank:
        valid = f"dims are 0 to {rank - 1}, or -{rank} to -1" if rank else "the tensor is a single number, without dims"
        raise Refusal("E0307", f"dim {dim} is out of range for {rank} dims", argument=argument, notes=(valid,))
    return dim % rank


def axes(dims: Iterable[int], rank: int, argument: str = "dim") -> tuple[int, ...]:
    """Several dims counted from the front, in the order given; refuses one that is named twice."""
    found = tuple(axis(dim, rank, argument) for dim in dims)
    twice = next((dim for i, dim in enumerate(found) if dim in found[:i]), None)
    if twice is not None:
        raise Refusal("E0401", f"dim {twice} is named twice", argument=argument)
    return found


def product(sizes: Iterable[DimLike]) -> DimLike:
    """The number of elements of a shape."""
    numbers, symbolic = 1, []
    for size in sizes:
        if isinstance(size, Dim):
            symbolic.append(size)
        else:
            numbers *= size
    return numbers * _product(tuple(symbolic))


@lru_cache(maxsize=1 << 12)
def _product(sizes: tuple[Dim, ...]) -> DimLike:
    """Layers differ in their channels more often than in what stays symbolic."""
    found: DimLike = 1
    for size in sizes:
        found = found * size
    return found


def replaced(x: TensorType, dim: int, size: DimLike) -> TensorType:
    """``x`` with another size at ``dim``, which counts from the front."""
    return x.with_shape(*x.shape[:dim], size, *x.shape[dim + 1 :])


def mixing(x: TensorType, *mixed: int) -> Reach:
    """The reach of what keeps all positions but mixes those along some dims, counted from the front."""
    return keeping(*(None if dim in mixed else dim for dim in range(x.rank)))


def need_float(name: str, x: TensorType, position: int = 0) -> None:
    """Refuse integers and booleans."""
    if not x.is_float:
        raise Refusal(
            "E0306",
            f"{name} needs a float tensor, got {x}",
            inputs=(position,),
            help="convert it first, for example with .float()",
        )


def need_number(name: str, x: TensorType, position: int = 0) -> None:
    """Refuse booleans."""
    if x.dtype == "bool":
        raise Refusal(
            "E0306",
            f"{name} needs numbers, got {x}",
            inputs=(position,),
            help="convert it first, for example with .long()",
        )


def need_rank(name: str, x: TensorType, least: int, position: int = 0) -> None:
    """Refuse tensors of fewer than ``least`` dims."""
    if x.rank < least:
        dims = "1 dim" if least == 1 else f"{least} dims"
        raise Refusal("E0301", f"{name} needs at least {dims}, got {x}", inputs=(position,))
