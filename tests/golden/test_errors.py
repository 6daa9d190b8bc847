"""The classic mistakes, each with the one error that it gives, as a user sees it."""

from __future__ import annotations

import pytest

from archc.diagnostics.catalogue import explain
from archc.diagnostics.render import render_all
from archc.driver import check_text
from tests.conftest import Golden

MISTAKES = {
    "residual": """\
block Residual(planes, stride=1)(x: [B, C, H, W]) -> [B, planes, _, _]:
    y = x -> conv1: conv(planes, 3, stride=stride, padding=1, bias=False) -> bn1: batch_norm -> relu
    return relu(x + y)

net A(classes=10)(image: [B, 3, H=32, W=32]) -> [B, classes]:
    return image
        -> stem: conv(64, 3, padding=1)
        -> layer1: Residual(64)
        -> layer2: Residual(128)
        -> adaptive_avg_pool(1) -> flatten -> fc: linear(classes)
""",
    "unknown_layer": """\
net A(classes=10)(image: [B, 3, H=32, W=32]) -> [B, classes]:
    return image
        -> conv1: conv(64, 3, padding=1) -> bn1: bach_norm -> relu
        -> adaptive_avg_pool(1) -> flatten -> fc: linear(classes)
""",
    "syntax": """\
net A(classes=10)(image: [B, 3, H=32, W=32]) -> [B, classes]:
    y = image -> conv1: conv(64, 3, padding=1 -> relu
    return y -> adaptive_avg_pool(1) -> flatten -> fc: linear(classes)
""",
    "kernel_too_large": """\
net A(classes=10)(image: [B, 3, 28, 28]) -> [B, classes]:
    return image
        -> conv1: conv(32, 5, stride=3) -> max_pool(2)
        -> conv2: conv(64, 7) -> relu
        -> adaptive_avg_pool(1) -> flatten -> fc: linear(classes)
""",
    "missing_argument": """\
net A(classes=10)(image: [B, 3, H=32, W=32]) -> [B, classes]:
    return image
        -> conv1: conv(64) -> relu
        -> adaptive_avg_pool(1) -> flatten -> fc: linear(classes)
""",
    "exploding_list": """\
net A(classes=10)(image: [B, 3, H=32, W=32]) -> [B, classes]:
    return image
        -> body: ([conv(64, 3, padding=1)] * 10 ** 12)
        -> adaptive_avg_pool(1) -> flatten -> fc: linear(classes)
""",
}


@pytest.mark.parametrize("name", MISTAKES)
def test_a_classic_mistake_gives_one_error(name: str, golden: Golden) -> None:
    report = check_text(MISTAKES[name], f"{name}.arch")
    assert len(report.diagnostics) == 1
    golden(f"errors/{name}.txt", render_all(report.diagnostics, report.sources, color=False))


def test_the_page_of_a_code(golden: Golden) -> None:
    golden("errors/explain.txt", explain("E0303"))
