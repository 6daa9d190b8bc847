"""The declarations for torch.export are what torch.export accepts, and the exported program takes the other sizes too."""

from __future__ import annotations

from typing import Any

import pytest
import torch

from archc import driver
from archc.analysis.export import export_text
from archc.backends.torch import instantiate
from archc.ir.graph import Net

VGG = """
net n()(image: [B, 1, H=32, W=40]):
    return image -> c1: conv(4, 3, padding=1) -> relu -> max_pool(2) -> c2: conv(4, 3, padding=1) -> max_pool(8)
        -> adaptive_avg_pool(2) -> flatten -> fc: linear(3)
"""
PADDED = """
net n()(image: [B, 1, H=32, W=32]):
    x = image -> down: conv(4, 3, padding=1)
    y = x -> max_pool(4) -> inner: conv(4, 3, padding=1) -> up: conv_transpose(4, 4, stride=4)
    return x + y
"""
VALID = """
net n()(image: [B, 1, H=28, W=28]):
    x = image -> down: conv(4, 3)
    y = x -> max_pool(2) -> inner: conv(4, 3) -> up: conv_transpose(4, 2, stride=2)
    return concat(x[:, :, 2:-2, 2:-2], y, dim=1)
"""
ODD = "net n()(x: [B, T=12]):\n    return x -> unsqueeze(2) -> expand(B, T, T + 1) -> reshape(B, 3, -1)\n"
UPTO = "net n()(image: [B, T=8, 4]) where T <= 64, T >= 2:\n    return image -> fc: linear(2)\n"


def net_of(text: str) -> Net:
    return driver.check_text(text, "test.arch").raise_errors().nets["n"].ir


def declared(net: Net) -> dict[str, Any]:
    scope: dict[str, Any] = {}
    exec(export_text(net), scope)
    return scope


@pytest.mark.parametrize(
    ("text", "sizes"),
    [
        (VGG, [(32, 32), (47, 40), (33, 100)]),
        (PADDED, [(8, 8), (12, 64), (40, 20)]),
        (VALID, [(10, 28), (12, 14), (40, 30)]),
    ],
)
def test_a_declaration_exports(text: str, sizes: list[tuple[int, int]]) -> None:
    net = net_of(text)
    module = instantiate(net).eval()
    example = torch.randn(2, 1, *(symbol.example for symbol in net.symbols[1:]))
    program = torch.export.export(module, (example,), dynamic_shapes=declared(net)["dynamic_shapes"])
    for height, width in sizes:
        image = torch.randn(3, 1, height, width)
        assert torch.equal(program.module()(image), module(image))


def test_an_exported_program_refuses_the_others() -> None:
    net = net_of(PADDED)
    shapes = declared(net)["dynamic_shapes"]
    program = torch.export.export(instantiate(net).eval(), (torch.randn(2, 1, 32, 32),), dynamic_shapes=shapes)
    with pytest.raises((AssertionError, RuntimeError)):
        program.module()(torch.randn(2, 1, 30, 32))


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        (VGG, ['H = torch.export.Dim("H", min=32)', '    "image": {0: B, 2: H, 3: W},']),
        (PADDED, ['_h = torch.export.Dim("_h", min=2)', "H = 4 * _h"]),
        (UPTO, ['T = torch.export.Dim("T", min=2, max=64)']),
        (
            "net n()(x: [B, T=11]) where T % 4 == 3, T >= 9:\n    return x\n",
            ['_t = torch.export.Dim("_t", min=2)', "T = 4 * _t + 3"],
        ),
        (
            "net n()(x: [B, T], y: [B, S]):\n    return x + y\n",
            ["S = T", '    "x": {0: B, 1: T},', '    "y": {0: B, 1: S},'],
        ),
        (
            "net n()(x: [B, T=5]) where T == 5:\n    return x\n",
            ["# T: always 5", '    "x": {0: B, 1: torch.export.Dim.AUTO},'],
        ),
        (ODD, ["# T: no Dim says which sizes it takes", '    "x": {0: B, 1: torch.export.Dim.AUTO},']),
        ("net n()(x: [B, T, S=20]):\n    return x -> reshape(B, 16, -1)\n", ["# and B * (S * T % 16) == 0"]),
        ("net n()(x: [B, T], m: [B, T] = None):\n    return x\n", ['    "m": None,  # {0: B, 1: T} where it is given']),
    ],
)
def test_forms(text: str, lines: list[str]) -> None:
    found = export_text(net_of(text))
    assert [line for line in lines if line not in found.splitlines()] == []
    declared(net_of(text))


RECURRENT = """
block Read(hidden)(x: [B, T, D]) -> [B, hidden]:
    y, h = x -> gru: gru(hidden)
    return h[0]

net n()(x: [B, T=12, 4], y: [B, S=6, 4]) -> [B, 8]:
    return (x[:, ::2] -> read: Read(8)) + (y -> fc: linear(8)).mean(dim=1)
"""


@pytest.mark.filterwarnings("ignore:The tensor attributes self.read.gru:UserWarning")  # torch's own layer
def test_what_is_unrolled_has_a_program_for_each_size() -> None:
    """PyTorch's recurrent layers: the number of their steps becomes a constant of the program."""
    net = net_of(RECURRENT)
    text = export_text(net)
    assert "# T: each has a program of its own, for torch.export unrolls gru" in text
    assert '"x": {0: B},' in text and '"y": {0: B, 1: S},' in text
    module = instantiate(net).eval()
    example = (torch.randn(3, 12, 4), torch.randn(3, 6, 4))
    program = torch.export.export(module, example, dynamic_shapes=declared(net)["dynamic_shapes"])
    other = (torch.randn(5, 12, 4), torch.randn(5, 9, 4))
    assert torch.equal(program.module()(*other), module(*other))
