"""The one broadcasting rule and the one promotion rule, for everything that combines tensors element by element."""

from __future__ import annotations

from collections.abc import Sequence

from archc.ir.dims import DimLike
from archc.ir.operator import is_tensor
from archc.ir.site import Refusal, Site
from archc.ir.types import DType, TensorType

RANK = {
    dtype: rank
    for rank, dtypes in enumerate(
        (["bool"], ["int64"], ["weak"], ["float16", "bfloat16"], ["float", "float32"], ["float32+"], ["float64"])
    )
    for dtype in dtypes
}


def broadcast(site: Site, name: str, types: Sequence[TensorType]) -> tuple[DimLike, ...]:
    """The common shape. Only a literal 1 and a missing leading dim are stretched; two symbolic sizes are demanded to be equal,
    and so are a symbol and a number, since a symbol never broadcasts by luck."""
    first = types[0].shape
    if all(x.shape == first for x in types):
        return first
    rank = max(x.rank for x in types)
    return tuple(_size(site, name, types, position) for position in range(-rank, 0))


def _size(site: Site, name: str, types: Sequence[TensorType], position: int) -> DimLike:
    present = [(i, x.shape[position]) for i, x in enumerate(types) if x.rank >= -position]
    large = [(i, size) for i, size in present if not _is(size, 1)]
    if not large:
        return 1
    first, common = large[0]
    for i, size in large[1:]:
        if size != common:
            site.equal(common, size, _mismatch(name, types, (first, i), position))
            common = size if isinstance(size, int) else common
    return common


def _is(size: DimLike, number: int) -> bool:
    return isinstance(size, int) and size == number


def _mismatch(name: str, types: Sequence[TensorType], pair: tuple[int, int], position: int) -> Refusal:
    left, right = (types[i] for i in pair)
    a, b = left.shape[position], right.shape[position]
    where = _where(left, right, position)
    message = f"{name} of {left} and {right}: {where} differ, {a} and {b}"
    if isinstance(a, int) and isinstance(b, int):
        return Refusal("E0302", message, inputs=pair, dim=position)
    rule = "only a literal size 1 broadcasts; a symbol never does by luck"
    return Refusal("E0305", message, inputs=pair, dim=position, notes=(rule,))


def _where(left: TensorType, right: TensorType, position: int) -> str:
    if left.rank == right.rank:
        return f"sizes at dim {left.rank + position}"
    return f"sizes at dim {position}"


def promote(name: str, inputs: Sequence[object]) -> DType:
    """The dtype that torch gives to a combination of ``inputs``, tensors and plain numbers.

    Numbers are weak, and so are tensors of no dims: they only count where they are of a higher kind (bool, integer, float) than
    the others. Refuses pairs of which the result would depend on the model's own dtype.
    """
    full = _common(name, [x.dtype for x in inputs if isinstance(x, TensorType) and x.rank])
    zero = _common(name, [x.dtype for x in inputs if isinstance(x, TensorType) and not x.rank])
    number = _common(name, ["weak" if isinstance(x, float) else "int64" for x in inputs if not is_tensor(x)])
    common = _stronger(name, full, _stronger(name, zero, number))
    assert common is not None, "nothing to combine"
    return common


def _common(name: str, dtypes: Sequence[DType]) -> DType | None:
    common = dtypes[0] if dtypes else None
    for dtype in dtypes[1:]:
        common = promoted(name, common, dtype) if common else dtype
    return common


def _stronger(name: str, high: DType | None, low: DType | None) -> DType | None:
    """What ``high`` becomes by meeting the weaker ``low``."""
    if high is None or low is None:
        return high if low is None else low
    lifted = high == "bool" or (high == "int64" and low != "bool")
    return promoted(name, high, low) if lifted else high


def promoted(name: str, a: DType, b: DType) -> DType:
    """What torch makes of two dtypes."""
    if a == b:
        return a
    if "float" in (a, b) and {a, b} & {"float16", "bfloat16"}:
        message = f"{name} of {a} and {b}: the result would depend on the model's dtype"
        raise Refusal("E0306", message, help="convert one of them to the other's dtype with .to(...)")
    if {a, b} == {"float", "float32"}:
        return "float32+"
    if {a, b} == {"float16", "bfloat16"}:
        return "float32"
    return a if RANK[a] > RANK[b] else b
