"""The Transformer against PyTorch's nn.Transformer, without the fast path of its attention."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import pytest
import torch
from torch import Tensor, nn

import archc
from tests.parity.compare import (
    assert_equal,
    assert_equal_gradients,
    filled,
    give,
    integers,
    normal,
    note_difference,
    on_meta,
    run,
)

SIZES: dict[str, Any] = {"dim": 24, "heads": 4, "ff": 40, "depth": 2}
SRC, TGT = normal(3, 7, 24), normal(3, 5, 24)
FULL = torch.zeros(7, 7, dtype=torch.bool)
BAND = (torch.arange(7)[:, None] - torch.arange(7)).abs() > 2
LATER = torch.ones(5, 5, dtype=torch.bool).triu(1)
PADDING = torch.arange(7) >= torch.tensor([[7], [4], [6]])
NEITHER = torch.zeros(3, 7, dtype=torch.bool)


@pytest.fixture(autouse=True)
def _without_fast_path() -> Iterator[None]:
    before = torch.backends.mha.get_fastpath_enabled()
    torch.backends.mha.set_fastpath_enabled(False)
    yield
    torch.backends.mha.set_fastpath_enabled(before)


class Theirs(nn.Transformer):
    """With the inputs in our order: padding is hidden from both sides of the encoder's output."""

    def forward(self, *inputs: Any) -> Tensor:
        src, tgt, src_mask, tgt_mask, padding = (*inputs, None, None, None)[:5]
        masks = {"src_key_padding_mask": padding, "memory_key_padding_mask": padding}
        y: Tensor = super().forward(src, tgt, src_mask, tgt_mask, **masks)
        return y


# PyTorch says of the other order that its fast path is not taken, which no test here takes.
pytestmark = pytest.mark.filterwarnings("ignore:enable_nested_tensor is True")


def theirs(norm_first: bool, dropout: float = 0.1) -> nn.Module:
    return Theirs(24, 4, 2, 2, 40, dropout, batch_first=True, norm_first=norm_first)


def pair(norm_first: bool) -> tuple[nn.Module, nn.Module]:
    """Our net and PyTorch's, with the same random weights."""
    wanted = filled(on_meta(lambda: theirs(norm_first)))
    ours = on_meta(lambda: archc.build("transformer.arch:Transformer", norm_first=norm_first, **SIZES))
    give(ours, wanted)
    return ours, wanted


INPUTS: dict[str, tuple[Tensor, ...]] = {
    "plain": (SRC, TGT),
    "src-mask": (SRC, TGT, BAND),
    "causal": (SRC, TGT, FULL, LATER),
    "all": (SRC, TGT, BAND, LATER, PADDING),
}


@pytest.mark.parametrize("norm_first", [False, True])
@pytest.mark.parametrize("inputs", INPUTS)
@pytest.mark.parametrize("name", ["Transformer"])  # the table is told which net this is
def test_a_transformer_is_pytorchs(name: str, inputs: str, norm_first: bool) -> None:
    assert_equal(*pair(norm_first), *INPUTS[inputs])


@pytest.mark.parametrize("norm_first", [False, True])
def test_a_transformer_learns_as_pytorchs_does(norm_first: bool) -> None:
    assert_equal_gradients(*pair(norm_first), *INPUTS["all"])


class Translator(nn.Module):
    """Embedding, sinusoids, nn.Transformer with a causal mask, and the embedding again."""

    def __init__(self, norm_first: bool) -> None:
        super().__init__()
        self.embed, self.project = nn.Embedding(30, 24), nn.Linear(24, 30, bias=False)
        self.transformer = theirs(norm_first, dropout=0.0)
        self.project.weight = self.embed.weight

    def place(self, tokens: Tensor) -> Tensor:
        x: Tensor = self.embed(tokens) * math.sqrt(24)
        for position in range(x.shape[1]):
            for i in range(12):
                angle = position / 10000 ** (2 * i / 24)
                x[:, position, 2 * i] += math.sin(angle)
                x[:, position, 2 * i + 1] += math.cos(angle)
        return x

    def forward(self, src: Tensor, tgt: Tensor, padding: Tensor) -> Tensor:
        y = self.transformer(self.place(src), self.place(tgt), FULL, LATER, padding)
        z: Tensor = self.project(y)
        return z


@pytest.mark.parametrize("name", ["transformer_base", "transformer_big", "transformer_pre"])
def test_a_translator_is_pytorchs(name: str) -> None:
    wanted = filled(on_meta(lambda: Translator(name == "transformer_pre")))
    wanted.get_submodule("project").weight = wanted.get_parameter("embed.weight")
    ours = archc.build(name, vocab=30, p=0.0, **SIZES)
    give(ours, wanted)
    inputs = integers(30, 3, 7), integers(30, 3, 5), PADDING
    (found,), (expected,) = run(ours.eval(), *inputs), run(wanted.eval(), *inputs)
    assert note_difference(found, expected) <= 1e-6 * expected.abs().max()


def test_one_head_is_pytorchs_attention_of_one_head() -> None:
    ours = filled(on_meta(lambda: archc.build("SelfAttention", dim=24)))
    wanted = nn.MultiheadAttention(24, 1, batch_first=True)
    state = ours.state_dict()
    names = "query", "key", "value"
    wanted.load_state_dict(
        {
            "in_proj_weight": torch.cat([state[f"{name}.weight"] for name in names]),
            "in_proj_bias": torch.cat([state[f"{name}.bias"] for name in names]),
            "out_proj.weight": torch.eye(24),
            "out_proj.bias": torch.zeros(24),
        }
    )
    torch.testing.assert_close(ours(SRC), wanted(SRC, SRC, SRC)[0], rtol=1e-6, atol=1e-6)
