"""Emitted recurrent layers and multi-head attention: how their calls read, and that they compute what torch's own modules do."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from tests.backends.torch.compiling import equal, module, source

ENCODER = '''
"""nn.TransformerEncoder, layers written out."""

block Layer(heads, ff, p=0.1)(x: [B, T, D], mask: [T, T], pad: bool[B, T]) -> [B, T, D]:
    y = (x, x, x, attn_mask=mask, key_padding_mask=pad) -> self_attn: multihead_attention(heads, dropout=p)
    x = (x + (y -> dropout(p))) -> norm1: layer_norm
    y = x -> linear1: linear(ff) -> relu -> dropout(p) -> linear2: linear(D) -> dropout(p)
    return (x + y) -> norm2: layer_norm

net Encoder(depth=3, heads=2, ff=20)(x: [B, T, 8], mask: [T, T], pad: bool[B, T]) -> [B, T, 8]:
    for i in range(depth):
        x = (x, mask, pad) -> layers.{i}: Layer(heads, ff)
    return x
'''


class Stack(nn.Module):
    """PyTorch's encoder layers, given bare masks."""

    def __init__(self) -> None:
        super().__init__()
        layers = (nn.TransformerEncoderLayer(8, 2, 20, batch_first=True) for _ in range(3))
        self.layers = nn.ModuleList(layers)

    def forward(self, x: Tensor, mask: Tensor, pad: Tensor) -> Tensor:
        for layer in self.layers:
            x = layer(x, mask, pad)
        return x


def test_an_encoder_is_torchs() -> None:
    """Same keys; outputs equal to the bit in training, and in evaluation without torch's fused path."""
    inputs = torch.randn(3, 5, 8), torch.randn(5, 5), torch.zeros(3, 5)
    fast = torch.backends.mha.get_fastpath_enabled()
    torch.backends.mha.set_fastpath_enabled(False)
    try:
        reference = Stack()
        names = list(reference.state_dict())
        ours = module(ENCODER.replace("bool[B, T]", "[B, T]"))
        assert sorted(ours.state_dict()) == sorted(names)
        reference.load_state_dict(ours.state_dict())
        for training in (False, True):
            found, wanted = (_seeded(net.train(training), *inputs) for net in (ours, reference))
            assert torch.equal(found, wanted)
    finally:
        torch.backends.mha.set_fastpath_enabled(fast)


def _seeded(net: nn.Module, *inputs: Tensor) -> Any:
    torch.manual_seed(0)
    return net(*inputs)


def test_attention_is_called_without_weights() -> None:
    text = source(ENCODER)
    assert "self.self_attn(x, x, x, need_weights=False, key_padding_mask=pad, attn_mask=mask)[0]" in " ".join(
        text.split()
    )
    assert "for layer in self.layers:" in text


def test_attention_in_a_loop() -> None:
    """Layers of a list are called from the loop's variable, in their own way."""
    spec = (
        "net Loop()(x: [B, T, 8]) -> [B, T, 8]:\n    y = x\n    for i in range(4):\n"
        "        y = (y, x, x) -> attn.{i}: multihead_attention(2)\n    return y\n"
    )
    text = source(spec)
    assert "for layer in self.attn:" in text
    assert "layer(x, y, y, need_weights=False)[0]" in text or "layer(y, x, x, need_weights=False)[0]" in text


def test_attention_with_and_without_weights() -> None:
    """Calls that differ in what they give are kept apart."""
    spec = (
        "net Two()(x: [B, T, 8]) -> ([B, T, 8], [B, 2, T, T]):\n"
        "    y = (x, x, x) -> one: multihead_attention(2)\n"
        "    return (y, y, y) -> two: multihead_attention(2, need_weights=True, average_attn_weights=False)\n"
    )

    class Reference(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.one = nn.MultiheadAttention(8, 2, batch_first=True)
            self.two = nn.MultiheadAttention(8, 2, batch_first=True)

        def forward(self, x: Tensor) -> Any:
            y, _ = self.one(x, x, x, need_weights=False)
            return self.two(y, y, y, average_attn_weights=False)

    equal(module(spec), Reference(), torch.randn(2, 5, 8))


TAGGER = """
net Tagger()(x: [B, T, 6], h0: [4, B, 5]) -> ([B, T, 3], [4, B, 5]):
    y, (h, c) = (x, (h0, h0)) -> lstm: lstm(5, num_layers=2, bidirectional=True, dropout=0.3)
    z, (h, c) = (x, (h, c)) -> lstm2: lstm(5, num_layers=2, bidirectional=True)
    return (y + z) -> fc: linear(3), c
"""


class Tagger(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.lstm = nn.LSTM(6, 5, 2, batch_first=True, bidirectional=True, dropout=0.3)
        self.lstm2 = nn.LSTM(6, 5, 2, batch_first=True, bidirectional=True)
        self.fc = nn.Linear(10, 3)

    def forward(self, x: Tensor, h0: Tensor) -> tuple[Tensor, Tensor]:
        y, state = self.lstm(x, (h0, h0))
        z, (_, c) = self.lstm2(x, state)
        return self.fc(y + z), c


def test_states_are_tuples() -> None:
    equal(module(TAGGER), Tagger(), torch.randn(2, 7, 6), torch.randn(4, 2, 5))


CELLS = """
net Cells()(x: [B, 6], y: [B, 6]) -> [B, 5]:
    g: gru_cell(5)
    h, c = x -> l: lstm_cell(5)
    h, c = (y, (h, c)) -> m: lstm_cell(5)
    h = g(x, h)
    return g(y, h) + c
"""


class Cells(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.g = nn.GRUCell(6, 5)
        self.l = nn.LSTMCell(6, 5)
        self.m = nn.LSTMCell(6, 5)

    def forward(self, x: Tensor, y: Tensor) -> Tensor:
        h, c = self.m(y, self.l(x))
        h = self.g(y, self.g(x, h))
        total: Tensor = h + c
        return total


def test_cells_and_sharing() -> None:
    """A cell that is declared once and applied twice has its weights once."""
    equal(module(CELLS), Cells(), torch.randn(3, 6), torch.randn(3, 6))
