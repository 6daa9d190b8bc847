"""Colours that can be told apart, also by people who see fewer of them."""

from __future__ import annotations

import itertools
import math

import pytest

from archc.backends.palette import FAMILIES

# Machado, Oliveira and Fernandes 2009, table 1, severity 1.0: what linear RGB looks like.
SEEN_AS = {
    "all": ((1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0)),
    "protanopia": ((0.152286, 1.052583, -0.204868), (0.114503, 0.786281, 0.099216), (-0.003882, -0.048116, 1.051998)),
    "deuteranopia": ((0.367322, 0.860646, -0.227968), (0.280085, 0.672501, 0.047413), (-0.01182, 0.04294, 0.968881)),
    "tritanopia": ((1.255528, -0.076749, -0.178779), (-0.078411, 0.930809, 0.147602), (0.004733, 0.691367, 0.3039)),
}
SRGB = ((0.4124, 0.3576, 0.1805), (0.2126, 0.7152, 0.0722), (0.0193, 0.1192, 0.9505))
WHITE = (0.9505, 1.0, 1.089)
NOTICEABLE = 7.5
"""A difference of 1 in CIELAB is just noticeable side by side."""

Color = tuple[float, float, float]


@pytest.mark.parametrize("sight", SEEN_AS)
def test_families_are_told_apart(sight: str) -> None:
    assert nearest(FAMILIES, sight) > NOTICEABLE


def test_colours_that_are_too_near_are_found() -> None:
    assert nearest({"red": "#d08080", "green": "#a09a80"}, "all") > NOTICEABLE
    assert nearest({"red": "#d08080", "green": "#a09a80"}, "deuteranopia") < NOTICEABLE


def nearest(colors: dict[str, str], sight: str) -> float:
    seen = [lab(look(color, sight)) for color in set(colors.values())]
    return min(math.dist(a, b) for a, b in itertools.combinations(seen, 2))


def look(color: str, sight: str) -> Color:
    parts = [int(color[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return times(SEEN_AS[sight], (linear[0], linear[1], linear[2]))


def times(matrix: tuple[Color, Color, Color], color: Color) -> Color:
    red, green, blue = (sum(a * b for a, b in zip(row, color, strict=True)) for row in matrix)
    return min(1.0, max(0.0, red)), min(1.0, max(0.0, green)), min(1.0, max(0.0, blue))


def lab(color: Color) -> Color:
    x, y, z = (cube(part / white) for part, white in zip(times(SRGB, color), WHITE, strict=True))
    return 116 * y - 16, 500 * (x - y), 200 * (y - z)


def cube(part: float) -> float:
    return float(part ** (1 / 3)) if part > 0.008856 else 7.787 * part + 16 / 116
