"""Comparisons and logic, element by element; they give booleans."""

from __future__ import annotations

from typing import Any, ClassVar

from archc.ir.operator import Example, Input, TorchCall
from archc.ir.site import Site
from archc.ir.types import DType, TensorType, Type
from archc.ops._pure import Pure
from archc.ops.arithmetic import Binary, Operand


class Comparison(Binary):
    """Compares numbers of any dtypes."""

    family = "comparison"

    def dtype_of(self, input: Operand, other: Operand) -> DType:
        return "bool"


class Eq(Comparison):
    """Whether both are equal: ``x == y``."""

    name = "eq"
    torch = ("torch.eq",)
    infix = "=="
    examples = (Example("eq", ("int[B, T]", "int[B, 1]"), "bool[B, T]"),)


class Ne(Comparison):
    """Whether both differ: ``x != y``."""

    name = "ne"
    torch = ("torch.ne",)
    infix = "!="
    examples = (Example("ne", ("int[B, T]", "int[B, 1]"), "bool[B, T]"),)


class Lt(Comparison):
    """Whether the first is smaller: ``x < y``."""

    name = "lt"
    torch = ("torch.lt",)
    infix = "<"
    examples = (Example("lt", ("[B, T]", "[B, 1]"), "bool[B, T]"),)


class Le(Comparison):
    """Whether the first is smaller or equal: ``x <= y``."""

    name = "le"
    torch = ("torch.le",)
    infix = "<="
    examples = (Example("le", ("[B, T]", "[B, 1]"), "bool[B, T]"),)


class Gt(Comparison):
    """Whether the first is larger: ``x > y``."""

    name = "gt"
    torch = ("torch.gt",)
    infix = ">"
    examples = (Example("gt", ("[B, T]", "[B, 1]"), "bool[B, T]"),)


class Ge(Comparison):
    """Whether the first is larger or equal: ``x >= y``."""

    name = "ge"
    torch = ("torch.ge",)
    infix = ">="
    examples = (Example("ge", ("[B, T]", "[B, 1]"), "bool[B, T]"),)


class Logic(Comparison):
    """Two tensors; what is not boolean counts as true where it is not 0."""

    scalars = False
    sign: ClassVar[str] = ""
    """What joins two tensors of booleans in Python."""

    def function(self, inputs: tuple[Any, ...], output: Type) -> TorchCall | None:
        if all(x.dtype == "bool" for x in inputs):
            return TorchCall(self.sign, (Input(0), Input(1)))
        return super().function(inputs, output)


class LogicalAnd(Logic):
    """Whether both are true. Of booleans: ``x & y``."""

    name = "logical_and"
    torch = ("torch.logical_and",)
    sign = "&"
    examples = (Example("logical_and", ("bool[B, T]", "bool[B, 1]"), "bool[B, T]"),)


class LogicalOr(Logic):
    """Whether one of them is true, or both. Of booleans: ``x | y``."""

    name = "logical_or"
    torch = ("torch.logical_or",)
    sign = "|"
    examples = (Example("logical_or", ("bool[B, T]", "bool[B, 1]"), "bool[B, T]"),)


class LogicalXor(Logic):
    """Whether exactly one of them is true."""

    name = "logical_xor"
    torch = ("torch.logical_xor",)
    sign = "^"
    examples = (Example("logical_xor", ("bool[B, T]", "bool[B, T]"), "bool[B, T]"),)


class LogicalNot(Pure):
    """Whether it is false. Of booleans: ``~x``."""

    name = "logical_not"
    family = "comparison"
    torch = ("torch.logical_not",)
    method = True
    examples = (Example("logical_not", ("bool[B, T]",), "bool[B, T]"),)

    def infer(self, site: Site, x: TensorType) -> TensorType:
        return TensorType(x.shape, "bool")

    def function(self, inputs: tuple[Any, ...], output: Type) -> TorchCall | None:
        return TorchCall("~" if inputs[0].dtype == "bool" else "torch.logical_not", (Input(0),))
