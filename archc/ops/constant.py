"""Tensors that a spec states: numbers written out, the unit matrix, evenly spaced numbers."""

from __future__ import annotations

from typing import Any

from typing_extensions import TypeAliasType

from archc.ir.dims import DimLike
from archc.ir.operator import Example, TorchCall
from archc.ir.site import Refusal, Site
from archc.ir.types import NamedDType, TensorType, Type
from archc.ops._axes import Constant
from archc.ops.create import DEVICE, Create, positive

Numbers = TypeAliasType("Numbers", "bool | Constant | tuple[Numbers, ...]")


class Tensor(Create):
    """The numbers of ``data``, a list of numbers or of equal lists, as a tensor: ``tensor([[0, 1], [2, 3]])``.

    Integers make it of integers, booleans of booleans; a float makes it of the model's float. A constant that the whole network shares
    is best kept as ``buffer(tensor([...]))``.
    """

    name = "tensor"
    torch = ("torch.tensor",)
    examples = (Example("tensor((0, 10, 17))", (), "int[3]"), Example("tensor(((0.25, 0.5), (1, 2)))", (), "[2, 2]"))

    data: Numbers

    def infer(self, site: Site) -> TensorType:
        return TensorType(_shape(self.data), self._dtype)

    @property
    def _dtype(self) -> NamedDType:
        kinds = {type(number) for number in _flat(self.data)}
        return "float" if float in kinds else "int64" if int in kinds else "bool"

    def function(self, inputs: tuple[Any, ...], output: Type) -> TorchCall | None:
        if self._dtype == "float":
            return self.made("torch.tensor", self.data, dtype="float")
        return TorchCall("torch.tensor", (self.data,), (("device", DEVICE),))


def _flat(data: Any) -> list[Any]:
    return [number for part in data for number in _flat(part)] if isinstance(data, tuple) else [data]


def _shape(data: Any) -> tuple[int, ...]:
    """The sizes of numbers in lists in lists."""
    if not isinstance(data, tuple):
        return ()
    if not data:
        raise Refusal("E0401", "tensor needs at least one number", argument="data")
    first, *others = map(_shape, data)
    if any(other != first for other in others):
        raise Refusal("E0401", "the lists of a tensor must be equally long", argument="data")
    return (len(data), *first)


class Eye(Create):
    """A matrix of ``n`` rows and ``m`` columns (as many as rows without it) with 1 on its diagonal and 0 elsewhere.

    ``dtype`` is the model's float unless it is said.
    """

    name = "eye"
    torch = ("torch.eye",)
    examples = (Example("eye(4)", (), "[4, 4]"), Example("eye(2, 3, dtype=bool)", (), "bool[2, 3]"))

    n: DimLike
    m: DimLike | None = None
    dtype: NamedDType = "float"

    def infer(self, site: Site) -> TensorType:
        positive(site, (self.n,), "n")
        return TensorType((self.n, *positive(site, (self.n if self.m is None else self.m,), "m")), self.dtype)

    def function(self, inputs: tuple[Any, ...], output: Type) -> TorchCall | None:
        sizes = (self.n,) if self.m is None else (self.n, self.m)
        return self.made("torch.eye", *sizes, dtype=self.dtype)
