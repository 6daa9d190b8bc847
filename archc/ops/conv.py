"""Convolution and transposed convolution, in one, two and three dimensions by the input's rank."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from functools import lru_cache, partial
from typing import Any, Literal

from archc.ir.dims import DimLike
from archc.ir.operator import Example, NonNegative, Operator, Parameter, Positive, Reach, Sizes, TorchCall
from archc.ir.site import Refusal, Site
from archc.ir.types import TensorType
from archc.ops._axes import product
from archc.ops._windows import (
    Window,
    demand_divisor,
    demand_size,
    known_size,
    need_own_float,
    per_axis,
    slide,
    spatial_rank,
    spatial_reach,
    window_reach,
)

Padding = NonNegative | tuple[NonNegative, ...] | Literal["same", "valid"]


class Convolution(Operator):
    """What both directions share."""

    family = "convolution"

    out_channels: Positive
    kernel_size: Sizes

    def _channels(self, inputs: tuple[Any, ...]) -> int:
        return known_size(inputs[0].shape[1], getattr(self, "in_channels", None))

    def stand_in(self) -> tuple[Any, ...] | None:
        """A kernel that is a tuple tells the number of axes; any size will do that the windows fit into."""
        channels: int | None = getattr(self, "in_channels", None)
        if channels is None or isinstance(self.kernel_size, int) or len(self.kernel_size) > 3:
            return None
        windows = self._windows(len(self.kernel_size))
        sizes = (window.span + window.before + window.after for window in windows)
        return (TensorType((1, channels, *sizes)),)

    def _windows(self, count: int) -> tuple[Window, ...]:
        raise NotImplementedError

    def _parameters(self, inputs: tuple[Any, ...], rows: int, columns: int, bias: bool) -> tuple[Parameter, ...]:
        kernel = per_axis("kernel_size", self.kernel_size, inputs[0].rank - 2)
        weight = Parameter("weight", (rows, columns, *kernel))
        return (weight, Parameter("bias", (self.out_channels,))) if bias else (weight,)

    def function(self, inputs: tuple[Any, ...], output: Any) -> TorchCall | None:
        return None


class Conv(Convolution):
    """Convolves the spatial axes with a bank of kernels: 1d, 2d or 3d, by the input's rank.

    Shape: ``[B, C, *sizes]`` to ``[B, out_channels, *sizes']`` where, for each spatial axis,
    ``size' = floor((size + 2*padding - dilation*(kernel_size - 1) - 1) / stride) + 1``.

    Each argument of sizes is one integer for all spatial axes, or a tuple of one for each.

    - ``out_channels``: number of kernels.
    - ``kernel_size``: width of the kernel, in positions.
    - ``stride``: positions from one window to the next.
    - ``padding``: positions added on both sides of each axis; ``"valid"`` is 0, ``"same"`` keeps the size (with stride 1).
    - ``dilation``: positions from one element of the kernel to the next.
    - ``groups``: the channels are split into so many groups, each with its own kernels.
    - ``bias``: whether a number per output channel is added.
    - ``padding_mode``: what padding holds: ``"zeros"``, ``"reflect"`` (padding below the size), ``"replicate"`` or ``"circular"``
      (padding up to the size).
    - ``in_channels``: the input's channels; only needed for a layer that is declared and never applied (its ``kernel_size`` must then
      be a tuple, which tells the number of axes).

    Parameters: ``weight`` ``[out_channels, C / groups, *kernel_size]``, ``bias`` ``[out_channels]``.
    PyTorch: ``torch.nn.Conv1d``, ``Conv2d``, ``Conv3d``.
    """

    name = "conv"
    torch = ("torch.nn.Conv1d", "torch.nn.Conv2d", "torch.nn.Conv3d")
    examples = (
        Example("conv(64, 3, padding=1)", ("[B, 3, H, W]",), "[B, 64, H, W]"),
        Example("conv(64, 7, stride=2, padding=3, bias=False)", ("[B, 3, 224, 224]",), "[B, 64, 112, 112]"),
        Example("conv(32, 3, padding='same', dilation=4, groups=16)", ("[B, 16, T]",), "[B, 32, T]"),
        Example("conv(8, (1, 3, 3))", ("[B, 3, 16, 32, 32]",), "[B, 8, 16, 30, 30]"),
    )

    stride: Sizes = 1
    padding: Padding = 0
    dilation: Sizes = 1
    groups: Positive = 1
    bias: bool = True
    padding_mode: Literal["zeros", "reflect", "replicate", "circular"] = "zeros"
    in_channels: Positive | None = None

    def infer(self, site: Site, x: TensorType) -> TensorType:
        windows = self._windows(spatial_rank(self.name, x))
        need_own_float(self.name, x)
        demand_size(site, self.name, x.shape[1], self.in_channels, "in_channels")
        if self.groups > 1:
            demand_divisor(site, self.groups, self._channels((x,)), "the input's channels", "groups", (0,))
            demand_divisor(site, self.groups, self.out_channels, "out_channels", "groups")
        self._demand_padding(site, x.shape[2:], windows)
        return x.with_shape(x.shape[0], self.out_channels, *slide(site, self.name, x, windows))

    def parameters(self, *inputs: Any) -> tuple[Parameter, ...]:
        return self._parameters(inputs, self.out_channels, self._channels(inputs) // self.groups, self.bias)

    def flops(self, inputs: tuple[Any, ...], output: Any) -> DimLike:
        return 2 * product(output.shape) * product(self.parameters(*inputs)[0].shape[1:])

    def reach(self, *inputs: Any) -> Reach:
        return window_reach(self._windows(inputs[0].rank - 2))

    def module(self, *inputs: Any) -> TorchCall | None:
        fn = f"nn.Conv{inputs[0].rank - 2}d"
        return self.torch_call(fn, self._channels(inputs), positional=2, leave=("in_channels",))

    def _windows(self, count: int) -> tuple[Window, ...]:
        kernels = per_axis("kernel_size", self.kernel_size, count)
        return conv_windows(kernels, self.stride, self.padding, self.dilation)

    def _demand_padding(self, site: Site, sizes: Iterable[DimLike], windows: Iterable[Window]) -> None:
        """Reflection needs more positions than it adds, wrapping around at least as many."""
        if self.padding_mode not in ("reflect", "circular"):
            return
        spare = 1 if self.padding_mode == "reflect" else 0
        for size, window in zip(sizes, windows, strict=True):
            pad = max(window.before, window.after)
            relation = "below" if spare else "up to"
            message = f"{self.padding_mode} padding must be {relation} the input's size {size}, got {pad}"
            site.at_least(size, pad + spare, Refusal("E0402", message, argument="padding", inputs=(0,)))


@lru_cache(maxsize=1 << 10)
def conv_windows(
    kernels: tuple[int, ...], stride: int | tuple[int, ...], padding: Padding, dilation: int | tuple[int, ...]
) -> tuple[Window, ...]:
    """The windows of a convolution with these kernels."""
    strides = per_axis("stride", stride, len(kernels))
    dilations = per_axis("dilation", dilation, len(kernels))
    before, after = _pads(padding, kernels, strides, dilations)
    return tuple(map(Window, kernels, strides, before, after, dilations))


def _pads(
    padding: Padding, kernels: tuple[int, ...], strides: tuple[int, ...], dilations: tuple[int, ...]
) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Padding before and after, for each axis. ``"same"`` puts an odd position after."""
    if not isinstance(padding, str):
        pads = per_axis("padding", padding, len(kernels))
        return pads, pads
    if padding == "same":
        _refuse_strided_same(strides)
    total = [d * (k - 1) if padding == "same" else 0 for k, d in zip(kernels, dilations, strict=True)]
    return tuple(t // 2 for t in total), tuple(t - t // 2 for t in total)


def _refuse_strided_same(strides: tuple[int, ...]) -> None:
    if any(stride != 1 for stride in strides):
        shown = strides[0] if len(set(strides)) == 1 else strides
        raise Refusal(
            "E0402",
            f'padding="same" needs stride 1, got stride={shown}',
            argument="padding",
            help="give the padding as a number: kernel_size // 2 keeps the size before it is divided by the stride",
        )


class ConvTranspose(Convolution):
    """The transpose of a convolution, which upsamples: each input position spreads over a window of the output.

    Shape: ``[B, C, *sizes]`` to ``[B, out_channels, *sizes']`` where, for each spatial axis,
    ``size' = (size - 1)*stride - 2*padding + dilation*(kernel_size - 1) + output_padding + 1``.

    - ``out_channels``, ``kernel_size``, ``groups``, ``bias``, ``dilation``, ``in_channels``: as for ``conv``.
    - ``stride``: output positions from one window to the next.
    - ``padding``: output positions that are cut off on both sides.
    - ``padding_mode``: only ``"zeros"`` is possible.
    - ``output_padding``: positions added at the end of each axis; below the stride or below the dilation.

    Parameters: ``weight`` ``[C, out_channels / groups, *kernel_size]``, ``bias`` ``[out_channels]``.
    PyTorch: ``torch.nn.ConvTranspose1d``, ``ConvTranspose2d``, ``ConvTranspose3d``.
    """

    name = "conv_transpose"
    torch = ("torch.nn.ConvTranspose1d", "torch.nn.ConvTranspose2d", "torch.nn.ConvTranspose3d")
    examples = (
        Example("conv_transpose(64, 2, stride=2)", ("[B, 128, H, W]",), "[B, 64, 2 * H, 2 * W]"),
        Example("conv_transpose(3, 3, stride=2, padding=1, output_padding=1)", ("[B, 8, 14, 14]",), "[B, 3, 28, 28]"),
    )

    stride: Sizes = 1
    padding: NonNegative | tuple[NonNegative, ...] = 0
    output_padding: NonNegative | tuple[NonNegative, ...] = 0
    groups: Positive = 1
    bias: bool = True
    dilation: Sizes = 1
    padding_mode: Literal["zeros"] = "zeros"
    in_channels: Positive | None = None

    def infer(self, site: Site, x: TensorType) -> TensorType:
        windows = self._windows(spatial_rank(self.name, x))
        extras = extra_positions(self.output_padding, windows)
        need_own_float(self.name, x)
        demand_size(site, self.name, x.shape[1], self.in_channels, "in_channels")
        demand_divisor(site, self.groups, self._channels((x,)), "the input's channels", "groups", (0,))
        demand_divisor(site, self.groups, self.out_channels, "out_channels", "groups")
        return x.with_shape(x.shape[0], self.out_channels, *spread(site, self.name, x, windows, extras))

    def parameters(self, *inputs: Any) -> tuple[Parameter, ...]:
        return self._parameters(inputs, self._channels(inputs), self.out_channels // self.groups, self.bias)

    def flops(self, inputs: tuple[Any, ...], output: Any) -> DimLike:
        return 2 * product(inputs[0].shape) * product(self.parameters(*inputs)[0].shape[1:])

    def reach(self, *inputs: Any) -> Reach:
        return spread_reach(self._windows(inputs[0].rank - 2))

    def module(self, *inputs: Any) -> TorchCall | None:
        fn = f"nn.ConvTranspose{inputs[0].rank - 2}d"
        return self.torch_call(fn, self._channels(inputs), positional=2, leave=("in_channels",))

    def _windows(self, count: int) -> tuple[Window, ...]:
        kernels = per_axis("kernel_size", self.kernel_size, count)
        strides = per_axis("stride", self.stride, count)
        pads = per_axis("padding", self.padding, count)
        return tuple(map(Window, kernels, strides, pads, pads, per_axis("dilation", self.dilation, count)))


def extra_positions(output_padding: int | tuple[int, ...], windows: tuple[Window, ...]) -> tuple[int, ...]:
    """What is added at the end of each axis."""
    extras = per_axis("output_padding", output_padding, len(windows))
    for extra, window in zip(extras, windows, strict=True):
        if extra >= max(window.stride, window.dilation):
            raise Refusal(
                "E0402",
                f"output_padding {extra} must be below the stride {window.stride} or the dilation {window.dilation}",
                argument="output_padding",
            )
    return extras


def spread(
    site: Site, name: str, x: TensorType, windows: tuple[Window, ...], extras: tuple[int, ...]
) -> tuple[DimLike, ...]:
    """The spatial sizes of the output of a transposed convolution."""
    return tuple(map(partial(_spread, site, name), x.shape[2:], windows, extras))


def _spread(site: Site, name: str, size: DimLike, window: Window, extra: int) -> DimLike:
    out = (size - 1) * window.stride - 2 * window.before + window.span + extra
    formula = f"({size} - 1)*{window.stride} - 2*{window.before} + {window.dilation}*({window.kernel} - 1) + {extra} + 1 = {out}"
    message = f"{name} with padding {window.before} leaves nothing of the input's size {size}"
    notes = (f"the output's size would be {formula}",)
    site.at_least(out, 1, Refusal("E0303", message, argument="padding", inputs=(0,), notes=notes))
    return out


def spread_reach(windows: Iterable[Window]) -> Reach:
    """An output position sees the inputs whose windows reach it: as many as strides fit in the window."""
    return spatial_reach(
        (Fraction(1, w.stride), Fraction(w.before - w.span + 1, w.stride), Fraction(w.before, w.stride))
        for w in windows
    )
