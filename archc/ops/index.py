"""Subscripts: ``x[:, 0]``, ``x[..., ::2]``, ``x[:, None]``."""

from __future__ import annotations

from fractions import Fraction
from typing import Annotated, Any, Literal

from archc.ir.decide import decide_ge
from archc.ir.dims import Dim, DimLike, ceil_div, dim_max, dim_min
from archc.ir.marks import Read
from archc.ir.operator import SLICE, WHOLE, Along, Example, Input, Reach, TorchCall, TorchValue, Word
from archc.ir.site import Refusal, Site
from archc.ir.types import TensorType, Type
from archc.ops._broadcast import broadcast
from archc.ops._pure import Pure

Slice = tuple[Literal["slice"], DimLike | None, DimLike | None, int | None]
"""``("slice", start, stop, step)``: a slice as plain data."""

Table = tuple[Literal["table"]]
TABLE: Table = ("table",)

Item = DimLike | Literal["..."] | Slice | Table | None
"""A position, ``...``, the next table of positions, a slice, or ``None`` for a new dim."""


def _as_data(items: object) -> object:
    """Python's own ``...`` as text, so that an operator can be stored."""
    return tuple("..." if item is ... else item for item in items) if isinstance(items, (tuple, list)) else items


class Index(Pure):
    """Takes positions and slices of dims, as Python and PyTorch do: ``x[:, 0]``, ``x[:, 1:-1]``, ``x[..., ::2]``, ``x[:, None]``.

    An integer takes one position and drops its dim; negative ones count from the end. A slice keeps its dim: what reaches beyond
    the end is cut off, and at least one position must remain. What is computed of sizes, as in ``x[T - P:]``, counts from the front,
    unless it is negative for all of them, as in ``x[-P:]``; the net is then defined where it is not negative. ``None`` adds a dim
    of size 1, ``...`` stands for all dims that are not named. A tensor of int64 is a table of positions: ``bias[table]`` has the
    table's dims in place of the dim it indexes; several tables stand side by side and are broadcast to each other. What the tables
    hold is not known before the net runs.

    ``items`` is what stands in the brackets: a slice in it is ``("slice", start, stop, step)``, a table ``("table",)``.
    """

    name = "index"
    family = "shape"
    view = True
    torch = ("torch.Tensor.__getitem__",)
    inputs = ("input", "table")
    variadic = True
    examples = (
        Example('index((("slice", None, None, None), 0))', ("[B, T, 64]",), "[B, 64]"),
        Example('index(("...", ("slice", 1, -1, None)))', ("[B, T, 64]",), "[B, T, 62]"),
        Example('index((("slice", None, None, None), None))', ("[B, 64]",), "[B, 1, 64]"),
        Example('index((("table",),))', ("[169, 3]", "int[49, 49]"), "[49, 49, 3]"),
    )

    items: Annotated[tuple[Item, ...], Read(_as_data, first=True)]

    def is_view(self) -> bool:
        return TABLE not in self.items  # positions from a table are copied

    def infer(self, site: Site, x: TensorType, *tables: TensorType) -> TensorType:
        shared = self._tables(site, tables)
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
            elif item == TABLE:
                shape += shared
                shared = ()  # the tables that follow it share these dims
                at += 1
            else:
                assert not isinstance(item, str) and (not isinstance(item, tuple) or len(item) == 4)
                shape += _taken(site, item, x, at)
                at += 1
        return x.with_shape(*shape)

    def _tables(self, site: Site, tables: tuple[TensorType, ...]) -> tuple[DimLike, ...]:
        """The dims that tables of positions give."""
        places = [place for place, item in enumerate(self.items) if item == TABLE]
        if len(places) != len(tables):
            raise Refusal("E0309", f"{len(places)} tables are named, {len(tables)} are given", argument="items")
        if not tables:
            return ()
        if places[-1] - places[0] + 1 != len(places) or any(is_dim_item(item) for item in self.items):
            message = "tables of positions stand side by side, with slices around them"
            raise Refusal("E0402", message, argument="items", help="index in two steps: x[:, table][:, :, 0]")
        for number, table in enumerate(tables, 1):
            if table.dtype != "int64":
                raise Refusal("E0306", f"a table of positions holds int64, not {table.dtype}", inputs=(number,))
            if not table.rank:
                raise Refusal("E0301", "a table of positions has at least one dim", inputs=(number,))
        return broadcast(site, "index", tables)

    def reach(self, *inputs: Any) -> Reach:
        """A slice keeps its dim, from where it starts. What a table picks may be anywhere."""
        x = inputs[0]
        named = sum(item is not None and item != "..." for item in self.items)
        seen: list[Along | None] = []
        at = 0
        for item in self.items if "..." in self.items else (*self.items, "..."):
            if item == "...":
                seen += map(Along, range(at, at + x.rank - named))
                at += x.rank - named
            elif item is None:
                seen.append(None)
            elif isinstance(item, tuple) and len(item) == 4:
                seen.append(_along(item, x, at))
                at += 1
            else:
                if item == TABLE:
                    return WHOLE
                at += 1
        return Reach("dims", tuple(seen))

    def function(self, inputs: tuple[Any, ...], output: Type) -> TorchCall | None:
        tables = iter(range(1, len(inputs)))
        items = (Input(next(tables)) if item == TABLE else _emitted(item) for item in self.items or ("...",))
        return TorchCall("[]", (Input(0), *items))


def _along(item: Slice, x: TensorType, dim: int) -> Along:
    _, start, _, step = item
    first = 0 if start is None else _bound(start, x.shape[dim])
    return Along(dim, Fraction(step or 1), first, first)


def is_dim_item(item: Item) -> bool:
    """Whether an item is one position, whose dim is dropped."""
    return isinstance(item, (int, Dim))


def _emitted(item: Item) -> TorchValue:
    if isinstance(item, tuple):
        return (SLICE, *item[1:])
    return Word("...") if item == "..." else item


def _taken(site: Site, item: DimLike | Slice, x: TensorType, dim: int) -> tuple[DimLike, ...]:
    """The size that is left of dim ``dim``, if it stays."""
    size = x.shape[dim]
    if isinstance(item, tuple):
        return (_sliced(site, item, x, dim),)
    _demand_side(site, item, "position")
    least = item + 1 if _from_front(item) else -item

    def refusal() -> Refusal:
        message = f"position {item} is out of range: dim {dim} of {x} has size {size}"
        return Refusal("E0307", message, argument="items", inputs=(0,))

    site.at_least(size, least, refusal)
    return ()


def _sliced(site: Site, item: Slice, x: TensorType, dim: int) -> DimLike:
    size, (_, start, stop, step) = x.shape[dim], item
    if step is not None and step < 1:
        raise Refusal("E0401", f"a slice has a positive step, not {step}", argument="items", help="flip reverses a dim")
    for bound in (start, stop):
        _demand_side(site, 0 if bound is None else bound, "bound")
    first = 0 if start is None else _bound(start, size)
    last = size if stop is None else _bound(stop, size)

    def refusal() -> Refusal:
        text = f"{_text(start)}:{_text(stop)}" + (f":{step}" if step else "")
        return Refusal("E0303", f"the slice {text} takes nothing of dim {dim} of {x}", argument="items", inputs=(0,))

    site.at_least(last - first, 1, refusal)
    return ceil_div(last - first, step or 1)


def _bound(bound: DimLike, size: DimLike) -> DimLike:
    """Where a slice starts or stops, within the dim."""
    return dim_min(bound, size) if _from_front(bound) else dim_max(size + bound, 0)


def _from_front(number: DimLike) -> bool:
    """Whether a position counts from the front; one that is negative for all sizes counts from the end."""
    return decide_ge(number, 0) is not False


def _demand_side(site: Site, number: DimLike, what: str) -> None:
    """A position counts from one end whatever the sizes: from the front, if it does for some of them."""

    def refusal() -> Refusal:
        return Refusal("E0401", f"the {what} {number} would count from the end where it is negative", argument="items")

    if _from_front(number):
        site.at_least(number, 0, refusal)


def _text(bound: DimLike | None) -> str:
    return "" if bound is None else str(bound)
