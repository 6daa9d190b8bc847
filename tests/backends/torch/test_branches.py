"""Conditions of run time in emitted code: optional inputs, ``if training:``, returns before the last."""

from __future__ import annotations

import re
from itertools import product
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from archc.backends.torch import cross_check, instantiate
from archc.driver import check_text
from archc.ir.graph import Value
from tests.backends.torch.branching import SIGNATURE, Reference, Spec
from tests.backends.torch.compiling import compiled, module, source
from tests.conftest import Golden

BRANCHES = '''
"""Every form of a condition of run time."""

block Scale(factor)(x: [B, D], mask: [B, D] = None) -> [B, D]:
    y = x -> proj: linear(D)
    if mask is not None:
        y = y * mask
    return x + (y if training else factor * y)

net Branches()(x: [B, 4], mask: [B, 4] = None, memory: [S, 4] = None)
        -> (out: [B, 4], aux: [B, 4]) if training else [B, 4]:
    for i in range(3):
        x = (x, mask) -> layers.{i}: Scale(0.5)
    if training and mask is not None:
        x = x - mask
    if memory is None:
        y = relu(x)
    else:
        z = memory.sum(0) / S
        y = (x + (z * z).unsqueeze(0).expand(B, -1)) -> dropout(0.5)
    if training:
        x = y -> head: linear(4)
        return x, y
    return y -> head2: linear(4)
'''


class Scale(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.proj = nn.Linear(4, 4)

    def forward(self, x: Tensor, mask: Tensor | None = None) -> Tensor:
        y: Tensor = self.proj(x)
        if mask is not None:
            y = y * mask
        return x + (y if self.training else 0.5 * y)


class Branches(nn.Module):
    """The same net by hand."""

    def __init__(self) -> None:
        super().__init__()
        self.layers = nn.ModuleList([Scale() for _ in range(3)])
        self.head = nn.Linear(4, 4)
        self.head2 = nn.Linear(4, 4)

    def forward(self, x: Tensor, mask: Tensor | None = None, memory: Tensor | None = None) -> Any:
        for layer in self.layers:
            x = layer(x, mask)
        if self.training and mask is not None:
            x = x - mask
        if memory is None:
            y = torch.relu(x)
        else:
            z = memory.sum(0) / memory.shape[0]
            y = nn.functional.dropout(x + (z * z).unsqueeze(0).expand(x.shape[0], -1), 0.5, self.training)
        if self.training:
            return self.head(y), y
        return self.head2(y)


CASES = list(product((False, True), (None, torch.randn(2, 4)), (None, torch.randn(5, 4))))


def seeded(net: nn.Module, *inputs: Tensor | None) -> tuple[Tensor, ...]:
    torch.manual_seed(0)
    found = net(*inputs)
    return tuple(found) if isinstance(found, tuple) else (found,)


@pytest.mark.parametrize(("training", "mask", "memory"), CASES)
def test_equals_the_net_by_hand(training: bool, mask: Tensor | None, memory: Tensor | None) -> None:
    ours, theirs = module(BRANCHES).train(training), Branches().train(training)
    theirs.load_state_dict(ours.state_dict())
    x = torch.randn(2, 4)
    found, wanted = seeded(ours, x, mask, memory), seeded(theirs, x, mask, memory)
    assert len(found) == len(wanted) == 1 + training
    assert all(map(torch.equal, found, wanted))


def test_golden_source(golden: Golden) -> None:
    golden("torch/branches.py.txt", source(BRANCHES))


@pytest.mark.parametrize("seed", range(40))
def test_random_conditions(seed: int) -> None:
    """Names in both arms, swaps, nested conditions and returns: the emitted code gives what the IR says."""
    net = check_text(Spec(seed).text(), "test.arch").raise_errors().nets["N"].ir
    ours = instantiate(net)
    for training, mask, memory in product((False, True), (None, torch.randn(2, 3)), (None, torch.randn(2, 3))):
        x = torch.randn(2, 3)
        wanted = Reference(net.top, ours, training).run([x, mask, memory])
        assert torch.equal(ours.train(training)(x, mask, memory), wanted)


CALLS = ["x,", "x, m", "x, x", "x, m, k", "x, k=k", "x, x, k", "x, x, x", "x, k=x"]


@pytest.mark.parametrize("seed", range(15))
def test_random_blocks_with_and_without_their_inputs(seed: int) -> None:
    """Variants of a block are one class where that is possible; each computes what its own module of the IR says."""
    results = ", ".join(f"(({call}) -> d{number}: D)" for number, call in enumerate(CALLS))
    text = f"{Spec(seed, 'block D()').text()}\nnet N(){SIGNATURE}:\n    return {results}\n"
    net = check_text(text, "test.arch").raise_errors().nets["N"].ir
    ours = instantiate(net)
    for training, mask, memory in product((False, True), (None, torch.randn(2, 3)), (None, torch.randn(2, 3))):
        inputs = [torch.randn(2, 3), mask, memory]
        for node, found in zip(net.top.nodes, ours.train(training)(*inputs), strict=True):
            assert node.module is not None and node.child is not None
            layers = ours.get_submodule(net.top.children[node.child].label)
            given = [inputs[value.output] for value in node.inputs if isinstance(value, Value)]
            assert torch.equal(found, Reference(net.modules[node.module], layers, training).run(given))


@pytest.mark.parametrize("seed", range(40))
def test_a_block_without_a_label_gives_what_the_same_net_gives(seed: int) -> None:
    """Its returns under conditions of run time are choices where it is written into its caller."""
    inlined = f"{Spec(seed, 'block D()').text()}\nnet N(){SIGNATURE}:\n    return (x, m, k) -> D\n"
    ours, theirs = module(inlined), module(Spec(seed).text())
    theirs.load_state_dict(ours.state_dict(), strict=True)
    for training, mask, memory in product((False, True), (None, torch.randn(2, 3)), (None, torch.randn(2, 3))):
        inputs = [torch.randn(2, 3), mask, memory]
        assert torch.equal(ours.train(training)(*inputs), theirs.train(training)(*inputs))


VARIANTS = """
block Layer(heads)(x: [B, T, D], mask: [T, T] = None, pad: [B, T] = None) -> [B, T, D]:
    y = (x, x, x, attn_mask=mask, key_padding_mask=pad) -> attn: multihead_attention(heads)
    return (x + y) -> norm: layer_norm

block Weigh()(x: [B, T, D], mask: [T, T] = None) -> [B, T, D]:
    if mask is not None:
        x = mask @ x
    return relu(x)

block Apart(n)(x: [B, T, D], mask: [T, T] = None) -> [B, T, D]:
    return (x -> fc: linear(D)) if mask is None else mask @ x

net N()(x: [B, T, 8], mask: [T, T] = None) -> [B, T, 8]:
    m = ones(T, T)
    pad = zeros(B, T)
    x = x -> first: Layer(2)
    x = (x, m) -> second: Layer(4)
    x = (x, pad=pad) -> third: Layer(2)
    x = (x, mask, pad) -> fourth: Layer(2)
    x = x -> fifth: Weigh
    x = (x, m) -> sixth: Weigh
    x = (x, mask) -> seventh: Weigh
    x = x -> eighth: Apart(2)
    return (x, m) -> ninth: Apart(3)
"""


def test_variants_that_differ_by_an_absent_input_share_a_class() -> None:
    classes = re.findall(r"^class (\w+)", source(VARIANTS), re.MULTILINE)
    assert classes == ["Layer", "Weigh", "Apart", "ApartMask", "N"]
    assert "self.third(x, pad=pad)" in source(VARIANTS)
    ours, x, mask = module(VARIANTS).eval(), torch.randn(2, 5, 8), torch.rand(5, 5)
    for given in (None, mask):
        y = x
        for name, bias in (("first", None), ("second", torch.ones(5, 5)), ("third", None), ("fourth", given)):
            layer = getattr(ours, name)
            y = layer.norm(y + layer.attn(y, y, y, attn_mask=bias, need_weights=False)[0])
        y = torch.relu(torch.ones(5, 5) @ torch.relu(y))
        y = torch.relu(y if given is None else given @ y)
        wanted = torch.ones(5, 5) @ ours.eighth.fc(y)
        torch.testing.assert_close(ours(x, given), wanted)


def test_loops_hold_conditions() -> None:
    """A condition in each round stands within the loop; a loop stands within an arm."""
    text = """
net N()(x: [B, 4], m: [B, 4] = None) -> [B, 4]:
    for i in range(3):
        y = x -> first.{i}: linear(4)
        if m is not None:
            y = y * m
        x = x + y
    if training:
        for i in range(3):
            x = x -> second.{i}: linear(4) -> relu
    return x
"""
    code = source(text)
    assert code.count("for ") == 4  # two comprehensions in the constructor, two loops in forward
    ours, x, m = module(text), torch.randn(2, 4), torch.randn(2, 4)
    for training, mask in product((False, True), (None, m)):
        y = x
        for layer in ours.first:
            y = y + (layer(y) * mask if mask is not None else layer(y))
        for layer in ours.second if training else ():
            y = torch.relu(layer(y))
        assert torch.equal(ours.train(training)(x, mask), y)


def test_chains_end_at_conditions() -> None:
    text = """
net N()(x: [B, 4]) -> [B, 4]:
    x = x -> body.0: linear(4)
    if training:
        x = x -> body.1: linear(4)
    return x
"""
    assert "Sequential" not in source(text)
    ours, x = module(text), torch.randn(2, 4)
    assert torch.equal(ours.eval()(x), ours.body[0](x))
    assert torch.equal(ours.train()(x), ours.body[1](ours.body[0](x)))


def test_batch_norm_is_counted_where_it_stands() -> None:
    """What runs before a return is not put off until behind it."""
    text = """
net N()(x: [B, 4]) -> [B, 4]:
    y = x -> bn: batch_norm
    if training:
        return relu(x)
    return tanh(y)
"""
    ours = module(text).train()
    ours(torch.randn(8, 4))
    assert ours.bn.num_batches_tracked == 1


# --- torch's other forms of a module ----------------------------------------------------------------------------------


def test_scripted() -> None:
    text = BRANCHES.replace("(out: [B, 4], aux: [B, 4]) if training else [B, 4]", "[B, 4]").replace(
        "return x, y", "return x"
    )
    ours = module(text).eval()
    with pytest.warns(FutureWarning):
        scripted: Any = torch.jit.script(ours)
    for training, mask, memory in CASES:
        x = torch.randn(2, 4)
        found, wanted = (seeded(net.train(training), x, mask, memory) for net in (scripted, ours))
        assert torch.equal(found[0], wanted[0])


@pytest.mark.parametrize(("training", "mask", "memory"), CASES)
def test_exported(training: bool, mask: Tensor | None, memory: Tensor | None) -> None:
    ours, x = module(BRANCHES).train(training), torch.randn(2, 4)
    program = torch.export.export(ours, (x, mask, memory))
    if training and memory is not None:
        return  # an exported program draws other random numbers
    found, wanted = program.module()(x, mask, memory), ours(x, mask, memory)
    assert all(map(torch.equal, found, wanted)) if training else torch.equal(found, wanted)


def test_compiled_whole() -> None:
    ours = module(BRANCHES).eval()
    whole: Any = torch.compile(ours, fullgraph=True, backend="eager")
    for _, mask, memory in CASES[:4]:
        x = torch.randn(2, 4)
        assert torch.equal(whole(x, mask, memory), ours(x, mask, memory))


def test_the_cross_check_looks_at_every_form() -> None:
    assert cross_check(compiled(BRANCHES)) == []


# --- PyTorch's own transformer ----------------------------------------------------------------------------------------


def test_the_transformer_is_torchs() -> None:
    ours, theirs = module(TRANSFORMER), nn.Transformer(16, 2, 2, 2, 32, batch_first=True)
    assert sorted(ours.state_dict()) == sorted(theirs.state_dict())
    theirs.load_state_dict(ours.state_dict())
    src, tgt = torch.randn(2, 6, 16), torch.randn(2, 5, 16)
    causal = torch.ones(5, 5).triu(1).bool()
    torch.backends.mha.set_fastpath_enabled(False)
    try:
        for training, mask in product((False, True), (None, causal)):
            ours.train(training), theirs.train(training)
            torch.manual_seed(0)
            found = ours(src, tgt, tgt_mask=mask)
            torch.manual_seed(0)
            assert torch.equal(found, theirs(src, tgt, tgt_mask=mask))
    finally:
        torch.backends.mha.set_fastpath_enabled(True)


TRANSFORMER = """
block Encoder(heads, ff, p=0.1)(x: [B, S, D], mask: bool[S, S] = None) -> [B, S, D]:
    y = (x, x, x, attn_mask=mask) -> self_attn: multihead_attention(heads, dropout=p) -> dropout(p)
    x = (x + y) -> norm1: layer_norm
    return (x + (x -> linear1: linear(ff) -> relu -> dropout(p) -> linear2: linear(D) -> dropout(p))) -> norm2: layer_norm

block Decoder(heads, ff, p=0.1)(x: [B, T, D], memory: [B, S, D], mask: bool[T, T] = None) -> [B, T, D]:
    y = (x, x, x, attn_mask=mask) -> self_attn: multihead_attention(heads, dropout=p) -> dropout(p)
    x = (x + y) -> norm1: layer_norm
    y = (x, memory, memory) -> multihead_attn: multihead_attention(heads, dropout=p) -> dropout(p)
    x = (x + y) -> norm2: layer_norm
    return (x + (x -> linear1: linear(ff) -> relu -> dropout(p) -> linear2: linear(D) -> dropout(p))) -> norm3: layer_norm

net Transformer(depth=2, heads=2, ff=32)(src: [B, S, 16], tgt: [B, T, 16],
        src_mask: bool[S, S] = None, tgt_mask: bool[T, T] = None) -> [B, T, 16]:
    for i in range(depth):
        src = (src, src_mask) -> encoder.layers.{i}: Encoder(heads, ff)
    memory = src -> encoder.norm: layer_norm
    for i in range(depth):
        tgt = (tgt, memory, tgt_mask) -> decoder.layers.{i}: Decoder(heads, ff)
    return tgt -> decoder.norm: layer_norm
"""
