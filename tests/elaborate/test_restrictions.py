"""What ``where`` states is held against what the body needs, for every size."""

from __future__ import annotations

import pytest

from archc import driver

NET = """net A()(x: [B, 4, H=60]) -> [B, 4, H]{where}:
    y = x -> max_pool(2)
    y = y + (y -> max_pool(2) -> upsample(scale_factor=2))
    return x + (y -> upsample(scale_factor=2))
"""


@pytest.mark.parametrize(
    "where", [" where H % 4 == 0", " where H % 12 == 0", " where H % 16 == 12", " where 0 == H % 4"]
)
def test_a_demand_that_follows_is_proved(where: str) -> None:
    report = driver.check_text(NET.format(where=where))
    assert not report.diagnostics and not report.advice


@pytest.mark.parametrize(
    ("where", "size", "instead"),
    [
        (" where H % 3 == 0", 3, "H % 12 == 0"),
        (" where H % 2 == 0", 2, "H % 4 == 0"),
        (" where H >= 4", 5, "H % 4 == 0"),
        (" where H >= 5", 5, "H >= 8, H % 4 == 0"),
    ],
)
def test_a_where_that_admits_too_much_is_refused_with_the_smallest_size(where: str, size: int, instead: str) -> None:
    (found,) = driver.check_text(NET.format(where=where)).diagnostics
    assert (found.code, found.message) == (
        "E0314",
        f"the signature admits H={size}, for which A is not defined",
    )
    assert found.help == f"write where {instead}"


def test_without_a_where_the_one_to_write_is_shown() -> None:
    report = driver.check_text(NET.format(where=""))
    assert not report.diagnostics
    (found,) = report.advice
    assert (found.code, found.message) == ("N0302", "A is defined for H % 4 == 0")
    assert found.fix is not None and found.fix.text == " where H % 4 == 0"


def test_the_sizes_that_a_restriction_excludes_are_refused_still() -> None:
    (found,) = driver.check_text(NET.format(where=" where H % 16 == 4")).diagnostics
    assert found.code == "E0311"
