"""Tensors made of nothing: constants and ranges.

Their emitted calls take the device, and for floats the dtype, of whatever the net computes with: ``Input("device")`` and
``Input("dtype")`` stand for the expressions that the backend finds for those.
"""

from __future__ import annotations

from typing import Any, ClassVar

from archc.ir.dims import DimLike, ceil_div
from archc.ir.operator import NOTHING, Example, Finite, Input, Reach, TorchCall, TorchValue, Word
from archc.ir.site import Refusal, Site
from archc.ir.types import NamedDType, TensorType, Type
from archc.ops._axes import Constant
from archc.ops._pure import Pure

DEVICE = Input("device")
FLOAT = Input("dtype")


class Create(Pure):
    """Has no inputs."""

    family = "creation"
    inputs = ()
    required = 0

    def made(self, fn: str, *args: TorchValue, dtype: NamedDType) -> TorchCall:
        word: TorchValue = FLOAT if dtype == "float" else Word(f"torch.{dtype}")
        return TorchCall(fn, args, (("dtype", word), ("device", DEVICE)))


class Filled(Create):
    """All numbers are the same."""

    collects = "size"
    size: tuple[DimLike, ...]
    dtype: NamedDType = "float"

    def infer(self, site: Site) -> TensorType:
        return TensorType(positive(site, self.size, "size"), self.dtype)

    def function(self, inputs: tuple[Any, ...], output: Type) -> TorchCall | None:
        return self.made(f"torch.{self.name}", self.size, dtype=self.dtype)


def positive(site: Site, size: tuple[DimLike, ...], argument: str) -> tuple[DimLike, ...]:
    """The sizes, each of which is demanded to be at least 1."""
    for n in size:
        site.at_least(n, 1, Refusal("E0401", f"size {n} is not positive", argument=argument))
    return size


class Zeros(Filled):
    """A tensor of shape ``size`` filled with 0. ``dtype`` is the model's float unless it is said."""

    name = "zeros"
    torch = ("torch.zeros",)
    examples = (Example("zeros(4, 8)", (), "[4, 8]"), Example("zeros(4, 8, dtype=bool)", (), "bool[4, 8]"))


class Ones(Filled):
    """A tensor of shape ``size`` filled with 1. ``dtype`` is the model's float unless it is said."""

    name = "ones"
    torch = ("torch.ones",)
    examples = (Example("ones(4, 4)", (), "[4, 4]"), Example("ones(4, 4, dtype=bool)", (), "bool[4, 4]"))


class Full(Create):
    """A tensor of shape ``size`` filled with ``fill_value``: an integer makes it of integers, a float of the model's float.

    ``dtype`` may be said instead. A size is an integer too: ``full((), T)`` is the size ``T`` as a number that tensors are computed
    with, as in ``x / full((), T) ** 0.5``.
    """

    name = "full"
    torch = ("torch.full",)
    examples = (
        Example("full((4, 4), 0.5)", (), "[4, 4]"),
        Example("full((4,), 7)", (), "int[4]"),
        Example("full((), T)", (), "int[]"),
    )

    size: tuple[DimLike, ...]
    fill_value: Constant | DimLike
    dtype: NamedDType | None = None

    def infer(self, site: Site) -> TensorType:
        if isinstance(self.fill_value, float) and self.kind in ("int64", "bool"):
            message = f"fill_value {self.fill_value} is no {'integer' if self.kind == 'int64' else 'boolean'}"
            raise Refusal("E0402", message, argument="fill_value")
        return TensorType(positive(site, self.size, "size"), self.kind)

    @property
    def kind(self) -> NamedDType:
        return self.dtype or ("float" if isinstance(self.fill_value, float) else "int64")

    def function(self, inputs: tuple[Any, ...], output: Type) -> TorchCall | None:
        return self.made("torch.full", self.size, self.fill_value, dtype=self.kind)


class Arange(Create):
    """The integers from ``start`` up to, not including, ``end``, in steps of ``step``; ``arange(n)`` counts from 0 to ``n - 1``."""

    name = "arange"
    torch = ("torch.arange",)
    examples = (Example("arange(8)", (), "int[8]"), Example("arange(1, 8, 2)", (), "int[4]"))

    start: DimLike
    end: DimLike | None = None
    step: int = 1

    def infer(self, site: Site) -> TensorType:
        if self.step == 0:
            raise Refusal("E0401", "step is 0", argument="step")
        first, last = (0, self.start) if self.end is None else (self.start, self.end)
        length = (last - first) if self.step > 0 else (first - last)
        text = f"arange from {first} to {last} in steps of {self.step} is empty"
        site.at_least(length, 1, Refusal("E0303", text))
        return TensorType((ceil_div(length, abs(self.step)),), "int64")

    def function(self, inputs: tuple[Any, ...], output: Type) -> TorchCall | None:
        bounds = (self.start,) if self.end is None else (self.start, self.end)
        if self.end is None and self.step != 1:
            bounds = (0, self.start)
        step = () if self.step == 1 else (self.step,)
        return TorchCall("torch.arange", (*bounds, *step), (("device", DEVICE),))


class Linspace(Create):
    """Numbers of the model's float from ``start`` to ``end``, both included, in ``steps`` equal steps less one."""

    name = "linspace"
    torch = ("torch.linspace",)
    examples = (Example("linspace(-1, 1, 5)", (), "[5]"), Example("linspace(0.0, 0.5, H)", (), "[H]"))

    start: DimLike | Finite
    end: DimLike | Finite
    steps: DimLike

    def infer(self, site: Site) -> TensorType:
        return TensorType(positive(site, (self.steps,), "steps"))

    def function(self, inputs: tuple[Any, ...], output: Type) -> TorchCall | None:
        return self.made("torch.linspace", self.start, self.end, self.steps, dtype="float")


class Like(Pure):
    """Takes shape and dtype from its input."""

    family = "creation"

    def infer(self, site: Site, x: TensorType) -> TensorType:
        return x

    def reach(self, *inputs: Any) -> Reach:
        return NOTHING

    def function(self, inputs: tuple[Any, ...], output: Type) -> TorchCall | None:
        return TorchCall(f"torch.{self.name}", (Input(0),))


class ZerosLike(Like):
    """A tensor of the same shape and dtype filled with 0."""

    name = "zeros_like"
    torch = ("torch.zeros_like",)
    examples = (Example("zeros_like", ("[B, T]",), "[B, T]"),)


class OnesLike(Like):
    """A tensor of the same shape and dtype filled with 1."""

    name = "ones_like"
    torch = ("torch.ones_like",)
    examples = (Example("ones_like", ("[B, T]",), "[B, T]"),)


class New(Pure):
    """Takes the dtype from its input, and the device."""

    family = "creation"
    method = True
    collects: ClassVar[str | None] = "size"
    size: tuple[DimLike, ...]

    def infer(self, site: Site, x: TensorType) -> TensorType:
        return x.with_shape(*positive(site, self.size, "size"))

    def reach(self, *inputs: Any) -> Reach:
        return NOTHING

    def function(self, inputs: tuple[Any, ...], output: Type) -> TorchCall | None:
        return TorchCall(f".{self.name}", (Input(0), self.size))


class NewZeros(New):
    """A tensor of shape ``size`` filled with 0, of the input's dtype."""

    name = "new_zeros"
    torch = ("torch.Tensor.new_zeros",)
    examples = (Example("new_zeros(B, 64)", ("[B, T]",), "[B, 64]"),)


class NewOnes(New):
    """A tensor of shape ``size`` filled with 1, of the input's dtype."""

    name = "new_ones"
    torch = ("torch.Tensor.new_ones",)
    examples = (Example("new_ones(B, 64)", ("[B, T]",), "[B, 64]"),)


class FullLike(Like):
    """A tensor of the same shape and dtype filled with ``fill_value``."""

    name = "full_like"
    torch = ("torch.full_like",)
    examples = (Example("full_like(0.5)", ("[B, T]",), "[B, T]"),)

    fill_value: Constant

    def infer(self, site: Site, x: TensorType) -> TensorType:
        need_fit(self.name, x, self.fill_value)
        return x

    def function(self, inputs: tuple[Any, ...], output: Type) -> TorchCall | None:
        return TorchCall("torch.full_like", (Input(0), self.fill_value))


class NewFull(New):
    """A tensor of shape ``size`` filled with ``fill_value``, of the input's dtype."""

    name = "new_full"
    torch = ("torch.Tensor.new_full",)
    collects = None
    examples = (Example("new_full((B, 64), 0.5)", ("[B, T]",), "[B, 64]"),)

    fill_value: Constant

    def infer(self, site: Site, x: TensorType) -> TensorType:
        need_fit(self.name, x, self.fill_value)
        return super().infer(site, x)

    def function(self, inputs: tuple[Any, ...], output: Type) -> TorchCall | None:
        return TorchCall(".new_full", (Input(0), self.size, self.fill_value))


def need_fit(name: str, x: TensorType, value: int | float) -> None:
    """Refuse a number that the dtype of ``x`` cannot hold."""
    if not x.is_float and (isinstance(value, float) or x.dtype == "bool"):
        raise Refusal("E0306", f"{name} puts {value} into {x}", argument="fill_value", inputs=(0,))
