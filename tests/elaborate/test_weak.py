"""Weak floats, made of integers and numbers alone: they take the dtype of what they meet, in a model of any dtype."""

from __future__ import annotations

import pytest
import torch

from archc.backends.torch.check import instantiate
from archc.ir.graph import Net
from archc.ir.types import TensorType
from tests.elaborate.specs import net, refusal

MEETINGS = {
    "arithmetic": "x + sin(arange(T) / 10)[:, None]",
    "an integer input": "x * (n / 4)[:, None, None]",
    "a mask of two numbers": "x + where(arange(T) > 2, 0.0, -1.5)[:, None]",
    "matrix product": "(arange(T) / T)[None, :].expand(T, T) @ x",
    "concat": "concat(x, (arange(16) / 16)[None, None, :].expand(B, T, 16), dim=1)[:, :T]",
    "attention": "scaled_dot_product_attention(x, x, x, attn_mask=where(arange(T) > arange(T)[:, None], -inf, 0.0))",
    "a scalar parameter": "x + g * (arange(16) / 3)",
    "a layer": "x + (exp(arange(16) * -0.5) -> fc: linear(16))",
    "a block": "(x, cos(arange(T) / 7)) -> scaled: Scaled()",
    "what is returned": "(arange(16) / 16)[None, None, :].expand(B, T, 16)",
}
SPEC = """
block Scaled()(x: [B, T, D], by: [T]) -> [B, T, D]:
    return x * by[:, None]

net N()(x: [B, T=8, 16], n: int[B]) -> [B, T, 16]:
    g: param([1], init=ones)
    return RESULT
"""


def result_type(net_: Net) -> TensorType:
    """The type of the last value."""
    found = net_.top.nodes[-1].output
    assert isinstance(found, TensorType)
    return found


@pytest.mark.parametrize("model", [torch.float32, torch.bfloat16, torch.float64], ids=str)
@pytest.mark.parametrize("meeting", MEETINGS)
def test_a_weak_float_takes_the_dtype_that_it_meets(meeting: str, model: torch.dtype) -> None:
    """What archc types as the model's float is that in a model of every dtype."""
    found = net(SPEC.replace("RESULT", MEETINGS[meeting]))
    assert result_type(found).dtype == "float"
    module = instantiate(found).to(model)
    assert module(torch.ones(2, 8, 16, dtype=model), torch.tensor([1, 2])).dtype == model


def test_it_is_computed_in_full_precision_before() -> None:
    """A position above 256 is no number of bfloat16."""
    module = instantiate(net("net N()(x: [B, T=8, 1]) -> [B, T, 1]:\n    return x + (arange(T) / 1000)[:, None]\n"))
    given = torch.zeros(1, 300, 1, dtype=torch.bfloat16)
    expected = (torch.arange(300) / 1000).to(torch.bfloat16)[None, :, None]
    assert torch.equal(module(given), expected)


def test_a_conversion_is_made_once() -> None:
    found = net(
        "block S()(x: [B, T], c: [T]) -> [B, T]:\n    return x * c\n\n"
        "net N()(x: [B, T=8]) -> [B, T]:\n    c = arange(T) / 8\n"
        "    for i in range(3):\n        x = (x, c) -> s{i}: S()\n    return x\n"
    )
    assert [node.op.name for node in found.top.nodes if node.op is not None] == ["arange", "div", "to"]


def test_two_of_them_stay_weak() -> None:
    found = net("net N()(x: [B, 8]) -> [B, 8]:\n    a = arange(8) / 2 + 0.5\n    return x * (a - sqrt(arange(8)))\n")
    assert [str(node.output) for node in found.top.nodes[:-2]].count("weak[8]") == 4


@pytest.mark.parametrize("model", [torch.float32, torch.bfloat16, torch.float64], ids=str)
def test_float32_with_the_models_float_is_the_wider_of_them(model: torch.dtype) -> None:
    found = net("net N()(x: [B, 8]) -> [B, 8]:\n    return x.float() * x\n")
    assert str(found.top.nodes[-1].output) == "float32+[B, 8]"
    given = torch.ones(2, 8, dtype=model)
    assert instantiate(found)(given).dtype == torch.promote_types(model, torch.float32)


def test_what_is_float32_by_a_conversion_goes_into_no_layer() -> None:
    text = "net N()(x: [B, 8]) -> [B, 8]:\n    return x.float() -> fc: linear(8)\n"
    assert refusal(text) == ("E0306", "linear has parameters of the model's own float dtype, got float32[B, 8]")
