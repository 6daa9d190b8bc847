"""Normalisation of each example by itself: layer, RMS and group norm, and local response norm."""

from __future__ import annotations

from typing import Any

from archc.ir.operator import (
    WHOLE,
    Example,
    Finite,
    Input,
    NonNegativeFloat,
    Operator,
    Parameter,
    Positive,
    Reach,
    Sizes,
    TorchCall,
    uncounted,
)
from archc.ir.site import Refusal, Site
from archc.ir.types import TensorType, Type
from archc.ops._axes import mixing, need_float, need_rank, product
from archc.ops._pure import Pure, torch_name
from archc.ops._windows import demand_divisor, demand_size, known_size, need_own_float
from archc.ops.batch_norm import demand_two


class TrailingNorm(Operator):
    """Layer norm and RMS norm: both work on the trailing dims ``normalized_shape``, by default on the last one."""

    family = "normalization"

    eps: NonNegativeFloat | None = None
    elementwise_affine: bool = True

    def infer(self, site: Site, x: TensorType) -> TensorType:
        (need_own_float if self.elementwise_affine else need_float)(self.name, x)
        given = self._given()
        need_rank(self.name, x, len(given) if given else 1)
        if given is not None:
            self._demand_given(site, x, given)
        elif self.elementwise_affine:
            demand_size(site, self.name, x.shape[-1], None, "normalized_shape")
        return x

    def _demand_given(self, site: Site, x: TensorType, given: tuple[int, ...]) -> None:
        found = x.shape[x.rank - len(given) :]
        shown = f"{given[0]}" if len(given) == 1 else f"{given}"
        message = f"{self.name} has normalized_shape={shown}, but the input {x} ends in ({', '.join(map(str, found))})"
        for left, right in zip(found, given, strict=True):
            site.equal(left, right, Refusal("E0302", message, argument="normalized_shape", inputs=(0,)))

    def _given(self) -> tuple[int, ...] | None:
        given: Sizes | None = getattr(self, "normalized_shape", None)
        return (given,) if isinstance(given, int) else given

    def stand_in(self) -> tuple[Any, ...] | None:
        given = self._given()
        return None if given is None else (TensorType((1, *given)),)

    def _shape(self, inputs: tuple[Any, ...]) -> tuple[int, ...]:
        return self._given() or (known_size(inputs[0].shape[-1], None),)

    def parameters(self, *inputs: Any) -> tuple[Parameter, ...]:
        return (Parameter("weight", self._shape(inputs)),) if self.elementwise_affine else ()

    flops = uncounted

    def reach(self, *inputs: Any) -> Reach:
        """A position's own channels when they come last (``[B, T, D]``); other dims when ``normalized_shape`` names them."""
        given = self._given()
        (x,) = inputs
        return mixing(x, *range(x.rank - len(given or (0,)), x.rank))

    def module(self, *inputs: Any) -> TorchCall | None:
        if not self.elementwise_affine and self._given() is None and not isinstance(inputs[0].shape[-1], int):
            return None
        shape = self._shape(inputs)
        return self.torch_call(
            torch_name(self.torch[0]), shape[0] if len(shape) == 1 else shape, leave=("normalized_shape",)
        )

    def function(self, inputs: tuple[Any, ...], output: Type) -> TorchCall | None:
        if self.elementwise_affine:
            return None
        shape = self._given() or (inputs[0].shape[-1],)
        return self.torch_call(
            f"F.{self.name}", Input(0), shape, leave=("elementwise_affine", "bias", "normalized_shape")
        )


class LayerNorm(TrailingNorm):
    """Normalises the last dim to mean 0 and variance 1, then scales and shifts each of its elements.

    Ba et al. 2016, arXiv:1607.06450.

    Shape: ``[..., D]``, kept.

    - ``eps``: added to the variance.
    - ``elementwise_affine``: whether there are a scale and a shift.
    - ``bias``: whether there is a shift.
    - ``normalized_shape``: the trailing sizes that are normalised together, where it is not the last dim alone.

    Parameters: ``weight`` and ``bias``, both of the shape that is normalised. PyTorch: ``torch.nn.LayerNorm``.
    """

    name = "layer_norm"
    torch = ("torch.nn.LayerNorm", "torch.nn.functional.layer_norm")
    examples = (
        Example("layer_norm(eps=1e-6)", ("[B, T, 768]",), "[B, T, 768]"),
        Example("layer_norm(normalized_shape=(64, 8, 8))", ("[B, 64, 8, 8]",), "[B, 64, 8, 8]"),
    )

    eps: NonNegativeFloat = 1e-5
    bias: bool = True
    normalized_shape: Sizes | None = None

    def parameters(self, *inputs: Any) -> tuple[Parameter, ...]:
        own = super().parameters(*inputs)
        return (*own, Parameter("bias", own[0].shape)) if own and self.bias else own


class RmsNorm(TrailingNorm):
    """Divides the last dim by its root mean square, then scales each of its elements (Zhang and Sennrich 2019, arXiv:1910.07467).

    Shape: ``[..., D]``, kept.

    - ``eps``: added to the mean square; ``None`` is the dtype's own epsilon.
    - ``elementwise_affine``: whether there is a scale.
    - ``normalized_shape``: the trailing sizes that are normalised together, where it is not the last dim alone.

    Parameters: ``weight``, of the shape that is normalised. PyTorch: ``torch.nn.RMSNorm``.
    """

    name = "rms_norm"
    torch = ("torch.nn.RMSNorm", "torch.nn.functional.rms_norm")
    examples = (Example("rms_norm(eps=1e-5)", ("[B, T, 4096]",), "[B, T, 4096]"),)

    normalized_shape: Sizes | None = None


class GroupNorm(Operator):
    """Splits the channels into groups and normalises each to mean 0 and variance 1, then scales and shifts each channel.

    Wu and He 2018, arXiv:1803.08494.

    Shape: ``[B, C, ...]`` with ``C`` a multiple of ``num_groups``; kept.

    - ``num_groups``: number of groups; 1 normalises all channels together, ``C`` each by itself.
    - ``eps``: added to the variance.
    - ``affine``: whether there are a scale and a shift for each channel.
    - ``num_channels``: the input's channels; only needed for a layer that is declared and never applied.

    Parameters: ``weight`` and ``bias`` ``[C]``. PyTorch: ``torch.nn.GroupNorm``.
    """

    name = "group_norm"
    family = "normalization"
    torch = ("torch.nn.GroupNorm", "torch.nn.functional.group_norm")
    examples = (Example("group_norm(8)", ("[B, 64, H, W]",), "[B, 64, H, W]"),)

    num_groups: Positive
    eps: NonNegativeFloat = 1e-5
    affine: bool = True
    num_channels: Positive | None = None

    def infer(self, site: Site, x: TensorType) -> TensorType:
        (need_own_float if self.affine else need_float)(self.name, x)
        need_rank(self.name, x, 2)
        channels = x.shape[1]
        if self.affine or self.num_channels is not None:
            demand_size(site, self.name, channels, self.num_channels, "num_channels")
        demand_divisor(site, self.num_groups, channels, "the input's channels", "num_groups", (0,))
        demand_two(site, self.name, x.shape[0] * (channels // self.num_groups) * product(x.shape[2:]), "group")
        return x

    def parameters(self, *inputs: Any) -> tuple[Parameter, ...]:
        if not self.affine:
            return ()
        shape = (self._channels(inputs),)
        return Parameter("weight", shape), Parameter("bias", shape)

    def stand_in(self) -> tuple[Any, ...] | None:
        return None if self.num_channels is None else (TensorType((1, self.num_channels, 2)),)

    def _channels(self, inputs: tuple[Any, ...]) -> int:
        return known_size(inputs[0].shape[1], self.num_channels)

    flops = uncounted

    def reach(self, *inputs: Any) -> Reach:
        return WHOLE

    def module(self, *inputs: Any) -> TorchCall | None:
        if not self.affine and self.num_channels is None and not isinstance(inputs[0].shape[1], int):
            return None
        leave = ("num_groups", "num_channels")
        return self.torch_call("nn.GroupNorm", self.num_groups, self._channels(inputs), leave=leave)

    def function(self, inputs: tuple[Any, ...], output: Type) -> TorchCall | None:
        if self.affine:
            return None
        return self.torch_call("F.group_norm", Input(0), positional=1, leave=("affine", "num_channels"))


class LocalResponseNorm(Pure):
    """Divides each number by a power of the mean square of the channels around it, at the same position.

    ``y[c] = x[c] / (k + alpha * mean(x[c']^2))^beta`` over ``size`` channels ``c'`` around ``c``. Krizhevsky et al. 2012 ("AlexNet"),
    section 3.3, where ``alpha`` is for the sum and not for the mean: PyTorch divides it by ``size``.

    Shape: ``[B, C, ...]`` with at least three dims; kept.

    - ``size``: number of channels that are looked at.
    - ``alpha``, ``beta``, ``k``: the factor, the power and the constant of the formula.

    PyTorch: ``torch.nn.LocalResponseNorm``.
    """

    name = "local_response_norm"
    family = "normalization"
    torch = ("torch.nn.LocalResponseNorm", "torch.nn.functional.local_response_norm")
    examples = (Example("local_response_norm(5, k=2)", ("[B, 96, 55, 55]",), "[B, 96, 55, 55]"),)

    size: Positive
    alpha: NonNegativeFloat = 1e-4
    beta: Finite = 0.75
    k: NonNegativeFloat = 1.0

    def infer(self, site: Site, x: TensorType) -> TensorType:
        need_float(self.name, x)
        need_rank(self.name, x, 3)
        return x

    def reach(self, *inputs: Any) -> Reach:
        return mixing(inputs[0], 1)

    def module(self, *inputs: Any) -> TorchCall | None:
        return self.call("nn.LocalResponseNorm")

    def function(self, inputs: tuple[Any, ...], output: Type) -> TorchCall | None:
        return self.call("F.local_response_norm", self._input(inputs))

    def applied(self, inputs: tuple[Any, ...], output: Type) -> TorchCall | None:
        return TorchCall("()", (Input("self"), input_)) if (input_ := self._input(inputs)).contiguous else None

    @staticmethod
    def _input(inputs: tuple[Any, ...]) -> Input:
        """PyTorch joins all dims behind the fourth in a view."""
        return Input(0, contiguous=inputs[0].rank > 4)
