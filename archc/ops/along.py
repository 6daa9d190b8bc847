"""Functions along one dim that keep it: running sums and products."""

from __future__ import annotations

from typing import Any

from archc.ir.operator import Example, Input, Reach, TorchCall
from archc.ir.site import Site
from archc.ir.types import TensorType, Type
from archc.ops._axes import axis, mixing, need_float
from archc.ops._pure import Pure


class Running(Pure):
    """Each position takes in all before it along ``dim``. Booleans become integers."""

    family = "reduction"
    method = True
    dim: int

    def infer(self, site: Site, x: TensorType) -> TensorType:
        axis(self.dim, x.rank)
        return TensorType(x.shape, "int64" if x.dtype == "bool" else x.dtype)

    def reach(self, *inputs: Any) -> Reach:
        return mixing(inputs[0], axis(self.dim, inputs[0].rank))

    def function(self, inputs: tuple[Any, ...], output: Type) -> TorchCall | None:
        return self.torch_call(f".{self.name}", Input(0))


class CumSum(Running):
    """The running sum along ``dim``."""

    name = "cumsum"
    torch = ("torch.Tensor.cumsum",)
    examples = (Example("cumsum(dim=1)", ("int[B, T]",), "int[B, T]"),)


class LogCumSumExp(Running):
    """The logarithm of the running sum of the exponentials along ``dim``, without overflow."""

    name = "logcumsumexp"
    torch = ("torch.Tensor.logcumsumexp",)
    examples = (Example("logcumsumexp(dim=1)", ("[B, T]",), "[B, T]"),)

    def infer(self, site: Site, x: TensorType) -> TensorType:
        need_float(self.name, x)
        return super().infer(site, x)


class CumProd(Running):
    """The running product along ``dim``."""

    name = "cumprod"
    torch = ("torch.Tensor.cumprod",)
    examples = (Example("cumprod(dim=1)", ("[B, T]",), "[B, T]"),)
