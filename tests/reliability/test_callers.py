"""What a caller gives in Python, rather than a spec, is judged as a spec is: no traceback from within."""

from __future__ import annotations

import math
from enum import IntEnum
from typing import Any

import pytest

from archc import driver
from archc.diagnostics.errors import ArchError

ITSELF: list[Any] = []
ITSELF.append(ITSELF)
TWIN: Any = (1,)
for _ in range(60):
    TWIN = (TWIN, TWIN)


VALUES = [0, -1, True, 1.5, "x", math.nan, None, [1], 10**30, 10**600, 10**5000, object(), ITSELF, TWIN]


@pytest.mark.parametrize("value", VALUES, ids=lambda value: type(value).__name__)
@pytest.mark.parametrize("name", ["classes", "features"])
def test_senseless_arguments(name: str, value: object) -> None:
    with pytest.raises(ArchError) as caught:
        driver.compile("vgg16", **{name: value})  # type: ignore[arg-type]
    assert all(found.span is not None for found in caught.value.diagnostics)
    assert len(str(caught.value)) < 5000


class Layers(list[Any]):
    """A caller's own kind of list."""


class Pair(tuple[Any, ...]):
    """A caller's own kind of tuple."""


class Half(float):
    """A caller's own kind of float, as NumPy's are."""

    def __repr__(self) -> str:
        return "Half()"


class Size(IntEnum):
    TEN = 10


def test_values_of_a_callers_own_kinds_are_what_they_equal() -> None:
    plain = driver.compile("resnet50", depths=[3, 4, 6, 3], classes=10)
    own = driver.compile("resnet50", depths=Layers([3, 4, 6, 3]), classes=Size.TEN)
    assert own.shapes == plain.shapes
    assert own.params == plain.params
    assert driver.compile("vgg16", p=Half(0.25)).source == driver.compile("vgg16", p=0.25).source


def test_a_callers_own_kind_of_tuple_is_paid_for() -> None:
    twin: Any = Pair((1,))
    for _ in range(60):
        twin = Pair((twin, twin))
    with pytest.raises(ArchError) as caught:
        driver.compile("vgg16", features=twin)
    assert caught.value.diagnostics[0].code in ("E0601", "E0603")


@pytest.mark.parametrize("name", ["klasses", "class", "a b", "__class__", ""])
def test_unknown_arguments(name: str) -> None:
    with pytest.raises(ArchError) as caught:
        driver.compile("vgg16", **{name: 3})  # type: ignore[arg-type]
    assert [found.code for found in caught.value.diagnostics] == ["E0203"]


@pytest.mark.parametrize("size", [0, -1, True, 1.5, "x", math.nan, None, 10**30])
def test_senseless_sizes(size: Any) -> None:
    with pytest.raises(ArchError) as caught:
        driver.compile("vgg16", sizes={"H": size})
    assert [found.code for found in caught.value.diagnostics] == ["E0312"]
    (found,) = driver.check("vgg16", sizes={"H": size}).diagnostics
    assert found.help == "for example H=224"


def test_other_sizes_are_used() -> None:
    assert driver.compile("vgg16", sizes={"H": 256}).ir.symbols != driver.compile("vgg16").ir.symbols
