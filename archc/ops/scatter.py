"""Numbers put or added at positions that are only known at run time: scatter, scatter_add, scatter_reduce, index_add."""

from __future__ import annotations

from typing import Any, Literal

from archc.ir.operator import WHOLE, Example, Input, Reach, TorchCall
from archc.ir.site import Refusal, Site
from archc.ir.types import TensorType, Type
from archc.ops._axes import Constant, axis, need_number, need_rank
from archc.ops._pure import Pure
from archc.ops.select import need_positions


class Scatter(Pure):
    """Puts the numbers of ``src``, or the number ``value``, at the positions along ``dim`` that ``index`` holds.

    ``index`` has as many dims as the input, and sizes that exceed neither those of ``src`` nor, but along ``dim``, the input's. What
    the positions are is only known at run time. The counterpart of ``gather``.
    """

    name = "scatter"
    family = "selection"
    torch = ("torch.Tensor.scatter",)
    inputs = ("input", "index", "src")
    required = 2
    method = True
    examples = (
        Example("scatter(dim=1)", ("[B, 8]", "int[B, 2]", "[B, 2]"), "[B, 8]"),
        Example("scatter(dim=1, value=1.0)", ("[B, 8]", "int[B, 2]"), "[B, 8]"),
    )

    dim: int
    value: Constant | None = None

    def infer(self, site: Site, input: TensorType, index: TensorType, src: TensorType | None = None) -> TensorType:
        if (src is None) == (self.value is None):
            raise Refusal("E0402", "scatter puts either the numbers of src or a value", argument="value")
        if src is not None:
            return _scattered(site, self.name, self.dim, input, index, src)
        if not input.is_float and (isinstance(self.value, float) or input.dtype == "bool"):
            raise Refusal("E0306", f"scatter puts {self.value} into {input}", argument="value", inputs=(0,))
        return _scattered(site, self.name, self.dim, input, index, None)

    def reach(self, *inputs: Any) -> Reach:
        return WHOLE

    def function(self, inputs: tuple[Any, ...], output: Type) -> TorchCall | None:
        put = Input(2) if self.value is None else self.value
        return TorchCall(".scatter", (Input(0), self.dim, Input(1), put))


class Combining(Pure):
    """Combines the numbers of ``src`` that are sent to one position."""

    family = "selection"
    inputs = ("input", "index", "src")
    required = 3
    method = True

    dim: int

    def infer(self, site: Site, input: TensorType, index: TensorType, src: TensorType) -> TensorType:
        need_number(self.name, input)
        return _scattered(site, self.name, self.dim, input, index, src)

    def reach(self, *inputs: Any) -> Reach:
        return WHOLE


class ScatterAdd(Combining):
    """Adds the numbers of ``src`` to the input, at the positions along ``dim`` that ``index`` holds; see ``scatter``.

    Positions may repeat: everything that is sent to one is summed.
    """

    name = "scatter_add"
    torch = ("torch.Tensor.scatter_add",)
    examples = (Example("scatter_add(dim=0)", ("[N, 64]", "int[E, 64]", "[E, 64]"), "[N, 64]"),)

    def function(self, inputs: tuple[Any, ...], output: Type) -> TorchCall | None:
        return TorchCall(".scatter_add", (Input(0), self.dim, Input(1), Input(2)))


class ScatterReduce(Combining):
    """Reduces all numbers of ``src`` that are sent to one position along ``dim``; see ``scatter``.

    ``reduce`` is how; with ``include_self`` the input's own number takes part.
    """

    name = "scatter_reduce"
    torch = ("torch.Tensor.scatter_reduce",)
    examples = (
        Example("scatter_reduce(0, 'amax')", ("[N, 64]", "int[E, 64]", "[E, 64]"), "[N, 64]"),
        Example("scatter_reduce(0, 'mean', include_self=False)", ("[N, 64]", "int[E, 64]", "[E, 64]"), "[N, 64]"),
    )

    reduce: Literal["sum", "prod", "mean", "amax", "amin"]
    include_self: bool = True

    def function(self, inputs: tuple[Any, ...], output: Type) -> TorchCall | None:
        flags = () if self.include_self else (("include_self", False),)
        return TorchCall(".scatter_reduce", (Input(0), self.dim, Input(1), Input(2), self.reduce), flags)


class IndexAdd(Pure):
    """Adds the slices of ``source`` to the input, at the positions along ``dim`` that the vector ``index`` holds.

    Positions may repeat: everything that is sent to one is summed, as messages to the nodes of a graph are.
    """

    name = "index_add"
    family = "selection"
    torch = ("torch.Tensor.index_add",)
    inputs = ("input", "index", "source")
    required = 3
    method = True
    examples = (Example("index_add(dim=0)", ("[N, 64]", "int[E]", "[E, 64]"), "[N, 64]"),)

    dim: int

    def infer(self, site: Site, input: TensorType, index: TensorType, source: TensorType) -> TensorType:
        need_number(self.name, input)
        need_rank(self.name, input, 1)
        need_positions(self.name, index, 1)
        if index.rank != 1:
            raise Refusal("E0301", f"index_add needs a vector of positions, got {index}", inputs=(1,))
        _need_like(self.name, input, source, 2)
        dim = axis(self.dim, input.rank)
        for i, (size, given) in enumerate(zip(input.shape, source.shape, strict=True)):
            wanted = index.shape[0] if i == dim else size
            message = f"index_add of {source} to {input}: size {given} at dim {i} is not {wanted}"
            site.equal(given, wanted, Refusal("E0302", message, inputs=(0, 1, 2)))
        return input

    def reach(self, *inputs: Any) -> Reach:
        return WHOLE

    def function(self, inputs: tuple[Any, ...], output: Type) -> TorchCall | None:
        return TorchCall(".index_add", (Input(0), self.dim, Input(1), Input(2)))


def _scattered(
    site: Site, name: str, dim: int, input: TensorType, index: TensorType, src: TensorType | None
) -> TensorType:
    """The input's type, if ``index`` and ``src`` fit it."""
    need_rank(name, input, 1)
    need_positions(name, index, 1)
    if index.rank != input.rank:
        raise Refusal("E0301", f"{name} needs tensors of equal rank, got {input} and {index}", inputs=(0, 1))
    along = axis(dim, input.rank)
    for i, (size, wanted) in enumerate(zip(input.shape, index.shape, strict=True)):
        message = f"{name} into {input}: size {wanted} of the index at dim {i} is above {size}"
        if i != along:
            site.at_least(size, wanted, Refusal("E0302", message, inputs=(0, 1)))
    if src is not None:
        _need_like(name, input, src, 2)
        for i, (size, wanted) in enumerate(zip(src.shape, index.shape, strict=True)):
            message = f"{name} of {src}: size {wanted} of the index at dim {i} is above {size}"
            site.at_least(size, wanted, Refusal("E0302", message, inputs=(1, 2)))
    return input


def _need_like(name: str, x: TensorType, given: TensorType, position: int) -> None:
    """Refuse another dtype or another number of dims."""
    if given.dtype != x.dtype:
        message = f"{name} needs equal dtypes, got {x} and {given}"
        raise Refusal("E0306", message, inputs=(0, position), help="convert one of them, for example with .to(x.dtype)")
    if given.rank != x.rank:
        raise Refusal("E0301", f"{name} needs tensors of equal rank, got {x} and {given}", inputs=(0, position))
