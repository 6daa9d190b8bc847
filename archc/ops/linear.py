"""Layers that multiply by a weight matrix: linear and bilinear."""

from __future__ import annotations

from typing import Any

from archc.ir.dims import DimLike
from archc.ir.operator import Example, Operator, Parameter, Positive, Reach, TorchCall, uncounted
from archc.ir.site import Refusal, Site
from archc.ir.types import TensorType
from archc.ops._axes import mixing, need_rank, product
from archc.ops._windows import demand_size, known_size, need_own_float


class Linear(Operator):
    """Multiplies the last dim by a weight matrix and adds a bias: ``y = x W^T + b``.

    Shape: ``[..., in_features]`` to ``[..., out_features]``; all leading dims stay as they are. An image or a feature map of a
    convolution must be flattened first.

    - ``out_features``: size of the output's last dim.
    - ``bias``: whether a vector is added.
    - ``in_features``: size of the input's last dim; only needed for a layer that is declared and never applied.

    Parameters: ``weight`` ``[out_features, in_features]``, ``bias`` ``[out_features]``. PyTorch: ``torch.nn.Linear``.
    """

    name = "linear"
    family = "linear"
    torch = ("torch.nn.Linear",)
    examples = (
        Example("linear(10)", ("[B, 512]",), "[B, 10]"),
        Example("linear(256, bias=False)", ("[B, T, 64]",), "[B, T, 256]"),
    )

    out_features: Positive
    bias: bool = True
    in_features: Positive | None = None

    def infer(self, site: Site, x: TensorType) -> TensorType:
        need_own_float(self.name, x)
        need_rank(self.name, x, 1)
        demand_size(site, self.name, x.shape[-1], self.in_features, "in_features")
        return x.with_shape(*x.shape[:-1], self.out_features)

    def parameters(self, *inputs: Any) -> tuple[Parameter, ...]:
        weight = Parameter("weight", (self.out_features, self._features(inputs)))
        return (weight, Parameter("bias", (self.out_features,))) if self.bias else (weight,)

    def flops(self, inputs: tuple[Any, ...], output: Any) -> DimLike:
        return 2 * product(output.shape) * self._features(inputs)

    def reach(self, *inputs: Any) -> Reach:
        return mixing(inputs[0], inputs[0].rank - 1)

    def module(self, *inputs: Any) -> TorchCall | None:
        return self.torch_call("nn.Linear", self._features(inputs), positional=1, leave=("in_features",))

    def function(self, inputs: tuple[Any, ...], output: Any) -> TorchCall | None:
        return None

    def stand_in(self) -> tuple[Any, ...] | None:
        return None if self.in_features is None else (TensorType((1, self.in_features)),)

    def _features(self, inputs: tuple[Any, ...]) -> int:
        return known_size(inputs[0].shape[-1], self.in_features)


class Bilinear(Operator):
    """Combines two inputs by a bilinear form for each output feature: ``y[k] = x1^T A[k] x2 + b[k]``.

    Shape: ``[..., in1_features]`` and ``[..., in2_features]`` to ``[..., out_features]``; the leading dims must be equal.

    - ``out_features``: size of the output's last dim.
    - ``bias``: whether a vector is added.
    - ``in1_features``, ``in2_features``: last sizes of the inputs; only needed for a layer that is never applied.

    Parameters: ``weight`` ``[out_features, in1_features, in2_features]``, ``bias`` ``[out_features]``.
    PyTorch: ``torch.nn.Bilinear``.
    """

    name = "bilinear"
    family = "linear"
    torch = ("torch.nn.Bilinear",)
    inputs = ("input1", "input2")
    required = 2
    examples = (Example("bilinear(40)", ("[B, 20]", "[B, 30]"), "[B, 40]"),)

    out_features: Positive
    bias: bool = True
    in1_features: Positive | None = None
    in2_features: Positive | None = None

    def infer(self, site: Site, x: TensorType, y: TensorType) -> TensorType:
        for position, (value, given) in enumerate(((x, self.in1_features), (y, self.in2_features))):
            need_own_float(self.name, value, position)
            need_rank(self.name, value, 1, position)
            demand_size(site, self.name, value.shape[-1], given, f"in{position + 1}_features", position)
        self._demand_leading(site, x, y)
        return x.with_shape(*x.shape[:-1], self.out_features)

    def _demand_leading(self, site: Site, x: TensorType, y: TensorType) -> None:
        message = f"bilinear needs two inputs that differ in their last dim at most, got {x} and {y}"
        refusal = Refusal("E0302", message, inputs=(0, 1))
        if x.rank != y.rank:
            raise Refusal("E0301", message, inputs=(0, 1))
        for left, right in zip(x.shape[:-1], y.shape[:-1], strict=True):
            site.equal(left, right, refusal)

    def parameters(self, *inputs: Any) -> tuple[Parameter, ...]:
        weight = Parameter("weight", (self.out_features, *self._features(inputs)))
        return (weight, Parameter("bias", (self.out_features,))) if self.bias else (weight,)

    flops = uncounted

    def reach(self, *inputs: Any) -> Reach:
        return mixing(inputs[0], inputs[0].rank - 1)

    def module(self, *inputs: Any) -> TorchCall | None:
        sizes = self._features(inputs)
        return self.torch_call("nn.Bilinear", *sizes, positional=1, leave=("in1_features", "in2_features"))

    def function(self, inputs: tuple[Any, ...], output: Any) -> TorchCall | None:
        return None

    def stand_in(self) -> tuple[Any, ...] | None:
        if self.in1_features is None or self.in2_features is None:
            return None
        return TensorType((1, self.in1_features)), TensorType((1, self.in2_features))

    def _features(self, inputs: tuple[Any, ...]) -> tuple[int, int]:
        return (
            known_size(inputs[0].shape[-1], self.in1_features),
            known_size(inputs[1].shape[-1], self.in2_features),
        )
