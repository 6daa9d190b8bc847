"""The fields of operators, read from the annotations of their classes."""

from __future__ import annotations

import builtins
import sys
from collections.abc import Mapping
from dataclasses import MISSING
from functools import cached_property
from inspect import get_annotations
from types import SimpleNamespace
from typing import Any, get_type_hints

from archc.ir.plain import Check, check_of


class Field:
    """One field of a class. Its annotation is text until it is asked for, because evaluating it takes time, and most never are."""

    def __init__(self, owner: type, annotation: Any, default: Any) -> None:
        self.default = default
        self._owner, self._annotation = owner, annotation

    def is_required(self) -> bool:
        """Whether it has no default."""
        return self.default is MISSING

    @cached_property
    def annotation(self) -> Any:
        """The type, with its marks."""
        names = vars(sys.modules[self._owner.__module__])
        for known in (names, vars(builtins)):
            if self._annotation in known:  # a name alone, as most are
                return known[self._annotation]
        alone = SimpleNamespace(__annotations__={"field": self._annotation})
        return get_type_hints(alone, names, include_extras=True)["field"]

    @cached_property
    def is_float(self) -> bool:
        """Whether it takes nothing but a float, for which an integer may stand."""
        return float in (self.annotation, getattr(self.annotation, "__origin__", None))

    @cached_property
    def is_plain(self) -> Check:
        """Whether a value is plainly of the type."""
        return check_of(self.annotation)


def fields_of(cls: type) -> Mapping[str, Field]:
    """The fields of a class, those of its bases first. One that a class states anew keeps its place."""
    inherited: dict[str, Field] = {}
    for base in reversed(cls.__bases__):
        inherited |= getattr(base, "fields", {})
    own = {
        name: Field(cls, annotation, vars(cls).get(name, MISSING))
        for name, annotation in get_annotations(cls).items()
        if not str(annotation).startswith("ClassVar")
    }
    hidden = [name for name in inherited if name in vars(cls) and name not in own]
    if hidden:
        raise TypeError(f"{cls.__name__} gives {', '.join(hidden)} without an annotation, but a field has one")
    return inherited | own
