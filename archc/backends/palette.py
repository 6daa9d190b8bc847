"""The colour of each family of operators in pictures: light, so that black text on them is readable, and told apart by
colour-blind people by lightness where hues meet."""

from __future__ import annotations

FAMILIES = {
    "convolution": "#a6cbea",
    "linear": "#f8c88f",
    "recurrent": "#d9b8dc",
    "attention": "#8fd0c5",
    "embedding": "#e0cfa9",
    "pooling": "#b9dfae",
    "normalization": "#f7ecaa",
    "activation": "#f5c1bd",
    "dropout": "#e6e6e6",
    "join": "#cfc9e8",
    "arithmetic": "#cfc9e8",
    "block": "#dbe3ec",
    "parameter": "#efe4d2",
    "input": "#35414f",
    "output": "#35414f",
}
OTHER = "#f2f2f2"
"""What rearranges, compares or converts, and owns nothing."""

CLUSTERS = ("#f7f9fb", "#eef2f6")
"""Backgrounds of clusters, by turns from the outside in."""

TEXT = "#1c232b"
FAINT = "#66707c"
LINE = "#8b96a3"
INVERSE = "#ffffff"


def fill(family: str) -> str:
    """The background of a family's nodes, as six digits."""
    return FAMILIES.get(family, OTHER)


def ink(family: str) -> str:
    """The text on it."""
    return INVERSE if family in ("input", "output") else TEXT
