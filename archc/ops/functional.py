"""Convolution and linear layers that own nothing: their weight is a tensor that the net computes."""

from __future__ import annotations

from typing import Any

from archc.ir.dims import DimLike, exact_div
from archc.ir.operator import WHOLE, Example, Input, NonNegative, Reach, Sizes, TorchCall
from archc.ir.site import Refusal, Site
from archc.ir.types import TensorType, Type, tensors
from archc.ops._axes import mixing, need_float, product
from archc.ops._pure import Pure
from archc.ops._windows import Window, per_axis, slide, spatial_rank, window_reach
from archc.ops.conv import Padding, conv_windows, extra_positions, spread, spread_reach


class Functional(Pure):
    """A layer as a function of its input, its weight and perhaps its bias."""

    inputs = ("input", "weight", "bias")
    required = 2

    def _alike(self, x: TensorType, weight: TensorType, bias: TensorType | None, rank: int) -> None:
        """All are of one float dtype; the weight has ``rank`` dims, the bias one."""
        need_float(self.name, x)
        for position, value, wanted in ((1, weight, rank), (2, bias, 1)):
            if value is None:
                continue
            what = self.inputs[position]
            if value.dtype != x.dtype:
                message = f"{self.name} needs a {what} of the input's dtype, got {value} for {x}"
                raise Refusal("E0306", message, inputs=(0, position))
            if value.rank != wanted:
                dims = "1 dim" if wanted == 1 else f"{wanted} dims"
                raise Refusal("E0301", f"{self.name} needs a {what} of {dims}, got {value}", inputs=(position,))

    def _equal(self, site: Site, what: str, found: DimLike, wanted: DimLike, *positions: int) -> None:
        message = f"{self.name} needs {what} {wanted}, got {found}"
        site.equal(found, wanted, Refusal("E0302", message, inputs=positions))

    def _call(self, fn: str, inputs: tuple[Any, ...]) -> TorchCall:
        given = [position for position, value in enumerate(inputs) if value is not None]
        return self.torch_call(fn, *map(Input, given))


class FunctionalConvolution(Functional):
    """What both directions share."""

    family = "convolution"

    def _kernels(self, weight: TensorType) -> tuple[int, ...]:
        kernels = tuple(size for size in weight.shape[2:] if isinstance(size, int))
        free = [size for size in weight.shape[2:] if not isinstance(size, int)]
        if free:
            message = f"the kernel of {self.name} has a fixed size, got a weight {weight}"
            raise Refusal("E0313", message, inputs=(1,), help=f"make {free[0]} a hyperparameter")
        return kernels

    def _grouped(self, site: Site, groups: DimLike, channels: DimLike, what: str, position: int) -> DimLike:
        """The channels of one group."""
        site.at_least(groups, 1, Refusal("E0401", f"groups must be at least 1, got {groups}", argument="groups"))
        each = exact_div(channels, groups)
        if each is None:
            message = f"{what} {channels} must be a multiple of groups={groups}"
            raise Refusal("E0304", message, argument="groups", inputs=(position,))
        return each


class FunctionalConv(FunctionalConvolution):
    """A convolution with a ``weight`` that is computed, and perhaps a ``bias``: ``functional_conv(x, weight * mask, bias, padding=1)``.

    For weights that are masked, normalised or predicted by another layer. Its own tensors are made by ``param``.

    Shape: ``[B, C, *sizes]`` with a weight ``[out_channels, C / groups, *kernel_size]`` and a bias ``[out_channels]`` to
    ``[B, out_channels, *sizes']``, with the sizes of ``conv``.

    - ``stride``, ``padding``, ``dilation``: as for ``conv``.
    - ``groups``: as for ``conv``; may be a size, so that each example of a batch can have a weight of its own.

    PyTorch: ``torch.nn.functional.conv1d``, ``conv2d``, ``conv3d``.
    """

    name = "functional_conv"
    torch = ("torch.nn.functional.conv1d", "torch.nn.functional.conv2d", "torch.nn.functional.conv3d")
    examples = (
        Example("functional_conv(padding=1)", ("[B, 3, H, W]", "[64, 3, 3, 3]"), "[B, 64, H, W]"),
        Example("functional_conv(stride=2)", ("[B, 16, T]", "[32, 16, 2]", "[32]"), "[B, 32, T // 2]"),
    )

    stride: Sizes = 1
    padding: Padding = 0
    dilation: Sizes = 1
    groups: DimLike = 1

    def infer(self, site: Site, x: TensorType, weight: TensorType, bias: TensorType | None = None) -> TensorType:
        spatial_rank(self.name, x)
        self._alike(x, weight, bias, x.rank)
        self._grouped(site, self.groups, weight.shape[0], "the weight's first size", 1)
        each = self._grouped(site, self.groups, x.shape[1], "the input's channels", 0)
        self._equal(site, f"a weight for {x} whose second size is", weight.shape[1], each, 0, 1)
        if bias is not None:
            self._equal(site, "a bias of size", bias.shape[0], weight.shape[0], 1, 2)
        sizes = slide(site, self.name, x, self._windows(weight), argument=None)
        return x.with_shape(x.shape[0], weight.shape[0], *sizes)

    def _windows(self, weight: TensorType) -> tuple[Window, ...]:
        return conv_windows(self._kernels(weight), self.stride, self.padding, self.dilation)

    def flops(self, inputs: tuple[Any, ...], output: Type) -> DimLike:
        return 2 * product(tensors(output)[0].shape) * product(inputs[1].shape[1:])

    def reach(self, *inputs: Any) -> tuple[Reach, ...]:
        return (window_reach(self._windows(inputs[1])), *[WHOLE] * (len(inputs) - 1))

    def function(self, inputs: tuple[Any, ...], output: Type) -> TorchCall | None:
        return self._call(f"F.conv{inputs[0].rank - 2}d", inputs)


class FunctionalConvTranspose(FunctionalConvolution):
    """A transposed convolution with a ``weight`` that is computed, and perhaps a ``bias``; see ``functional_conv``.

    Shape: ``[B, C, *sizes]`` with a weight ``[C, out_channels / groups, *kernel_size]`` and a bias ``[out_channels]`` to
    ``[B, out_channels, *sizes']``, with the sizes of ``conv_transpose``.

    - ``stride``, ``padding``, ``output_padding``, ``dilation``: as for ``conv_transpose``.
    - ``groups``: as for ``functional_conv``.

    PyTorch: ``torch.nn.functional.conv_transpose1d``, ``conv_transpose2d``, ``conv_transpose3d``.
    """

    name = "functional_conv_transpose"
    torch = tuple(f"torch.nn.functional.conv_transpose{axes}d" for axes in (1, 2, 3))
    examples = (
        Example("functional_conv_transpose(stride=2)", ("[B, 64, H, W]", "[64, 3, 2, 2]"), "[B, 3, 2 * H, 2 * W]"),
    )

    stride: Sizes = 1
    padding: NonNegative | tuple[NonNegative, ...] = 0
    output_padding: NonNegative | tuple[NonNegative, ...] = 0
    groups: DimLike = 1
    dilation: Sizes = 1

    def infer(self, site: Site, x: TensorType, weight: TensorType, bias: TensorType | None = None) -> TensorType:
        spatial_rank(self.name, x)
        self._alike(x, weight, bias, x.rank)
        windows = self._windows(weight)
        self._grouped(site, self.groups, x.shape[1], "the input's channels", 0)
        self._equal(site, f"a weight for {x} whose first size is", weight.shape[0], x.shape[1], 0, 1)
        channels = weight.shape[1] * self.groups
        if bias is not None:
            self._equal(site, "a bias of size", bias.shape[0], channels, 1, 2)
        extras = extra_positions(self.output_padding, windows)
        return x.with_shape(x.shape[0], channels, *spread(site, self.name, x, windows, extras))

    def _windows(self, weight: TensorType) -> tuple[Window, ...]:
        kernels = self._kernels(weight)
        count = len(kernels)
        pads = per_axis("padding", self.padding, count)
        dilations = per_axis("dilation", self.dilation, count)
        return tuple(map(Window, kernels, per_axis("stride", self.stride, count), pads, pads, dilations))

    def flops(self, inputs: tuple[Any, ...], output: Type) -> DimLike:
        return 2 * product(inputs[0].shape) * product(inputs[1].shape[1:])

    def reach(self, *inputs: Any) -> tuple[Reach, ...]:
        return (spread_reach(self._windows(inputs[1])), *[WHOLE] * (len(inputs) - 1))

    def function(self, inputs: tuple[Any, ...], output: Type) -> TorchCall | None:
        return self._call(f"F.conv_transpose{inputs[0].rank - 2}d", inputs)


class FunctionalLinear(Functional):
    """A linear layer with a ``weight`` that is computed, and perhaps a ``bias``: ``y = x W^T + b``; see ``functional_conv``.

    Shape: ``[..., in_features]`` with a weight ``[out_features, in_features]`` and a bias ``[out_features]`` to
    ``[..., out_features]``.
    """

    name = "functional_linear"
    family = "linear"
    torch = ("torch.nn.functional.linear",)
    examples = (Example("functional_linear", ("[B, T, 64]", "[10, 64]", "[10]"), "[B, T, 10]"),)

    def infer(self, site: Site, x: TensorType, weight: TensorType, bias: TensorType | None = None) -> TensorType:
        self._alike(x, weight, bias, 2)
        if not x.rank:
            raise Refusal("E0301", f"{self.name} needs at least 1 dim, got {x}", inputs=(0,))
        self._equal(site, f"a weight for {x} whose second size is", weight.shape[1], x.shape[-1], 0, 1)
        if bias is not None:
            self._equal(site, "a bias of size", bias.shape[0], weight.shape[0], 1, 2)
        return x.with_shape(*x.shape[:-1], weight.shape[0])

    def flops(self, inputs: tuple[Any, ...], output: Type) -> DimLike:
        return 2 * product(tensors(output)[0].shape) * product(inputs[1].shape[1:])

    def reach(self, *inputs: Any) -> tuple[Reach, ...]:
        return (mixing(inputs[0], inputs[0].rank - 1), *[WHOLE] * (len(inputs) - 1))

    def function(self, inputs: tuple[Any, ...], output: Type) -> TorchCall | None:
        return self._call("F.linear", inputs)
