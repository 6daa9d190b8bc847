"""Encoders and decoders against the same nets written out with PyTorch's cells, step by step."""

from __future__ import annotations

from typing import Any

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

import archc
from tests.parity.compare import assert_equal, assert_equal_gradients, filled, give, integers, on_meta

SRC, TGT, DIM, HIDDEN = 30, 40, 12, 16


class Seq2Seq(nn.Module):
    """What the three have in common: they embed, encode, and read the target shifted by one."""

    def __init__(self, bidirectional: bool = False) -> None:
        super().__init__()
        self.src_embed = nn.Embedding(SRC, DIM)
        self.encoder = nn.GRU(DIM, HIDDEN, batch_first=True, bidirectional=bidirectional)
        self.tgt_embed = nn.Embedding(TGT, DIM)
        self.decoder: Any
        self._decoder()

    def _decoder(self) -> None:
        self.decoder = nn.GRU(DIM, HIDDEN, batch_first=True)
        self.project = nn.Linear(HIDDEN, TGT)

    def forward(self, src: Tensor, tgt: Tensor) -> Tensor:
        memory, h = self.encoder(self.src_embed(src))
        y = F.pad(self.tgt_embed(tgt), (0, 0, 1, -1))
        return self.decode(y, h, memory)

    def decode(self, y: Tensor, h: Tensor, memory: Tensor) -> Tensor:
        z: Tensor = self.project(self.decoder(y, h)[0])
        return z


class DotAttention(Seq2Seq):
    def _decoder(self) -> None:
        self.decoder = nn.ModuleDict(
            {"cell": nn.GRUCell(DIM, HIDDEN), "W_c": nn.Linear(2 * HIDDEN, HIDDEN, bias=False)}
        )
        self.project = nn.Linear(HIDDEN, TGT)

    def decode(self, y: Tensor, h: Tensor, memory: Tensor) -> Tensor:
        state, found = h[0], []
        for x in y.unbind(1):
            state = self.decoder["cell"](x, state)
            weight = (memory @ state[:, :, None]).softmax(1)
            found.append(self.decoder["W_c"](torch.cat([(weight * memory).sum(1), state], 1)).tanh())
        z: Tensor = self.project(torch.stack(found, 1))
        return z


class BahdanauAttention(Seq2Seq):
    def __init__(self) -> None:
        super().__init__(bidirectional=True)

    def _decoder(self) -> None:
        self.U_a, self.W_s = nn.Linear(2 * HIDDEN, HIDDEN, bias=False), nn.Linear(HIDDEN, HIDDEN, bias=False)
        self.decoder = nn.ModuleDict(
            {
                "W_a": nn.Linear(HIDDEN, HIDDEN, bias=False),
                "v_a": nn.Linear(HIDDEN, 1, bias=False),
                "output": nn.Linear(3 * HIDDEN + DIM, HIDDEN),
                "cell": nn.GRUCell(DIM + 2 * HIDDEN, HIDDEN),
            }
        )
        self.W_o = nn.Linear(HIDDEN // 2, TGT)

    def decode(self, y: Tensor, h: Tensor, memory: Tensor) -> Tensor:
        net, keys, state, found = self.decoder, self.U_a(memory), self.W_s(h[1]).tanh(), []
        for x in y.unbind(1):
            weight = net["v_a"]((net["W_a"](state)[:, None] + keys).tanh()).softmax(1)
            context = (weight * memory).sum(1)
            pairs = net["output"](torch.cat([state, x, context], 1)).view(len(x), -1, 2)
            found.append(pairs.amax(2))
            state = net["cell"](torch.cat([x, context], 1), state)
        z: Tensor = self.W_o(torch.stack(found, 1))
        return z


NETS: dict[str, type[Seq2Seq]] = {net.__name__: net for net in (Seq2Seq, DotAttention, BahdanauAttention)}
SIZES: dict[str, Any] = {"src_vocab": SRC, "tgt_vocab": TGT, "dim": DIM, "hidden": HIDDEN}
SENTENCES = integers(SRC, 3, 7), integers(TGT, 3, 5)


def pair(name: str) -> tuple[nn.Module, nn.Module]:
    """Our net and the one written out, with the same random weights."""
    theirs = filled(on_meta(NETS[name]))
    ours = on_meta(lambda: archc.build(name, **SIZES))
    give(ours, theirs)
    return ours, theirs


@pytest.mark.parametrize("name", NETS)
def test_a_net_is_what_its_steps_are(name: str) -> None:
    assert_equal(*pair(name), *SENTENCES)


@pytest.mark.parametrize("name", NETS)
def test_a_net_learns_as_its_steps_do(name: str) -> None:
    assert_equal_gradients(*pair(name), *SENTENCES)


@pytest.mark.parametrize("name", NETS)
def test_a_word_depends_on_the_words_before_it_only(name: str) -> None:
    ours = filled(on_meta(lambda: archc.build(name, **SIZES))).eval()
    src, tgt = SENTENCES
    other = tgt.clone()
    other[:, 3:] = (other[:, 3:] + 1) % TGT
    y, z = ours(src, tgt), ours(src, other)
    assert torch.equal(y[:, :4], z[:, :4])
    assert not torch.equal(y[:, 4], z[:, 4])
