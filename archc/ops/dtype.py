"""Conversions between dtypes."""

from __future__ import annotations

from typing import Any, ClassVar

from archc.ir.operator import Example, Input, TorchCall, Word
from archc.ir.site import Site
from archc.ir.types import DType, NamedDType, TensorType, Type
from archc.ops._pure import Pure


class Conversion(Pure):
    """Converts to a dtype of its own."""

    family = "dtype"
    method = True
    result: ClassVar[DType]

    def infer(self, site: Site, x: TensorType) -> TensorType:
        return TensorType(x.shape, self.result)

    def function(self, inputs: tuple[Any, ...], output: Type) -> TorchCall | None:
        return TorchCall(f".{self.name}", (Input(0),))


class ToFloat(Conversion):
    """Converts to 32-bit floats: ``x.float()``. What converts to the dtype of another tensor is ``type_as``.

    What was an integer or a boolean, such as a mask, takes the dtype of the floats that it then meets. A float stays of 32 bits.
    """

    name = "float"
    torch = ("torch.Tensor.float",)
    result = "float32"
    examples = (Example("float", ("[B, T]",), "float32[B, T]"), Example("float", ("bool[B, T]",), "weak[B, T]"))

    def infer(self, site: Site, x: TensorType) -> TensorType:
        return TensorType(x.shape, self.result if x.is_float and x.dtype != "weak" else "weak")


class ToLong(Conversion):
    """Converts to 64-bit integers, towards 0: ``x.long()``."""

    name = "long"
    torch = ("torch.Tensor.long",)
    result = "int64"
    examples = (Example("long", ("[B, T]",), "int[B, T]"),)


class ToBool(Conversion):
    """Converts to booleans, true where a number is not 0: ``x.bool()``."""

    name = "bool"
    torch = ("torch.Tensor.bool",)
    result = "bool"
    examples = (Example("bool", ("int[B, T]",), "bool[B, T]"),)

    def function(self, inputs: tuple[Any, ...], output: Type) -> TorchCall | None:
        return TorchCall(".to", (Input(0), Word("torch.bool")))  # TorchScript has no `.bool()`


class To(Pure):
    """Converts to ``dtype``: ``float16``, ``bfloat16``, ``float32``, ``float64``, ``int64`` or ``bool``.

    The compiler converts to ``float``, the model's own dtype, what is made of integers and numbers alone and meets the model's tensors.
    """

    name = "to"
    family = "dtype"
    torch = ("torch.Tensor.to",)
    method = True
    examples = (Example("to(bfloat16)", ("[B, T]",), "bfloat16[B, T]"),)

    dtype: NamedDType

    def infer(self, site: Site, x: TensorType) -> TensorType:
        return TensorType(x.shape, self.dtype)

    def function(self, inputs: tuple[Any, ...], output: Type) -> TorchCall | None:
        if self.dtype == "float":
            return TorchCall(".to", (Input(0),), (("dtype", Input("dtype")),))
        return TorchCall(".to", (Input(0), Word(f"torch.{self.dtype}")))


class TypeAs(Pure):
    """Converts to the dtype of ``other``: ``x.type_as(y)``, which ``x.to(y.dtype)`` stands for."""

    name = "type_as"
    family = "dtype"
    torch = ("torch.Tensor.type_as",)
    method = True
    inputs = ("input", "other")
    required = 2
    meets = False
    examples = (Example("type_as", ("bool[B, T]", "[B, T, 64]"), "[B, T]"),)

    def infer(self, site: Site, input: TensorType, other: TensorType) -> TensorType:
        return TensorType(input.shape, other.dtype)

    def function(self, inputs: tuple[Any, ...], output: Type) -> TorchCall | None:
        return TorchCall(".type_as", (Input(0), Input(1)))
