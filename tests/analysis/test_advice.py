"""The ``where`` that is proposed for a net can be written, and then there is nothing left to propose."""

from __future__ import annotations

from pathlib import Path

import pytest

from archc import driver

DOMAINS = {
    "x + (x -> max_pool(4) -> upsample(scale_factor=4))": "H % 4 == 0",
    "max_pool(x, 4) + max_pool(pad(x, (0, 2)), 4)": "H >= 4, H % 4 in (0, 1)",
    "max_pool(x, 3) + max_pool(pad(x, (0, 1)), 3)": "H >= 3, H % 3 != 2",
    "max_pool(x, 8) + max_pool(pad(x, (0, 3)), 8)": "H >= 8, H % 8 in (0, 1, 2, 3, 4)",
}


@pytest.mark.parametrize("body", DOMAINS)
def test_a_proposed_where_can_be_written(body: str, tmp_path: Path) -> None:
    path = tmp_path / "net.arch"
    path.write_text(f"net A()(x: [B, 4, H=40]) -> [B, ...]:\n    return {body}\n")
    (advice,) = driver.check(path).advice
    assert advice.fix is not None
    assert advice.fix.text == f" where {DOMAINS[body]}"
    span, text = advice.fix.span, path.read_text()
    path.write_text(text[: span.start] + advice.fix.text + text[span.end :])
    report = driver.check(path)
    assert (report.diagnostics, report.advice) == ((), ())
