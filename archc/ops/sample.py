"""Images read at places that are computed."""

from __future__ import annotations

from typing import Any, Literal

from archc.ir.dims import DimLike
from archc.ir.operator import WHOLE, Example, Input, Reach, TorchCall, Word
from archc.ir.site import Refusal, Site
from archc.ir.types import TensorType, Type
from archc.ops._axes import need_float
from archc.ops._pure import Pure
from archc.ops._windows import spatial_rank


def _said(align_corners: bool) -> tuple[str, Word]:
    """Said even where it is torch's default, because torch warns without it."""
    return "align_corners", Word(repr(align_corners))


class GridSample(Pure):
    """Reads an image at the places that ``grid`` holds, between its positions too (spatial transformers, arXiv:1506.02025).

    Shape: ``[B, C, H, W]`` and a grid ``[B, H', W', 2]`` to ``[B, C, H', W']``, or with a depth ``[B, C, D, H, W]`` and
    ``[B, D', H', W', 3]``. A place is ``x``, ``y`` (and ``z``), from -1 at the left and upper end to 1 at the other.

    - ``mode``: ``"bilinear"``, ``"nearest"``, or for images ``"bicubic"``.
    - ``padding_mode``: what lies outside: ``"zeros"``, ``"border"`` or ``"reflection"``.
    - ``align_corners``: whether -1 and 1 are the middles of the positions at the ends, rather than their outer borders.

    PyTorch: ``torch.nn.functional.grid_sample``.
    """

    name = "grid_sample"
    family = "resizing"
    torch = ("torch.nn.functional.grid_sample",)
    inputs = ("input", "grid")
    required = 2
    examples = (
        Example("grid_sample(align_corners=True)", ("[B, 3, H, W]", "[B, 16, 16, 2]"), "[B, 3, 16, 16]"),
        Example("grid_sample(mode='nearest')", ("[B, 3, D, H, W]", "[B, 1, 4, 4, 3]"), "[B, 3, 1, 4, 4]"),
    )

    mode: Literal["bilinear", "nearest", "bicubic"] = "bilinear"
    padding_mode: Literal["zeros", "border", "reflection"] = "zeros"
    align_corners: bool = False

    def infer(self, site: Site, x: TensorType, grid: TensorType) -> TensorType:
        axes = spatial_rank(self.name, x, (2,) if self.mode == "bicubic" else (2, 3))
        need_float(self.name, x)
        if grid.dtype != x.dtype:
            raise Refusal("E0306", f"grid_sample needs a grid of the input's dtype, got {grid} for {x}", inputs=(0, 1))
        wanted = "[B, H', W', 2]" if axes == 2 else "[B, D', H', W', 3]"
        message = f"grid_sample of {x} needs a grid {wanted}, got {grid}"
        if grid.rank != x.rank:
            raise Refusal("E0301", message, inputs=(0, 1))
        site.equal(grid.shape[-1], axes, Refusal("E0302", message, inputs=(0, 1)))
        site.equal(grid.shape[0], x.shape[0], Refusal("E0302", message, inputs=(0, 1)))
        return x.with_shape(*x.shape[:2], *grid.shape[1:-1])

    def reach(self, *inputs: Any) -> Reach:
        return WHOLE

    def function(self, inputs: tuple[Any, ...], output: Type) -> TorchCall | None:
        call = self.call("F.grid_sample", Input(0), Input(1), positional=0)
        others = tuple((name, value) for name, value in call.kwargs if name != "align_corners")
        return TorchCall(call.fn, call.args, (*others, _said(self.align_corners)))


class AffineGrid(Pure):
    """The places that an affine map sends the positions of an image to, for ``grid_sample``.

    Shape: maps ``[B, 2, 3]`` to ``[B, H, W, 2]``, or maps ``[B, 3, 4]`` to ``[B, D, H, W, 3]``.

    - ``size``: the output's shape ``(B, C, H, W)`` or ``(B, C, D, H, W)``.
    - ``align_corners``: as for ``grid_sample``.

    PyTorch: ``torch.nn.functional.affine_grid``.
    """

    name = "affine_grid"
    family = "resizing"
    torch = ("torch.nn.functional.affine_grid",)
    examples = (Example("affine_grid((B, 3, 16, 16))", ("[B, 2, 3]",), "[B, 16, 16, 2]"),)

    size: tuple[DimLike, ...]
    align_corners: bool = False

    def infer(self, site: Site, theta: TensorType) -> TensorType:
        need_float(self.name, theta)
        if len(self.size) not in (4, 5):
            message = f"affine_grid needs a size (B, C, H, W) or (B, C, D, H, W), got {len(self.size)} sizes"
            raise Refusal("E0403", message, argument="size")
        batch, _, *sizes = self.size
        for size in self.size:
            site.at_least(size, 1, Refusal("E0401", f"size {size} must be at least 1", argument="size"))
        axes = len(sizes)
        message = f"affine_grid to {axes} spatial axes needs maps [{batch}, {axes}, {axes + 1}], got {theta}"
        if theta.rank != 3:
            raise Refusal("E0301", message, inputs=(0,))
        for found, wanted in zip(theta.shape, (batch, axes, axes + 1), strict=True):
            site.equal(found, wanted, Refusal("E0302", message, inputs=(0,)))
        return theta.with_shape(batch, *sizes, axes)

    def reach(self, *inputs: Any) -> Reach:
        return WHOLE

    def function(self, inputs: tuple[Any, ...], output: Type) -> TorchCall | None:
        return TorchCall("F.affine_grid", (Input(0), self.size), (_said(self.align_corners),))
