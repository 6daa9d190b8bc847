"""The nets that torchvision does not have, against the same nets written out with PyTorch's own layers."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

import pytest
import torch
from torch import Tensor, nn
from torch.nn import (
    AdaptiveAvgPool2d,
    AvgPool2d,
    BatchNorm1d,
    Conv2d,
    Dropout,
    Flatten,
    Linear,
    LocalResponseNorm,
    MaxPool2d,
    ReLU,
    Sigmoid,
    Softmax,
    Tanh,
)

import archc
from tests.parity.compare import assert_equal, filled, normal, on_meta


def conv(inputs: int, outputs: int, kernel: int = 3, *, stride: int = 1, padding: int = 0) -> list[nn.Module]:
    return [Conv2d(inputs, outputs, kernel, stride=stride, padding=padding), ReLU()]


def group(*channels: int) -> list[nn.Module]:
    """Convolutions of three, one for each step of ``channels``, and the pooling after them."""
    return [*(layer for a, b in pairwise(channels) for layer in conv(a, b, padding=1)), MaxPool2d(2)]


def conv1(channels: int) -> list[nn.Module]:
    """What closes a group of column C: a convolution of one before the pooling."""
    return [*conv(channels, channels, 1), MaxPool2d(2)]


def vgg_head() -> list[nn.Module]:
    dense = [Linear(25088, 4096), ReLU(), Dropout(), Linear(4096, 4096), ReLU(), Dropout(), Linear(4096, 1000)]
    return [AdaptiveAvgPool2d(7), Flatten(), *dense]


def response_norm() -> nn.Module:
    """As the paper says: k = 2, n = 5, beta = 0.75 and alpha = 1e-4, which PyTorch divides by n."""
    return LocalResponseNorm(5, alpha=5 * 1e-4, beta=0.75, k=2)


def alexnet_2012() -> list[nn.Module]:
    return [
        *(*conv(3, 96, 11, stride=4), MaxPool2d(3, 2), response_norm()),
        *(*conv(96, 256, 5, padding=2), MaxPool2d(3, 2), response_norm()),
        *(*conv(256, 384, padding=1), *conv(384, 384, padding=1), *conv(384, 256, padding=1), MaxPool2d(3, 2)),
        *(Flatten(), Dropout(), Linear(9216, 4096), ReLU(), Dropout(), Linear(4096, 4096), ReLU(), Linear(4096, 1000)),
    ]


def lenet() -> list[nn.Module]:
    trunk = [Conv2d(1, 6, 5), Tanh(), AvgPool2d(2), Conv2d(6, 16, 5), Tanh(), AvgPool2d(2), Conv2d(16, 120, 5), Tanh()]
    return [*trunk, Flatten(), Linear(120, 84), Tanh(), Linear(84, 10)]


def digits(*between: Callable[[], nn.Module]) -> list[nn.Module]:
    """784-32-32-10 with these layers around each hidden activation."""

    def hidden(inputs: int) -> list[nn.Module]:
        return [Linear(inputs, 32), *(make() for make in between)]

    return [Flatten(), *hidden(784), *hidden(32), Linear(32, 10)]


NETS: dict[str, tuple[Callable[[], list[nn.Module]], tuple[int, ...]]] = {
    "LinearRegression": (lambda: [Linear(13, 1)], (5, 13)),
    "LogisticRegression": (lambda: [Linear(13, 1), Sigmoid()], (5, 13)),
    "SoftmaxRegression": (lambda: [Flatten(), Linear(784, 10), Softmax(dim=1)], (5, 1, 28, 28)),
    "XOR": (lambda: [Linear(2, 2), Sigmoid(), Linear(2, 1), Sigmoid()], (4, 2)),
    "mlp": (lambda: [Flatten(), Linear(784, 128), ReLU(), Linear(128, 10)], (5, 1, 28, 28)),
    "mlp_dropout": (lambda: digits(ReLU, Dropout), (5, 1, 28, 28)),
    "mlp_batch_norm": (lambda: digits(lambda: BatchNorm1d(32), ReLU), (5, 1, 28, 28)),
    "MnistCNN": (lambda: [*group(1, 32), *group(32, 64), Flatten(), Linear(3136, 10)], (5, 1, 28, 28)),
    "LeNet5": (lenet, (5, 1, 32, 32)),
    "alexnet_2012": (alexnet_2012, (2, 3, 227, 227)),
    "vgg11_lrn": (
        lambda: [
            *(*conv(3, 64, padding=1), response_norm(), MaxPool2d(2)),
            *(*group(64, 128), *group(128, 256, 256), *group(256, 512, 512), *group(512, 512, 512)),
            *vgg_head(),
        ],
        (2, 3, 32, 48),
    ),
    "vgg16_conv1": (
        lambda: [
            *(*group(3, 64, 64), *group(64, 128, 128)),
            *(*group(128, 256, 256)[:-1], *conv1(256), *group(256, 512, 512)[:-1], *conv1(512)),
            *(*group(512, 512, 512)[:-1], *conv1(512)),
            *vgg_head(),
        ],
        (2, 3, 32, 48),
    ),
}


def give_in_order(ours: nn.Module, theirs: nn.Module) -> None:
    """Their weights under our keys: both have the same tensors in the same order."""
    wanted = theirs.state_dict()
    state = {key: value.clone() for key, value in zip(ours.state_dict(), wanted.values(), strict=True)}
    ours.load_state_dict(state, strict=True, assign=True)


@pytest.mark.parametrize("name", NETS)
def test_a_net_is_what_its_layers_are(name: str) -> None:
    layers, shape = NETS[name]
    theirs = filled(on_meta(lambda: nn.Sequential(*layers())))
    ours = on_meta(lambda: archc.build(name))
    give_in_order(ours, theirs)
    assert_equal(ours, theirs, normal(*shape))


def bound(x: Tensor) -> float:
    return x.abs().max().item()


def test_the_head_of_the_mnist_net_is_xavier_uniform() -> None:
    torch.manual_seed(0)
    net = archc.build("MnistCNN")
    limit = (6 / (3136 + 10)) ** 0.5
    assert 0.99 * limit < bound(net.get_parameter("fc.weight")) <= limit
    assert bound(net.get_parameter("layer1.0.weight")) <= 1 / 3  # torch's default: 1 / sqrt(fan_in)


@pytest.mark.parametrize(("name", "classes"), [("vgg11", 10), ("resnet18", 7), ("squeezenet1_1", 3)])
def test_arguments_change_a_net(name: str, classes: int) -> None:
    net = on_meta(lambda: archc.build(name, classes=classes))
    assert net(torch.empty(2, 3, 64, 64, device="meta")).shape == (2, classes)
