"""What one position of an operator's output sees of its input, dim by dim."""

from __future__ import annotations

from fractions import Fraction

import pytest

from archc.ir.operator import Along, Reach
from tests.contract.harness import read_call, read_type

ONE, HALF = Fraction(1), Fraction(1, 2)
KEPT = [Along(0), None]
"""Batch and channels of layers with windows."""
REACHES = [
    ("conv(8, 7, stride=2, padding=3)", "[B, 3, H]", [*KEPT, Along(2, Fraction(2), -3, 3)]),
    (
        "conv(8, (3, 4), padding=(2, 0), dilation=(2, 1))",
        "[B, 3, H, W]",
        [*KEPT, Along(2, ONE, -2, 2), Along(3, ONE, 0, 3)],
    ),
    ("conv(8, 4, padding='same')", "[B, 3, H]", [*KEPT, Along(2, ONE, -1, 2)]),
    ("conv_transpose(8, 4, stride=2, padding=1)", "[B, 3, H]", [*KEPT, Along(2, HALF, -1, HALF)]),
    ("conv_transpose(8, 3, dilation=2)", "[B, 3, H]", [*KEPT, Along(2, ONE, -4, 0)]),
    ("max_pool(3, stride=2, padding=1)", "[B, 3, H]", [*KEPT, Along(2, Fraction(2), -1, 1)]),
    ("avg_pool(2)", "[B, 3, D, H, W]", [*KEPT, *(Along(dim, Fraction(2), 0, 1) for dim in (2, 3, 4))]),
    ("pad((1, 2, 3, 4))", "[B, 3, H]", [Along(0), Along(1, ONE, -3, -3), Along(2, ONE, -1, -1)]),
    ("pad((1, 2))", "[B, H]", [Along(0), Along(1, ONE, -1, -1)]),
    ("layer_norm", "[B, T, 4]", [Along(0), Along(1), None]),
    ("layer_norm(normalized_shape=(3, 4))", "[B, 3, 4]", [Along(0), None, None]),
    ("local_response_norm(2)", "[B, 3, H]", [Along(0), None, Along(2)]),
    ("flatten", "[B, 3, H]", [Along(0), None]),
    ("flatten(0, 1)", "[B, T, 4, 5]", [None, Along(2), Along(3)]),
    ("flatten(1, 2)", "[B, T, 1]", [Along(0), Along(1)]),
    ("flatten(1, 2)", "[B, 1, T]", [Along(0), Along(2)]),
    ("unflatten(1, (2, -1))", "[B, 8, T]", [Along(0), None, None, Along(2)]),
    ("unflatten(1, (1, -1))", "[B, 8, T]", [Along(0), None, Along(1), Along(2)]),
    ("reshape(B, T, 2, 2)", "[B, T, 4]", [Along(0), Along(1), None, None]),
    ("reshape(B, 1, 8, 1, T)", "[B, 8, T]", [Along(0), None, Along(1), None, Along(2)]),
    ("reshape(B, T, 4)", "[B, T, 4]", [Along(0), Along(1), Along(2)]),
    ("reshape(3, 3, 3)", "[3, 9]", [Along(0), None, None]),
    ("reshape(9, 3)", "[3, 3, 3]", [None, Along(2)]),
]


@pytest.mark.parametrize(("call", "input_", "dims"), REACHES)
def test_reach(call: str, input_: str, dims: list[Along | None]) -> None:
    reach = read_call(call).reach(read_type(input_))
    assert reach == Reach("dims", tuple(dims))
