"""The operators, one class each, a family a file. Every module of this package is found and loaded here: adding an operator touches
one file."""

from __future__ import annotations

from functools import cache
from importlib import import_module
from pkgutil import iter_modules

from archc.ir.operator import OPERATORS, Operator


@cache
def operators() -> dict[str, type[Operator]]:
    """All operators by name."""
    for module in iter_modules(__path__):
        import_module(f"{__name__}.{module.name}")
    return OPERATORS
