"""``scan`` in emitted code: loops that compute what the same loop by hand does, scripted, and exported with any number of steps."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import Tensor, nn

from archc.analysis.cost import net_flops
from archc.analysis.verify import verify
from archc.backends.torch import cross_check
from archc.ir.dims import evaluate
from tests.backends.torch.compiling import compiled, equal, module, source
from tests.conftest import Golden

ATTENTION = '''
"""A decoder with attention, one step at a time."""

block Step(hidden)(y: [B, E], h: [B, hidden], memory: [B, S, hidden]) -> ([B, hidden], [B, hidden]):
    h = (y, h) -> cell: gru_cell(hidden)
    weight = softmax((memory @ h.unsqueeze(2)) / 4, dim=1)
    context = (weight * memory).sum(dim=1) -> dropout(0.5)
    return concat(h, context, dim=1) -> mix: linear(hidden) -> tanh, h

net Seq2Seq(vocab=11, hidden=16)(src: int[B, S], tgt: int[B, T]) -> ([B, T, vocab], [B, hidden]):
    memory, h = src -> src_embed: embedding(vocab, 8) -> encoder: gru(hidden)
    y = tgt -> tgt_embed: embedding(vocab, 8)
    out, last = scan(decoder: Step(hidden), over=y, carry=h[0], given=memory, dim=1)
    return out -> project: linear(vocab), last
'''


class Step(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.cell = nn.GRUCell(8, 16)
        self.mix = nn.Linear(32, 16)

    def forward(self, y: Tensor, h: Tensor, memory: Tensor) -> tuple[Tensor, Tensor]:
        h = self.cell(y, h)
        weight = torch.softmax((memory @ h.unsqueeze(2)) / 4, dim=1)
        context = nn.functional.dropout((weight * memory).sum(dim=1), 0.5, self.training)
        return torch.tanh(self.mix(torch.cat((h, context), dim=1))), h


class Seq2Seq(nn.Module):
    """The same net by hand."""

    def __init__(self) -> None:
        super().__init__()
        self.src_embed = nn.Embedding(11, 8)
        self.encoder = nn.GRU(8, 16, batch_first=True)
        self.tgt_embed = nn.Embedding(11, 8)
        self.decoder = Step()
        self.project = nn.Linear(16, 11)

    def forward(self, src: Tensor, tgt: Tensor) -> tuple[Tensor, Tensor]:
        memory, states = self.encoder(self.src_embed(src))
        embedded, h, found = self.tgt_embed(tgt), states[0], []
        for t in range(tgt.shape[1]):
            out, h = self.decoder(embedded[:, t], h, memory)
            found.append(out)
        return self.project(torch.stack(found, dim=1)), h


def words(*shape: int) -> Tensor:
    return torch.randint(0, 11, shape)


def test_equals_the_loop_by_hand() -> None:
    equal(module(ATTENTION), Seq2Seq(), words(3, 7), words(3, 5))


def test_gradients_are_those_of_the_loop_by_hand() -> None:
    ours, theirs = module(ATTENTION).eval(), Seq2Seq().eval()
    theirs.load_state_dict(ours.state_dict())
    inputs = words(2, 4), words(2, 6)
    for net in (ours, theirs):
        net(*inputs)[0].square().sum().backward()
    for mine, other in zip(ours.parameters(), theirs.parameters(), strict=True):
        torch.testing.assert_close(mine.grad, other.grad)


def test_golden_source(golden: Golden) -> None:
    golden("torch/scan.py.txt", source(ATTENTION))


FORMS = """
block Each()(x: [B, 4]) -> [B, 2]:
    return x -> fc: linear(2)

block Last()(x: [B, 4], h: [B, 4]) -> [B, 4]:
    return (x, h) -> cell: rnn_cell(4)

block Two()(x: [B, 4], y: [B, 4], h: [B, 4], c: [B], memory: [B, S, 4], mask: [B, 4] = None)
        -> ([B, 4], [B], [B, 4], [B]):
    z = (x, y) -> cell: rnn_cell(4)
    if mask is not None:
        z = z * mask
    return z, c + 1, h + z + memory.mean(dim=1), c + z.sum(dim=1)

net N()(x: [B, T, 4], mask: [B, 4] = None):
    a = scan(each: Each, over=x.transpose(0, 1), dim=0)
    b = scan(last: Last, over=x, carry=x[:, 0])
    c, d, e, f = scan(two: Two, over=(x, 2 * x), carry=(b, x.sum(dim=(1, 2))), given=(x, mask), dim=1)
    g, h = scan(wrapped.cells.0: Pair, over=x, carry=b)
    return a, b, c, d, e, f, g, h

block Pair()(x: [B, 4], h: [B, 4]) -> ([B, 4], [B, 4]):
    h = (x, h) -> cell: gru_cell(4)
    return h, h
"""


def by_hand(net: Any, x: Tensor, mask: Tensor | None) -> tuple[Tensor, ...]:
    """What ``FORMS`` says, with its layers."""
    steps = list(x.unbind(1))
    a = torch.stack([net.each.fc(step) for step in steps])
    b = x[:, 0]
    for step in steps:
        b = net.last.cell(step, b)
    e, f, collected = b, x.sum((1, 2)), []
    for step in steps:
        z = net.two.cell(step, 2 * step)
        z = z if mask is None else z * mask
        collected.append((z, f + 1))
        e, f = e + z + x.mean(dim=1), f + z.sum(dim=1)
    h, outs = b, []
    for step in steps:
        h = net.wrapped.cells[0].cell(step, h)
        outs.append(h)
    c, d = (torch.stack(values, dim=1) for values in zip(*collected, strict=True))
    return a, b, c, d, e, f, torch.stack(outs, dim=1), h


@pytest.mark.parametrize("mask", [None, torch.rand(3, 4)])
def test_all_forms(mask: Tensor | None) -> None:
    """Nothing carried, nothing collected, several of both; along another axis; a mask for every step that may be absent."""
    ours, x = module(FORMS), torch.randn(3, 5, 4)
    found, wanted = ours(x, mask), by_hand(ours, x, mask)
    assert len(found) == len(wanted)
    assert all(map(torch.equal, found, wanted))


@pytest.mark.parametrize("mask", [None, torch.rand(3, 4)])
def test_all_forms_exported(mask: Tensor | None) -> None:
    """One exported program takes any batch and any number of steps."""
    ours, batch, steps = module(FORMS).eval(), torch.export.Dim("batch"), torch.export.Dim("steps")
    given = None if mask is None else {0: batch}
    shapes = {"x": {0: batch, 1: steps}, "mask": given}
    program = torch.export.export(ours, (torch.randn(3, 5, 4), mask), dynamic_shapes=shapes).module()
    for sizes in ((3, 2), (2, 9)):
        x = torch.randn(*sizes, 4)
        now = None if mask is None else torch.rand(sizes[0], 4)
        for found, wanted in zip(program(x, now), ours(x, now), strict=True):
            torch.testing.assert_close(found, wanted, atol=1e-6, rtol=1e-5)


PLACES = """
block Step()(place: int[], h: [B, 4]) -> ([B, 5], [B, 4]):
    h = h -> fc: linear(4)
    return h -> out: linear(5), h

net N()(h: [B, 4]):
    return scan(step: Step, over=arange(3), carry=h, dim=0)
"""


def test_steps_over_whole_numbers_exported() -> None:
    """What is scanned has no gradient, what is collected has."""
    ours = module(PLACES).eval()
    program = torch.export.export(ours, (torch.randn(3, 4),), dynamic_shapes={"h": {0: torch.export.Dim("batch")}})
    h = torch.randn(5, 4)
    for found, wanted in zip(program.module()(h), ours(h), strict=True):
        torch.testing.assert_close(found, wanted, atol=1e-6, rtol=1e-5)


def test_scripted() -> None:
    ours = module(FORMS)
    with pytest.warns(FutureWarning):
        scripted: Any = torch.jit.script(ours)
    for mask in (None, torch.rand(3, 4)):
        x = torch.randn(3, 5, 4)
        assert all(map(torch.equal, scripted(x, mask), ours(x, mask)))


def test_compiled_whole() -> None:
    ours, x = module(FORMS).eval(), torch.randn(2, 4, 4)
    whole: Any = torch.compile(ours, fullgraph=True, backend="eager", dynamic=True)
    assert all(map(torch.equal, whole(x), ours(x)))


def test_a_shared_block_has_one_method() -> None:
    text = FORMS.replace("g, h = scan(wrapped.cells.0: Pair,", "p: Pair\n    g, h = scan(p,").replace(
        "return a,", "g, h = scan(p, over=g, carry=h)\n    return a,"
    )
    assert source(text).count("def scan_p(") == 1


def test_facts() -> None:
    """The IR holds, torch agrees with its shapes, and the FLOPs are those of all steps."""
    for text in (ATTENTION, FORMS):
        assert verify(compiled(text)) == []
        assert cross_check(compiled(text)) == []
    flops = net_flops(compiled(ATTENTION))
    assert flops is not None
    encoder, step = 2 * 3 * 16 * (8 + 16), 2 * 3 * 16 * (8 + 16) + 2 * 32 * 16
    assert evaluate(flops, {"B": 3, "S": 7, "T": 5}) == 3 * (7 * encoder + 5 * (step + 2 * 7 * 16) + 5 * 2 * 16 * 11)
