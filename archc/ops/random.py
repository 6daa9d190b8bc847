"""Noise: numbers that are drawn anew each time, for latent variables and for what a network adds to itself."""

from __future__ import annotations

from typing import Any

from archc.ir.operator import NOTHING, Example, Input, Reach, TorchCall
from archc.ir.site import Site
from archc.ir.types import TensorType, Type
from archc.ops._axes import need_float
from archc.ops._pure import Pure


class Noise(Pure):
    """Takes shape and dtype from its input, of which nothing else matters. It draws in evaluation as well."""

    family = "creation"

    def infer(self, site: Site, x: TensorType) -> TensorType:
        need_float(self.name, x)
        return x

    def reach(self, *inputs: Any) -> Reach:
        return NOTHING

    def function(self, inputs: tuple[Any, ...], output: Type) -> TorchCall | None:
        return TorchCall(f"torch.{self.name}", (Input(0),))


class RandnLike(Noise):
    """Draws each number anew from the normal distribution with mean 0 and variance 1, in the shape and dtype of the input.

    It draws in evaluation as well; ``if training`` keeps it to training.
    """

    name = "randn_like"
    torch = ("torch.randn_like",)
    examples = (Example("randn_like", ("[B, 64]",), "[B, 64]"),)


class RandLike(Noise):
    """Draws each number anew, evenly from 0 up to, not including, 1, in the shape and dtype of the input.

    It draws in evaluation as well; ``if training`` keeps it to training.
    """

    name = "rand_like"
    torch = ("torch.rand_like",)
    examples = (Example("rand_like", ("[B, 64]",), "[B, 64]"),)
