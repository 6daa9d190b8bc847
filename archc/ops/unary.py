"""Functions of one number, element by element."""

from __future__ import annotations

from typing import Any

from archc.ir.operator import Example, Finite, Input, TorchCall
from archc.ir.site import Refusal, Site
from archc.ir.types import TensorType, Type
from archc.ops._axes import need_number
from archc.ops._broadcast import promote
from archc.ops._pure import Pure


def example(name: str) -> tuple[Example, ...]:
    """The example of a function of one number: it keeps the shape."""
    return (Example(name, ("[B, T, 64]",), "[B, T, 64]"),)


class Unary(Pure):
    """Keeps the shape, and the dtype of floats; of integers it makes floats. ``torch`` names the tensor's method."""

    family = "arithmetic"
    method = True

    def infer(self, site: Site, x: TensorType) -> TensorType:
        need_number(self.name, x)
        return x if x.is_float else TensorType(x.shape, "weak")

    def function(self, inputs: tuple[Any, ...], output: Type) -> TorchCall | None:
        return TorchCall(f".{self.name}", (Input(0),))


class Whole(Unary):
    """A function that integers have as well."""

    def infer(self, site: Site, x: TensorType) -> TensorType:
        need_number(self.name, x)
        return x


class Exp(Unary):
    """The exponential: ``e ** x``."""

    name = "exp"
    torch = ("torch.Tensor.exp",)
    examples = example("exp")


class Expm1(Unary):
    """``exp(x) - 1``, exact near 0."""

    name = "expm1"
    torch = ("torch.Tensor.expm1",)
    examples = example("expm1")


class Log(Unary):
    """The natural logarithm."""

    name = "log"
    torch = ("torch.Tensor.log",)
    examples = example("log")


class Log1p(Unary):
    """``log(1 + x)``, exact near 0."""

    name = "log1p"
    torch = ("torch.Tensor.log1p",)
    examples = example("log1p")


class Exp2(Unary):
    """The power of 2: ``2 ** x``."""

    name = "exp2"
    torch = ("torch.Tensor.exp2",)
    examples = example("exp2")


class Log2(Unary):
    """The logarithm to base 2."""

    name = "log2"
    torch = ("torch.Tensor.log2",)
    examples = example("log2")


class Log10(Unary):
    """The logarithm to base 10."""

    name = "log10"
    torch = ("torch.Tensor.log10",)
    examples = example("log10")


class Sqrt(Unary):
    """The square root."""

    name = "sqrt"
    torch = ("torch.Tensor.sqrt",)
    examples = example("sqrt")


class Rsqrt(Unary):
    """One over the square root."""

    name = "rsqrt"
    torch = ("torch.Tensor.rsqrt",)
    examples = example("rsqrt")


class Reciprocal(Unary):
    """``1 / x``."""

    name = "reciprocal"
    torch = ("torch.Tensor.reciprocal",)
    examples = example("reciprocal")


class Sin(Unary):
    """The sine of an angle in radians."""

    name = "sin"
    torch = ("torch.Tensor.sin",)
    examples = example("sin")


class Cos(Unary):
    """The cosine of an angle in radians."""

    name = "cos"
    torch = ("torch.Tensor.cos",)
    examples = example("cos")


class Tan(Unary):
    """The tangent of an angle in radians."""

    name = "tan"
    torch = ("torch.Tensor.tan",)
    examples = example("tan")


class Asin(Unary):
    """The angle in radians whose sine is ``x``."""

    name = "asin"
    torch = ("torch.Tensor.asin",)
    examples = example("asin")


class Acos(Unary):
    """The angle in radians whose cosine is ``x``."""

    name = "acos"
    torch = ("torch.Tensor.acos",)
    examples = example("acos")


class Atan(Unary):
    """The angle in radians whose tangent is ``x``."""

    name = "atan"
    torch = ("torch.Tensor.atan",)
    examples = example("atan")


class Sinh(Unary):
    """Hyperbolic sine."""

    name = "sinh"
    torch = ("torch.Tensor.sinh",)
    examples = example("sinh")


class Cosh(Unary):
    """Hyperbolic cosine."""

    name = "cosh"
    torch = ("torch.Tensor.cosh",)
    examples = example("cosh")


class Erf(Unary):
    """The error function."""

    name = "erf"
    torch = ("torch.Tensor.erf",)
    examples = example("erf")


class Abs(Whole):
    """``x`` without its sign."""

    name = "abs"
    torch = ("torch.Tensor.abs",)
    examples = example("abs")


class Square(Whole):
    """``x * x``."""

    name = "square"
    torch = ("torch.Tensor.square",)
    examples = example("square")


class Sign(Whole):
    """-1, 0 or 1: the sign of ``x``."""

    name = "sign"
    torch = ("torch.Tensor.sign",)
    examples = example("sign")


class Floor(Whole):
    """The largest integer that is not above ``x``."""

    name = "floor"
    torch = ("torch.Tensor.floor",)
    examples = example("floor")


class Ceil(Whole):
    """The smallest integer that is not below ``x``."""

    name = "ceil"
    torch = ("torch.Tensor.ceil",)
    examples = example("ceil")


class Round(Whole):
    """The nearest integer; halves go to the even one."""

    name = "round"
    torch = ("torch.Tensor.round",)
    examples = example("round")


class Trunc(Whole):
    """``x`` without what stands behind its point."""

    name = "trunc"
    torch = ("torch.Tensor.trunc",)
    examples = example("trunc")


class Clamp(Whole):
    """``x`` cut to the range from ``min`` to ``max``; at least one of them is given."""

    name = "clamp"
    torch = ("torch.Tensor.clamp",)
    examples = (Example("clamp(min=1e-5)", ("[B, 64]",), "[B, 64]"),)

    min: int | Finite | None = None
    max: int | Finite | None = None

    def infer(self, site: Site, x: TensorType) -> TensorType:
        if self.min is None and self.max is None:
            raise Refusal("E0402", "clamp needs min, max or both")
        if self.min is not None and self.max is not None and self.min > self.max:
            raise Refusal("E0402", f"min {self.min} is above max {self.max}", argument="min")
        super().infer(site, x)
        return TensorType(x.shape, promote(self.name, [x, *(n for n in (self.min, self.max) if n is not None)]))

    def function(self, inputs: tuple[Any, ...], output: Type) -> TorchCall | None:
        return self.call(".clamp", Input(0), positional=2)
