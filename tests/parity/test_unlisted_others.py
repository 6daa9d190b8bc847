"""Nets that the zoo lacks, written as a user would from the documentation, against plain PyTorch: the same keys and numbers."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

import archc
from tests.parity.compare import assert_equal_gradients, assert_same, fill, integers, normal, run

SPECS = Path(__file__).parent / "specs"


class Head(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.key, self.beta, self.gamma = nn.Linear(8, 5), nn.Linear(8, 1), nn.Linear(8, 1)
        self.gate, self.shift = nn.Linear(8, 1), nn.Linear(8, 3)

    def forward(self, o: Tensor, w: Tensor, memory: Tensor) -> Tensor:
        key, beta, gate = self.key(o).tanh(), F.softplus(self.beta(o)), self.gate(o).sigmoid()
        gamma, shift = 1 + F.softplus(self.gamma(o)), self.shift(o).softmax(-1)
        found = (beta * F.cosine_similarity(memory, key.unsqueeze(1), dim=-1)).softmax(-1)
        w = gate * found + (1 - gate) * w
        w = (shift[:, :1] * w.roll(-1, 1) + shift[:, 1:2] * w + shift[:, 2:] * w.roll(1, 1)) ** gamma
        return w / (w.sum(-1, keepdim=True) + 1e-16)


class Turing(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.memory, self.out = nn.Parameter(torch.empty(6, 5)), nn.Linear(13, 4)
        parts = {"controller": nn.LSTMCell(9, 8), "write": Head(), "read": Head()}
        self.step = nn.ModuleDict({**parts, "erase": nn.Linear(8, 5), "add": nn.Linear(8, 5)})

    def forward(self, x: Tensor) -> Tensor:
        step, found = self.step, []
        h = c = x.new_zeros(len(x), 8)
        r, wr, ww = x.new_zeros(len(x), 5), x.new_zeros(len(x), 6), x.new_zeros(len(x), 6)
        memory = self.memory.expand(len(x), -1, -1)
        for t in range(x.shape[1]):
            h, c = step["controller"](torch.cat([x[:, t], r], 1), (h, c))
            ww = step["write"](h, ww, memory)
            erase, add = step["erase"](h).sigmoid(), step["add"](h).tanh()
            memory = memory * (1 - ww[:, :, None] * erase[:, None]) + ww[:, :, None] * add[:, None]
            wr = step["read"](h, wr, memory)
            r = torch.bmm(wr[:, None], memory).squeeze(1)
            found.append(torch.cat([h, r], 1))
        y: Tensor = self.out(torch.stack(found, 1))
        return y.sigmoid()


class Codes(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.encoder = nn.Sequential(nn.Conv2d(3, 8, 4, 2, 1), nn.ReLU(), nn.Conv2d(8, 6, 4, 2, 1))
        self.vq = nn.ModuleDict({"codebook": nn.Embedding(12, 6)})
        self.decoder = nn.Sequential(nn.ConvTranspose2d(6, 8, 4, 2, 1), nn.ReLU(), nn.ConvTranspose2d(8, 3, 4, 2, 1))

    def forward(self, image: Tensor) -> tuple[Tensor, Tensor]:
        x = self.encoder(image).permute(0, 2, 3, 1)
        flat, codes = x.reshape(-1, 6), self.get_parameter("vq.codebook.weight")
        distance = flat.square().sum(1, keepdim=True) + codes.square().sum(1) - 2 * flat @ codes.t()
        q = self.vq["codebook"](distance.argmin(1)).view(x.shape)
        loss = ((q - x.detach()).square() + 0.25 * (q.detach() - x).square()).mean((0, 1, 2))
        return self.decoder((x + (q - x).detach()).permute(0, 3, 1, 2)), loss


class Modulated(nn.Module):
    def __init__(self, out: int, kernel: int) -> None:
        super().__init__()
        self.weight, self.modulation = nn.Parameter(torch.empty(1, out, 6, kernel, kernel)), nn.Linear(8, 6)

    def forward(self, x: Tensor, s: Tensor) -> Tensor:
        w = self.weight * self.modulation(s).view(len(x), 1, -1, 1, 1)
        w = w * (w.square().sum((2, 3, 4), keepdim=True) + 1e-8).rsqrt()
        y = F.conv2d(x.reshape(1, -1, 4, 4), w.flatten(0, 1), padding=w.shape[-1] // 2, groups=len(x))
        return y.reshape(len(x), -1, 4, 4)


class Synthesis(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.const, self.conv1, self.to_rgb = nn.Parameter(torch.empty(1, 6, 4, 4)), Modulated(6, 3), Modulated(3, 1)
        self.mapping = nn.Sequential(nn.Linear(8, 8), nn.LeakyReLU(0.2), nn.Linear(8, 8), nn.LeakyReLU(0.2))

    def forward(self, z: Tensor) -> Tensor:
        w = self.mapping(z)
        x = F.leaky_relu(self.conv1(self.const.expand(len(z), -1, -1, -1), w), 0.2)
        y: Tensor = self.to_rgb(x, w)
        return y


class Messages(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.message, self.cell = nn.Sequential(nn.Linear(14, 6), nn.ReLU()), nn.GRUCell(6, 6)
        self.embed = nn.Linear(4, 6)
        self.mean = nn.ModuleDict({"own": nn.Linear(6, 6), "neighbours": nn.Linear(6, 6, bias=False)})

    def forward(self, x: Tensor, edges: Tensor, weight: Tensor) -> Tensor:
        source, target = edges
        h = self.embed(x)
        for _ in range(3):
            m = self.message(torch.cat([h[source], h[target], weight], 1))
            h = self.cell(torch.zeros_like(h).index_add(0, target, m), h)
        total = torch.zeros_like(h).index_add(0, target, h[source])
        degree = torch.bincount(target, minlength=len(h)).clamp(min=1)
        y: Tensor = self.mean["own"](h) + self.mean["neighbours"](total / degree[:, None])
        return y.sum(0)


class KAN(nn.Module):
    def __init__(self, inner: int, outer: int) -> None:
        super().__init__()
        self.base, self.spline = nn.Parameter(torch.empty(outer, inner)), nn.Parameter(torch.empty(outer, inner, 8))
        self.register_buffer("grid", (torch.arange(-3, 9) * 0.4 - 1).repeat(inner, 1))

    def forward(self, x: Tensor) -> Tensor:
        grid, x_ = self.get_buffer("grid"), x.unsqueeze(-1)
        b = ((x_ >= grid[:, :-1]) & (x_ < grid[:, 1:])).to(x.dtype)
        for k in range(1, 4):
            left = (x_ - grid[:, : -(k + 1)]) / (grid[:, k:-1] - grid[:, : -(k + 1)]) * b[..., :-1]
            b = left + (grid[:, k + 1 :] - x_) / (grid[:, k + 1 :] - grid[:, 1:-k]) * b[..., 1:]
        return F.linear(F.silu(x), self.base) + b.flatten(1) @ self.spline.flatten(1).t()


class Splines(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.layers = nn.Sequential(KAN(4, 5), KAN(5, 2))

    def forward(self, x: Tensor) -> Tensor:
        y: Tensor = self.layers(x)
        return y


class Clicks(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.bottom = nn.Sequential(nn.Linear(6, 8), nn.ReLU(), nn.Linear(8, 4), nn.ReLU())
        self.embeddings, self.bag = (
            nn.ModuleList([nn.Embedding(n, 4) for n in (10, 7, 5)]),
            nn.EmbeddingBag(20, 4, padding_idx=0),
        )
        self.top = nn.Sequential(nn.Linear(14, 8), nn.ReLU(), nn.Linear(8, 1), nn.Sigmoid())

    def forward(self, dense: Tensor, sparse: Tensor, words: Tensor) -> Tensor:
        x = self.bottom(dense)
        rows = [table(sparse[:, i]) for i, table in enumerate(self.embeddings)]
        z = torch.stack([x, *rows, self.bag(words)], 1)
        i, j = torch.tril_indices(5, 5, -1)
        y: Tensor = self.top(torch.cat([x, (z @ z.transpose(1, 2))[:, i, j]], 1))
        return y.squeeze(1)


CASES: dict[str, tuple[Callable[[], nn.Module], Callable[[], tuple[Tensor, ...]]]] = {
    "turing": (Turing, lambda: (normal(2, 4, 4),)),
    "codes": (Codes, lambda: (normal(2, 3, 16, 16),)),
    "modulated": (Synthesis, lambda: (normal(3, 8),)),
    "messages": (Messages, lambda: (normal(5, 4), integers(5, 2, 8), normal(8, 2))),
    "splines": (Splines, lambda: (normal(6, 4).tanh(),)),
    "clicks": (Clicks, lambda: (normal(3, 6), integers(5, 3, 3), integers(20, 3, 3))),
}


@pytest.mark.parametrize("spec", CASES)
def test_it_is_the_plain_net(spec: str) -> None:
    build, inputs = CASES[spec]
    theirs, ours = fill(build()), archc.build(SPECS / f"{spec}.arch")
    ours.load_state_dict(theirs.state_dict(), strict=True)
    for mode in (False, True):
        assert_same(run(ours.train(mode), *inputs()), run(theirs.train(mode), *inputs()))
    assert_equal_gradients(ours, theirs, *inputs(), rounding=1e-4)
