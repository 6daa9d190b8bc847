"""What a caller gives in Python, rather than a spec, is judged as a spec is: no traceback from within."""

from __future__ import annotations

import math
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
