"""Receptive fields: by formula, and against the gradients of real modules at every output position."""

from __future__ import annotations

import json
from fractions import Fraction

import pytest
import torch
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from archc import driver
from archc.analysis.field import Fields, Seen, finite, text
from archc.backends.torch import instantiate
from archc.ir.graph import Net

CHANGES = (
    "conv(1, {k}, padding={p}, bias=False)",
    "conv(1, {k}, stride={s}, padding={p}, bias=False)",
    "conv(1, {k}, dilation=2, bias=False)",
    "avg_pool({s}, stride={s}, ceil_mode=True)",
    "avg_pool(3, stride=2, padding=1)",
    "conv_transpose(1, {k}, stride={s}, bias=False)",
    "conv_transpose(1, {k}, stride={s}, padding={p}, bias=False)",
    'upsample(scale_factor={s}, mode="nearest")',
    'upsample(scale_factor={s}, mode="nearest-exact")',
    'upsample(scale_factor={s}, mode="linear")',
    'upsample(scale_factor=0.5, mode="nearest")',
    'upsample(scale_factor=0.5, mode="area")',
    'upsample(scale_factor=1.5, mode="linear")',
    "pad((2, 1))",
    "pad((-1, -1))",
)


def net_of(text: str) -> Net:
    return list(driver.check_text(text, "test.arch").raise_errors().nets.values())[-1].ir


def result(net: Net) -> dict[tuple[int, int], Seen]:
    return finite(Fields(net).root().results[0])


def outputs(net: Net, size: int) -> tuple[torch.Tensor, torch.Tensor]:
    """An input, and the output of the net with positive weights, so that no two gradients cancel."""
    module = instantiate(net).double().eval()
    with torch.no_grad():
        for parameter in module.parameters():
            parameter.uniform_(0.5, 1)
    x = torch.ones(1, 1, size, dtype=torch.float64, requires_grad=True)
    return x, module(x)[0, 0]


def agrees(net: Net, size: int, *, holes: bool = False) -> int:
    """Compare the positions in the middle, far from any padding, with their gradients; tells how many there were.

    With ``holes`` within what is seen, at whose edges nothing may come through, the extent is a bound.
    """
    seen = result(net).get((0, 2))
    if seen is None:
        return 0  # an area of a symbolic size has no ratio: everything may be seen
    x, values = outputs(net, size)
    middle, compared = len(values) // 2, 0
    for position in range(max(0, middle - 12), min(len(values), middle + 12)):
        extent = seen.at(position)
        if extent is not None and not 24 <= extent[0] <= extent[1] < size - 24:
            continue
        (gradient,) = torch.autograd.grad(values[position], x, retain_graph=True)
        found = gradient[0, 0].nonzero().flatten().tolist()
        if holes:
            assert not found or (extent is not None and extent[0] <= found[0] and found[-1] <= extent[1]), position
        else:
            assert extent == ((found[0], found[-1]) if found else None), position
        compared += 1
    return compared


def chain(changes: list[str], size: int = 160) -> str:
    lines = "".join(f"        -> {number}: {change}\n" for number, change in enumerate(changes))
    return f"net chain()(x: [B, 1, T={size}]):\n    return x\n{lines}"


@st.composite
def changes(draw: st.DrawFn) -> str:
    kernel = draw(st.integers(1, 5))
    return draw(st.sampled_from(CHANGES)).format(
        k=kernel, s=draw(st.integers(2, 3)), p=draw(st.integers(0, kernel // 2))
    )


@settings(max_examples=80, deadline=None)
@given(st.lists(changes(), min_size=1, max_size=4))
def test_random_chains_see_what_their_gradients_say(drawn: list[str]) -> None:
    found = driver.check_text(chain(drawn), "test.arch")
    assume(found.ok)
    text = " ".join(drawn)  # a dilated kernel may step over all that a transposed convolution has left between zeros
    agrees(found.nets["chain"].ir, 160, holes="dilation" in text and "transpose" in text)


BRANCHES = """
block Residual(k)(x: [B, 1, T]):
    return x + (x -> a: conv(1, k, padding=k // 2, bias=False) -> b: conv(1, 3, padding=1, bias=False))


net branches()(x: [B, 1, T=240]):
    y = x -> stem: conv(1, 3, stride=2, padding=1, bias=False) -> r1: Residual(k=5)
    z = y -> avg_pool(2) -> r2: Residual(k=3) -> up: conv_transpose(1, 4, stride=2, padding=1, bias=False)
    return concat(y, z, dim=1) -> head: conv(1, 1, bias=False) -> x[:, :, 1:-1]
"""


def test_branches_and_residuals_take_the_largest_extent() -> None:
    net = net_of(BRANCHES.replace(" -> x[:, :, 1:-1]", ""))
    assert agrees(net, 240) == 24


@pytest.mark.parametrize(("layers", "kernel"), [(1, 3), (5, 3), (96, 5), (1000, 7)])
def test_equal_kernels(layers: int, kernel: int) -> None:
    spec = f"net n()(x: [B, 1, T=9000]):\n    return x -> body: [conv(1, {kernel}, padding='same') for i in range({layers})]\n"
    (seen,) = result(net_of(spec.replace("'", '"'))).values()
    assert seen.size == layers * (kernel - 1) + 1
    assert (seen.stride, seen.start) == (Fraction(1), -layers * (kernel // 2))


def test_every_copy_of_a_repeated_block_has_its_own() -> None:
    spec = (
        "block Two()(x: [B, 1, T]):\n    return x -> a: conv(1, 3, padding=1) -> b: conv(1, 3, padding=1)\n\n\n"
        "net n()(x: [B, 1, T=64]):\n    return x -> body: [Two() for i in range(10)]\n"
    )
    fields = Fields(net_of(spec))
    sizes = [next(iter(finite(fields.at(f"body.{i}.{part}") or {}).values())).size for i in range(10) for part in "ab"]
    assert sizes == [3 + 2 * number for number in range(20)]
    assert fields.at("body.10") is None
    assert fields.at("body.3.c") is None


@pytest.mark.parametrize(
    ("body", "wanted"),
    [
        ("x -> permute(0, 2, 3, 1) -> n: layer_norm -> permute(0, 3, 1, 2) -> c: conv(4, 3)", "3"),
        ("x -> transpose(2, 3) -> c: conv(4, (3, 5))", "5 × 3"),
        ("x[:, :, 2:-2, 1:] -> c: conv(4, 3, stride=2)", "3, step 2, from 2, 1"),
        ("x -> c: conv(4, 3, stride=2) -> mean(dim=3)", "3, step 2"),
        ("x -> unsqueeze(2) -> flatten(1, 2) -> c: conv(4, 3)", "3"),
        ("x -> c: conv(4, 16, stride=16) -> adaptive_avg_pool(1)", "all"),
        ("x -> c: conv(4, 3) -> flatten -> fc: linear(10)", "all"),
        ("x -> pixel_unshuffle(2) -> c: conv(4, 3) -> pixel_shuffle(2)", "6"),
        ("x * (x -> adaptive_avg_pool(1))", "all"),
        ("x.new_zeros(4, 4)", ""),
    ],
)
def test_dims_are_followed_through_layouts(body: str, wanted: str) -> None:
    spec = f"net n()(x: [B=2, 4, 32, 32]):\n    return {body}\n"
    assert text(Fields(net_of(spec)).root().results[0]) == wanted


def test_tokens_follow_the_middle_dim() -> None:
    spec = "net n()(x: [B, T=32, 8]):\n    return x -> transpose(1, 2) -> c: conv(8, 5) -> transpose(1, 2) -> fc: linear(3)\n"
    assert {key: seen.size for key, seen in result(net_of(spec)).items()} == {(0, 1): 5}


def test_fractions_of_a_step() -> None:
    (seen,) = result(net_of(chain(['upsample(scale_factor=2, mode="nearest")', "conv(1, 3)"]))).values()
    assert (seen.size, seen.stride, seen.period, seen.shift) == (2, Fraction(1, 2), ((0, 1), (0, 1)), 1)


def test_a_published_field() -> None:
    fields = Fields(driver.compile("vgg16").ir)
    assert text(fields.at("features.30") or {}) == "212, step 32, from -90"


def test_the_summary_has_a_column() -> None:
    net = driver.compile("vgg16")
    assert net.summary(field=True).splitlines()[2].endswith("FLOPs  Sees")
    assert "Sees" not in net.summary()
    assert "| Sees |" in net.summary(field=True, format="markdown")
    rows = json.loads(net.summary(field=True, format="json"))["rows"]
    found = {row["path"]: row["field"] for row in rows}
    assert found["features.2"] == [
        {"input": 0, "dim": 2, "name": "H", "size": 5, "stride": "1", "start": -2},
        {"input": 0, "dim": 3, "name": "W", "size": 5, "stride": "1", "start": -2},
    ]
    assert found["classifier.0"] == "all"


FACTS = """
net n()(x: [B, 1, H=64, W=64]):
    return x -> a: conv(4, (3, 5)) -> b: conv(4, 3, stride=2) -> pool: adaptive_avg_pool(1)


assert n.receptive_field("a") == (3, 5)
assert n.receptive_field("b") == {wanted}
assert n.receptive_field("pool") == "all"
"""


def test_a_file_asserts_it() -> None:
    assert driver.check_text(FACTS.format(wanted="(5, 7)"), "test.arch").diagnostics == ()
    report = driver.check_text(FACTS.format(wanted="7"), "test.arch")
    assert len(report.diagnostics) == 1
    assert "(5, 7)" in str(report.diagnostics[0])


def test_a_wrong_call_is_told() -> None:
    report = driver.check_text(FACTS.format(wanted="(5, 7)").replace('field("b")', 'field("bb")'), "test.arch")
    assert [found.message for found in report.diagnostics] == ["n has no label 'bb'"]
