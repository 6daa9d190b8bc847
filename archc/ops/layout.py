"""Dims put in another order, added, dropped, repeated: transpose, permute, squeeze, unsqueeze, expand, roll, flip."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from archc.ir.dims import DimLike
from archc.ir.operator import POINT, WHOLE, Along, Example, Input, Positive, Reach, TorchCall, keeping
from archc.ir.site import Refusal, Site
from archc.ir.types import TensorType, Type
from archc.ops._axes import axes, axis, mixing, need_rank, product, replaced
from archc.ops._pure import Pure


class Layout(Pure):
    """The same numbers, elsewhere."""

    family = "shape"
    method = True


class Transpose(Layout):
    """Swaps the dims ``dim0`` and ``dim1``."""

    name = "transpose"
    view = True
    torch = ("torch.Tensor.transpose",)
    examples = (Example("transpose(1, 2)", ("[B, 768, T]",), "[B, T, 768]"),)

    dim0: int
    dim1: int

    def infer(self, site: Site, x: TensorType) -> TensorType:
        first, second = axis(self.dim0, x.rank, "dim0"), axis(self.dim1, x.rank, "dim1")
        order = list(range(x.rank))
        order[first], order[second] = second, first
        return x.with_shape(*(x.shape[dim] for dim in order))

    def reach(self, *inputs: Any) -> Reach:
        rank = inputs[0].rank
        swapped = {self.dim0 % rank: self.dim1 % rank, self.dim1 % rank: self.dim0 % rank}
        return keeping(*(swapped.get(dim, dim) for dim in range(rank)))

    def function(self, inputs: tuple[Any, ...], output: Type) -> TorchCall | None:
        return TorchCall(".transpose", (Input(0), self.dim0, self.dim1))


class Permute(Layout):
    """Puts the dims in the order ``dims``, which names each of them once: ``x.permute(0, 2, 3, 1)``."""

    name = "permute"
    view = True
    torch = ("torch.Tensor.permute",)
    collects = "dims"
    examples = (Example("permute(0, 2, 3, 1)", ("[B, 3, H, W]",), "[B, H, W, 3]"),)

    dims: tuple[int, ...]

    def infer(self, site: Site, x: TensorType) -> TensorType:
        if len(self.dims) != x.rank:
            message = f"permute names {len(self.dims)} dims, but {x} has {x.rank}"
            raise Refusal("E0403", message, argument="dims", inputs=(0,))
        return x.with_shape(*(x.shape[dim] for dim in axes(self.dims, x.rank, "dims")))

    def reach(self, *inputs: Any) -> Reach:
        return keeping(*axes(self.dims, inputs[0].rank))

    def function(self, inputs: tuple[Any, ...], output: Type) -> TorchCall | None:
        return TorchCall(".permute", (Input(0), *(self.dims or ((),))))


class Squeeze(Layout):
    """Drops dim ``dim`` (or several), which must have size 1."""

    name = "squeeze"
    view = True
    torch = ("torch.Tensor.squeeze",)
    examples = (Example("squeeze(1)", ("[B, 1, T]",), "[B, T]"),)

    dim: int | tuple[int, ...]

    def infer(self, site: Site, x: TensorType) -> TensorType:
        dims = self._dims(x)
        for dim in dims:
            message = f"squeeze drops dims of size 1, but dim {dim} of {x} is {x.shape[dim]}"
            site.equal(x.shape[dim], 1, Refusal("E0302", message, argument="dim", inputs=(0,)))
        return x.with_shape(*(size for i, size in enumerate(x.shape) if i not in dims))

    def _dims(self, x: TensorType) -> tuple[int, ...]:
        return axes(self.dim if isinstance(self.dim, tuple) else (self.dim,), x.rank)

    def reach(self, *inputs: Any) -> Reach:
        (x,) = inputs
        return keeping(*(dim for dim in range(x.rank) if dim not in self._dims(x)))

    def function(self, inputs: tuple[Any, ...], output: Type) -> TorchCall | None:
        return TorchCall(".squeeze", (Input(0), self.dim))


class Unsqueeze(Layout):
    """Puts a dim of size 1 before dim ``dim``; -1 puts it last."""

    name = "unsqueeze"
    view = True
    torch = ("torch.Tensor.unsqueeze",)
    examples = (Example("unsqueeze(1)", ("[B, T]",), "[B, 1, T]"),)

    dim: int

    def infer(self, site: Site, x: TensorType) -> TensorType:
        dim = axis(self.dim, x.rank + 1)
        return x.with_shape(*x.shape[:dim], 1, *x.shape[dim:])

    def reach(self, *inputs: Any) -> Reach:
        rank = inputs[0].rank
        dim = axis(self.dim, rank + 1)
        return keeping(*range(dim), None, *range(dim, rank))

    def function(self, inputs: tuple[Any, ...], output: Type) -> TorchCall | None:
        return TorchCall(".unsqueeze", (Input(0), self.dim))


class Expand(Layout):
    """Repeats along dims of size 1, without a copy, so that the shape is ``sizes``; -1 keeps a size.

    More sizes than dims add leading dims: ``token.expand(B, -1, -1)``.
    """

    name = "expand"
    view = True
    torch = ("torch.Tensor.expand",)
    collects = "sizes"
    examples = (Example("expand(B, -1, -1)", ("[1, T, 768]",), "[B, T, 768]"),)

    sizes: tuple[DimLike, ...]

    def infer(self, site: Site, x: TensorType) -> TensorType:
        added = len(self.sizes) - x.rank
        if added < 0:
            message = f"expand names {len(self.sizes)} sizes, but {x} has {x.rank} dims"
            raise Refusal("E0403", message, argument="sizes", inputs=(0,))
        old: tuple[DimLike | None, ...] = (None,) * added + x.shape
        return x.with_shape(*(self._size(site, x, i, size) for i, size in enumerate(old)))

    def _size(self, site: Site, x: TensorType, position: int, old: DimLike | None) -> DimLike:
        new = self.sizes[position]
        if isinstance(new, int) and new == -1:
            if old is None:
                message = f"size {position} cannot be -1: {x} has no such dim"
                raise Refusal("E0401", message, argument="sizes", inputs=(0,))
            return old
        site.at_least(new, 1, Refusal("E0401", f"size {new} is not positive", argument="sizes"))
        if old is not None and not (isinstance(old, int) and old == 1):
            message = f"expand of {x}: size {position} is {old}, which does not stretch to {new}"
            rule = ("only a size of 1 stretches",)
            site.equal(old, new, Refusal("E0302", message, argument="sizes", inputs=(0,), notes=rule))
        return new

    def reach(self, *inputs: Any) -> Reach:
        return POINT

    def function(self, inputs: tuple[Any, ...], output: Type) -> TorchCall | None:
        return TorchCall(".expand", (Input(0), *(self.sizes or ((),))))


class ExpandAs(Layout):
    """Repeats along literal dims of size 1, without a copy, to the shape of ``other``."""

    name = "expand_as"
    view = True
    torch = ("torch.Tensor.expand_as",)
    inputs = ("input", "other")
    required = 2
    examples = (Example("expand_as", ("[B, 1, 1]", "[B, T, 64]"), "[B, T, 64]"),)

    def infer(self, site: Site, input: TensorType, other: TensorType) -> TensorType:
        if input.rank > other.rank:
            message = f"expand_as cannot drop dims: {input} to {other}"
            raise Refusal("E0301", message, inputs=(0, 1))
        for old, new in zip(reversed(input.shape), reversed(other.shape), strict=False):
            if not (isinstance(old, int) and old == 1):
                message = f"expand_as of {input} to {other}: {old} does not stretch to {new}"
                site.equal(old, new, Refusal("E0302", message, inputs=(0, 1)))
        return input.with_shape(*other.shape)

    def reach(self, *inputs: Any) -> Reach:
        return POINT

    def function(self, inputs: tuple[Any, ...], output: Type) -> TorchCall | None:
        return TorchCall(".expand_as", (Input(0), Input(1)))


class Contiguous(Layout):
    """The same numbers in the order of memory, a copy where they are not. It changes nothing that is computed."""

    name = "contiguous"
    torch = ("torch.Tensor.contiguous",)
    examples = (Example("contiguous", ("[B, T, 64]",), "[B, T, 64]"),)

    def infer(self, site: Site, x: TensorType) -> TensorType:
        return x

    def function(self, inputs: tuple[Any, ...], output: Type) -> TorchCall | None:
        return TorchCall(".contiguous", (Input(0),))


class Repeat(Layout):
    """Copies the tensor ``sizes`` times along each dim; more sizes than dims add leading dims."""

    name = "repeat"
    torch = ("torch.Tensor.repeat",)
    collects = "sizes"
    examples = (Example("repeat(1, 2, 1)", ("[B, T, 64]",), "[B, 2 * T, 64]"),)

    sizes: tuple[DimLike, ...]

    def infer(self, site: Site, x: TensorType) -> TensorType:
        added = len(self.sizes) - x.rank
        if added < 0:
            message = f"repeat names {len(self.sizes)} sizes, but {x} has {x.rank} dims"
            raise Refusal("E0403", message, argument="sizes", inputs=(0,))
        for size in self.sizes:
            site.at_least(size, 1, Refusal("E0401", f"size {size} is not positive", argument="sizes"))
        old = (1,) * added + x.shape
        return x.with_shape(*(a * b for a, b in zip(old, self.sizes, strict=True)))

    def reach(self, *inputs: Any) -> Reach:
        added = len(self.sizes) - inputs[0].rank
        return keeping(*(dim - added if dim >= added and size == 1 else None for dim, size in enumerate(self.sizes)))

    def function(self, inputs: tuple[Any, ...], output: Type) -> TorchCall | None:
        return TorchCall(".repeat", (Input(0), *(self.sizes or ((),))))


class RepeatInterleave(Layout):
    """Repeats each position along ``dim``, ``repeats`` times in a row; without ``dim``, each number of the flattened tensor."""

    name = "repeat_interleave"
    torch = ("torch.Tensor.repeat_interleave",)
    examples = (
        Example("repeat_interleave(4, dim=1)", ("[B, 8, T, 64]",), "[B, 32, T, 64]"),
        Example("repeat_interleave(2)", ("int[T]",), "int[2 * T]"),
    )

    repeats: Positive
    dim: int | None = None

    def infer(self, site: Site, x: TensorType) -> TensorType:
        if self.dim is None:
            return x.with_shape(product(x.shape) * self.repeats)
        dim = axis(self.dim, x.rank)
        return replaced(x, dim, x.shape[dim] * self.repeats)

    def reach(self, *inputs: Any) -> Reach:
        (x,) = inputs
        if self.dim is None and x.rank != 1:
            return WHOLE
        stretched = Along(
            axis(self.dim or 0, x.rank), Fraction(1, self.repeats), Fraction(1 - self.repeats, self.repeats)
        )
        return Reach("dims", tuple(stretched if dim == stretched.dim else Along(dim) for dim in range(x.rank)))

    def function(self, inputs: tuple[Any, ...], output: Type) -> TorchCall | None:
        return TorchCall(
            ".repeat_interleave", (Input(0), self.repeats), (("dim", self.dim),) if self.dim is not None else ()
        )


class Roll(Layout):
    """Moves the numbers along ``dims`` by ``shifts`` positions; what leaves at one end enters at the other."""

    name = "roll"
    torch = ("torch.roll",)
    examples = (Example("roll((-3, -3), (1, 2))", ("[B, H, W, 96]",), "[B, H, W, 96]"),)

    shifts: DimLike | tuple[DimLike, ...]
    dims: int | tuple[int, ...]

    def infer(self, site: Site, x: TensorType) -> TensorType:
        shifts = self.shifts if isinstance(self.shifts, tuple) else (self.shifts,)
        dims = self.dims if isinstance(self.dims, tuple) else (self.dims,)
        if len(shifts) != len(dims) or not dims:
            raise Refusal("E0402", f"roll has {len(shifts)} shifts for {len(dims)} dims", argument="shifts")
        for dim in dims:
            axis(dim, x.rank, "dims")
        return x

    def reach(self, *inputs: Any) -> Reach:
        (x,) = inputs
        return mixing(x, *axes(self.dims if isinstance(self.dims, tuple) else (self.dims,), x.rank))

    def function(self, inputs: tuple[Any, ...], output: Type) -> TorchCall | None:
        return TorchCall("torch.roll", (Input(0), self.shifts, self.dims))


class Flip(Layout):
    """Reverses the order along each of ``dims``."""

    name = "flip"
    torch = ("torch.Tensor.flip",)
    collects = "dims"
    examples = (Example("flip(1)", ("[B, T, 64]",), "[B, T, 64]"),)

    dims: tuple[int, ...]

    def infer(self, site: Site, x: TensorType) -> TensorType:
        need_rank(self.name, x, 1)
        axes(self.dims, x.rank, "dims")
        return x

    def reach(self, *inputs: Any) -> Reach:
        return mixing(inputs[0], *axes(self.dims, inputs[0].rank))

    def function(self, inputs: tuple[Any, ...], output: Type) -> TorchCall | None:
        return TorchCall(".flip", (Input(0), *(self.dims or ((),))))
