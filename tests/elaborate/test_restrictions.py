"""What ``where`` states is used: demands that follow from it are no assumptions."""

from __future__ import annotations

import pytest

from archc import driver

NET = """net A()(x: [B, 4, H=60]) -> [B, 4, H]{where}:
    y = x -> max_pool(2)
    y = y + (y -> max_pool(2) -> upsample(scale_factor=2))
    return x + (y -> upsample(scale_factor=2))
"""


@pytest.mark.parametrize(
    ("where", "assumed"),
    [
        ("", 2),
        (" where H % 4 == 0", 0),
        (" where H % 12 == 0", 0),
        (" where H % 16 == 12", 0),
        (" where 0 == H % 4", 0),
        (" where H % 3 == 0", 2),
        (" where H % 2 == 0", 1),
        (" where H >= 4", 2),
    ],
)
def test_a_demand_that_follows_is_no_assumption(where: str, assumed: int) -> None:
    report = driver.check_text(NET.format(where=where))
    assert [d.code for d in report.diagnostics] == ["N0301"] * assumed


def test_the_sizes_that_a_restriction_excludes_are_refused_still() -> None:
    (found,) = driver.check_text(NET.format(where=" where H % 16 == 4")).diagnostics
    assert found.code == "E0311"
