"""Windows as columns: unfold cuts an image into them, fold adds them up again."""

from __future__ import annotations

from typing import Any

from archc.ir.dims import DimLike
from archc.ir.operator import WHOLE, Example, Input, NonNegative, Reach, Sizes, TorchCall
from archc.ir.site import Refusal, Site
from archc.ir.types import TensorType, Type
from archc.ops._axes import need_float, product
from archc.ops._pure import Pure
from archc.ops._windows import Window, demand_divisor, per_axis, slide, spatial_rank


class Columns(Pure):
    """What both directions share; each lists its own fields, for their order is PyTorch's."""

    family = "rearrangement"

    def _windows(self) -> tuple[Window, ...]:
        """The windows of a two-dimensional convolution."""
        values = (
            per_axis(field, getattr(self, field), 2)
            for field in ("kernel_size", "stride", "padding", "padding", "dilation")
        )
        return tuple(map(Window, *values))

    def reach(self, *inputs: Any) -> Reach:
        return WHOLE


class Unfold(Columns):
    """Cuts an image into overlapping windows and lays each out as a column.

    Shape: ``[B, C, H, W]`` to ``[B, C*kh*kw, L]`` with ``L`` the number of windows: the product over both axes of
    ``floor((size + 2*padding - dilation*(kernel_size - 1) - 1) / stride) + 1``.

    - ``kernel_size``, ``dilation``, ``padding``, ``stride``: as for ``conv``; one integer, or a tuple of two.

    PyTorch: ``torch.nn.Unfold``.
    """

    name = "unfold"
    torch = ("torch.nn.Unfold", "torch.nn.functional.unfold")
    examples = (Example("unfold(16, stride=16)", ("[B, 3, 224, 224]",), "[B, 768, 196]"),)

    kernel_size: Sizes
    dilation: Sizes = 1
    padding: NonNegative | tuple[NonNegative, ...] = 0
    stride: Sizes = 1

    def infer(self, site: Site, x: TensorType) -> TensorType:
        spatial_rank(self.name, x, (2,))
        need_float(self.name, x)
        windows = self._windows()
        places = slide(site, self.name, x, windows)
        return x.with_shape(x.shape[0], x.shape[1] * product(w.kernel for w in windows), product(places))

    def module(self, *inputs: Any) -> TorchCall | None:
        return self.call("nn.Unfold")

    def function(self, inputs: tuple[Any, ...], output: Type) -> TorchCall | None:
        return self.call("F.unfold", Input(0))


class Fold(Columns):
    """Lays columns out as windows of an image and adds up what overlaps. The counterpart of ``unfold``.

    Shape: ``[B, C*kh*kw, L]`` to ``[B, C, *output_size]``, where ``L`` is the number of windows that ``unfold`` would cut out of an
    image of that size.

    - ``output_size``: height and width of the image: one integer, or a tuple of two.
    - ``kernel_size``, ``dilation``, ``padding``, ``stride``: as for ``unfold``.

    PyTorch: ``torch.nn.Fold``.
    """

    name = "fold"
    torch = ("torch.nn.Fold", "torch.nn.functional.fold")
    examples = (Example("fold(32, 4, stride=4)", ("[B, 48, 64]",), "[B, 3, 32, 32]"),)

    output_size: Sizes
    kernel_size: Sizes
    dilation: Sizes = 1
    padding: NonNegative | tuple[NonNegative, ...] = 0
    stride: Sizes = 1

    def infer(self, site: Site, x: TensorType) -> TensorType:
        if x.rank != 3:
            raise Refusal("E0301", f"fold needs [B, C*kh*kw, L], got {x}", inputs=(0,))
        need_float(self.name, x)
        windows, sizes = self._windows(), per_axis("output_size", self.output_size, 2)
        taken = x.with_shape(*x.shape[:2], *sizes)
        self._demand_columns(site, x.shape[2], product(slide(site, self.name, taken, windows)), sizes)
        taps = windows[0].kernel * windows[1].kernel
        demand_divisor(site, taps, x.shape[1], "the input's channels", "kernel_size", (0,), "kernel height * width")
        return x.with_shape(x.shape[0], x.shape[1] // taps, *sizes)

    def _demand_columns(self, site: Site, found: DimLike, wanted: DimLike, sizes: tuple[int, ...]) -> None:
        message = f"fold needs {wanted} columns for an image of {sizes[0]} by {sizes[1]}, got {found}"
        site.equal(found, wanted, Refusal("E0302", message, argument="output_size", inputs=(0,)))

    def module(self, *inputs: Any) -> TorchCall | None:
        return self.call("nn.Fold", positional=2)

    def function(self, inputs: tuple[Any, ...], output: Type) -> TorchCall | None:
        return self.call("F.fold", Input(0), positional=2)
