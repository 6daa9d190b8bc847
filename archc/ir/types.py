"""Types of values: a tensor has a dtype and a shape; several values travel as a tuple (the states of an LSTM)."""

from __future__ import annotations

from typing import Any, Literal

from typing_extensions import TypeAliasType

from archc.ir.dims import DimLike
from archc.records import record

NamedDType = Literal["float", "float16", "bfloat16", "float32", "float64", "int64", "bool"]
"""A dtype that a tensor can be made of: ``float`` is the model's own floating type, the others are torch's."""

DType = Literal[NamedDType, "weak", "float32+"]
"""Besides these, what comes of combining: ``weak`` is the float that torch makes of integers and plain numbers, and becomes what it
meets; ``float32+`` is the wider of float32 and the model's own."""


class _Hashed:
    """Room for a hash that is worked out once, for types are what most is looked up by."""

    __slots__ = ("_hash",)
    _hash: int


@record
class TensorType(_Hashed):
    """A tensor's dtype and its shape, a tuple of integers and symbolic dims."""

    shape: tuple[DimLike, ...]
    dtype: DType = "float"

    def __post_init__(self) -> None:
        object.__setattr__(self, "_hash", hash((self.shape, self.dtype)))

    def __hash__(self) -> int:
        return self._hash

    def __reduce__(self) -> tuple[Any, ...]:
        return TensorType, (self.shape, self.dtype)  # another process hashes otherwise

    @property
    def rank(self) -> int:
        return len(self.shape)

    @property
    def is_float(self) -> bool:
        return self.dtype not in ("int64", "bool")

    def with_shape(self, *shape: DimLike) -> TensorType:
        """The same dtype with another shape."""
        return TensorType(shape, self.dtype)

    def __str__(self) -> str:
        word = {"float": "", "int64": "int"}.get(self.dtype, self.dtype)
        return f"{word}[{', '.join(map(str, self.shape))}]"


Type = TypeAliasType("Type", "TensorType | tuple[Type, ...]")
"""Named, so that the IR's schema can refer to it from inside itself."""


def tensors(type_: Type) -> tuple[TensorType, ...]:
    """All tensors of a type, in order."""
    if isinstance(type_, TensorType):
        return (type_,)
    return tuple([tensor for item in type_ for tensor in tensors(item)])


def show(type_: Type) -> str:
    """The type as the language writes it: ``[B, C]``, ``([B, C], [B])``."""
    if isinstance(type_, TensorType):
        return str(type_)
    return f"({', '.join(map(show, type_))})"
