"""How pydantic reads and writes dims: as their text, or as an int where they are constant."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from archc.ir.dims.core import Dim, is_dim
from archc.ir.dims.parse import parse_dim

if TYPE_CHECKING:
    from pydantic import GetCoreSchemaHandler
    from pydantic_core import CoreSchema

SIZE_PATTERN = r"^[\w\s()+\-*/%,]+$"


def dim_schema() -> CoreSchema:
    """A field of type `Dim`: a `Dim`, or the text of one that holds a symbol."""
    from pydantic_core import core_schema

    return core_schema.no_info_plain_validator_function(
        _read_symbolic,
        serialization=core_schema.to_string_ser_schema(),
        json_schema_input_schema=core_schema.str_schema(pattern=SIZE_PATTERN),
    )


def dim_like_schema() -> CoreSchema:
    """A field of type `DimLike`: an int, a `Dim` or a text. A bool is refused in every mode."""
    from pydantic_core import core_schema

    text = core_schema.str_schema(pattern=SIZE_PATTERN)
    stored = core_schema.union_schema([core_schema.int_schema(), text])
    return core_schema.no_info_plain_validator_function(
        read_dim,
        serialization=core_schema.plain_serializer_function_ser_schema(_write, return_schema=stored, when_used="json"),
        json_schema_input_schema=stored,
    )


def read_dim(value: object) -> int | Dim:
    """A dim from an int, a `Dim` or its text; `ValueError` for anything else."""
    if isinstance(value, str):
        return parse_dim(value)
    if is_dim(value):
        return value  # type: ignore[return-value]
    raise ValueError(f"a size is an integer or an expression, not {value!r}")


def _read_symbolic(value: object) -> Dim:
    dim = read_dim(value)
    if not isinstance(dim, Dim):
        raise ValueError(f"a symbolic size is expected, not the constant {dim}")
    return dim


def _write(dim: int | Dim) -> int | str:
    return str(dim) if isinstance(dim, Dim) else dim


class AnyDim:
    """Marks a field of type `DimLike`."""

    @classmethod
    def __get_pydantic_core_schema__(cls, source: object, handler: GetCoreSchemaHandler) -> CoreSchema:
        return dim_like_schema()


DimLike = Annotated[int | Dim, AnyDim]
