"""The colours of pictures. Those of families are light, so that black text on them is readable on a screen, in print and in dark mode,
and colour-blind people tell them apart; each box says what it is besides."""

from __future__ import annotations

FAMILIES = {
    "convolution": "#a8c3e8",
    "linear": "#f7ad47",
    "recurrent": "#fed5fe",
    "attention": "#5bf4d3",
    "embedding": "#ece0bb",
    "pooling": "#b3f48a",
    "normalization": "#f3e33f",
    "activation": "#fdb2a0",
    "dropout": "#ededed",
    "join": "#bfb2fd",
    "arithmetic": "#bfb2fd",
    "block": "#c5ccd9",
    "parameter": "#f6c995",
    "input": "#35414f",
    "output": "#35414f",
}
OTHER = "#f7f7f7"
"""What rearranges, compares or converts, and owns nothing."""

TEXT = "#1c232b"
NOTE = "#434d57"
"""Labels and numbers in a box."""
INVERSE = "#ffffff"
LINE = "#8b96a3"

PAGE = "#fffffe"
CLUSTERS = ("#f7f9fb", "#eef2f6")
"""Backgrounds of clusters, by turns from the outside in."""
PAGE_TEXT = "#1c232c"
PAGE_NOTE = "#5f6974"

DARK = {
    PAGE: "#14181d",
    CLUSTERS[0]: "#1b2128",
    CLUSTERS[1]: "#242c35",
    PAGE_TEXT: "#e6eaee",
    PAGE_NOTE: "#a7b1bb",
}
"""What stands for the page's colours, which no box has, where the reader prefers a dark page."""


def fill(family: str) -> str:
    """The background of a family's nodes, as six digits."""
    return FAMILIES.get(family, OTHER)


def ink(family: str) -> str:
    """The text on it."""
    return INVERSE if family in ("input", "output") else TEXT
