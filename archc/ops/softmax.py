"""Activations that look along a dim: softmax and its kin, gated linear units."""

from __future__ import annotations

from typing import Any, Literal

from archc.ir.dims import DimLike
from archc.ir.operator import Example, Input, Reach, TorchCall, Word
from archc.ir.site import Refusal, Site
from archc.ir.types import TensorType, Type
from archc.ops._axes import axis, mixing, need_float, need_number, replaced
from archc.ops._pure import Pure, torch_name

FloatName = Literal["float16", "bfloat16", "float32", "float64"]


class AlongDim(Pure):
    """Works along ``dim``. ``torch`` names the module, then the function."""

    family = "activation"
    dim: int
    dtype: FloatName | None = None

    def infer(self, site: Site, x: TensorType) -> TensorType:
        axis(self.dim, x.rank)
        if self.dtype is None:
            need_float(self.name, x)
        need_number(self.name, x)
        return TensorType(x.shape, self.dtype or x.dtype)

    def reach(self, *inputs: Any) -> Reach:
        (x,) = inputs
        return mixing(x, axis(self.dim, x.rank))

    def module(self, *inputs: Any) -> TorchCall | None:
        return None if self.dtype else self.torch_call(torch_name(self.torch[0]))

    def function(self, inputs: tuple[Any, ...], output: Type) -> TorchCall | None:
        call = self.torch_call(torch_name(self.torch[1]), Input(0), leave=("dtype",))
        dtype = (("dtype", Word(f"torch.{self.dtype}")),) if self.dtype else ()
        return TorchCall(call.fn, call.args, call.kwargs + dtype)


class Softmax(AlongDim):
    """Softmax along ``dim``: ``exp(x) / sum(exp(x))``, positive numbers that sum to 1.

    ``dtype`` is what the input is converted to first, for precision: ``softmax(x, dim=-1, dtype=float32)``.
    """

    name = "softmax"
    torch = ("torch.nn.Softmax", "torch.nn.functional.softmax")
    method = True
    examples = (Example("softmax(dim=1)", ("[B, 10]",), "[B, 10]"),)


class Softmin(AlongDim):
    """Softmax of the negated input along ``dim``: the smallest number gets the most.

    ``dtype`` is what the input is converted to first.
    """

    name = "softmin"
    torch = ("torch.nn.Softmin", "torch.nn.functional.softmin")
    examples = (Example("softmin(dim=1)", ("[B, 10]",), "[B, 10]"),)


class LogSoftmax(AlongDim):
    """The logarithm of softmax along ``dim``, without overflow. ``dtype`` is what the input is converted to first."""

    name = "log_softmax"
    torch = ("torch.nn.LogSoftmax", "torch.nn.functional.log_softmax")
    method = True
    examples = (Example("log_softmax(dim=1)", ("[B, 10]",), "[B, 10]"),)


class Glu(Pure):
    """Gated linear unit (arXiv:1612.08083): the first half of ``dim`` times the sigmoid of the second half.

    The size at ``dim`` must be even, and is halved.
    """

    name = "glu"
    family = "activation"
    torch = ("torch.nn.GLU", "torch.nn.functional.glu")
    examples = (Example("glu(dim=1)", ("[B, 64, T]",), "[B, 32, T]"),)

    dim: int = -1

    def infer(self, site: Site, x: TensorType) -> TensorType:
        need_float(self.name, x)
        dim = axis(self.dim, x.rank)
        size: DimLike = x.shape[dim]
        refusal = Refusal("E0304", f"glu halves dim {dim}, but its size {size} is odd", argument="dim", inputs=(0,))
        site.divides(2, size, refusal)
        return replaced(x, dim, size // 2)

    def reach(self, *inputs: Any) -> Reach:
        (x,) = inputs
        return mixing(x, axis(self.dim, x.rank))

    def module(self, *inputs: Any) -> TorchCall | None:
        return self.torch_call("nn.GLU")

    def function(self, inputs: tuple[Any, ...], output: Type) -> TorchCall | None:
        return self.torch_call("F.glu", Input(0))
