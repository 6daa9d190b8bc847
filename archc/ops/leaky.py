"""ReLU with a slope for negative numbers: a fixed one, a random one, one that is learnt."""

from __future__ import annotations

from typing import Any

from archc.ir.operator import Finite, Input, Parameter, Positive, TorchCall, Word
from archc.ir.site import Refusal, Site
from archc.ir.types import TensorType, Type
from archc.ops._axes import need_rank
from archc.ops._windows import need_own_float
from archc.ops.activation import Activation, example


class LeakyRelu(Activation):
    """ReLU with a slope for negative numbers: ``max(0, x) + negative_slope * min(0, x)``."""

    name = "leaky_relu"
    torch = ("torch.nn.LeakyReLU", "torch.nn.functional.leaky_relu")
    examples = example("leaky_relu(0.2)")

    negative_slope: Finite = 0.01


class Rrelu(Activation):
    """Randomised leaky ReLU (arXiv:1505.00853).

    While training, the negative slope of each number is drawn evenly between ``lower`` and ``upper``; otherwise it is their mean.
    """

    name = "rrelu"
    torch = ("torch.nn.RReLU", "torch.nn.functional.rrelu")
    positional = 2
    examples = example("rrelu(0.1, 0.3)")

    lower: Finite = 1 / 8
    upper: Finite = 1 / 3

    def infer(self, site: Site, x: TensorType) -> TensorType:
        if self.lower > self.upper:
            raise Refusal("E0402", f"lower {self.lower} is above upper {self.upper}", argument="lower")
        return super().infer(site, x)

    def function(self, inputs: tuple[Any, ...], output: Type) -> TorchCall | None:
        call = self.call("F.rrelu", Input(0), positional=2)
        return TorchCall(call.fn, call.args, (*call.kwargs, ("training", Word("self.training"))))


class Prelu(Activation):
    """Leaky ReLU whose negative slope is learnt (arXiv:1502.01852).

    ``num_parameters`` is 1, one slope for all, or the number of channels (dim 1), one slope for each. ``init`` is the first slope.
    """

    name = "prelu"
    torch = ("torch.nn.PReLU",)
    examples = example("prelu(64)")

    num_parameters: Positive = 1
    init: Finite = 0.25

    def infer(self, site: Site, x: TensorType) -> TensorType:
        need_own_float(self.name, x)
        if self.num_parameters != 1:
            need_rank(self.name, x, 2)
            found = f"prelu has {self.num_parameters} slopes, but dim 1 of {x} is {x.shape[1]}"
            site.equal(x.shape[1], self.num_parameters, Refusal("E0302", found, inputs=(0,), argument="num_parameters"))
        return x

    def parameters(self, *inputs: Any) -> tuple[Parameter, ...]:
        return (Parameter("weight", (self.num_parameters,)),)

    def function(self, inputs: tuple[Any, ...], output: Type) -> TorchCall | None:
        return None
