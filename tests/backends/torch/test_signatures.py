"""What goes in and comes out of emitted classes: tuples of tensors, outputs with names; and the names of values in between."""

from __future__ import annotations

import copy
import pickle
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from archc.backends.torch import cross_check
from tests.backends.torch.compiling import compiled, equal, module, source

STATES = """
net States(hidden=6)(x: [B, T=5, 4], state: ([1, B, hidden], [1, B, hidden])) -> [B, T, hidden]:
    y, s = (x, state) -> lstm: lstm(hidden)
    return y
"""
PARTS = """
block Mixed(hidden)(x: [B, T, D], state: ([1, B, hidden], [1, B, hidden])) -> ([B, T, hidden], ([1, B, hidden], [1, B, hidden])):
    h, c = state
    return (x, (h * 2, c)) -> lstm: lstm(hidden)

net Parts(hidden=6)(x: [B, T=5, 4], state: ([1, B, hidden], [1, B, hidden])) -> ([B, T, hidden], [1, B, hidden]):
    y, (h, c) = (x, state) -> mixed: Mixed(hidden)
    return y, h + c
"""


class HandParts(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.mixed = nn.Module()
        self.mixed.lstm = nn.LSTM(4, 6, batch_first=True)

    def forward(self, x: Tensor, state: tuple[Tensor, Tensor]) -> tuple[Tensor, Tensor]:
        y, (h, c) = self.mixed.lstm(x, (state[0] * 2, state[1]))  # type: ignore[operator]
        return y, h + c


def states() -> tuple[Tensor, Tensor]:
    return torch.randn(1, 3, 6), torch.randn(1, 3, 6)


def test_a_tuple_is_handed_on_as_it_came() -> None:
    text = source(STATES)
    assert "def forward(self, x: Tensor, state: tuple[Tensor, Tensor]) -> Tensor:" in text
    assert "y, _ = self.lstm(x, state)" in text
    net, x, state = module(STATES), torch.randn(3, 5, 4), states()
    assert torch.equal(net(x, state), net.lstm(x, state)[0])
    assert cross_check(compiled(STATES)) == []


def test_a_tuple_is_unpacked_where_its_parts_are_needed() -> None:
    text = source(PARTS)
    assert "h, c = state\n" in text
    ours: Any = module(PARTS)
    theirs: Any = HandParts()
    equal(ours, theirs, torch.randn(3, 5, 4), states())  # type: ignore[arg-type]
    assert cross_check(compiled(PARTS)) == []


NAMED = """
net Two(classes=4)(image: [B, 3, H=16, W=16]) -> (logits: [B, classes], seg: [B, 2, H, W]):
    features = image -> conv: conv(8, 3, padding=1) -> relu
    seg = features -> seg: conv(2, 1)
    return features -> adaptive_avg_pool(1) -> flatten -> fc: linear(classes), seg
"""
EARLY = """
net Aux(classes=4)(x: [B, 8]) -> (logits: [B, classes], aux: [B, classes]) if training else [B, classes]:
    y = x -> fc: linear(classes)
    if training:
        return y, x -> aux: linear(classes)
    return y
"""


def test_outputs_with_names() -> None:
    net = module(NAMED)
    out = net(torch.randn(2, 3, 16, 16))
    assert type(out).__name__ == "TwoOutput"
    assert out._fields == ("logits", "seg")
    assert (out.logits.shape, out.seg.shape) == ((2, 4), (2, 2, 16, 16))
    assert "-> TwoOutput:" in source(NAMED)
    assert cross_check(compiled(NAMED)) == []


def test_each_return_gives_what_its_signature_says() -> None:
    net, x = module(EARLY), torch.randn(2, 8)
    assert net.train()(x)._fields == ("logits", "aux")
    assert torch.equal(net.train()(x).aux, net.aux(x))
    assert torch.equal(net.eval()(x), net.fc(x))
    assert "-> AuxOutput | Tensor:" in source(EARLY)


@pytest.mark.parametrize("clone", [copy.deepcopy, lambda out: pickle.loads(pickle.dumps(out))])
def test_outputs_with_names_can_be_copied(clone: Any) -> None:
    with torch.no_grad():
        out = module(NAMED)(torch.randn(2, 3, 16, 16))
    again = clone(out)
    assert type(again) is type(out)
    assert torch.equal(again.seg, out.seg)


def test_outputs_with_names_are_exported() -> None:
    net, image = module(NAMED).eval(), torch.randn(2, 3, 16, 16)
    exported = torch.export.export(net, (image,))
    assert torch.allclose(exported.module()(image)[0], net(image)[0], atol=1e-6)


def test_some_names_are_no_names() -> None:
    text = NAMED.replace("seg: [B, 2", "[B, 2")
    assert "NamedTuple" not in source(text)
    assert isinstance(module(text)(torch.randn(2, 3, 16, 16)), tuple)


def test_values_keep_the_names_of_the_spec() -> None:
    text = """
block Attention(heads)(x: [B, T, D]) -> [B, T, D]:
    query, key, value = (x -> qkv: linear(3 * D)).chunk(3, dim=-1)
    weights = softmax((query @ key.transpose(1, 2)) / D ** 0.5, dim=-1)
    return weights @ value -> proj: linear(D)

net Names()(image: [B, 4, 8]) -> [B, 4, 8]:
    for_ = image -> a: Attention(2)
    return for_ + (image -> b: Attention(2))
""".replace("weights @ value ->", "(weights @ value) ->")
    code = source(text)
    assert "query, key, value = self.qkv(x).chunk(3, dim=-1)" in code
    assert "weights = F.softmax(" in code
    assert "return self.proj(weights @ value)" in code
    assert cross_check(compiled(text)) == []


def test_a_name_that_python_or_the_class_needs_is_changed() -> None:
    text = """
net Names()(self: [B, 8], print: [B, 8]) -> [B, 8]:
    torch = self -> nn: linear(8) -> relu
    lambda_ = torch + print
    return (torch * lambda_) -> F: linear(8)
"""
    net = module(text)
    x, y = torch.randn(2, 8), torch.randn(2, 8)
    hidden = torch.relu(net.nn(x))
    assert torch.allclose(net(x, y), net.F(hidden * (hidden + y)))
