"""What Pydantic does for the IR: it validates arguments of operators that are not plain, and reads and writes nets as JSON.

This alone needs Pydantic, and is imported when there is something for it to do: for a spec without mistakes there is nothing.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Annotated, Any, TypeVar

from pydantic import (
    BaseModel,
    ConfigDict,
    GetCoreSchemaHandler,
    PlainSerializer,
    PlainValidator,
    TypeAdapter,
    WithJsonSchema,
    create_model,
)
from pydantic_core import CoreSchema

from archc.ir.operator import OPERATORS, Operator

AnOperator = TypeVar("AnOperator", bound=Operator)
Stored = TypeVar("Stored")

_ARGUMENTS = ConfigDict(
    frozen=True,
    extra="forbid",
    strict=True,
    arbitrary_types_allowed=True,
    ser_json_inf_nan="strings",  # JSON has no infinity
)


_MODELS: dict[type[Operator], type[BaseModel]] = {}
_ADAPTERS: dict[type, TypeAdapter[Any]] = {}


def _model_of(operator: type[Operator]) -> type[BaseModel]:
    """The model of an operator's arguments, made once."""
    if operator not in _MODELS:
        fields: dict[str, Any] = {
            name: field.annotation if field.is_required() else (field.annotation, field.default)
            for name, field in operator.fields.items()
        }
        _MODELS[operator] = create_model(operator.__name__, __config__=_ARGUMENTS, **fields)
    return _MODELS[operator]


def validated(operator: type[AnOperator], values: Mapping[str, Any], *, strict: bool | None = None) -> AnOperator:
    """The operator with these arguments; Pydantic's ``ValidationError`` where they are not what its fields take."""
    return operator.of(vars(_model_of(operator).model_validate(dict(values), strict=strict)))


def _write(operator: Operator) -> dict[str, Any]:
    """Through JSON, where the fields say how symbolic sizes are written, and infinity has a word."""
    arguments = _model_of(type(operator)).model_construct(**vars(operator))
    return {"op": operator.name, **json.loads(arguments.model_dump_json(include=set(operator.defined())))}


def _read(value: object) -> Operator:
    if isinstance(value, Operator):
        return value
    if not isinstance(value, dict) or value.get("op") not in OPERATORS:
        raise ValueError("not an operator")
    return validated(OPERATORS[value["op"]], {k: v for k, v in value.items() if k != "op"}, strict=False)


_OPERATOR = Annotated[
    Any,
    PlainValidator(_read),
    PlainSerializer(_write),
    WithJsonSchema({"type": "object", "required": ["op"], "properties": {"op": {"type": "string"}}}),
]


def operator_schema(handler: GetCoreSchemaHandler) -> CoreSchema:
    """Any operator: its name as ``op``, and the arguments that are not defaults."""
    return handler.generate_schema(_OPERATOR)


def adapter(cls: type[Stored]) -> TypeAdapter[Stored]:
    """What reads and writes values of a class, made once."""
    if cls not in _ADAPTERS:
        _ADAPTERS[cls] = TypeAdapter(cls)
    return _ADAPTERS[cls]
