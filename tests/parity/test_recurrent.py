"""Recurrent nets against PyTorch's own layers: the same keys, and the same numbers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

import archc
from tests.parity.compare import assert_equal, assert_equal_gradients, filled, give, integers, normal, on_meta, outputs

VOCAB = 40


class Reader(nn.Module):
    """An embedding, if tokens are read; a recurrent layer; and a linear layer on all of its outputs, or the last."""

    def __init__(self, rnn: nn.RNNBase, fc: nn.Linear, vocab: int, name: str, p: tuple[float, float], last: bool):
        super().__init__()
        if vocab:
            self.embed = nn.Embedding(vocab, rnn.input_size)
        self.add_module(name, rnn)
        self.fc, self.name, self.p, self.last = fc, name, p, last

    def forward(self, x: Tensor) -> Tensor:
        before, behind = self.p
        if hasattr(self, "embed"):
            x = F.dropout(self.embed(x), before, self.training)
        y, _ = self.get_submodule(self.name)(x)
        y = F.dropout(y[:, -1] if self.last else y, behind, self.training)
        z: Tensor = self.fc(y)
        return z


class Captioner(nn.Module):
    """The word of each step is the likeliest; the next step reads it."""

    def __init__(self, features: int, hidden: int, length: int) -> None:
        super().__init__()
        self.start = nn.Parameter(torch.empty(1, hidden))
        self.init_h, self.init_c = nn.Linear(features, hidden), nn.Linear(features, hidden)
        cell, fc, embed = nn.LSTMCell(hidden, hidden), nn.Linear(hidden, VOCAB), nn.Embedding(VOCAB, hidden)
        self.word, self.length = nn.ModuleDict({"cell": cell, "fc": fc, "embed": embed}), length

    def forward(self, image: Tensor) -> Tensor:
        state = self.init_h(image).tanh(), self.init_c(image).tanh()
        x, found = self.start.expand(len(image), -1), []
        for _ in range(self.length):
            state = self.word["cell"](x, state)
            found.append(self.word["fc"](state[0]))
            x = self.word["embed"](found[-1].argmax(1))
        return torch.stack(found, 1)


def reader(
    rnn: Callable[..., nn.RNNBase],
    sizes: tuple[int, int, int],
    vocab: int = 0,
    name: str = "rnn",
    p: tuple[float, float] = (0.0, 0.0),
    last: bool = False,
    **options: Any,
) -> nn.Module:
    features, hidden, found = sizes
    layer = rnn(features, hidden, batch_first=True, **options)
    return Reader(layer, nn.Linear(hidden * (1 + layer.bidirectional), found), vocab, name, p, last)


def tokens(batch: int, length: int) -> Tensor:
    return integers(VOCAB, batch, length)


SMALL = {"vocab": VOCAB, "dim": 12}
NETS: dict[str, tuple[Callable[[], nn.Module], dict[str, Any], tuple[Tensor, ...]]] = {
    "CharRNN": (lambda: reader(nn.RNN, (32, 128, 65), 65), {}, (tokens(2, 9),)),
    "LongChar": (lambda: reader(nn.RNN, (65, 128, 65), num_layers=2), {}, (normal(2, 9, 65),)),
    "StockSeries": (lambda: reader(nn.RNN, (1, 32, 1), last=True), {}, (normal(5, 20, 1),)),
    "lstm_classifier": (
        lambda: reader(nn.LSTM, (12, 128, 2), VOCAB, p=(0.0, 0.5), last=True),
        SMALL,
        (tokens(3, 11),),
    ),
    "gru_classifier": (lambda: reader(nn.GRU, (12, 128, 2), VOCAB, p=(0.0, 0.5), last=True), SMALL, (tokens(3, 11),)),
    "Tagger": (
        lambda: reader(nn.LSTM, (12, 100, 17), VOCAB, "lstm", (0.5, 0.5), bidirectional=True),
        SMALL,
        (tokens(2, 7),),
    ),
    "Captioner": (
        lambda: Captioner(24, 16, 5),
        {"features": 24, "vocab": VOCAB, "hidden": 16, "length": 5},
        (normal(3, 24),),
    ),
}


def pair(name: str) -> tuple[nn.Module, nn.Module]:
    """Our net and the one written out, with the same random weights."""
    build, arguments, _ = NETS[name]
    theirs = filled(on_meta(build))
    ours = on_meta(lambda: archc.build(name, **arguments))
    give(ours, theirs)
    return ours, theirs


@pytest.mark.parametrize("name", NETS)
def test_a_net_is_pytorchs_layers(name: str) -> None:
    assert_equal(*pair(name), *NETS[name][2])


@pytest.mark.parametrize("name", ["LongChar", "Captioner"])
def test_a_net_learns_as_pytorchs_layers_do(name: str) -> None:
    assert_equal_gradients(*pair(name), *NETS[name][2])


def test_a_cell_written_by_hand_is_pytorchs() -> None:
    """PyTorch multiplies all inputs at once, so the last digits may differ."""
    ours = filled(on_meta(lambda: archc.build("VanillaRNN", vocab=VOCAB, hidden=16)))
    theirs = nn.RNN(VOCAB, 16, bias=False, batch_first=True)
    weights = {
        "weight_ih_l0": ours.get_parameter("cell.W_xh.weight"),
        "weight_hh_l0": ours.get_parameter("cell.W_hh.weight"),
    }
    theirs.load_state_dict(weights, strict=True)
    text, h = tokens(3, 8), normal(3, 16)
    wanted, last = theirs(F.one_hot(text, VOCAB).float(), h[None])
    y, state = outputs(ours, text, h)
    torch.testing.assert_close(y, ours.get_submodule("W_hy")(wanted), rtol=1e-6, atol=1e-6)
    torch.testing.assert_close(state, last[0], rtol=1e-6, atol=1e-6)
    assert list(ours.state_dict()) == ["cell.W_hh.weight", "cell.W_xh.weight", "W_hy.weight", "W_hy.bias"]
