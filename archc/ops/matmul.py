"""Matrix products."""

from __future__ import annotations

from typing import Any

from archc.ir.dims import DimLike
from archc.ir.operator import WHOLE, Example, Input, Reach, TorchCall
from archc.ir.site import Refusal, Site
from archc.ir.types import TensorType, Type, tensors
from archc.ops._axes import need_number, need_rank, product
from archc.ops._broadcast import broadcast
from archc.ops._pure import Pure


class Matmul(Pure):
    """The matrix product of the last two dims: ``x @ y``.

    ``[..., M, K] @ [..., K, N]`` gives ``[..., M, N]``; leading dims broadcast as in arithmetic. A vector counts as a row on the
    left and as a column on the right, and leaves no dim in the output.
    """

    name = "matmul"
    family = "arithmetic"
    torch = ("torch.matmul",)
    inputs = ("input", "other")
    required = 2
    method = True
    examples = (
        Example("matmul", ("[B, 12, T, 64]", "[B, 12, 64, T]"), "[B, 12, T, T]"),
        Example("matmul", ("[B, T, 64]", "[64, 32]"), "[B, T, 32]"),
    )

    def infer(self, site: Site, input: TensorType, other: TensorType) -> TensorType:
        for position, operand in enumerate((input, other)):
            need_rank(self.name, operand, 1, position)
            need_number(self.name, operand, position)
        if input.dtype != other.dtype:
            raise Refusal("E0306", f"matmul needs equal dtypes, got {input} and {other}", inputs=(0, 1))
        inner = other.shape[-2] if other.rank > 1 else other.shape[0]

        def refusal() -> Refusal:
            message = f"matmul of {input} and {other}: inner sizes differ, {input.shape[-1]} and {inner}"
            return Refusal("E0302", message, inputs=(0, 1))

        site.equal(input.shape[-1], inner, refusal)
        leading = (input.with_shape(*input.shape[:-2]), other.with_shape(*other.shape[:-2]))
        row, column = input.shape[-2:-1], other.shape[-1:] if other.rank > 1 else ()
        return input.with_shape(*broadcast(site, self.name, leading), *row, *column)

    def flops(self, inputs: tuple[Any, ...], output: Type) -> DimLike:
        x, y = inputs
        if y.rank == 1:
            return 0  # torch's counter leaves out products with a vector on the right
        (result,) = tensors(output)
        size: DimLike = x.shape[-1]
        return 2 * product(result.shape) * size

    def reach(self, *inputs: Any) -> Reach:
        return WHOLE

    def function(self, inputs: tuple[Any, ...], output: Type) -> TorchCall | None:
        return TorchCall("@", (Input(0), Input(1)))
