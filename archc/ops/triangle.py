"""Triangles of matrices, for causal masks; one-hot vectors."""

from __future__ import annotations

from typing import Any

from archc.ir.operator import Example, Input, Positive, Reach, TorchCall, keeping
from archc.ir.site import Site
from archc.ir.types import TensorType, Type
from archc.ops._axes import need_rank
from archc.ops._pure import Pure
from archc.ops.select import need_positions


class Triangle(Pure):
    """Keeps a triangle of the last two dims and puts 0 elsewhere."""

    family = "selection"
    method = True
    diagonal: int = 0

    def infer(self, site: Site, x: TensorType) -> TensorType:
        need_rank(self.name, x, 2)
        return x

    def function(self, inputs: tuple[Any, ...], output: Type) -> TorchCall | None:
        return self.call(f".{self.name}", Input(0))


class Tril(Triangle):
    """Keeps what lies on and below the diagonal of the last two dims, and puts 0 elsewhere.

    ``diagonal`` moves the diagonal to the right; below 0 to the left.
    """

    name = "tril"
    torch = ("torch.Tensor.tril",)
    examples = (Example("tril", ("bool[T, T]",), "bool[T, T]"),)


class Triu(Triangle):
    """Keeps what lies on and above the diagonal of the last two dims, and puts 0 elsewhere.

    ``diagonal`` moves the diagonal to the right; below 0 to the left.
    """

    name = "triu"
    torch = ("torch.Tensor.triu",)
    examples = (Example("triu(1)", ("[T, T]",), "[T, T]"),)


class OneHot(Pure):
    """A vector for each integer, 1 at its position and 0 elsewhere; a new last dim of size ``num_classes``."""

    name = "one_hot"
    family = "selection"
    torch = ("torch.nn.functional.one_hot",)
    examples = (Example("one_hot(10)", ("int[B]",), "int[B, 10]"),)

    num_classes: Positive

    def infer(self, site: Site, x: TensorType) -> TensorType:
        need_positions(self.name, x, 0)
        return x.with_shape(*x.shape, self.num_classes)

    def reach(self, *inputs: Any) -> Reach:
        return keeping(*range(inputs[0].rank), None)

    def function(self, inputs: tuple[Any, ...], output: Type) -> TorchCall | None:
        return TorchCall("F.one_hot", (Input(0), self.num_classes))
