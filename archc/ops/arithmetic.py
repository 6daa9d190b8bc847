"""Arithmetic between tensors, and between tensors and numbers. The infix operators of the language stand for these."""

from __future__ import annotations

from typing import Any, ClassVar

from archc.ir.dims import DimLike
from archc.ir.operator import Example, Input, TorchCall
from archc.ir.site import Refusal, Site
from archc.ir.types import DType, TensorType, Type
from archc.ops._axes import need_number
from archc.ops._broadcast import broadcast, promote
from archc.ops._pure import Pure, torch_name

Operand = TensorType | DimLike | float
"""A tensor, a number, or a size."""


class Binary(Pure):
    """Two operands, of which at least one is a tensor; the shapes are broadcast over literal sizes 1 only."""

    family = "arithmetic"
    inputs = ("input", "other")
    required = 2
    scalars = True
    method = True
    infix: ClassVar[str] = ""
    """How the language and Python write it, if they have a sign for it."""

    def infer(self, site: Site, input: Operand, other: Operand) -> TensorType:
        self.check(input, other)
        shape = broadcast(site, self.name, [value for value in (input, other) if isinstance(value, TensorType)])
        return TensorType(shape, self.dtype_of(input, other))

    def check(self, input: Operand, other: Operand) -> None:
        """Refuse operands that cannot be combined, whatever their shapes."""
        refuse_wide(input, other)

    def dtype_of(self, input: Operand, other: Operand) -> DType:
        return promote(self.name, (input, other))

    def function(self, inputs: tuple[Any, ...], output: Type) -> TorchCall | None:
        return TorchCall(self.infix or torch_name(self.torch[0]), (Input(0), Input(1)))


def refuse_wide(*operands: Operand) -> None:
    """Refuse integers that torch does not have."""
    for number in operands:
        if isinstance(number, int) and not -(2**63) <= number < 2**63:
            raise Refusal("E0401", f"an integer of {number.bit_length()} bits does not fit the 64 that torch has")


def refuse_bool(name: str, *operands: Operand) -> None:
    """Refuse tensors of booleans among the operands."""
    for i, operand in enumerate(operands):
        if isinstance(operand, TensorType):
            need_number(name, operand, i)


class Add(Binary):
    """The sum: ``x + y``. Two tensors of booleans are refused; say ``logical_or``."""

    name = "add"
    torch = ("torch.add",)
    infix = "+"
    examples = (
        Example("add", ("[B, 64, H, W]", "[B, 64, H, W]"), "[B, 64, H, W]"),
        Example("add", ("[B, T, 64]", "[64]"), "[B, T, 64]"),
    )

    def check(self, input: Operand, other: Operand) -> None:
        super().check(input, other)
        if isinstance(input, TensorType) and isinstance(other, TensorType) and input.dtype == other.dtype == "bool":
            raise Refusal(
                "E0306", f"add of {input} and {other}: booleans are not added", inputs=(0, 1), help="use logical_or"
            )


class Sub(Binary):
    """The difference: ``x - y``. Tensors of booleans are refused."""

    name = "sub"
    torch = ("torch.sub",)
    infix = "-"
    examples = (Example("sub", ("[B, 64]", "[B, 1]"), "[B, 64]"),)

    def check(self, input: Operand, other: Operand) -> None:
        super().check(input, other)
        refuse_bool(self.name, input, other)


class Mul(Binary):
    """The product, element by element: ``x * y``."""

    name = "mul"
    torch = ("torch.mul",)
    infix = "*"
    examples = (Example("mul", ("[B, 64, H, W]", "[B, 64, 1, 1]"), "[B, 64, H, W]"),)


class Division(Binary):
    """Refuses what is divided by the number 0."""

    def check(self, input: Operand, other: Operand) -> None:
        super().check(input, other)
        if isinstance(other, (int, float)) and other == 0:
            raise Refusal("E0401", f"{self.name} by the number 0", inputs=(1,))


class Div(Division):
    """The quotient: ``x / y``. Integers give floats."""

    name = "div"
    torch = ("torch.div",)
    infix = "/"
    examples = (Example("div", ("[B, 64]", "[B, 1]"), "[B, 64]"),)

    def dtype_of(self, input: Operand, other: Operand) -> DType:
        found = super().dtype_of(input, other)
        return "weak" if found in ("int64", "bool") else found


class FloorDivide(Division):
    """The quotient rounded down: ``x // y``."""

    name = "floor_divide"
    torch = ("torch.floor_divide",)
    infix = "//"
    examples = (Example("floor_divide", ("int[B, T]", "int[B, 1]"), "int[B, T]"),)

    def check(self, input: Operand, other: Operand) -> None:
        super().check(input, other)
        refuse_bool(self.name, input, other)


class Remainder(Division):
    """What division rounded down leaves, with the sign of the divisor: ``x % y``."""

    name = "remainder"
    torch = ("torch.remainder",)
    infix = "%"
    examples = (Example("remainder", ("int[B, T]", "int[B, 1]"), "int[B, T]"),)

    def check(self, input: Operand, other: Operand) -> None:
        super().check(input, other)
        refuse_bool(self.name, input, other)


class Pow(Binary):
    """The power: ``x ** y``. An integer tensor takes no negative integer exponent."""

    name = "pow"
    torch = ("torch.pow",)
    infix = "**"
    examples = (Example("pow", ("[B, 64]", "[B, 64]"), "[B, 64]"),)

    def check(self, input: Operand, other: Operand) -> None:
        super().check(input, other)
        refuse_bool(self.name, input, other)
        if isinstance(input, TensorType) and not input.is_float and isinstance(other, int) and other < 0:
            raise Refusal("E0401", f"pow of {input} by {other}: integers take no negative exponent", inputs=(1,))


class Extremum(Binary):
    """Both operands are tensors."""

    scalars = False


class Maximum(Extremum):
    """The larger of two numbers, at each position."""

    name = "maximum"
    torch = ("torch.maximum",)
    examples = (Example("maximum", ("[B, 64]", "[B, 64]"), "[B, 64]"),)


class Minimum(Extremum):
    """The smaller of two numbers, at each position."""

    name = "minimum"
    torch = ("torch.minimum",)
    examples = (Example("minimum", ("[B, 64]", "[B, 64]"), "[B, 64]"),)


class Neg(Pure):
    """The negative: ``-x``."""

    name = "neg"
    family = "arithmetic"
    torch = ("torch.neg",)
    method = True
    examples = (Example("neg", ("[B, 64]",), "[B, 64]"),)

    def infer(self, site: Site, x: TensorType) -> TensorType:
        need_number(self.name, x)
        return x

    def function(self, inputs: tuple[Any, ...], output: Type) -> TorchCall | None:
        return TorchCall("neg", (Input(0),))
