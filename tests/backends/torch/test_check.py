"""The cross-check finds each kind of disagreement between a prediction and the real module."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from archc.backends.torch import cross_check, instantiate
from tests.backends.torch.compiling import compiled, zoo

TEXT = """
net Two()(x: [B, 3, H=8, W=8]):
    return x -> conv: conv(4, 3) -> norm: batch_norm
"""


class Other(nn.Module):
    """Takes another's place, and applies a change to its output."""

    def __init__(self, net: nn.Module, change: Callable[[Tensor], Any]) -> None:
        super().__init__()
        for name, child in net.named_children():
            setattr(self, name, child)
        object.__setattr__(self, "net", net)
        object.__setattr__(self, "change", change)

    def forward(self, x: Tensor) -> Any:
        return self.change(self.net(x))  # type: ignore[operator]


def altered(change: Callable[[Any], None]) -> Callable[[], nn.Module]:
    def factory() -> nn.Module:
        net = instantiate(compiled(TEXT))
        change(net)
        return net

    return factory


@pytest.mark.parametrize("name", ["vgg16", "resnet50", "densenet121", "googlenet", "alexnet", "squeezenet1_0"])
def test_the_zoo_agrees(name: str) -> None:
    assert cross_check(zoo(name)) == []


def remove(net: Any) -> None:
    net.norm = nn.Identity()


def add(net: Any) -> None:
    net.extra = nn.Linear(2, 2)


def reshape(net: Any) -> None:
    net.conv = nn.Conv2d(3, 4, 3, bias=False)
    net.conv.bias = nn.Parameter(torch.zeros(1, 4))


def reorder(net: Any) -> None:
    conv = net.conv
    del net.conv
    net.conv = conv


def unbuffer(net: Any) -> None:
    mean = net.norm.running_mean
    del net.norm._buffers["running_mean"]
    net.norm.running_mean = nn.Parameter(mean)


def half(net: Any) -> None:
    net.norm.running_var = net.norm.running_var.half()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (remove, "parameter norm.weight: predicted, but the module has none"),
        (add, "parameter extra.weight: not predicted"),
        (reshape, "parameter conv.bias: predicted parameter float32[4], found parameter float32[1, 4]"),
        (reorder, "the parameters come in another order than predicted"),
        (unbuffer, "parameter norm.running_mean: predicted buffer float32[4], found parameter float32[4]"),
        (half, "parameter norm.running_var: predicted buffer float32[4], found buffer float16[4]"),
    ],
)
def test_parameters_that_differ(change: Callable[[Any], None], message: str) -> None:
    assert message in cross_check(compiled(TEXT), altered(change))


def raising(x: Tensor) -> Tensor:
    raise RuntimeError("no way")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda y: y[:, :, 1:], "output: predicted float32[1, 4, 6, 6], found float32[1, 4, 5, 6]"),
        (lambda y: y.double(), "output: predicted float32[1, 4, 6, 6], found float64[1, 4, 6, 6]"),
        (raising, "the module fails at the example sizes: RuntimeError: no way"),
    ],
)
def test_outputs_that_differ(change: Callable[[Tensor], Any], message: str) -> None:
    (found,) = cross_check(compiled(TEXT), lambda: Other(instantiate(compiled(TEXT)), change))
    assert found == message


def test_it_takes_no_memory() -> None:
    devices: set[str] = set()

    def factory() -> nn.Module:
        net = instantiate(compiled(TEXT))
        devices.update(parameter.device.type for parameter in net.parameters())
        return net

    cross_check(compiled(TEXT), factory)
    assert devices == {"meta"}


OPTIONAL = """
net N()(x: [B, 3], mask: [B, 3] = None) -> [B, 3]:
    if mask is None:
        return relu(x)
    return x * mask
"""


def test_optional_inputs_are_tried_absent() -> None:
    """A module that cannot do without them is found out."""

    class Needs(nn.Module):
        def forward(self, x: Tensor, mask: Tensor) -> Tensor:
            return x * mask

    assert cross_check(compiled(OPTIONAL)) == []
    (found,) = cross_check(compiled(OPTIONAL), Needs)
    assert found.startswith("the module fails at the example sizes without its optional inputs: TypeError")


def test_early_returns_are_expected_where_they_are_taken() -> None:
    text = """
net N()(x: [B, 3], mask: [B, 3] = None):
    if mask is None:
        return x, x
    return x * mask
"""

    class Plain(nn.Module):
        def forward(self, x: Tensor, mask: Tensor | None = None) -> Tensor:
            return x

    assert cross_check(compiled(text)) == []
    assert cross_check(compiled(text), Plain) == [
        "output without its optional inputs: predicted 2 values, found Tensor"
    ]
