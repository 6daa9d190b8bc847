"""Numbers that stand for many: sums, means, extrema along dims."""

from __future__ import annotations

from typing import Any, ClassVar

from archc.ir.operator import Example, Finite, Input, Reach, TorchCall, keeping
from archc.ir.site import Refusal, Site
from archc.ir.types import DType, TensorType, Type
from archc.ops._axes import axes, axis, need_float, need_number, product
from archc.ops._pure import Pure


class Reduction(Pure):
    """Drops the dims that it works along; with ``keepdim`` they stay, with size 1."""

    family = "reduction"
    method = True

    def without(self, x: TensorType, dims: tuple[int, ...], keepdim: bool) -> Reach:
        """The reach of what drops ``dims``, counted from the front."""
        return keeping(*((None if i in dims else i) for i in range(x.rank) if keepdim or i not in dims))

    def result(self, x: TensorType, dims: tuple[int, ...], keepdim: bool, dtype: DType | None = None) -> TensorType:
        kept = ((1 if i in dims else size, i in dims) for i, size in enumerate(x.shape))
        return TensorType(tuple(size for size, gone in kept if keepdim or not gone), dtype or x.dtype)

    def function(self, inputs: tuple[Any, ...], output: Type) -> TorchCall | None:
        return self.torch_call(f".{self.name}", Input(0))


class OverDims(Reduction):
    """Works along one dim, several, or all (the default)."""

    floats: ClassVar[bool] = True
    """Needs a float tensor."""
    keeps_all: ClassVar[bool] = True
    """PyTorch takes ``keepdim`` without ``dim``."""

    dim: int | tuple[int, ...] | None = None
    keepdim: bool = False

    def infer(self, site: Site, x: TensorType) -> TensorType:
        if self.floats:
            need_float(self.name, x)
        if self.dim is None and self.keepdim and not self.keeps_all:
            raise Refusal("E0402", "keepdim needs dim: the dims that stay", argument="keepdim")
        return self.result(x, self.dims(x), self.keepdim, self.dtype_of(x))

    def reach(self, *inputs: Any) -> Reach:
        return self.without(inputs[0], self.dims(inputs[0]), self.keepdim)

    def dims(self, x: TensorType) -> tuple[int, ...]:
        """The dims to drop, from the front."""
        if self.dim == ():
            raise Refusal("E0401", "dim names no dim; leave it out for all of them", argument="dim")
        if self.dim is None:
            return tuple(range(x.rank))
        return axes(self.dim if isinstance(self.dim, tuple) else (self.dim,), x.rank)

    def dtype_of(self, x: TensorType) -> DType:
        return x.dtype


class Mean(OverDims):
    """The mean along ``dim``: a dim, a tuple of dims, or all without it. With ``keepdim`` the dims stay, with size 1."""

    name = "mean"
    torch = ("torch.Tensor.mean",)
    keeps_all = False
    examples = (
        Example("mean(dim=(2, 3))", ("[B, 512, H, W]",), "[B, 512]"),
        Example("mean(dim=-1, keepdim=True)", ("[B, T, 64]",), "[B, T, 1]"),
    )


class Sum(OverDims):
    """The sum along ``dim``: a dim, a tuple of dims, or all without it. With ``keepdim`` the dims stay, with size 1.

    Booleans are counted: the sum of a mask is an integer.
    """

    name = "sum"
    torch = ("torch.Tensor.sum",)
    floats = False
    keeps_all = False
    examples = (Example("sum(dim=1)", ("[B, T, 64]",), "[B, 64]"), Example("sum(dim=1)", ("bool[B, T]",), "int[B]"))

    def dtype_of(self, x: TensorType) -> DType:
        return "int64" if x.dtype == "bool" else x.dtype


class LogSumExp(OverDims):
    """The logarithm of the sum of the exponentials along ``dim``, without overflow. ``keepdim`` keeps the dims, with size 1."""

    name = "logsumexp"
    torch = ("torch.Tensor.logsumexp",)
    examples = (Example("logsumexp(dim=-1)", ("[B, T, 64]",), "[B, T]"),)

    dim: int | tuple[int, ...]


class Spread(OverDims):
    """Measures of spread; ``correction`` is what is taken off the number of elements that is divided by."""

    correction: int = 1

    def infer(self, site: Site, x: TensorType) -> TensorType:
        output = super().infer(site, x)
        count = product(x.shape[dim] for dim in self.dims(x))
        message = (
            f"{self.name} divides by the number of elements less {self.correction}, here {count - self.correction}"
        )
        site.at_least(count, self.correction + 1, Refusal("E0401", message, inputs=(0,)))
        return output


class Var(Spread):
    """The variance along ``dim`` (all dims without it): squared deviations, summed and divided by their number less ``correction``.

    With ``keepdim`` the dims stay, with size 1.
    """

    name = "var"
    torch = ("torch.Tensor.var",)
    examples = (Example("var(dim=-1, correction=0, keepdim=True)", ("[B, T, 64]",), "[B, T, 1]"),)


class Std(Spread):
    """The standard deviation along ``dim`` (all dims without it), the root of ``var`` with the same ``correction``.

    With ``keepdim`` the dims stay, with size 1.
    """

    name = "std"
    torch = ("torch.Tensor.std",)
    examples = (Example("std(dim=1)", ("[B, T, 64]",), "[B, 64]"),)


class Norm(OverDims):
    """The ``p``-norm along ``dim`` (all dims without it), ``sum(abs(x) ** p) ** (1 / p)``. ``keepdim`` keeps the dims, with size 1."""

    name = "norm"
    torch = ("torch.linalg.vector_norm",)
    examples = (Example("norm(dim=-1, keepdim=True)", ("[B, T, 64]",), "[B, T, 1]"),)

    p: Finite = 2.0
    dim: int | tuple[int, ...] | None = None
    keepdim: bool = False

    def function(self, inputs: tuple[Any, ...], output: Type) -> TorchCall | None:
        call = self.torch_call("torch.linalg.vector_norm", Input(0), leave=("p",))
        return TorchCall(call.fn, (*call.args, *((self.p,) if self.p != 2 else ())), call.kwargs)


class AMax(OverDims):
    """The largest number along ``dim``: a dim, a tuple of dims, or all without it. With ``keepdim`` the dims stay, with size 1."""

    name = "amax"
    torch = ("torch.Tensor.amax",)
    floats = False
    examples = (Example("amax(dim=1)", ("[B, T, 64]",), "[B, 64]"),)


class AMin(OverDims):
    """The smallest number along ``dim``: a dim, a tuple of dims, or all without it. With ``keepdim`` the dims stay, with size 1."""

    name = "amin"
    torch = ("torch.Tensor.amin",)
    floats = False
    examples = (Example("amin(dim=1)", ("[B, T, 64]",), "[B, 64]"),)


class Truth(OverDims):
    """Gives booleans; what is not boolean counts as true where it is not 0."""

    floats = False

    def dtype_of(self, x: TensorType) -> DType:
        return "bool"


class AllTrue(Truth):
    """Whether all are true along ``dim``: a dim, a tuple of dims, or all without it. ``keepdim`` keeps the dims, with size 1."""

    name = "all"
    torch = ("torch.Tensor.all",)
    examples = (Example("all(dim=1)", ("bool[B, T]",), "bool[B]"),)


class AnyTrue(Truth):
    """Whether one is true along ``dim``: a dim, a tuple of dims, or all without it. ``keepdim`` keeps the dims, with size 1."""

    name = "any"
    torch = ("torch.Tensor.any",)
    examples = (Example("any(dim=1)", ("bool[B, T]",), "bool[B]"),)


class OverDim(Reduction):
    """Works along one dim, or over all numbers without it."""

    keeps_all: ClassVar[bool] = False

    dim: int | None = None
    keepdim: bool = False

    def infer(self, site: Site, x: TensorType) -> Type:
        if self.dim is None and self.keepdim and not self.keeps_all:
            raise Refusal("E0402", "keepdim needs dim: the dim that stays", argument="keepdim")
        return self.outputs(self.result(x, self.dims(x), self.keepdim))

    def reach(self, *inputs: Any) -> Reach:
        return self.without(inputs[0], self.dims(inputs[0]), self.keepdim)

    def dims(self, x: TensorType) -> tuple[int, ...]:
        """The dims to drop, from the front."""
        return tuple(range(x.rank)) if self.dim is None else (axis(self.dim, x.rank),)

    def outputs(self, value: TensorType) -> Type:
        return value


class Prod(OverDim):
    """The product along ``dim``, or of all numbers without it. With ``keepdim`` the dim stays, with size 1."""

    name = "prod"
    torch = ("torch.Tensor.prod",)
    examples = (Example("prod(dim=1)", ("[B, T]",), "[B]"),)

    def outputs(self, value: TensorType) -> Type:
        return TensorType(value.shape, "int64") if value.dtype == "bool" else value


class WithPlaces(OverDim):
    """Gives the numbers and their places along ``dim``; without ``dim`` only the one number."""

    def outputs(self, value: TensorType) -> Type:
        return value if self.dim is None else (value, TensorType(value.shape, "int64"))


class Max(WithPlaces):
    """The largest of all numbers; with ``dim`` the pair of the largest numbers along it and their places, as in PyTorch.

    ``amax`` gives the numbers alone. With ``keepdim`` the dim stays, with size 1.
    """

    name = "max"
    torch = ("torch.Tensor.max",)
    examples = (Example("max", ("[B, T]",), "[]"), Example("max(dim=1)", ("[B, T]",), "([B], int[B])"))


class Min(WithPlaces):
    """The smallest of all numbers; with ``dim`` the pair of the smallest numbers along it and their places, as in PyTorch.

    ``amin`` gives the numbers alone. With ``keepdim`` the dim stays, with size 1.
    """

    name = "min"
    torch = ("torch.Tensor.min",)
    examples = (Example("min", ("[B, T]",), "[]"), Example("min(dim=1)", ("[B, T]",), "([B], int[B])"))


class Place(OverDim):
    """Gives places, which are integers."""

    keeps_all = True

    def infer(self, site: Site, x: TensorType) -> Type:
        need_number(self.name, x)
        return super().infer(site, x)

    def outputs(self, value: TensorType) -> Type:
        return TensorType(value.shape, "int64")


class ArgMax(Place):
    """The place of the largest number along ``dim``, or in the flattened tensor without it. ``keepdim`` keeps the dim, with size 1."""

    name = "argmax"
    torch = ("torch.Tensor.argmax",)
    examples = (Example("argmax(dim=1)", ("[B, 10]",), "int[B]"),)


class ArgMin(Place):
    """The place of the smallest number along ``dim``, or in the flattened tensor without it. ``keepdim`` keeps the dim, with size 1."""

    name = "argmin"
    torch = ("torch.Tensor.argmin",)
    examples = (Example("argmin(dim=1)", ("[B, 10]",), "int[B]"),)
