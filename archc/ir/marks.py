"""Marks in the annotations of fields: bounds of numbers, and functions that read values.

They do without Pydantic, whose import takes longer than checking a net: a mark tells it what it means when it is asked.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from math import floor, isfinite
from typing import TYPE_CHECKING, Annotated, Any

if TYPE_CHECKING:
    from pydantic import GetCoreSchemaHandler
    from pydantic_core import CoreSchema


class Within:
    """Marks a number that has bounds, or is ``finite``: neither infinite nor not a number."""

    def __init__(
        self,
        *,
        gt: float | None = None,
        ge: float | None = None,
        lt: float | None = None,
        le: float | None = None,
        finite: bool = False,
    ) -> None:
        self.gt, self.ge, self.lt, self.le, self.finite = gt, ge, lt, le, finite
        bounds = ((operator.gt, gt), (operator.ge, ge), (operator.lt, lt), (operator.le, le))
        self._bounds = [(holds, bound) for holds, bound in bounds if bound is not None]

    @property
    def least(self) -> float | None:
        """The least integer within, where there is no other bound."""
        if len(self._bounds) != 1 or self.finite:
            return None
        return self.ge if self.gt is None else floor(self.gt) + 1

    def keeps(self, value: float) -> bool:
        """Whether a number is within."""
        for holds, bound in self._bounds:
            if not holds(value, bound):
                return False
        return not self.finite or isfinite(value)

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        from pydantic import Field

        bounds = Field(gt=self.gt, ge=self.ge, lt=self.lt, le=self.le, allow_inf_nan=False if self.finite else None)
        return handler.generate_schema(Annotated[source, bounds])


class Read:
    """Marks a value that goes through ``function``, which may refuse it with a ``ValueError``: once its type has been checked, or
    ``first``."""

    def __init__(self, function: Callable[[Any], Any], *, first: bool = False) -> None:
        self.function, self.first = function, first

    def keeps(self, value: Any) -> bool:
        """Whether the function takes a value and changes nothing."""
        try:
            found = self.function(value)
        except ValueError:
            return False
        return type(found) is type(value) and bool(found == value)

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        from pydantic_core import core_schema

        if self.first:
            return core_schema.no_info_before_validator_function(self.function, handler(source))
        return core_schema.no_info_after_validator_function(self.function, handler(source))
