"""Numbers chosen by a mask or by positions: where, masked_fill, gather, index_select, topk, sort."""

from __future__ import annotations

from typing import Any

from archc.ir.operator import WHOLE, Example, Input, Positive, Reach, TorchCall
from archc.ir.site import Refusal, Site
from archc.ir.types import TensorType, Type
from archc.ops._axes import Constant, axis, mixing, need_number, replaced
from archc.ops._broadcast import broadcast, promote
from archc.ops._pure import Pure
from archc.ops.arithmetic import Operand, refuse_wide


def need_mask(name: str, mask: TensorType, position: int) -> None:
    """Refuse what is no tensor of booleans."""
    if not isinstance(mask, TensorType) or mask.dtype != "bool":
        help_ = "compare to make a mask: x != 0"
        raise Refusal("E0306", f"{name} needs a mask of booleans, got {mask}", inputs=(position,), help=help_)


def need_positions(name: str, index: TensorType, position: int) -> None:
    """Refuse what is no tensor of integers."""
    if index.dtype != "int64":
        raise Refusal("E0306", f"{name} needs integer positions, got {index}", inputs=(position,))


class Where(Pure):
    """Takes ``input`` where ``condition`` is true and ``other`` elsewhere; these may be numbers.

    The three shapes are broadcast over literal sizes 1 only.
    """

    name = "where"
    family = "selection"
    torch = ("torch.where",)
    inputs = ("condition", "input", "other")
    required = 3
    scalars = True
    examples = (
        Example("where", ("bool[T, T]", "[B, T, T]", "-1.0"), "[B, T, T]"),
        Example("where", ("bool[T, T]", "1", "0"), "int[T, T]"),
    )

    def infer(self, site: Site, condition: TensorType, input: Operand, other: Operand) -> TensorType:
        need_mask(self.name, condition, 0)
        refuse_wide(input, other)
        chosen = [value for value in (input, other) if isinstance(value, TensorType)]
        return TensorType(broadcast(site, self.name, [condition, *chosen]), promote(self.name, (input, other)))

    def function(self, inputs: tuple[Any, ...], output: Type) -> TorchCall | None:
        return TorchCall("torch.where", (Input(0), Input(1), Input(2)))


class MaskedFill(Pure):
    """Puts ``value`` wherever ``mask`` is true; the mask is stretched to the input over literal sizes 1."""

    name = "masked_fill"
    family = "selection"
    torch = ("torch.Tensor.masked_fill",)
    inputs = ("input", "mask")
    required = 2
    method = True
    examples = (Example("masked_fill(-1e9)", ("[B, 12, T, T]", "bool[T, T]"), "[B, 12, T, T]"),)

    value: Constant

    def infer(self, site: Site, input: TensorType, mask: TensorType) -> TensorType:
        need_mask(self.name, mask, 1)
        if not input.is_float and (isinstance(self.value, float) or input.dtype == "bool"):
            raise Refusal("E0306", f"masked_fill puts {self.value} into {input}", argument="value", inputs=(0,))
        shape = broadcast(site, self.name, [input, mask])
        if len(shape) != input.rank or any(a != b and a == 1 for a, b in zip(input.shape, shape, strict=True)):
            message = f"masked_fill keeps the shape of {input}, but the mask is {mask}"
            raise Refusal("E0302", message, inputs=(0, 1))
        return input.with_shape(*shape)

    def function(self, inputs: tuple[Any, ...], output: Type) -> TorchCall | None:
        return TorchCall(".masked_fill", (Input(0), Input(1), self.value))


class Gather(Pure):
    """Takes, along ``dim``, the numbers at the positions that ``index`` holds; the output has the shape of ``index``.

    The other sizes of ``index`` must not exceed the input's. What the positions are is only known at run time.
    """

    name = "gather"
    family = "selection"
    torch = ("torch.Tensor.gather",)
    inputs = ("input", "index")
    required = 2
    method = True
    examples = (Example("gather(dim=1)", ("[B, T, 64]", "int[B, 8, 64]"), "[B, 8, 64]"),)

    dim: int

    def infer(self, site: Site, input: TensorType, index: TensorType) -> TensorType:
        need_positions(self.name, index, 1)
        if index.rank != input.rank:
            raise Refusal("E0301", f"gather needs tensors of equal rank, got {input} and {index}", inputs=(0, 1))
        dim = axis(self.dim, input.rank)
        for i, (size, wanted) in enumerate(zip(input.shape, index.shape, strict=True)):
            message = f"gather from {input}: size {wanted} of the index at dim {i} is above {size}"
            if i != dim:
                site.at_least(size, wanted, Refusal("E0302", message, inputs=(0, 1)))
        return input.with_shape(*index.shape)

    def reach(self, *inputs: Any) -> Reach:
        return WHOLE

    def function(self, inputs: tuple[Any, ...], output: Type) -> TorchCall | None:
        return TorchCall(".gather", (Input(0), self.dim, Input(1)))


class IndexSelect(Pure):
    """Takes, along ``dim``, the slices at the positions that the vector ``index`` holds.

    What the positions are is only known at run time.
    """

    name = "index_select"
    family = "selection"
    torch = ("torch.Tensor.index_select",)
    inputs = ("input", "index")
    required = 2
    method = True
    examples = (Example("index_select(dim=0)", ("[169, 4]", "int[2401]"), "[2401, 4]"),)

    dim: int

    def infer(self, site: Site, input: TensorType, index: TensorType) -> TensorType:
        need_positions(self.name, index, 1)
        if index.rank != 1:
            raise Refusal("E0301", f"index_select needs a vector of positions, got {index}", inputs=(1,))
        return replaced(input, axis(self.dim, input.rank), index.shape[0])

    def reach(self, *inputs: Any) -> Reach:
        return WHOLE

    def function(self, inputs: tuple[Any, ...], output: Type) -> TorchCall | None:
        return TorchCall(".index_select", (Input(0), self.dim, Input(1)))


class Ranked(Pure):
    """Gives numbers in order, and where they were."""

    family = "selection"
    method = True

    def function(self, inputs: tuple[Any, ...], output: Type) -> TorchCall | None:
        return self.call(f".{self.name}", Input(0))


class TopK(Ranked):
    """The ``k`` largest numbers along ``dim`` and their positions; the smallest with ``largest=False``.

    With ``sorted`` they come in order.
    """

    name = "topk"
    torch = ("torch.Tensor.topk",)
    examples = (Example("topk(5)", ("[B, 100]",), "([B, 5], int[B, 5])"),)

    k: Positive
    dim: int = -1
    largest: bool = True
    sorted: bool = True

    def infer(self, site: Site, x: TensorType) -> tuple[TensorType, ...]:
        need_number(self.name, x)
        dim = axis(self.dim, x.rank)
        message = f"topk takes {self.k} of the {x.shape[dim]} numbers along dim {dim} of {x}"
        site.at_least(x.shape[dim], self.k, Refusal("E0302", message, argument="k", inputs=(0,)))
        values = replaced(x, dim, self.k)
        return values, TensorType(values.shape, "int64")

    def reach(self, *inputs: Any) -> Reach:
        return mixing(inputs[0], axis(self.dim, inputs[0].rank))


class Sort(Ranked):
    """The numbers along ``dim`` in rising order, and where they were; falling with ``descending``."""

    name = "sort"
    torch = ("torch.Tensor.sort",)
    examples = (Example("sort(dim=1)", ("[B, 100]",), "([B, 100], int[B, 100])"),)

    dim: int = -1
    descending: bool = False

    def infer(self, site: Site, x: TensorType) -> tuple[TensorType, ...]:
        axis(self.dim, x.rank)
        return x, TensorType(x.shape, "int64")

    def reach(self, *inputs: Any) -> Reach:
        return mixing(inputs[0], axis(self.dim, inputs[0].rank))


class ArgSort(Ranked):
    """Where the numbers along ``dim`` were before they were put in rising order; falling with ``descending``."""

    name = "argsort"
    torch = ("torch.Tensor.argsort",)
    examples = (Example("argsort(dim=1)", ("[B, 100]",), "int[B, 100]"),)

    dim: int = -1
    descending: bool = False

    def infer(self, site: Site, x: TensorType) -> TensorType:
        axis(self.dim, x.rank)
        return TensorType(x.shape, "int64")

    def reach(self, *inputs: Any) -> Reach:
        return mixing(inputs[0], axis(self.dim, inputs[0].rank))
