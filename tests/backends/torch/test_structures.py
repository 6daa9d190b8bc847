"""Nets of every structure against modules written by hand: the same keys in the same order, the same numbers."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import replace

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from archc.backends.torch import cross_check, emit
from archc.ir.graph import Node, Value
from archc.ops import operators
from tests.backends.torch.compiling import compiled, equal, module, source


def check(text: str, theirs: nn.Module, *inputs: Tensor) -> None:
    assert cross_check(compiled(text)) == []
    equal(module(text), theirs, *inputs)


IMAGES = torch.randn(2, 3, 9, 9, generator=torch.Generator().manual_seed(0))
WORDS = torch.randn(2, 5, 8, generator=torch.Generator().manual_seed(0))


class Branches(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.left = nn.Sequential(nn.Conv2d(3, 4, 1), nn.ReLU())
        self.right = nn.Sequential(OrderedDict(conv=nn.Conv2d(3, 4, 3, padding=1), act=nn.Sigmoid()))
        self.out = nn.Conv2d(8, 2, 1)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        y = torch.cat((self.left(x), self.right(x)), dim=1)
        return self.out(y), y.mean(dim=(2, 3))


def test_branches_and_several_results() -> None:
    text = """
net Branches()(x: [B, 3, H=9, W=9]):
    y = concat(x -> left: [conv(4, 1), relu], x -> right.conv: conv(4, 3, padding=1) -> right.act: sigmoid, dim=1)
    return y -> out: conv(2, 1), mean(y, dim=(2, 3))
"""
    check(text, Branches(), IMAGES)


class Shared(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.fc = nn.Linear(8, 8)
        self.norm = nn.LayerNorm(8)
        self.unused = nn.Linear(3, 2)

    def forward(self, x: Tensor) -> Tensor:
        y: Tensor = self.norm(self.fc(torch.tanh(self.fc(x))))
        z: Tensor = self.norm(x)
        return y * z - 2.5


def test_shared_and_unused_layers() -> None:
    text = """
net Shared()(x: [B, T=5, 8]):
    fc: linear(8, in_features=8)
    norm: layer_norm
    unused: linear(2, in_features=3)
    y = x -> fc -> tanh -> fc
    return (y -> norm) * (x -> norm) - 2.5
"""
    check(text, Shared(), WORDS)


class Layer(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.fc = nn.Linear(8, 8)

    def forward(self, x: Tensor, y: Tensor) -> Tensor:
        z: Tensor = self.fc(x)
        return z + y


class Deep(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.layers = nn.ModuleList([Layer() for _ in range(4)])
        self.h = nn.ModuleList(
            [nn.ModuleDict({"up": nn.Linear(8, 8 + i), "down": nn.Linear(8 + i, 8)}) for i in range(3)]
        )

    def forward(self, x: Tensor) -> Tensor:
        start = x
        for layer in self.layers:
            x = layer(x, start)
        for block in self.h:
            assert isinstance(block, nn.ModuleDict)
            x = x + block["down"](torch.relu(block["up"](x)))
        return x * start


DEEP = """
block Layer()(x: [B, T, D], y: [B, T, D]) -> [B, T, D]:
    return (x -> fc: linear(D)) + y

net Deep()(x: [B, T=5, 8]):
    start = x
    for i in range(4):
        x = (x, start) -> layers.{i}: Layer
    for i in range(3):
        y = x -> h.{i}.up: linear(8 + i) -> relu
        x = x + (y -> h.{i}.down: linear(8))
    return x * start
"""


def test_loops() -> None:
    check(DEEP, Deep(), WORDS)
    text = source(DEEP)
    assert "self.layers = nn.ModuleList([Layer() for _ in range(4)])" in text
    assert "        for layer in self.layers:\n            y = layer(y, x)" in text
    assert text.count("for layer in self.") == 2


class Two(nn.Module):
    """Two values are carried, and swapped in each round."""

    def __init__(self) -> None:
        super().__init__()
        self.cells = nn.ModuleList([nn.Linear(8, 8) for _ in range(5)])

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        before = x
        for cell in self.cells:
            before, x = x, cell(x) * before
        return x, before


def test_two_values_are_carried() -> None:
    text = """
net Two()(x: [B, T=5, 8]):
    prev = x
    for i in range(5):
        prev, x = x, (x -> cells.{i}: linear(8)) * prev
    return x, prev
"""
    check(text, Two(), WORDS)


def test_rounds_that_differ_are_no_loop() -> None:
    text = """
net Alternating()(x: [B, T=5, 8]):
    for i in range(4):
        x = (x -> layers.{i}: linear(8)) * (2 if i % 2 else 3)
    return x
"""
    assert "for " not in source(text).split("def forward")[1]
    theirs = module(text)
    assert cross_check(compiled(text)) == []
    x = WORDS
    for i, layer in enumerate(theirs.layers):
        x = layer(x) * (2 if i % 2 else 3)
    assert torch.equal(theirs(WORDS), x)


def test_a_value_of_a_middle_round_is_no_loop() -> None:
    text = """
net Tap()(x: [B, T=5, 8]):
    taps = []
    for i in range(4):
        x = x -> layers.{i}: linear(8)
        taps = [*taps, x]
    return x + taps[1]
"""
    net = module(text)
    assert cross_check(compiled(text)) == []
    first, second, third, fourth = net.layers
    middle = second(first(WORDS))
    assert torch.equal(net(WORDS), fourth(third(middle)) + middle)


class Dense(nn.ModuleDict):
    def __init__(self) -> None:
        super().__init__({f"layer{i + 1}": nn.Conv2d(3 + 2 * i, 2, 3, padding=1) for i in range(4)})

    def forward(self, x: Tensor) -> Tensor:
        for layer in self.values():
            x = torch.cat((x, F.relu(layer(x))), dim=1)
        return x


def test_sizes_that_grow() -> None:
    text = """
net Dense()(x: [B, 3, H=9, W=9]):
    for i in range(4):
        x = concat(x, x -> layer{i + 1}: conv(2, 3, padding=1) -> relu, dim=1)
    return x
"""
    check(text, Dense(), IMAGES)
    assert 'super().__init__({f"layer{i + 1}": nn.Conv2d(3 + i * 2, 2, 3, padding=1) for i in range(4)})' in source(
        text
    )


class Whole(nn.Sequential):
    def __init__(self) -> None:
        super().__init__(nn.Conv2d(3, 4, 3), nn.ReLU(), nn.BatchNorm2d(4))


def test_a_body_that_is_a_list() -> None:
    text = """
net Whole()(x: [B, 3, H=9, W=9]):
    return x -> [conv(4, 3), relu, batch_norm]
"""
    check(text, Whole(), IMAGES)
    assert "class Whole(nn.Sequential):" in source(text)
    assert "def forward" not in source(text)


class Odd(nn.Module):
    """Labels that cannot be written as attributes."""

    def __init__(self) -> None:
        super().__init__()
        self.add_module("0", nn.Linear(8, 8))
        self.add_module("block1-2", nn.Linear(8, 8))
        self.named = nn.ModuleDict({"7": nn.Linear(8, 8), "a-b": nn.Linear(8, 8)})

    def forward(self, x: Tensor) -> Tensor:
        first = getattr(self, "0")(x)
        x = getattr(self, "block1-2")(torch.relu(first)) + first
        y = self.named["7"](x) + self.named["a-b"](torch.relu(x))
        return torch.relu(y)


def test_labels_that_are_no_attributes() -> None:
    text = """
net Odd()(x: [B, T=5, 8]):
    first = x -> 0: linear(8)
    x = (relu(first) -> "block1-2": linear(8)) + first
    y = (x -> named.7: linear(8)) + (relu(x) -> "named.a-b": linear(8))
    return y -> relu
"""
    check(text, Odd(), WORDS)


class Sizes(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.fc = nn.Linear(4, 4)

    def forward(self, x: Tensor) -> Tensor:
        B, T, _ = x.shape
        x = self.fc(x.reshape(B, T, 2, 4)).transpose(1, 2).reshape(B, 2 * T, 4)
        return x[:, T:] * T


def test_sizes_at_run_time() -> None:
    text = """
net Sizes()(x: [B, T=5, 8]):
    y = (x.reshape(B, T, 2, 4) -> fc: linear(4)).transpose(1, 2).reshape(B, 2 * T, 4)
    return y[:, T:] * T
"""
    check(text, Sizes(), WORDS)
    net = module(text)
    assert net(torch.randn(3, 7, 8)).shape == (3, 7, 4)


def test_dropout_draws_in_the_order_of_the_spec() -> None:
    class Drops(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.a = nn.Sequential(nn.Linear(8, 8), nn.Dropout(0.5))

        def forward(self, x: Tensor) -> Tensor:
            y = F.dropout(x, 0.5, self.training)
            z = self.a(x)
            u = F.dropout(x * 2, 0.25, self.training)
            result: Tensor = u * z + y
            return result

    text = """
net Drops()(x: [B, T=5, 8]):
    y = dropout(x, 0.5)
    z = x -> a: [linear(8), dropout(0.5)]
    u = dropout(x * 2, 0.25)
    return u * z + y
"""
    check(text, Drops(), WORDS)


def test_keyword_inputs_of_blocks_follow_renamed_arguments() -> None:
    text = """
block Gate(p)(x: [B, T, D], len: [B, T, D]) -> [B, T, D]:
    return x * sigmoid(len -> fc: linear(D)) * p

net Named()(self: [B, T=5, 8]):
    return (self, len=self) -> gate: Gate(2)
"""
    net = module(text)
    assert cross_check(compiled(text)) == []
    assert torch.equal(net(WORDS), WORDS * torch.sigmoid(net.gate.fc(WORDS)) * 2)


class ListsInALoop(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        lists = [nn.Sequential(nn.Conv2d(4, 4, 3, padding=1), nn.ReLU()) for _ in range(3)]
        self.body = nn.Sequential(nn.Conv2d(3, 4, 1), *lists)

    def forward(self, x: Tensor) -> Tensor:
        y: Tensor = self.body(x)
        return y


def test_lists_that_are_repeated_within_a_list() -> None:
    text = """
net Lists()(x: [B, 3, H=9, W=9]) -> [B, 4, H, W]:
    return x -> body: [conv(4, 1), *[[conv(4, 3, padding=1), relu] for i in range(3)]]
"""
    check(text, ListsInALoop(), IMAGES)


RES = """
block Res(w)(x: [B, C, H, W]) -> [B, C, H, W]:
    return x + (x -> conv: conv(C, w, padding=1))

"""


@pytest.mark.parametrize(
    ("body", "keys"),
    [
        ("-> stem: conv(4, 1) -> [*[Res(3)] * 3] -> head: conv(5, 1)", ["stem", "0.conv", "1.conv", "2.conv", "head"]),
        (
            "-> a.0: conv(4, 1) -> relu -> a.1: Res(3) -> a.2: Res(3) -> a.3: Res(3)",
            ["a.0", "a.1.conv", "a.2.conv", "a.3.conv"],
        ),
        ("-> a: [mean(dim=2, keepdim=True), *[Res(3)] * 2, conv(5, 1)]", ["a.1.conv", "a.2.conv", "a.3"]),
        ("-> a: [conv(4, 1), *[Res(3)] * 2, conv(5, 1)]", ["a.0", "a.1.conv", "a.2.conv", "a.3"]),
        ("-> a: [*[Res(3)] * 2]", ["a.0.conv", "a.1.conv"]),
    ],
)
def test_runs_of_equal_blocks(body: str, keys: list[str]) -> None:
    text = f"{RES}net Runs()(x: [B, 3, H=9, W=9]):\n    return x {body}\n"
    net = module(text)
    assert cross_check(compiled(text)) == []
    assert list(net.state_dict()) == [f"{key}.{name}" for key in keys for name in ("weight", "bias")]
    x = IMAGES.mean(dim=2, keepdim=True) if "mean" in body else IMAGES
    for key in keys:
        y = net.get_submodule(key)(x)
        x = x + y if key.endswith(".conv") else torch.relu(y) if "relu" in body and key == "a.0" else y
    assert torch.equal(net(IMAGES), x)


def test_a_part_of_a_list_is_gone_through_by_a_loop() -> None:
    text = f"""{RES}net Part()(x: [B, 3, H=9, W=9]):
    x = x -> a: [conv(4, 1), *[Res(3)] * 3]
    return x
"""
    net = compiled(text)
    top = net.top
    # The first value is used twice, so the list is no chain.
    nodes = (*top.nodes, Node((Value(0), Value(1)), top.nodes[1].output, top.span, op=operators()["add"]()))
    broken = replace(net, modules=(*net.modules[:-1], replace(top, nodes=nodes, result=Value(2))))
    source_ = emit(broken)
    assert "        for layer in self.a[1:4]:\n            y = layer(y)" in source_
    assert cross_check(broken) == []
