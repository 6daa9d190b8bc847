"""Activations: one number in, one number out, each by itself. The ones that look along a dim are in ``softmax.py``."""

from __future__ import annotations

from typing import Any, ClassVar, Literal

from archc.ir.operator import (
    Example,
    Finite,
    Input,
    NonNegativeFloat,
    PositiveFloat,
    TorchCall,
)
from archc.ir.site import Refusal, Site
from archc.ir.types import TensorType, Type
from archc.ops._axes import need_float
from archc.ops._pure import Pure, torch_name


def example(call: str) -> tuple[Example, ...]:
    """The example of an activation: it keeps the shape."""
    return (Example(call, ("[B, 64, H, W]",), "[B, 64, H, W]"),)


class Activation(Pure):
    """Keeps dtype and shape. ``torch`` names the module, then the function; ``positional`` arguments need no name in PyTorch."""

    family = "activation"
    positional: ClassVar[int] = 1

    def infer(self, site: Site, x: TensorType) -> TensorType:
        need_float(self.name, x)
        return x

    def module(self, *inputs: Any) -> TorchCall | None:
        return self.call(torch_name(self.torch[0]), positional=self.positional)

    def function(self, inputs: tuple[Any, ...], output: Type) -> TorchCall | None:
        return self.call(torch_name(self.torch[1]), Input(0), positional=self.positional)


class Relu(Activation):
    """Rectified linear unit: ``max(0, x)``."""

    name = "relu"
    torch = ("torch.nn.ReLU", "torch.nn.functional.relu")
    method = True
    examples = example("relu")


class Relu6(Activation):
    """ReLU with a ceiling: ``min(max(0, x), 6)`` (MobileNets, arXiv:1704.04861)."""

    name = "relu6"
    torch = ("torch.nn.ReLU6", "torch.nn.functional.relu6")
    examples = example("relu6")


class Elu(Activation):
    """Exponential linear unit (arXiv:1511.07289): ``x`` where it is above 0, else ``alpha * (exp(x) - 1)``."""

    name = "elu"
    torch = ("torch.nn.ELU", "torch.nn.functional.elu")
    examples = example("elu(0.5)")

    alpha: Finite = 1.0


class Selu(Activation):
    """Scaled ELU of self-normalising networks (arXiv:1706.02515), with its fixed scale 1.0507 and alpha 1.6733."""

    name = "selu"
    torch = ("torch.nn.SELU", "torch.nn.functional.selu")
    examples = example("selu")


class Celu(Activation):
    """ELU with a continuous derivative (arXiv:1704.07483): ``max(0, x) + min(0, alpha * (exp(x / alpha) - 1))``."""

    name = "celu"
    torch = ("torch.nn.CELU", "torch.nn.functional.celu")
    examples = example("celu(0.5)")

    alpha: Finite = 1.0

    def infer(self, site: Site, x: TensorType) -> TensorType:
        if self.alpha == 0:
            raise Refusal("E0401", "alpha is 0, but the input is divided by it", argument="alpha")
        return super().infer(site, x)


class Gelu(Activation):
    """Gaussian error linear unit (arXiv:1606.08415): ``x`` times the normal distribution function of ``x``.

    ``approximate="tanh"`` takes the formula with the hyperbolic tangent (GPT-2).
    """

    name = "gelu"
    torch = ("torch.nn.GELU", "torch.nn.functional.gelu")
    positional = 0
    examples = example('gelu(approximate="tanh")')

    approximate: Literal["none", "tanh"] = "none"


class Sigmoid(Activation):
    """Logistic function: ``1 / (1 + exp(-x))``."""

    name = "sigmoid"
    torch = ("torch.nn.Sigmoid", "torch.sigmoid")
    method = True
    examples = example("sigmoid")


class HardSigmoid(Activation):
    """Sigmoid made of straight lines: ``min(max(0, x + 3), 6) / 6``."""

    name = "hardsigmoid"
    torch = ("torch.nn.Hardsigmoid", "torch.nn.functional.hardsigmoid")
    examples = example("hardsigmoid")


class HardSwish(Activation):
    """``x * hardsigmoid(x)`` (MobileNetV3, arXiv:1905.02244)."""

    name = "hardswish"
    torch = ("torch.nn.Hardswish", "torch.nn.functional.hardswish")
    examples = example("hardswish")


class Silu(Activation):
    """``x * sigmoid(x)``, also called swish (arXiv:1702.03118)."""

    name = "silu"
    torch = ("torch.nn.SiLU", "torch.nn.functional.silu")
    examples = example("silu")


class Mish(Activation):
    """``x * tanh(softplus(x))`` (arXiv:1908.08681)."""

    name = "mish"
    torch = ("torch.nn.Mish", "torch.nn.functional.mish")
    examples = example("mish")


class Tanh(Activation):
    """Hyperbolic tangent."""

    name = "tanh"
    torch = ("torch.nn.Tanh", "torch.tanh")
    method = True
    examples = example("tanh")


class HardTanh(Activation):
    """``x`` cut to the range from ``min_val`` to ``max_val``."""

    name = "hardtanh"
    torch = ("torch.nn.Hardtanh", "torch.nn.functional.hardtanh")
    positional = 2
    examples = example("hardtanh(-2.0, 2.0)")

    min_val: Finite = -1.0
    max_val: Finite = 1.0

    def infer(self, site: Site, x: TensorType) -> TensorType:
        if self.min_val >= self.max_val:
            raise Refusal("E0402", f"min_val {self.min_val} is not below max_val {self.max_val}", argument="min_val")
        return super().infer(site, x)


class HardShrink(Activation):
    """``x``, or 0 where it lies between ``-lambd`` and ``lambd``."""

    name = "hardshrink"
    torch = ("torch.nn.Hardshrink", "torch.nn.functional.hardshrink")
    examples = example("hardshrink(0.1)")

    lambd: NonNegativeFloat = 0.5


class SoftShrink(Activation):
    """``x`` moved towards 0 by ``lambd``; 0 where it lies between ``-lambd`` and ``lambd``."""

    name = "softshrink"
    torch = ("torch.nn.Softshrink", "torch.nn.functional.softshrink")
    examples = example("softshrink(0.1)")

    lambd: NonNegativeFloat = 0.5


class TanhShrink(Activation):
    """``x - tanh(x)``."""

    name = "tanhshrink"
    torch = ("torch.nn.Tanhshrink", "torch.nn.functional.tanhshrink")
    examples = example("tanhshrink")


class Softplus(Activation):
    """A smooth ReLU: ``log(1 + exp(beta * x)) / beta``.

    Where ``beta * x`` is above ``threshold`` it is taken as ``x`` itself.
    """

    name = "softplus"
    torch = ("torch.nn.Softplus", "torch.nn.functional.softplus")
    positional = 2
    examples = example("softplus(2.0)")

    beta: PositiveFloat = 1.0
    threshold: Finite = 20.0


class Softsign(Activation):
    """``x / (1 + abs(x))``."""

    name = "softsign"
    torch = ("torch.nn.Softsign", "torch.nn.functional.softsign")
    examples = example("softsign")


class Threshold(Activation):
    """``x`` where it is above ``threshold``, else ``value``."""

    name = "threshold"
    torch = ("torch.nn.Threshold", "torch.nn.functional.threshold")
    positional = 2
    examples = example("threshold(0.1, 0.0)")

    threshold: Finite
    value: Finite


class LogSigmoid(Activation):
    """``log(1 / (1 + exp(-x)))``, without overflow."""

    name = "logsigmoid"
    torch = ("torch.nn.LogSigmoid", "torch.nn.functional.logsigmoid")
    examples = example("logsigmoid")
