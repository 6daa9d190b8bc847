"""The same numbers in another shape: flatten, unflatten, reshape."""

from __future__ import annotations

from functools import partial
from typing import Any

from archc.ir.dims import DimLike, exact_div
from archc.ir.operator import Example, Input, Reach, TorchCall, keeping
from archc.ir.site import Refusal, Site
from archc.ir.types import TensorType, Type
from archc.ops._axes import axis, product
from archc.ops._pure import Pure
from archc.source import Span


def check_sizes(site: Site, sizes: tuple[DimLike, ...], argument: str) -> None:
    """Sizes are at least 1; one of them may be -1."""
    if sum(_is_open(size) for size in sizes) > 1:
        raise Refusal("E0401", "only one size may be -1", argument=argument)
    for size in sizes:
        if not _is_open(size):
            site.at_least(size, 1, partial(_not_positive, size, argument))


def _not_positive(size: DimLike, argument: str) -> Refusal:
    return Refusal("E0401", f"size {size} is not positive", argument=argument)


def _is_open(size: DimLike) -> bool:
    return isinstance(size, int) and size == -1


def fill(site: Site, sizes: tuple[DimLike, ...], total: DimLike, what: object, argument: str) -> tuple[DimLike, ...]:
    """``sizes`` with -1 replaced so that their product is ``total``; ``what``, as text, names what has ``total`` elements."""
    check_sizes(site, sizes, argument)
    rest = product(size for size in sizes if not _is_open(size))

    def refusal(why: str) -> Refusal:
        return Refusal("E0308", f"{what} has {total} elements, {why}", argument=argument, inputs=(0,))

    if not any(map(_is_open, sizes)):
        site.equal(rest, total, lambda: refusal(f"but {_shown(sizes)} has {rest}"))
        return sizes
    missing = exact_div(total, rest)
    if missing is None:
        site.equal(
            total % rest, 0, lambda: refusal(f"which do not fill {_shown(sizes)}: {total} is no multiple of {rest}")
        )
        missing = total // rest
    return tuple(missing if _is_open(size) else size for size in sizes)


def _shown(sizes: tuple[DimLike, ...]) -> str:
    return f"({', '.join(map(str, sizes))})"


class Regroup(Pure):
    """Keeps the positions of the dims before and behind those that it joins or splits; what lies between may come from anywhere."""

    family = "shape"
    method = True

    def reach(self, *inputs: Any) -> Reach:
        (x,) = inputs
        shape = self.infer(Site(Span("", 0, 0)), x).shape
        return keeping(*_kept(x.shape, shape))

    def infer(self, site: Site, x: TensorType) -> TensorType:
        raise NotImplementedError


def _kept(old: tuple[DimLike, ...], new: tuple[DimLike, ...]) -> list[int | None]:
    """For each dim of the new shape the dim of the old one that it is, as far as both agree from the front and from the back.

    Of the rest, what is 1 is left out; if then one dim stands on either side, they are the same.
    """
    front = 0
    while front < min(len(old), len(new)) and old[front] == new[front]:
        front += 1
    back = 0
    while back < min(len(old), len(new)) - front and old[-1 - back] == new[-1 - back]:
        back += 1
    between: list[int | None] = [None] * (len(new) - front - back)
    before = [dim for dim in range(front, len(old) - back) if old[dim] != 1]
    after = [place for place, dim in enumerate(range(front, len(new) - back)) if new[dim] != 1]
    if len(before) == len(after) == 1:
        between[after[0]] = before[0]
    return [*range(front), *between, *range(len(old) - back, len(old))]


class Flatten(Regroup):
    """Joins the dims from ``start_dim`` to ``end_dim`` into one.

    The batch dim stays by default (as in ``torch.nn.Flatten``; ``torch.flatten`` starts at 0).
    """

    name = "flatten"
    view = True
    torch = ("torch.nn.Flatten", "torch.Tensor.flatten")
    examples = (
        Example("flatten", ("[B, 512, 7, 7]",), "[B, 25088]"),
        Example("flatten(2)", ("[B, 768, H, W]",), "[B, 768, H * W]"),
    )

    start_dim: int = 1
    end_dim: int = -1

    def infer(self, site: Site, x: TensorType) -> TensorType:
        start, end = axis(self.start_dim, x.rank, "start_dim"), axis(self.end_dim, x.rank, "end_dim")
        if start > end:
            message = f"start_dim {self.start_dim} comes after end_dim {self.end_dim} in {x}"
            raise Refusal("E0402", message, argument="start_dim", inputs=(0,))
        return x.with_shape(*x.shape[:start], product(x.shape[start : end + 1]), *x.shape[end + 1 :])

    def module(self, *inputs: Any) -> TorchCall | None:
        return self.call("nn.Flatten", positional=2)

    def function(self, inputs: tuple[Any, ...], output: Type) -> TorchCall | None:
        end = () if self.end_dim == -1 else (self.end_dim,)
        return TorchCall(".flatten", (Input(0), self.start_dim, *end))


class Unflatten(Regroup):
    """Splits dim ``dim`` into several of the given ``sizes``; one of them may be -1, which is then worked out."""

    name = "unflatten"
    view = True
    torch = ("torch.nn.Unflatten", "torch.Tensor.unflatten")
    examples = (Example("unflatten(2, (12, -1))", ("[B, T, 768]",), "[B, T, 12, 64]"),)

    dim: int
    sizes: tuple[DimLike, ...]

    def infer(self, site: Site, x: TensorType) -> TensorType:
        dim = axis(self.dim, x.rank)
        if not self.sizes:
            raise Refusal("E0401", "unflatten needs at least one size", argument="sizes")
        sizes = fill(site, self.sizes, x.shape[dim], f"dim {dim} of {x}", "sizes")
        return x.with_shape(*x.shape[:dim], *sizes, *x.shape[dim + 1 :])

    def module(self, *inputs: Any) -> TorchCall | None:
        fixed = all(isinstance(size, int) for size in self.sizes)
        return TorchCall("nn.Unflatten", (self.dim, self.sizes)) if fixed else None

    def function(self, inputs: tuple[Any, ...], output: Type) -> TorchCall | None:
        return TorchCall(".unflatten", (Input(0), self.dim, self.sizes))


class Reshape(Regroup):
    """Gives the same numbers, in the same order, the shape ``shape``; one size may be -1, which is then worked out.

    The number of elements must be the same for all sizes of the symbols: ``x.reshape(B, T, heads, -1)``.
    """

    name = "reshape"
    view = True
    torch = ("torch.Tensor.reshape",)
    collects = "shape"
    examples = (
        Example("reshape(B, -1, 64)", ("[B, 32, 32]",), "[B, 16, 64]"),
        Example("reshape(B, T * D)", ("[B, T, D]",), "[B, D * T]"),
    )

    shape: tuple[DimLike, ...]

    def infer(self, site: Site, x: TensorType) -> TensorType:
        return x.with_shape(*fill(site, self.shape, product(x.shape), x, "shape"))

    def function(self, inputs: tuple[Any, ...], output: Type) -> TorchCall | None:
        return TorchCall(".reshape", (Input(0), *(self.shape or ((),))))
