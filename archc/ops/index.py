"""Subscripts: ``x[:, 0]``, ``x[..., ::2]``, ``x[:, None]``."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator

from archc.ir.decide import decide_ge
from archc.ir.dims import Dim, DimLike, ceil_div, dim_max, dim_min
from archc.ir.operator import SLICE, WHOLE, Example, Input, Reach, TorchCall, TorchValue, Word
from archc.ir.site import Refusal, Site
from archc.ir.types import TensorType, Type
from archc.ops._pure import Pure

Slice = tuple[Literal["slice"], DimLike | None, DimLike | None, int | None]
"""``("slice", start, stop, step)``: a slice as plain data."""

Item = DimLike | Literal["..."] | Slice | None
"""A position, ``...``, a slice, or ``None`` for a new dim."""


def _as_data(items: object) -> object:
    """Python's own ``...`` as text, so that an operator can be stored."""
    return tuple("..." if item is ... else item for item in items) if isinstance(items, tuple | list) else items


class Index(Pure):
    """Takes positions and slices of dims, as Python and PyTorch do: ``x[:, 0]``, ``x[:, 1:-1]``, ``x[..., ::2]``, ``x[:, None]``.

    An integer takes one position and drops its dim; negative ones count from the end. A slice keeps its dim: what reaches beyond
    the end is cut off, and at least one position must remain. ``None`` adds a dim of size 1, ``...`` stands for all dims that
    are not named. ``items`` is what stands in the brackets; a slice in it is ``("slice", start, stop, step)``.
    """

    name = "index"
    family = "shape"
    torch = ("torch.Tensor.__getitem__",)
    examples = (
        Example('index((("slice", None, None, None), 0))', ("[B, T, 64]",), "[B, 64]"),
        Example('index(("...", ("slice", 1, -1, None)))', ("[B, T, 64]",), "[B, T, 62]"),
        Example('index((("slice", None, None, None), None))', ("[B, 64]",), "[B, 1, 64]"),
    )

    items: Annotated[tuple[Item, ...], BeforeValidator(_as_data)]

    def infer(self, site: Site, x: TensorType) -> TensorType:
        named = sum(item is not None and item != "..." for item in self.items)
        if self.items.count("...") > 1:
            raise Refusal("E0401", "only one ... fits between the brackets", argument="items")
        if named > x.rank:
            message = f"{named} dims are indexed, but {x} has {x.rank}"
            raise Refusal("E0307", message, argument="items", inputs=(0,))
        shape: list[DimLike] = []
        at = 0
        for item in self.items if "..." in self.items else (*self.items, "..."):
            if item == "...":
                shape += x.shape[at : at + x.rank - named]
                at += x.rank - named
            elif item is None:
                shape.append(1)
            else:
                shape += _taken(site, item, x, at)
                at += 1
        return x.with_shape(*shape)

    def reach(self, *inputs: Any) -> Reach:
        return WHOLE

    def function(self, inputs: tuple[Any, ...], output: Type) -> TorchCall | None:
        return TorchCall("[]", (Input(0), *map(_emitted, self.items or ("...",))))


def _emitted(item: Item) -> TorchValue:
    if isinstance(item, tuple):
        return (SLICE, *item[1:])
    return Word("...") if item == "..." else item


def _taken(site: Site, item: int | Dim | str | Slice, x: TensorType, dim: int) -> tuple[DimLike, ...]:
    """The size that is left of dim ``dim``, if it stays."""
    size = x.shape[dim]
    if isinstance(item, tuple):
        return (_sliced(site, item, x, dim),)
    assert not isinstance(item, str)
    message = f"position {item} is out of range: dim {dim} of {x} has size {size}"
    least = item + 1 if _from_front(item, "position") else -item
    site.at_least(size, least, Refusal("E0307", message, argument="items", inputs=(0,)))
    return ()


def _sliced(site: Site, item: Slice, x: TensorType, dim: int) -> DimLike:
    size, (_, start, stop, step) = x.shape[dim], item
    if step is not None and step < 1:
        raise Refusal("E0401", f"a slice has a positive step, not {step}", argument="items", help="flip reverses a dim")
    first = 0 if start is None else _bound(start, size)
    last = size if stop is None else _bound(stop, size)
    text = f"{_text(start)}:{_text(stop)}" + (f":{step}" if step else "")
    refusal = Refusal("E0303", f"the slice {text} takes nothing of dim {dim} of {x}", argument="items", inputs=(0,))
    site.at_least(last - first, 1, refusal)
    return ceil_div(last - first, step or 1)


def _bound(bound: DimLike, size: DimLike) -> DimLike:
    """Where a slice starts or stops, within the dim."""
    return dim_min(bound, size) if _from_front(bound, "bound") else dim_max(size + bound, 0)


def _from_front(number: DimLike, what: str) -> bool:
    """Whether a position counts from the front; refuses one that does for some sizes only."""
    front = decide_ge(number, 0)
    if front is None:
        raise Refusal("E0401", f"the {what} {number} is negative for some sizes only, and then counts from the end")
    return front


def _text(bound: DimLike | None) -> str:
    return "" if bound is None else str(bound)
