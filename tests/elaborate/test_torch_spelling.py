"""Spellings that are PyTorch's: tensors among the arguments, attributes that turn a matrix, masks as floats."""

from __future__ import annotations

import pytest
import torch

from archc import driver
from archc.backends.torch.check import instantiate
from tests.elaborate.specs import net, refusal

INDEX = torch.tensor([[1, 0, 1]])
SPELLINGS = {
    "x.gather(1, index)": lambda x: x.gather(1, INDEX),
    "x.gather(index, dim=1)": lambda x: x.gather(1, INDEX),
    "x.scatter(1, index, 2.0)": lambda x: x.scatter(1, INDEX, 2.0),
    "x.scatter_add(1, index, x)": lambda x: x.scatter_add(1, INDEX, x),
    "scatter_add(x, 1, index, x)": lambda x: x.scatter_add(1, INDEX, x),
    "x.index_add(1, index[0], x)": lambda x: x.index_add(1, INDEX[0], x),
    "(x.T @ x).mT": lambda x: (x.T @ x).mT,
    "x.flip([0, 1]).sum([1], keepdim=True)": lambda x: x.flip([0, 1]).sum([1], keepdim=True),
    "x + tensor([[1, 2], [0.5, 2]])[1, 0]": lambda x: x + 0.5,
    "x.permute([1, 0])": lambda x: x.permute([1, 0]),
    "x * (index > 0).float()": lambda x: x * (INDEX > 0),
    "x + (x - x.square()).detach()": lambda x: x + (x - x.square()),
}


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_it_is_what_torch_does(spelling: str) -> None:
    found = net(f"net N()(x: [B, N=3], index: int[B, N]) -> [_, _]:\n    return {spelling}\n")
    x = torch.randn(1, 3)
    assert torch.equal(instantiate(found)(x, INDEX), SPELLINGS[spelling](x))


def test_only_a_matrix_has_a_transpose() -> None:
    text = "net N()(x: [B, T, 8]) -> [8, T, B]:\n    return x.T\n"
    assert refusal(text) == ("E0301", ".T needs 2 dims, got [B, T, 8]")


def test_a_mask_of_floats_goes_into_a_layer_of_any_dtype() -> None:
    found = net("net N()(x: int[B, T=4]) -> [B, T, 2]:\n    return one_hot(x, 8).float() -> fc: linear(2)\n")
    module = instantiate(found).to(torch.bfloat16)
    assert module(torch.tensor([[1, 2, 3, 4]])).dtype == torch.bfloat16


def test_an_expanded_buffer_can_be_loaded() -> None:
    found = net("net N()(x: [B, 4]) -> [B, 4]:\n    grid: buffer(arange(4).expand(3, 4))\n    return x * grid[0]\n")
    module = instantiate(found)
    module.load_state_dict({"grid": torch.arange(12).reshape(3, 4)})
    assert module(torch.ones(1, 4)).tolist() == [[0, 1, 2, 3]]


def test_what_is_assumed_is_a_note_of_the_compiled_net() -> None:
    text = (
        "net N()(x: [B, S=2, 4], y: [B, T=4, 2]) -> [B, _]:\n"
        "    return (x -> flatten) + (y -> pad((0, 0, 1, 1)) -> flatten)[:, 4:]\n"
    )
    (found,) = driver.check_text(text).nets.values()
    assert [note.code for note in found.notes] == ["N0301"]


def test_masks_are_joined_by_the_signs_of_torch() -> None:
    text = """
net A()(x: [B, 8], m: bool[B, 8], n: bool[B, 8]) -> [B, 8]:
    seen = ~m & (x > 0) | n
    return x.masked_fill(~seen, 0.0)
"""
    (made,) = driver.check_text(text).raise_errors().nets.values()
    assert "~m & (x > 0) | n" in made.source
    named = text.replace("~m & (x > 0) | n", "logical_or(logical_and(logical_not(m), x > 0), n)")
    (same,) = driver.check_text(named).raise_errors().nets.values()
    assert [node.op for node in same.ir.top.nodes] == [node.op for node in made.ir.top.nodes]
