"""Layers whose weights are computed, rather than owned: what hypernetworks, modulated and constrained layers are made of."""

from __future__ import annotations

from typing import Any

from archc.ir.dims import DimLike
from archc.ir.operator import Example, Input, NonNegative, Reach, Sizes, TorchCall
from archc.ir.site import Refusal, Site
from archc.ir.types import TensorType, Type
from archc.ops._axes import mixing, need_float, need_rank, product
from archc.ops._pure import Pure
from archc.ops._windows import Window, per_axis, slide, spatial_rank, window_reach


class Given(Pure):
    """Takes weight and bias as inputs."""

    inputs = ("input", "weight", "bias")
    required = 2

    def _need_equal_dtypes(self, given: tuple[TensorType, ...]) -> None:
        need_float(self.name, given[0])
        for position, value in enumerate(given[1:], start=1):
            if value.dtype != given[0].dtype:
                message = f"{self.name} needs equal dtypes, got {given[0]} and {value}"
                raise Refusal("E0306", message, inputs=(0, position), help="convert one of them with .to(x.dtype)")

    def _demand_bias(self, site: Site, bias: TensorType | None, rows: DimLike) -> None:
        if bias is None:
            return
        message = f"{self.name} needs a bias [{rows}], got {bias}"
        if bias.rank != 1:
            raise Refusal("E0301", message, inputs=(1, 2))
        site.equal(bias.shape[0], rows, Refusal("E0302", message, inputs=(1, 2)))

    def flops(self, inputs: tuple[Any, ...], output: Type) -> DimLike:
        assert isinstance(output, TensorType)
        return 2 * product(output.shape) * product(inputs[1].shape[1:])


class FunctionalLinear(Given):
    """``linear`` with a weight that is given: ``y = x W^T + b``.

    Shape: ``[..., in_features]``, the weight ``[out_features, in_features]`` and perhaps a bias ``[out_features]``, to
    ``[..., out_features]``. The weight is any tensor, for example one that another layer gives.

    PyTorch: ``torch.nn.functional.linear``.
    """

    name = "functional_linear"
    family = "linear"
    torch = ("torch.nn.functional.linear",)
    examples = (
        Example("functional_linear", ("[B, 64]", "[10, 64]"), "[B, 10]"),
        Example("functional_linear", ("[B, T, 64]", "[10, 64]", "[10]"), "[B, T, 10]"),
    )

    def infer(self, site: Site, x: TensorType, weight: TensorType, bias: TensorType | None = None) -> TensorType:
        self._need_equal_dtypes((x, weight) if bias is None else (x, weight, bias))
        need_rank(self.name, x, 1)
        message = f"{self.name} needs a weight [out_features, {x.shape[-1]}] for {x}, got {weight}"
        if weight.rank != 2:
            raise Refusal("E0301", message, inputs=(0, 1))
        site.equal(x.shape[-1], weight.shape[1], Refusal("E0302", message, inputs=(0, 1)))
        self._demand_bias(site, bias, weight.shape[0])
        return x.with_shape(*x.shape[:-1], weight.shape[0])

    def reach(self, *inputs: Any) -> Reach:
        return mixing(inputs[0], inputs[0].rank - 1)

    def function(self, inputs: tuple[Any, ...], output: Type) -> TorchCall | None:
        return TorchCall("F.linear", tuple(map(Input, range(len(inputs)))))


class FunctionalConv(Given):
    """``conv`` with kernels that are given: 1d, 2d or 3d, by the input's rank.

    Shape: ``[B, C, *sizes]``, the weight ``[out_channels, C / groups, *kernel_size]`` and perhaps a bias ``[out_channels]``, to
    ``[B, out_channels, *sizes']`` as for ``conv``. The weight is any tensor, such as a buffer or what another layer gives; the sizes
    of its kernels must be numbers.

    - ``stride``, ``padding``, ``dilation``: as for ``conv``, padding as numbers.
    - ``groups``: the channels are split into so many groups. It may be a size: with the batch as groups, ``[1, B * C, H, W]`` and
      ``[B * out, C, k, k]``, each example has kernels of its own.

    PyTorch: ``torch.nn.functional.conv1d``, ``conv2d``, ``conv3d``.
    """

    name = "functional_conv"
    family = "convolution"
    torch = ("torch.nn.functional.conv1d", "torch.nn.functional.conv2d", "torch.nn.functional.conv3d")
    examples = (
        Example("functional_conv(padding=1)", ("[B, 3, H, W]", "[64, 3, 3, 3]"), "[B, 64, H, W]"),
        Example("functional_conv(stride=2, groups=4)", ("[B, 8, 32]", "[12, 2, 2]", "[12]"), "[B, 12, 16]"),
    )

    stride: Sizes = 1
    padding: NonNegative | tuple[NonNegative, ...] = 0
    dilation: Sizes = 1
    groups: DimLike = 1

    def infer(self, site: Site, x: TensorType, weight: TensorType, bias: TensorType | None = None) -> TensorType:
        count = spatial_rank(self.name, x)
        self._need_equal_dtypes((x, weight) if bias is None else (x, weight, bias))
        if weight.rank != x.rank or not all(isinstance(size, int) for size in weight.shape[2:]):
            wanted = ", ".join(["out_channels", "C / groups", *["size"] * count])
            message = f"{self.name} of {x} needs a weight [{wanted}] whose kernel has known sizes, got {weight}"
            raise Refusal("E0301", message, inputs=(0, 1))
        self._demand_groups(site, x, weight)
        self._demand_bias(site, bias, weight.shape[0])
        return x.with_shape(x.shape[0], weight.shape[0], *slide(site, self.name, x, self._windows(weight)))

    def _demand_groups(self, site: Site, x: TensorType, weight: TensorType) -> None:
        site.at_least(self.groups, 1, Refusal("E0401", f"groups {self.groups} is not positive", argument="groups"))
        message = f"{self.name} of {x} in {self.groups} groups needs a weight with"
        channels = Refusal("E0302", f"{message} {x.shape[1]} / {self.groups} channels, got {weight}", inputs=(0, 1))
        rows = Refusal("E0304", f"{message} a multiple of {self.groups} kernels, got {weight}", inputs=(1,))
        site.equal(weight.shape[1] * self.groups, x.shape[1], channels)
        site.equal(weight.shape[0] % self.groups, 0, rows)

    def reach(self, *inputs: Any) -> Reach:
        return window_reach(self._windows(inputs[1]))

    def function(self, inputs: tuple[Any, ...], output: Type) -> TorchCall | None:
        return self.torch_call(f"F.conv{inputs[0].rank - 2}d", *map(Input, range(len(inputs))))

    def _windows(self, weight: TensorType) -> tuple[Window, ...]:
        kernels = tuple(size for size in weight.shape[2:] if isinstance(size, int))
        strides = per_axis("stride", self.stride, len(kernels))
        pads = per_axis("padding", self.padding, len(kernels))
        return tuple(map(Window, kernels, strides, pads, pads, per_axis("dilation", self.dilation, len(kernels))))
