"""A block that is applied again to inputs of equal types means there what it meant before; a label is taken once."""

from __future__ import annotations

import pytest
import torch

from tests.reliability.specs import accepted, refused

POOL = """
block Pool()(x: [B, C, H, W]) -> [B, C, _, _]:
    return x -> max_pool(4)

block Within()(x: [B, C, H, W]) -> [B, C, _, _]:
    return x -> pool: Pool()

net N()(x: [B, 8, H=16, W=16]):
    y = x -> upsample(scale_factor=4) -> within: Within()
"""


def test_what_a_block_demands_is_demanded_by_every_module_that_uses_it() -> None:
    alone, both = (accepted(POOL + last).nets["N"] for last in ("    return y\n", "    return y, x -> pool: Pool()\n"))
    assert alone.domain.conditions() == []
    assert both.domain.conditions() == ["H >= 4", "W >= 4"]


def test_what_a_signature_demands_is_demanded_by_every_module_that_uses_it() -> None:
    text = """
block Sum()(x: [B, T, 8], y: [B, T, 8]) -> [B, T, 8]:
    return x + y

block Within()(x: [B, S, 8], y: [B, T, 8]) -> [B, S, 8]:
    return (x, y) -> sum: Sum()

net N()(x: [B, S=4, 8], y: [B, T=4, 8]):
    a = (x, x) -> within: Within()
"""
    alone, both = (
        accepted(text + last).nets["N"] for last in ("    return a\n", "    return a, (x, y) -> sum: Sum()\n")
    )
    assert [str(constraint) for constraint in alone.ir.top.constraints] == []
    assert [str(constraint) for constraint in both.ir.top.constraints] == ["S == T"]


def test_what_a_star_takes_is_taken_again() -> None:
    text = """
block Mix()(*maps: [B, C]) -> [B, _]:
    return concat(*maps, dim=1) -> fc: linear(4)

net N()(x: [B, 3], y: [B, 3]) -> [B, 8]:
    return concat((x, y) -> one: Mix(), (y, x) -> other: Mix(), dim=1)
"""
    net = accepted(text).nets["N"]
    net.verify()
    module = net.module()
    x, y = torch.randn(2, 3), torch.randn(2, 3)
    one, other = (module.get_submodule(f"{label}.fc") for label in ("one", "other"))
    wanted = [one(torch.cat((x, y), 1)), other(torch.cat((y, x), 1))]
    assert torch.equal(module(x, y), torch.cat(wanted, 1))


@pytest.mark.parametrize(
    ("one", "other", "dtypes"),
    [
        ("x.clamp(min=0)", "x.clamp(min=0.0)", [torch.int64, torch.float32]),
        ("x.clamp(min=0.0)", "x.clamp(min=0)", [torch.float32, torch.int64]),
        ("x -> a: Least(0)", "x -> b: Least(0.0)", [torch.int64, torch.float32]),
        ("x -> a: Least(1.0)", "x -> b: Least(1)", [torch.float32, torch.int64]),
        ("x -> least(0)", "x -> least(0.0)", [torch.int64, torch.float32]),
    ],
)
def test_a_number_is_told_from_an_equal_one_of_another_kind(one: str, other: str, dtypes: list[torch.dtype]) -> None:
    text = f"""
block Least(n)(x: int[B, T]):
    return x.clamp(min=n)

def least(n):
    return clamp(min=n)

net N()(x: int[B, T]):
    return {one}, {other}
"""
    found = accepted(text).nets["N"].module()(torch.tensor([[-1, 2]]))
    assert [y.dtype for y in found] == dtypes


@pytest.mark.parametrize(
    "chain",
    [
        "x -> a.b: linear(8) -> a: linear(8)",
        "x -> a.b.c: linear(8) -> a.b: linear(8)",
        "x -> a.b.c: linear(8) -> a.d: linear(8) -> a: [linear(8)]",
        "x -> a: linear(8) -> a.b: linear(8)",
        "x -> a.b: linear(8) -> a.c: linear(8) -> a.b.d: linear(8)",
        "x -> a: [linear(8), relu] -> a.b: linear(8)",
        "x -> a: [b.c: linear(8), relu] -> a.b.d: linear(8)",
    ],
)
def test_a_label_that_names_a_layer_or_a_list_is_no_part_of_another(chain: str) -> None:
    assert refused(f"net N()(x: [B, 8]) -> [B, 8]:\n    return {chain}\n") == ["E0502"]


def test_labels_may_share_their_first_parts() -> None:
    chain = "x -> a.b.c: linear(8) -> a.b.d: linear(8) -> a.e: linear(8) -> a.b.f: [b: linear(8)] -> a.b.g: linear(8)"
    net = accepted(f"net N()(x: [B, 8]) -> [B, 8]:\n    return {chain}\n").nets["N"]
    assert [child.label for child in net.ir.top.children] == ["a.b.c", "a.b.d", "a.e", "a.b.f.b", "a.b.g"]


def test_what_is_converted_in_one_arm_is_converted_again_behind_it() -> None:
    text = """
block Scale()(x: [B, T], weights: [T]) -> [B, T]:
    return x * weights

net N()(x: [B, T]) -> [B, T]:
    weights = arange(T) / 2
    if training:
        x = (x, weights) -> first: Scale()
    return (x, weights) -> second: Scale()
"""
    net = accepted(text).nets["N"]
    net.verify()
    module, x, weights = net.module(), torch.randn(2, 3), torch.arange(3) / 2
    assert torch.equal(module.train()(x), x * weights * weights)
    assert torch.equal(module.eval()(x), x * weights)
