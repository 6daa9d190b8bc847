"""Vectors brought to length 1, and compared."""

from __future__ import annotations

from typing import Any

from archc.ir.operator import WHOLE, Example, Finite, Input, PositiveFloat, Reach, TorchCall
from archc.ir.site import Site
from archc.ir.types import TensorType, Type
from archc.ops._axes import axis, mixing, need_float
from archc.ops._broadcast import broadcast, promote
from archc.ops._pure import Pure


class Vectors(Pure):
    """Works on the vectors along ``dim``."""

    family = "arithmetic"


class Normalize(Vectors):
    """Divides the vectors along ``dim`` by their ``p``-norm, or by ``eps`` where that is larger."""

    name = "normalize"
    torch = ("torch.nn.functional.normalize",)
    examples = (Example("normalize(dim=-1)", ("[B, T, 64]",), "[B, T, 64]"),)

    p: Finite = 2.0
    dim: int = 1
    eps: PositiveFloat = 1e-12

    def infer(self, site: Site, x: TensorType) -> TensorType:
        need_float(self.name, x)
        axis(self.dim, x.rank)
        return x

    def reach(self, *inputs: Any) -> Reach:
        return mixing(inputs[0], axis(self.dim, inputs[0].rank))

    def function(self, inputs: tuple[Any, ...], output: Type) -> TorchCall | None:
        return self.torch_call("F.normalize", Input(0))


class CosineSimilarity(Vectors):
    """The cosine of the angle between the vectors along ``dim``; no product of norms counts as less than ``eps``.

    The shapes are broadcast over literal sizes 1, then ``dim`` is dropped.
    """

    name = "cosine_similarity"
    torch = ("torch.nn.CosineSimilarity", "torch.nn.functional.cosine_similarity")
    inputs = ("x1", "x2")
    required = 2
    examples = (Example("cosine_similarity(dim=-1)", ("[B, T, 64]", "[B, T, 64]"), "[B, T]"),)

    dim: int = 1
    eps: PositiveFloat = 1e-8

    def infer(self, site: Site, x1: TensorType, x2: TensorType) -> TensorType:
        need_float(self.name, x1, 0)
        need_float(self.name, x2, 1)
        shape = broadcast(site, self.name, (x1, x2))
        dim = axis(self.dim, len(shape))
        return TensorType((*shape[:dim], *shape[dim + 1 :]), promote(self.name, (x1, x2)))

    def reach(self, *inputs: Any) -> Reach:
        return WHOLE

    def module(self, *inputs: Any) -> TorchCall | None:
        return self.torch_call("nn.CosineSimilarity")

    def function(self, inputs: tuple[Any, ...], output: Type) -> TorchCall | None:
        return self.torch_call("F.cosine_similarity", Input(0), Input(1))
