"""Sizes as canonical symbolic integers. See `core` for the form, `division` for the rules of `//`."""

from archc.ir.dims.atoms import DimTooLarge
from archc.ir.dims.bounds import lower, upper
from archc.ir.dims.core import Dim, dim_pow, is_dim, symbol, total
from archc.ir.dims.division import ceil_div, exact_div, floor_div
from archc.ir.dims.minmax import dim_max, dim_min
from archc.ir.dims.parse import parse_dim
from archc.ir.dims.schema import DimLike
from archc.ir.dims.substitution import evaluate, substitute, symbols_of
from archc.ir.dims.text import render, to_python

__all__ = [
    "Dim",
    "DimLike",
    "DimTooLarge",
    "ceil_div",
    "dim_max",
    "dim_min",
    "dim_pow",
    "evaluate",
    "exact_div",
    "floor_div",
    "is_dim",
    "lower",
    "parse_dim",
    "render",
    "substitute",
    "symbol",
    "symbols_of",
    "to_python",
    "total",
    "upper",
]
