"""Own parameters and buffers, created tensors, ties and frozen parameters, each beside a module written by hand."""

from __future__ import annotations

import copy
import pickle
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from archc.backends.torch import EmissionError, cross_check, emit
from tests.backends.torch.compiling import compiled, equal, module, source
from tests.conftest import Golden

VIT = """
block Layer(mlp)(x: [B, T, D]) -> [B, T, D]:
    scale: param([D], init=constant(1e-4))
    return x + scale * (x -> ln: layer_norm -> mlp: [linear(mlp), gelu, linear(D)])

net ViT(size=32, patch=8, dim=24, depth=3, classes=5)(image: [B, 3, size, size]) -> [B, classes]:
    class_token: param([1, 1, dim], init=zeros)
    encoder.pos_embedding: param([1, (size // patch) ** 2 + 1, dim], init=normal(std=0.02))
    x = image -> conv_proj: conv(dim, patch, stride=patch) -> flatten(2) -> transpose(1, 2)
    x = concat(class_token.expand(B, -1, -1), x, dim=1) + encoder.pos_embedding
    for i in range(depth):
        x = x -> encoder.layers.layer_{i}: Layer(2 * dim)
    return (x -> encoder.ln: layer_norm)[:, 0] -> heads.head: linear(classes)
"""


class HandLayer(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.scale = nn.Parameter(torch.full((24,), 1e-4))
        self.ln = nn.LayerNorm(24)
        self.mlp = nn.Sequential(nn.Linear(24, 48), nn.GELU(), nn.Linear(48, 24))

    def forward(self, x: Tensor) -> Tensor:
        return x + self.scale * self.mlp(self.ln(x))  # type: ignore[no-any-return]


class HandEncoder(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.pos_embedding = nn.Parameter(torch.zeros(1, 17, 24))
        self.layers = nn.ModuleDict({f"layer_{i}": HandLayer() for i in range(3)})
        self.ln = nn.LayerNorm(24)

    def forward(self, x: Tensor) -> Tensor:
        x = x + self.pos_embedding
        for layer in self.layers.values():
            x = layer(x)
        return self.ln(x)  # type: ignore[no-any-return]


class HandViT(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.class_token = nn.Parameter(torch.zeros(1, 1, 24))
        self.encoder = HandEncoder()
        self.conv_proj = nn.Conv2d(3, 24, 8, stride=8)
        self.heads = nn.ModuleDict({"head": nn.Linear(24, 5)})

    def forward(self, image: Tensor) -> Tensor:
        x = self.conv_proj(image).flatten(2).transpose(1, 2)
        x = torch.cat((self.class_token.expand(len(x), -1, -1), x), dim=1)
        return self.heads["head"](self.encoder(x)[:, 0])  # type: ignore[no-any-return]


def test_own_parameters_beside_a_vision_transformer_by_hand() -> None:
    equal(module(VIT), HandViT(), torch.randn(2, 3, 32, 32))
    assert cross_check(compiled(VIT)) == []


def test_own_parameters_start_as_they_are_said_to() -> None:
    torch.manual_seed(0)
    net = module(VIT)
    assert torch.equal(net.class_token, torch.zeros(1, 1, 24))
    assert 0.015 < net.encoder.pos_embedding.std() < 0.025
    assert torch.equal(net.encoder.layers.layer_1.scale, torch.full((24,), 1e-4))


def test_golden_source_of_own_parameters(golden: Golden) -> None:
    golden("torch/own_parameters.py.txt", source(VIT))


STARTS = """
net Starts()(x: [B, 4]) -> [B, 4]:
    init "a" ~ constant(7)
    init *.weight ~ constant(8)
    a: param([4], init=zeros)
    b: param([4, 4], init=uniform(-1 / sqrt(fan_in), 1 / sqrt(fan_in)))
    c: param([4], init=constant(3))
    d: buffer([4], init=ones)
    n: buffer([2], init=zeros, dtype=int64)
    e: buffer([4], init=ones, persistent=False)
    box.only: param([4], init=ones)
    return (x * a + b.sum(0) + c + d * e + box.only) -> fc: linear(4, bias=False)
"""


def test_starts_and_rules() -> None:
    net = module(STARTS)
    assert torch.equal(net.a, torch.full((4,), 7.0))
    assert net.b.abs().max() <= 0.5
    assert net.b.abs().max() > 0.2
    assert net.c.dtype == torch.float32
    assert torch.equal(net.fc.weight, torch.full((4, 4), 8.0))
    assert net.n.dtype == torch.int64
    assert list(net.state_dict()) == ["a", "b", "c", "d", "n", "box.only", "fc.weight"]
    assert [name for name, _ in net.named_parameters()] == ["a", "b", "c", "box.only", "fc.weight"]
    assert cross_check(compiled(STARTS)) == []


BUFFERS = """
block Window(window, heads)(x: [B, T, C]) -> [B, T, T]:
    n = window * window
    table: param([(2 * window - 1) ** 2, heads], init=trunc_normal(std=0.02))
    r = arange(n)
    dy = r.unsqueeze(1) // window - r.unsqueeze(0) // window + window - 1
    dx = r.unsqueeze(1) % window - r.unsqueeze(0) % window + window - 1
    index: buffer((dy * (2 * window - 1) + dx).flatten(0))
    causal: buffer(arange(n).unsqueeze(1) >= arange(n), persistent=False)
    bias = table[index].reshape(n, n, heads).sum(2)
    return where(causal, x @ x.transpose(1, 2) + bias, 0.0)

net Windows()(x: [B, 16, 6], y: [B, 9, 6]) -> ([B, 16, 16], [B, 9, 9]):
    return (x -> a: Window(4, 2)), (y -> b: Window(3, 4))
"""


class HandWindow(nn.Module):
    def __init__(self, window: int, heads: int) -> None:
        super().__init__()
        self.n, self.heads = window * window, heads
        self.table = nn.Parameter(torch.empty((2 * window - 1) ** 2, heads))
        coordinates = torch.stack(torch.meshgrid(torch.arange(window), torch.arange(window), indexing="ij")).flatten(1)
        dy, dx = (coordinates[:, :, None] - coordinates[:, None]) + window - 1
        self.register_buffer("index", (dy * (2 * window - 1) + dx).flatten())
        self.register_buffer("causal", torch.ones(self.n, self.n).tril().bool(), persistent=False)

    def forward(self, x: Tensor) -> Tensor:
        index, causal = self.get_buffer("index"), self.get_buffer("causal")
        bias = self.table[index].reshape(self.n, self.n, self.heads).sum(2)
        return torch.where(causal, x @ x.transpose(1, 2) + bias, 0.0)


class HandWindows(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.a, self.b = HandWindow(4, 2), HandWindow(3, 4)

    def forward(self, x: Tensor, y: Tensor) -> tuple[Tensor, Tensor]:
        return self.a(x), self.b(y)


def test_buffers_are_computed_when_the_module_is_made() -> None:
    ours, theirs = module(BUFFERS), HandWindows()
    assert torch.equal(ours.a.index, theirs.a.get_buffer("index"))
    assert torch.equal(ours.b.causal, theirs.b.get_buffer("causal"))
    equal(ours, theirs, torch.randn(2, 16, 6), torch.randn(2, 9, 6))
    assert cross_check(compiled(BUFFERS)) == []
    assert "arange" not in source(BUFFERS).split("def forward")[1]


def test_golden_source_of_buffers(golden: Golden) -> None:
    golden("torch/buffers.py.txt", source(BUFFERS))


def test_what_a_buffer_and_forward_both_need_is_computed_in_both() -> None:
    text = """
net Both()(x: [B, 4]) -> [B, 4]:
    r = arange(4).float()
    even: buffer(r * 2)
    return x * even + r
"""
    x = torch.randn(3, 4)
    assert torch.equal(module(text)(x), x * torch.tensor([0.0, 2, 4, 6]) + torch.arange(4))


CREATED = """
block Grid()(x: [B, N, D]) -> [B, N, D]:
    return x + arange(N).unsqueeze(1) + ones(D) + full((N, D), 0.5)

net Created(vocab=10)(tokens: int[B, T]) -> [B, T, 8]:
    return ((tokens -> embed: embedding(vocab, 8)) + zeros(T, 8)) -> grid: Grid
"""


def test_what_a_buffer_is_made_of_keeps_its_name_until_the_buffer_is_made() -> None:
    text = """
net A()(features: [B, 4]) -> [B, 4]:
    y, x = arange(2).repeat_interleave(2, dim=0), arange(2).repeat(2)
    index: buffer((y[:, None] - y + 1) * 3 + x[:, None] - x + 1)
    grid = stack(meshgrid(arange(-1, 2), arange(-1, 2)), dim=-1) * 3
    table: buffer(abs(grid) + 1)
    return features + index.sum(dim=0) + table.sum()
"""
    y, x = torch.tensor([0, 0, 1, 1]), torch.tensor([0, 1, 0, 1])
    assert torch.equal(module(text).index, (y[:, None] - y + 1) * 3 + x[:, None] - x + 1)


def test_created_tensors_are_on_the_device_and_in_the_dtype_of_the_net() -> None:
    net = module(CREATED)
    tokens = torch.randint(0, 10, (2, 5))
    wanted = net.embed(tokens) + torch.arange(5).unsqueeze(1) + 1.5
    assert torch.allclose(net(tokens), wanted)
    assert net.to(torch.bfloat16)(tokens).dtype == torch.bfloat16
    assert net.to("meta")(tokens.to("meta")).device.type == "meta"
    assert "dtype=self.embed.weight.dtype, device=tokens.device" in source(CREATED)
    assert "torch.arange(N, device=x.device)" in source(CREATED)
    assert "torch.full((N, 8), 0.5, dtype=x.dtype, device=x.device)" in source(CREATED)


TIED = """
net LM(vocab=30, dim=8)(tokens: int[B, T]) -> [B, T, vocab]:
    init embedding.weight ~ normal(0, 1)
    init linear.weight ~ zeros
    transformer.wte: embedding(vocab, dim)
    lm_head: linear(vocab, bias=False, in_features=dim)
    tie lm_head.weight = transformer.wte.weight
    return tokens -> transformer.wte -> transformer.mid: linear(dim) -> lm_head
"""


class HandLM(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.transformer = nn.ModuleDict({"wte": nn.Embedding(30, 8), "mid": nn.Linear(8, 8)})
        self.lm_head = nn.Linear(8, 30, bias=False)
        self.lm_head.weight = self.transformer["wte"].weight  # type: ignore[assignment]

    def forward(self, tokens: Tensor) -> Tensor:
        return self.lm_head(self.transformer["mid"](self.transformer["wte"](tokens)))  # type: ignore[no-any-return]


def test_tied_parameters_are_one() -> None:
    net = module(TIED)
    equal(net, HandLM(), torch.randint(0, 30, (2, 5)))
    assert net.lm_head.weight is net.transformer.wte.weight
    assert net.lm_head.weight.std() > 0.5  # it starts as what it is tied to
    assert cross_check(compiled(TIED)) == []
    assert "self.lm_head.weight = self.transformer.wte.weight" in source(TIED)


@pytest.mark.parametrize("clone", [copy.deepcopy, lambda net: pickle.loads(pickle.dumps(net))])
def test_copies_keep_the_tie(clone: Any) -> None:
    net = clone(module(TIED))
    assert net.lm_head.weight is net.transformer.wte.weight


def test_ties_reach_into_blocks_and_chains_of_ties_are_one_parameter() -> None:
    text = """
block Pair()(x: [B, 4]) -> [B, 4]:
    return x -> one: linear(4) -> two: linear(4)

net Ties()(x: [B, 4]) -> [B, 4]:
    a: Pair
    tie a.two.weight = a.one.weight
    tie list.1.weight = a.two.weight
    return x -> a -> list: [linear(4), linear(4)]
"""
    net = module(text)
    assert net.a.two.weight is net.a.one.weight
    assert net.list[1].weight is net.a.one.weight
    assert cross_check(compiled(text)) == []


FROZEN = """
block Trunk()(x: [B, 3, H, W]) -> [B, 8, H, W]:
    return x -> stem: [conv(8, 3, padding=1), batch_norm, relu] -> body.0: conv(8, 1)

net Transfer(classes=2)(image: [B, 3, H=8, W=8]) -> [B, classes]:
    freeze trunk, token
    freeze "head.*.bias"
    token: param([8], init=zeros)
    x = image -> trunk: Trunk -> adaptive_avg_pool(1) -> flatten
    return (x + token) -> head: [linear(8), relu, linear(classes)]
"""


def test_frozen_parameters_are_not_trained() -> None:
    net = module(FROZEN)
    trained = [name for name, parameter in net.named_parameters() if parameter.requires_grad]
    assert trained == ["head.0.weight", "head.2.weight"]
    assert "self.trunk.requires_grad_(False)" in source(FROZEN)
    assert "self.token.requires_grad_(False)" in source(FROZEN)
    assert cross_check(compiled(FROZEN)) == []


def thawed() -> nn.Module:
    net: nn.Module = module(FROZEN)
    return net.requires_grad_(True)


def test_the_cross_check_sees_what_is_trained_against_the_spec() -> None:
    found = cross_check(compiled(FROZEN), thawed)
    assert "parameter token: predicted frozen, found the reverse" in found
    assert not any("head.0.weight" in line for line in found)


def test_a_globs_matrix_initialiser_leaves_vectors_alone() -> None:
    text = (
        'net A()(x: [B, 8]) -> [B, 4]:\n    init "*" ~ orthogonal\n    return x -> norm: layer_norm -> fc: linear(4)\n'
    )
    net = module(text)
    assert torch.allclose(net.fc.weight @ net.fc.weight.T, torch.eye(4), atol=1e-5)
    assert torch.equal(net.norm.weight, torch.ones(8))
    with pytest.raises(EmissionError, match="needs parameters of two dims or more"):
        emit(compiled(text.replace('"*"', '"norm.weight"')))


def test_a_net_of_blocks_without_parameters_takes_torchs_default() -> None:
    """Where no parameter has a dtype to take, a float that is made of integers stays as torch makes it."""
    text = """
block Same()(x: int[B, T]) -> int[B, T]:
    return x

net N()(x: int[B, T=3]) -> [B, T]:
    y = x -> same: Same
    return y / 2
"""
    found = module(text)(torch.tensor([[1, 2, 3]]))
    assert torch.equal(found, torch.tensor([[0.5, 1.0, 1.5]]))
