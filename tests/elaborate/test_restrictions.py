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


def test_an_order_that_is_stated_settles_demands_on_both_sizes() -> None:
    text = """net A()(x: [B, T=12, 8], y: [B, P=5, 8]) -> [B, T, 8]{where}:
    return concat(x[:, :T - P], x[:, T - P:] + y, dim=1)
"""
    stated = driver.check_text(text.format(where=" where P < T"))
    assert not stated.diagnostics and not stated.advice
    found = {note.message for note in driver.check_text(text.format(where=" where P <= T + 1")).diagnostics}
    assert found == {"assumed that T - P >= 0", "assumed that T - P >= 1"}
