"""Tensors joined and taken apart: concat, stack, split, chunk, unbind."""

from __future__ import annotations

from typing import Any, Literal

from archc.ir.dims import DimLike
from archc.ir.operator import WHOLE, Example, Input, Positive, Reach, TorchCall, Word, keeping
from archc.ir.site import Refusal, Site
from archc.ir.types import TensorType, Type
from archc.ops._axes import axis, mixing, need_rank, replaced
from archc.ops._broadcast import promote
from archc.ops._pure import Pure

MAX_PARTS = 4096
"""How many tensors an operator may give."""


class Join(Pure):
    """Takes any number of tensors, which agree in their sizes."""

    family = "join"
    inputs = ("tensors",)
    variadic = True
    dim: int = 0

    def agree(self, site: Site, tensors: tuple[TensorType, ...], but: int | None) -> None:
        """Demand equal ranks and sizes, except at dim ``but``."""
        if not tensors:
            raise Refusal("E0309", f"{self.name} needs at least one tensor")
        first = tensors[0]
        for i, other in enumerate(tensors[1:], start=1):
            if other.rank != first.rank:
                message = f"{self.name} needs tensors of equal rank, got {first} and {other}"
                raise Refusal("E0301", message, inputs=(0, i))
            for dim in range(first.rank):
                if dim != but:
                    self._same(site, first, other, dim, i)

    def _same(self, site: Site, first: TensorType, other: TensorType, dim: int, position: int) -> None:
        a, b = first.shape[dim], other.shape[dim]

        def refusal() -> Refusal:
            message = f"{self.name} of {first} and {other}: sizes at dim {dim} differ, {a} and {b}"
            return Refusal("E0302", message, inputs=(0, position), dim=dim)

        site.equal(a, b, refusal)

    def reach(self, *inputs: Any) -> Reach:
        return mixing(inputs[0], axis(self.dim, inputs[0].rank))

    def joined(self, fn: str, count: int) -> TorchCall:
        dim = (("dim", self.dim),) if self.dim else ()
        return TorchCall(fn, (tuple(Input(i) for i in range(count)),), dim)


class Concat(Join):
    """Joins tensors along dim ``dim``, where their sizes add up; all other sizes are equal."""

    name = "concat"
    torch = ("torch.cat",)
    examples = (Example("concat(dim=1)", ("[B, 64, H, W]", "[B, 32, H, W]"), "[B, 96, H, W]"),)

    def infer(self, site: Site, *tensors: TensorType) -> TensorType:
        for i, tensor in enumerate(tensors):
            need_rank(self.name, tensor, 1, i)
        dim = axis(self.dim, tensors[0].rank) if tensors else 0
        self.agree(site, tensors, dim)
        size: DimLike = 0
        for tensor in tensors:
            size = size + tensor.shape[dim]
        first = tensors[0]
        return TensorType((*first.shape[:dim], size, *first.shape[dim + 1 :]), promote(self.name, tensors))

    def function(self, inputs: tuple[Any, ...], output: Type) -> TorchCall | None:
        return self.joined("torch.cat", len(inputs))


class Stack(Join):
    """Joins tensors of equal shape along a new dim ``dim``, whose size is their number."""

    name = "stack"
    torch = ("torch.stack",)
    examples = (Example("stack(dim=1)", ("[B, 64]", "[B, 64]", "[B, 64]"), "[B, 3, 64]"),)

    def infer(self, site: Site, *tensors: TensorType) -> TensorType:
        self.agree(site, tensors, None)
        first = tensors[0]
        dim = axis(self.dim, first.rank + 1)
        return TensorType((*first.shape[:dim], len(tensors), *first.shape[dim:]), promote(self.name, tensors))

    def reach(self, *inputs: Any) -> Reach:
        rank = inputs[0].rank
        dim = axis(self.dim, rank + 1)
        return keeping(*range(dim), None, *range(dim, rank))

    def function(self, inputs: tuple[Any, ...], output: Type) -> TorchCall | None:
        return self.joined("torch.stack", len(inputs))


class Meshgrid(Pure):
    """The coordinates of all points of a grid: for each vector its numbers along a dim of its own, the others repeated.

    Shape: vectors of ``N``, ``M`` and so on to as many tensors ``[N, M, ...]``.

    - ``indexing``: ``"ij"``, or ``"xy"``, which swaps the first two dims of all.
    """

    name = "meshgrid"
    family = "join"
    view = True
    torch = ("torch.meshgrid",)
    inputs = ("tensors",)
    variadic = True
    examples = (Example("meshgrid", ("[H]", "[W]"), "([H, W], [H, W])"),)

    indexing: Literal["ij", "xy"] = "ij"

    def infer(self, site: Site, *tensors: TensorType) -> Type:
        for position, x in enumerate(tensors):
            if x.rank != 1:
                raise Refusal("E0301", f"meshgrid needs vectors, got {x}", inputs=(position,))
            if x.dtype != tensors[0].dtype:
                raise Refusal("E0306", f"meshgrid needs equal dtypes, got {tensors[0]} and {x}", inputs=(0, position))
        sizes = [x.shape[0] for x in tensors]
        if self.indexing == "xy":
            sizes[:2] = reversed(sizes[:2])
        return tuple(x.with_shape(*sizes) for x in tensors)

    def reach(self, *inputs: Any) -> Reach:
        return WHOLE

    def function(self, inputs: tuple[Any, ...], output: Type) -> TorchCall | None:
        places = map(Input, range(len(inputs)))
        return TorchCall(
            "torch.meshgrid", (*places,), (("indexing", Word(f'"{self.indexing}"')),)
        )  # torch warns without it


class Apart(Pure):
    """Gives several tensors. How many depends on a size, which must therefore be a number."""

    family = "join"
    method = True

    def fixed(self, x: TensorType, dim: int) -> int:
        size = x.shape[dim]
        if not isinstance(size, int):
            message = (
                f"the number of parts must be fixed, but {self.name} cuts dim {dim} of {x}, whose size {size} is not"
            )
            raise Refusal("E0401", message, inputs=(0,))
        return size

    def parts(self, x: TensorType, dim: int, sizes: list[DimLike]) -> tuple[TensorType, ...]:
        if len(sizes) > MAX_PARTS:
            raise Refusal("E0401", f"{self.name} gives {len(sizes)} tensors, more than {MAX_PARTS}")
        return tuple(replaced(x, dim, size) for size in sizes)


class Split(Apart):
    """Cuts dim ``dim`` into parts of ``split_size`` (the last may be smaller), or of the sizes that a tuple names.

    The sizes of a tuple must add up to the dim's; there it may be symbolic.
    """

    name = "split"
    view = True
    torch = ("torch.Tensor.split",)
    examples = (
        Example("split(32, dim=1)", ("[B, 96, T]",), "([B, 32, T], [B, 32, T], [B, 32, T])"),
        Example("split((64, 32), dim=1)", ("[B, 96, T]",), "([B, 64, T], [B, 32, T])"),
    )

    split_size: Positive | tuple[DimLike, ...]
    dim: int = 0

    def infer(self, site: Site, x: TensorType) -> tuple[TensorType, ...]:
        dim = axis(self.dim, x.rank)
        if isinstance(self.split_size, int):
            size, step = self.fixed(x, dim), self.split_size
            return self.parts(x, dim, [min(step, size - start) for start in range(0, size, step)])
        total: DimLike = 0
        for part in self.split_size:
            site.at_least(part, 1, Refusal("E0401", f"size {part} is not positive", argument="split_size"))
            total = total + part
        message = f"split sizes {self._text()} add up to {total}, but dim {dim} of {x} is {x.shape[dim]}"
        site.equal(total, x.shape[dim], Refusal("E0302", message, argument="split_size", inputs=(0,)))
        return self.parts(x, dim, list(self.split_size))

    def reach(self, *inputs: Any) -> Reach:
        return mixing(inputs[0], axis(self.dim, inputs[0].rank))

    def _text(self) -> str:
        assert isinstance(self.split_size, tuple)
        return f"({', '.join(map(str, self.split_size))})"

    def function(self, inputs: tuple[Any, ...], output: Type) -> TorchCall | None:
        return self.call(".split", Input(0))


class Chunk(Apart):
    """Cuts dim ``dim`` into ``chunks`` parts of equal size, which must divide the dim's."""

    name = "chunk"
    view = True
    torch = ("torch.Tensor.chunk",)
    examples = (Example("chunk(2, dim=-1)", ("[B, T, 64]",), "([B, T, 32], [B, T, 32])"),)

    chunks: Positive
    dim: int = 0

    def infer(self, site: Site, x: TensorType) -> tuple[TensorType, ...]:
        dim = axis(self.dim, x.rank)
        size = x.shape[dim]
        message = (
            f"chunk cuts dim {dim} of {x} into {self.chunks} equal parts, but {size} is no multiple of {self.chunks}"
        )
        site.divides(self.chunks, size, Refusal("E0304", message, argument="chunks", inputs=(0,)))
        return self.parts(x, dim, [size // self.chunks] * min(self.chunks, MAX_PARTS + 1))

    def reach(self, *inputs: Any) -> Reach:
        return mixing(inputs[0], axis(self.dim, inputs[0].rank))

    def function(self, inputs: tuple[Any, ...], output: Type) -> TorchCall | None:
        return self.call(".chunk", Input(0))


class Unbind(Apart):
    """Gives the slices along dim ``dim``, without that dim. Its size must be a number."""

    name = "unbind"
    view = True
    torch = ("torch.Tensor.unbind",)
    examples = (Example("unbind(0)", ("[3, B, T]",), "([B, T], [B, T], [B, T])"),)

    dim: int = 0

    def infer(self, site: Site, x: TensorType) -> tuple[TensorType, ...]:
        dim = axis(self.dim, x.rank)
        parts = self.parts(x, dim, [1] * min(self.fixed(x, dim), MAX_PARTS + 1))
        return tuple(part.with_shape(*part.shape[:dim], *part.shape[dim + 1 :]) for part in parts)

    def reach(self, *inputs: Any) -> Reach:
        (x,) = inputs
        return keeping(*(dim for dim in range(x.rank) if dim != axis(self.dim, x.rank)))

    def function(self, inputs: tuple[Any, ...], output: Type) -> TorchCall | None:
        return self.call(".unbind", Input(0))
