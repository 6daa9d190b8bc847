"""Pooling: a window that slides over each channel and gives one number for each place, in one to three dimensions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from archc.ir.operator import Example, Input, NonNegative, Positive, PositiveFloat, Reach, Sizes, TorchCall
from archc.ir.site import Refusal, Site
from archc.ir.types import TensorType, Type
from archc.ops._axes import need_float
from archc.ops._pure import Pure, torch_name
from archc.ops._windows import Window, per_axis, slide, spatial_rank, window_reach, with_indices


class WindowPool(Pure):
    """A sliding window. A kind without ``padding`` or ``dilation`` counts as padding 0 and dilation 1."""

    family = "pooling"
    averages: ClassVar[bool] = False
    if TYPE_CHECKING:  # each kind lists these itself, in PyTorch's order
        kernel_size: Sizes
        stride: Sizes | None
        ceil_mode: bool

    def infer(self, site: Site, x: TensorType) -> Type:
        return self._pooled(site, x)

    def _pooled(self, site: Site, x: TensorType) -> TensorType:
        windows = self._windows(spatial_rank(self.name, x))
        need_float(self.name, x)
        for window in windows:
            _refuse_wide_padding(window)
        if self.averages and x.rank == 5:
            self._demand_unpadded(site, x, windows)
        return x.with_shape(*x.shape[:2], *slide(site, self.name, x, windows, self.ceil_mode))

    def _demand_unpadded(self, site: Site, x: TensorType, windows: tuple[Window, ...]) -> None:
        """PyTorch's averages over three axes want a whole window inside the input, whatever the padding."""
        for size, window in zip(x.shape[2:], windows, strict=True):
            message = f"{self.name} over three axes needs a size of at least its kernel {window.kernel}, got {size}"
            site.at_least(size, window.kernel, Refusal("E0303", message, argument="kernel_size", inputs=(0,)))

    def _windows(self, count: int) -> tuple[Window, ...]:
        kernels = per_axis("kernel_size", self.kernel_size, count)
        strides = kernels if self.stride is None else per_axis("stride", self.stride, count)
        pads = per_axis("padding", getattr(self, "padding", 0), count)
        return tuple(
            map(Window, kernels, strides, pads, pads, per_axis("dilation", getattr(self, "dilation", 1), count))
        )

    def reach(self, *inputs: Any) -> Reach:
        return window_reach(self._windows(inputs[0].rank - 2))

    def module(self, *inputs: Any) -> TorchCall | None:
        return self.call(torch_name(self.torch[inputs[0].rank - 3]))

    def function(self, inputs: tuple[Any, ...], output: Type) -> TorchCall | None:
        return self.call(f"F.{self.name}{inputs[0].rank - 2}d", Input(0))


def _refuse_wide_padding(window: Window) -> None:
    if window.before > window.kernel // 2:
        raise Refusal(
            "E0402",
            f"padding {window.before} is more than half of the kernel {window.kernel}, so a window could see nothing but padding",
            argument="padding",
            help=f"at most {window.kernel // 2} is possible here; the operator `pad` adds more",
        )


class MaxPool(WindowPool):
    """The largest number in each window, for each channel by itself.

    Shape: ``[B, C, *sizes]`` to ``[B, C, *sizes']`` where, for each spatial axis,
    ``size' = floor((size + 2*padding - dilation*(kernel_size - 1) - 1) / stride) + 1``.

    Each argument of sizes is one integer for all spatial axes, or a tuple of one for each.

    - ``kernel_size``: width of the window, in positions.
    - ``stride``: positions from one window to the next; ``None`` is the kernel's width.
    - ``padding``: positions of minus infinity added on both sides; at most half the kernel's width.
    - ``dilation``: positions from one element of the window to the next.
    - ``return_indices``: give ``(output, indices)``, where the numbers stood in the input, for ``max_unpool``.
    - ``ceil_mode``: round the size up instead of down, so that the last window may hang over the end; it must start inside the input
      or the padding before it.

    PyTorch: ``torch.nn.MaxPool1d``, ``MaxPool2d``, ``MaxPool3d``.
    """

    name = "max_pool"
    torch = ("torch.nn.MaxPool1d", "torch.nn.MaxPool2d", "torch.nn.MaxPool3d")
    examples = (
        Example("max_pool(2)", ("[B, 64, H, W]",), "[B, 64, H // 2, W // 2]"),
        Example("max_pool(3, stride=2, padding=1)", ("[B, 64, 112, 112]",), "[B, 64, 56, 56]"),
        Example("max_pool(3, stride=2, ceil_mode=True)", ("[B, 96, 54, 54]",), "[B, 96, 27, 27]"),
    )

    kernel_size: Sizes
    stride: Sizes | None = None
    padding: NonNegative | tuple[NonNegative, ...] = 0
    dilation: Sizes = 1
    return_indices: bool = False
    ceil_mode: bool = False

    def infer(self, site: Site, x: TensorType) -> Type:
        return with_indices(self._pooled(site, x), self.return_indices)


class AvgPool(WindowPool):
    """The mean of each window, for each channel by itself.

    Shape: ``[B, C, *sizes]`` to ``[B, C, *sizes']`` where, for each spatial axis,
    ``size' = floor((size + 2*padding - kernel_size) / stride) + 1``.

    - ``kernel_size``, ``stride``, ``ceil_mode``: as for ``max_pool``.
    - ``padding``: positions of zeros added on both sides; at most half the kernel's width.
    - ``count_include_pad``: whether the zeros of the padding count in the mean.
    - ``divisor_override``: divide the sum by this instead of the number of positions (two and three dimensions only).

    PyTorch: ``torch.nn.AvgPool1d``, ``AvgPool2d``, ``AvgPool3d``. The last needs
    sizes of at least ``kernel_size``, whatever the padding.
    """

    name = "avg_pool"
    torch = ("torch.nn.AvgPool1d", "torch.nn.AvgPool2d", "torch.nn.AvgPool3d")
    averages = True
    examples = (
        Example("avg_pool(2)", ("[B, 64, H, W]",), "[B, 64, H // 2, W // 2]"),
        Example("avg_pool(7, stride=1)", ("[B, 1024, 7, 7]",), "[B, 1024, 1, 1]"),
    )

    kernel_size: Sizes
    stride: Sizes | None = None
    padding: NonNegative | tuple[NonNegative, ...] = 0
    ceil_mode: bool = False
    count_include_pad: bool = True
    divisor_override: Positive | None = None

    def infer(self, site: Site, x: TensorType) -> Type:
        if self.divisor_override is not None and x.rank == 3:
            message = f"avg_pool takes divisor_override for two or three spatial axes, got {x}"
            raise Refusal("E0402", message, argument="divisor_override", inputs=(0,))
        return super().infer(site, x)


class LpPool(WindowPool):
    """The sum of each window by the power ``norm_type``, and of that the root: 1 gives the sum, infinity would give the maximum.

    Shape: ``[B, C, *sizes]`` to ``[B, C, *sizes']`` where, for each spatial axis,
    ``size' = floor((size - kernel_size) / stride) + 1``.

    - ``norm_type``: the power, above 0.
    - ``kernel_size``, ``stride``, ``ceil_mode``: as for ``max_pool``.

    PyTorch: ``torch.nn.LPPool1d``, ``LPPool2d``, ``LPPool3d``. The last needs
    sizes of at least ``kernel_size``.
    """

    name = "lp_pool"
    torch = ("torch.nn.LPPool1d", "torch.nn.LPPool2d", "torch.nn.LPPool3d")
    averages = True
    examples = (Example("lp_pool(2, 3, stride=2)", ("[B, 16, H, W]",), "[B, 16, (H + 1) // 2 - 1, (W + 1) // 2 - 1]"),)

    norm_type: PositiveFloat
    kernel_size: Sizes
    stride: Sizes | None = None
    ceil_mode: bool = False

    def module(self, *inputs: Any) -> TorchCall | None:
        axes = inputs[0].rank - 2
        return self._plain(axes).call(f"nn.LPPool{axes}d", positional=2)

    def function(self, inputs: tuple[Any, ...], output: Type) -> TorchCall | None:
        axes = inputs[0].rank - 2
        return self._plain(axes).call(f"F.lp_pool{axes}d", Input(0), positional=2)

    def _plain(self, axes: int) -> LpPool:
        """PyTorch's one-dimensional form takes integers only."""
        fields = {"kernel_size": self.kernel_size, "stride": self.stride}
        single = {name: value[0] for name, value in fields.items() if isinstance(value, tuple) and axes == 1}
        return self.of({**vars(self), **single})
