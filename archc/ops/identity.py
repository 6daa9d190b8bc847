"""What gives its input as it is: the layer that does nothing, and the stop of a gradient."""

from __future__ import annotations

from typing import Any

from archc.ir.operator import Example, Input, Operator, TorchCall
from archc.ir.site import Site
from archc.ir.types import TensorType, Type
from archc.ops._pure import Pure


class Identity(Pure):
    """Gives its input as it is, for a place where a layer may be missing. Nothing is emitted for it."""

    name = "identity"
    family = "activation"
    view = True
    torch = ("torch.nn.Identity",)
    examples = (Example("identity", ("[B, 64, H, W]",), "[B, 64, H, W]"),)

    def infer(self, site: Site, x: TensorType) -> TensorType:
        return x

    def short_for(self, site: Site, *inputs: Any) -> tuple[Operator, ...] | None:
        return ()

    def module(self, *inputs: Any) -> TorchCall | None:
        return TorchCall("nn.Identity")

    def function(self, inputs: tuple[Any, ...], output: Type) -> TorchCall | None:
        return None


class Detach(Pure):
    """Gives its input as a constant: no gradient goes back through it.

    A straight-through estimator is ``x + (q - x).detach()``: forward it is ``q``, backward ``x``.
    """

    name = "detach"
    family = "activation"
    view = True
    torch = ("torch.Tensor.detach",)
    method = True
    examples = (Example("detach", ("[B, 64]",), "[B, 64]"),)

    def infer(self, site: Site, x: TensorType) -> TensorType:
        return x

    def function(self, inputs: tuple[Any, ...], output: Type) -> TorchCall | None:
        return TorchCall(".detach", (Input(0),))
