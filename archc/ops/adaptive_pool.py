"""Adaptive pooling: the windows are chosen so that the output has the size that is asked for."""

from __future__ import annotations

from typing import Any

from archc.ir.dims import Dim, DimLike
from archc.ir.operator import WHOLE, Example, Input, Reach, TorchCall
from archc.ir.site import Refusal, Site
from archc.ir.types import TensorType, Type
from archc.ops._axes import need_float
from archc.ops._pure import Pure, torch_name
from archc.ops._windows import SPATIAL, spatial_rank, with_indices


class AdaptivePool(Pure):
    """Both kinds. ``None`` keeps an axis; a symbolic size is read when the module runs, so it has no ``nn`` form."""

    family = "pooling"

    output_size: DimLike | tuple[DimLike | None, ...]

    def infer(self, site: Site, x: TensorType) -> Type:
        return self._pooled(site, x)

    def _pooled(self, site: Site, x: TensorType) -> TensorType:
        count = spatial_rank(self.name, x)
        need_float(self.name, x)
        wanted = self._wanted(count)
        for size in wanted:
            if size is not None:
                refusal = Refusal(
                    "E0401", f"{self.name}'s output size {size} must be at least 1", argument="output_size"
                )
                site.at_least(size, 1, refusal)
        sizes = tuple(old if new is None else new for old, new in zip(x.shape[2:], wanted, strict=True))
        return x.with_shape(*x.shape[:2], *sizes)

    def _wanted(self, count: int) -> tuple[DimLike | None, ...]:
        if not isinstance(self.output_size, tuple):
            return (self.output_size,) * count
        if len(self.output_size) != count:
            message = f"output_size has {len(self.output_size)} sizes, but the input {SPATIAL[count]} has {count} spatial axes"
            raise Refusal("E0403", message, argument="output_size", help="one number stands for every axis")
        if self.output_size == (None,):
            message = f"{self.name} with output_size=(None,) changes nothing"
            raise Refusal("E0401", message, argument="output_size", help="leave the layer out")
        return self.output_size

    def reach(self, *inputs: Any) -> Reach:
        return WHOLE

    def module(self, *inputs: Any) -> TorchCall | None:
        sizes = self.output_size if isinstance(self.output_size, tuple) else (self.output_size,)
        if any(isinstance(size, Dim) for size in sizes):
            return None
        return self.call(torch_name(self.torch[inputs[0].rank - 3]))

    def function(self, inputs: tuple[Any, ...], output: Type) -> TorchCall | None:
        return self.call(f"F.{self.name}{inputs[0].rank - 2}d", Input(0))


class AdaptiveAvgPool(AdaptivePool):
    """The means over windows laid so that the output has the size asked for, whatever the input's size.

    Shape: ``[B, C, *sizes]`` to ``[B, C, *output_size]``. Output position ``i`` of ``n`` is the mean of the input's positions
    ``floor(i*size/n)`` to ``ceil((i + 1)*size/n) - 1``. Size 1 is the mean over the whole plane ("global average pooling",
    Lin et al. 2013, arXiv:1312.4400, section 3.2).

    - ``output_size``: one integer for all spatial axes, or a tuple of one for each; ``None`` in a tuple keeps the input's size.

    PyTorch: ``torch.nn.AdaptiveAvgPool1d``, ``AdaptiveAvgPool2d``, ``AdaptiveAvgPool3d``.
    """

    name = "adaptive_avg_pool"
    torch = ("torch.nn.AdaptiveAvgPool1d", "torch.nn.AdaptiveAvgPool2d", "torch.nn.AdaptiveAvgPool3d")
    examples = (
        Example("adaptive_avg_pool(1)", ("[B, 512, H, W]",), "[B, 512, 1, 1]"),
        Example("adaptive_avg_pool((None, 7))", ("[B, 512, H, W]",), "[B, 512, H, 7]"),
    )


class AdaptiveMaxPool(AdaptivePool):
    """The maxima over windows laid so that the output has the size asked for, whatever the input's size.

    Shape: ``[B, C, *sizes]`` to ``[B, C, *output_size]``, with the windows of ``adaptive_avg_pool``.

    - ``output_size``: one integer for all spatial axes, or a tuple of one for each; ``None`` in a tuple keeps the input's size.
    - ``return_indices``: give ``(output, indices)``, where the numbers stood in the input.

    PyTorch: ``torch.nn.AdaptiveMaxPool1d``, ``AdaptiveMaxPool2d``, ``AdaptiveMaxPool3d``.
    """

    name = "adaptive_max_pool"
    torch = ("torch.nn.AdaptiveMaxPool1d", "torch.nn.AdaptiveMaxPool2d", "torch.nn.AdaptiveMaxPool3d")
    examples = (Example("adaptive_max_pool(1)", ("[B, 1024, N]",), "[B, 1024, 1]"),)

    return_indices: bool = False

    def infer(self, site: Site, x: TensorType) -> Type:
        return with_indices(self._pooled(site, x), self.return_indices)
