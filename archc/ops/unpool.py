"""Max pooling undone: what a pooling took goes back to where it stood."""

from __future__ import annotations

from typing import Any

from archc.ir.dims import DimLike
from archc.ir.operator import WHOLE, Example, Input, NonNegative, Reach, Sizes, TorchCall
from archc.ir.site import Refusal, Site
from archc.ir.types import TensorType, Type
from archc.ops._axes import need_float
from archc.ops._pure import Pure
from archc.ops._windows import SPATIAL, per_axis, spatial_rank


class MaxUnpool(Pure):
    """Puts each number where ``max_pool`` with ``return_indices=True`` found it, and zeros elsewhere (SegNet, arXiv:1511.00561).

    Shape: ``[B, C, *sizes]`` and indices of the same shape to ``[B, C, *sizes']`` where, for each spatial axis,
    ``size' = (size - 1)*stride - 2*padding + kernel_size``.

    - ``kernel_size``, ``stride``, ``padding``: as they were for ``max_pool``.
    - ``output_size``: the spatial sizes before the pooling, where they are not these; each is less than a stride away.

    PyTorch: ``torch.nn.functional.max_unpool1d``, ``max_unpool2d``, ``max_unpool3d``.
    """

    name = "max_unpool"
    family = "pooling"
    torch = tuple(f"torch.nn.functional.max_unpool{axes}d" for axes in (1, 2, 3))
    inputs = ("input", "indices")
    required = 2
    examples = (
        Example("max_unpool(2)", ("[B, 64, H, W]", "int[B, 64, H, W]"), "[B, 64, 2 * H, 2 * W]"),
        Example("max_unpool(2, output_size=(7, 9))", ("[B, 64, 3, 4]", "int[B, 64, 3, 4]"), "[B, 64, 7, 9]"),
    )

    kernel_size: Sizes
    stride: Sizes | None = None
    padding: NonNegative | tuple[NonNegative, ...] = 0
    output_size: tuple[DimLike, ...] | None = None

    def infer(self, site: Site, x: TensorType, indices: TensorType) -> TensorType:
        axes = spatial_rank(self.name, x)
        need_float(self.name, x)
        if indices.dtype != "int64" or indices.rank != x.rank:
            message = (
                f"max_unpool needs the indices of {x}, which max_pool gives with return_indices=True, got {indices}"
            )
            raise Refusal("E0306" if indices.rank == x.rank else "E0301", message, inputs=(0, 1))
        for left, right in zip(x.shape, indices.shape, strict=True):
            message = f"max_unpool needs as many indices as numbers, got {x} and {indices}"
            site.equal(left, right, Refusal("E0302", message, inputs=(0, 1)))
        return x.with_shape(*x.shape[:2], *self._sizes(site, x, axes))

    def _sizes(self, site: Site, x: TensorType, axes: int) -> tuple[DimLike, ...]:
        kernels, pads = per_axis("kernel_size", self.kernel_size, axes), per_axis("padding", self.padding, axes)
        strides = kernels if self.stride is None else per_axis("stride", self.stride, axes)
        plain = tuple((n - 1) * s - 2 * p + k for n, k, s, p in zip(x.shape[2:], kernels, strides, pads, strict=True))
        for size in () if self.output_size else plain:
            message = f"max_unpool leaves nothing of {x}: the output's size would be {size}"
            site.at_least(size, 1, Refusal("E0303", message, argument="padding", inputs=(0,)))
        return plain if self.output_size is None else self._near(site, self.output_size, plain, strides)

    def _near(
        self, site: Site, wanted: tuple[DimLike, ...], plain: tuple[DimLike, ...], strides: tuple[int, ...]
    ) -> tuple[DimLike, ...]:
        if len(wanted) != len(plain):
            message = f"output_size has {len(wanted)} sizes, but the input {SPATIAL[len(plain)]} has {len(plain)} spatial axes"
            raise Refusal("E0403", message, argument="output_size")
        for size, middle, stride in zip(wanted, plain, strides, strict=True):
            message = f"output_size {size} must be less than the stride {stride} away from {middle}"
            refusal = Refusal("E0402", message, argument="output_size", inputs=(0,))
            site.at_least(size, middle - stride + 1, refusal)
            site.at_least(middle + stride - 1, size, refusal)
            site.at_least(size, 1, refusal)
        return wanted

    def reach(self, *inputs: Any) -> Reach:
        return WHOLE

    def function(self, inputs: tuple[Any, ...], output: Type) -> TorchCall | None:
        return self.call(f"F.max_unpool{inputs[0].rank - 2}d", Input(0), Input(1))
