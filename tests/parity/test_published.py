"""Nets that are published as papers, against the same nets written out in PyTorch; their tables are asserted in the specs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.nn import AdaptiveAvgPool2d, BatchNorm2d, Conv2d, Flatten, Linear, PixelShuffle, ReLU, Sequential, Tanh

import archc
from tests.parity.compare import (
    assert_equal,
    assert_equal_gradients,
    fill,
    filled,
    give,
    gradients,
    normal,
    on_meta,
    outputs,
)
from tests.parity.test_classics import give_in_order


def separable(inputs: int, outputs: int, stride: int) -> list[nn.Module]:
    depthwise = Conv2d(inputs, inputs, 3, stride, 1, groups=inputs, bias=False)
    pointwise = Conv2d(inputs, outputs, 1, bias=False)
    return [depthwise, BatchNorm2d(inputs), ReLU(), pointwise, BatchNorm2d(outputs), ReLU()]


def mobilenet() -> list[nn.Module]:
    rows = [(32, 64, 1), (64, 128, 2), (128, 128, 1), (128, 256, 2), (256, 256, 1), (256, 512, 2)]
    rows += [*[(512, 512, 1)] * 5, (512, 1024, 2), (1024, 1024, 1)]
    stem = [Conv2d(3, 32, 3, 2, 1, bias=False), BatchNorm2d(32), ReLU()]
    body = [layer for row in rows for layer in separable(*row)]
    return [*stem, *body, AdaptiveAvgPool2d(1), Flatten(), Linear(1024, 1000)]


def srcnn(kernel: int) -> list[nn.Module]:
    return [Conv2d(1, 64, 9), ReLU(), Conv2d(64, 32, kernel), ReLU(), Conv2d(32, 1, 5)]


def espcn(scale: int) -> list[nn.Module]:
    convs = [Conv2d(1, 64, 5, padding=2), Tanh(), Conv2d(64, 32, 3, padding=1), Tanh()]
    return [*convs, Conv2d(32, scale**2, 3, padding=1), PixelShuffle(scale)]


SEQUENCES: dict[str, tuple[Callable[[], list[nn.Module]], tuple[int, ...]]] = {
    "MobileNet": (mobilenet, (2, 3, 63, 77)),
    "srcnn_915": (lambda: srcnn(1), (2, 1, 33, 35)),
    "srcnn_955": (lambda: srcnn(5), (2, 1, 33, 35)),
    "espcn_x2": (lambda: espcn(2), (2, 1, 17, 15)),
    "espcn_x3": (lambda: espcn(3), (2, 1, 17, 15)),
}


@pytest.mark.parametrize("name", SEQUENCES)
def test_a_net_is_what_its_layers_are(name: str) -> None:
    layers, shape = SEQUENCES[name]
    theirs = filled(on_meta(lambda: Sequential(*layers())))
    ours = on_meta(lambda: archc.build(name))
    give_in_order(ours, theirs)
    assert_equal(ours, theirs, normal(*shape))


# --- nets with branches ----------------------------------------------------------------------------------------------


def double(inputs: int, outputs: int, padding: int) -> Sequential:
    return Sequential(
        Conv2d(inputs, outputs, 3, padding=padding), ReLU(), Conv2d(outputs, outputs, 3, padding=padding), ReLU()
    )


class UNet(nn.Module):
    """Figure 1 of the paper, with ``width`` channels at the top."""

    def __init__(self, depth: int, width: int, padding: int) -> None:
        super().__init__()
        self.depth = depth
        channels = [1, *(width * 2**i for i in range(depth + 1))]
        for i in range(depth):
            self.add_module(f"down{i + 1}", double(channels[i], channels[i + 1], padding))
        self.bottom = double(channels[-2], channels[-1], padding)
        for i in reversed(range(depth)):
            self.add_module(f"up{i + 1}", nn.ConvTranspose2d(channels[i + 2], channels[i + 1], 2, 2))
            self.add_module(f"merge{i + 1}", double(channels[i + 2], channels[i + 1], padding))
        self.head = Conv2d(width, 2, 1)

    def forward(self, x: Tensor) -> Tensor:
        skips = []
        for i in range(self.depth):
            x = self.get_submodule(f"down{i + 1}")(x)
            skips.append(x)
            x = F.max_pool2d(x, 2)
        x = self.bottom(x)
        for i in reversed(range(self.depth)):
            x = self.get_submodule(f"up{i + 1}")(x)
            h, w = x.shape[2:]
            top, left = (skips[i].shape[2] - h) // 2, (skips[i].shape[3] - w) // 2
            x = torch.cat([skips[i][:, :, top : top + h, left : left + w], x], 1)
            x = self.get_submodule(f"merge{i + 1}")(x)
        y: Tensor = self.head(x)
        return y


def vgg(rows: list[int], ceil: bool = False) -> list[nn.Module]:
    """Convolutions of these widths; 0 is a pooling."""
    layers: list[nn.Module] = []
    inputs = 3
    for n in rows:
        layers += [Conv2d(inputs, n, 3, padding=1), ReLU()] if n else [nn.MaxPool2d(2, ceil_mode=ceil)]
        inputs = n or inputs
    return layers


VGG16 = [64, 64, 0, 128, 128, 0, 256, 256, 256, 0, 512, 512, 512, 0, 512, 512, 512, 0]


class FCN8s(nn.Module):
    """The net of the authors' Caffe definition: where they crop, and that they pool with rounding up."""

    def __init__(self) -> None:
        super().__init__()
        layers = vgg(VGG16, ceil=True)
        layers[0] = Conv2d(3, 64, 3, padding=100)
        self.stage3, self.stage4, self.stage5 = (
            Sequential(*part) for part in (layers[:17], layers[17:24], layers[24:])
        )
        self.fc6, self.fc7, self.score = Conv2d(512, 4096, 7), Conv2d(4096, 4096, 1), Conv2d(4096, 21, 1)
        self.upscore5 = nn.ConvTranspose2d(21, 21, 4, 2, bias=False)
        self.score_pool4 = Conv2d(512, 21, 1)
        self.upscore4 = nn.ConvTranspose2d(21, 21, 4, 2, bias=False)
        self.score_pool3 = Conv2d(256, 21, 1)
        self.upscore = nn.ConvTranspose2d(21, 21, 16, 8, bias=False)

    def forward(self, image: Tensor) -> Tensor:
        pool3 = self.stage3(image)
        pool4 = self.stage4(pool3)
        x = F.dropout2d(F.relu(self.fc6(self.stage5(pool4))), 0.5, self.training)
        x = self.upscore5(self.score(F.dropout2d(F.relu(self.fc7(x)), 0.5, self.training)))
        x = self.upscore4(x + self.score_pool4(pool4)[:, :, 5 : 5 + x.shape[2], 5 : 5 + x.shape[3]])
        x = self.upscore(x + self.score_pool3(pool3)[:, :, 9 : 9 + x.shape[2], 9 : 9 + x.shape[3]])
        y: Tensor = x[:, :, 31 : 31 + image.shape[2], 31 : 31 + image.shape[3]]
        return y


class OpenPose(nn.Module):
    """Figure 3 of the paper, with two branches for each stage."""

    def __init__(self, stages: int) -> None:
        super().__init__()
        self.stages = stages
        front = vgg([64, 64, 0, 128, 128, 0, 256, 256, 256, 256, 0, 512, 512])
        self.front = Sequential(*front, Conv2d(512, 256, 3, padding=1), ReLU(), Conv2d(256, 128, 3, padding=1), ReLU())
        for t in range(1, stages + 1):
            for name, maps in (("fields", 38), ("maps", 19)):
                self.add_module(f"{name}{t}", self.branch(t, maps))

    def branch(self, t: int, maps: int) -> Sequential:
        wide = [(128, 7)] * 5 + [(128, 1)] if t > 1 else [(128, 3)] * 3 + [(512, 1)]
        layers: list[nn.Module] = []
        inputs = 185 if t > 1 else 128
        for n, k in wide:
            layers += [Conv2d(inputs, n, k, padding=k // 2), ReLU()]
            inputs = n
        return Sequential(*layers, Conv2d(inputs, maps, 1))

    def forward(self, image: Tensor) -> tuple[Tensor, Tensor]:
        x = features = self.front(image)
        found = []
        for t in range(1, self.stages + 1):
            found.append((self.get_submodule(f"fields{t}")(x), self.get_submodule(f"maps{t}")(x)))
            x = torch.cat([*found[-1], features], 1)
        fields, maps = zip(*found, strict=True)
        return torch.stack(fields, 1), torch.stack(maps, 1)


class MDNet(nn.Module):
    def __init__(self, domains: int) -> None:
        super().__init__()
        self.conv1, self.conv2, self.conv3 = Conv2d(3, 96, 7, 2), Conv2d(96, 256, 5, 2), Conv2d(256, 512, 3)
        self.fc4, self.fc5 = Linear(4608, 512), Linear(512, 512)
        self.fc6 = nn.ModuleList(Linear(512, 2) for _ in range(domains))

    def forward(self, x: Tensor) -> Tensor:
        for conv in (self.conv1, self.conv2):
            x = F.max_pool2d(F.local_response_norm(F.relu(conv(x)), 5, 5e-4, 0.75, 2), 3, 2)
        x = F.relu(self.conv3(x)).flatten(1)
        for fc in (self.fc4, self.fc5):
            x = F.dropout(F.relu(fc(x)), 0.5, self.training)
        return torch.stack([fc(x) for fc in self.fc6], 1)


class Tracker(nn.Module):
    """Frame by frame: the box that is surest, its class before it, and the location in the state."""

    def __init__(self, features: int) -> None:
        super().__init__()
        self.features = features
        self.lstm = nn.LSTM(features + 6, features + 6, batch_first=True)

    def forward(self, x: Tensor, cells: Tensor) -> Tensor:
        boxes = torch.zeros(*x.shape[:2], 6)
        for video in range(x.shape[0]):
            for frame in range(x.shape[1]):
                cell = max(cells[video, frame], key=lambda row: float(row[4]))
                boxes[video, frame] = torch.cat([cell[10:].argmax().float()[None], cell[:5]])
        y: Tensor = self.lstm(torch.cat([x, boxes], 2))[0]
        return y[:, :, self.features + 1 : self.features + 5]


class MultiTask(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.trunk = Sequential(
            *(Conv2d(3, 16, 3, padding=1), BatchNorm2d(16), ReLU(), nn.MaxPool2d(2)),
            *(Conv2d(16, 32, 3, padding=1), BatchNorm2d(32), ReLU(), AdaptiveAvgPool2d(1)),
        )
        self.shared = Linear(32, 64)
        self.face, self.glasses, self.smile, self.hat = (Linear(64, 1) for _ in range(4))

    def forward(self, image: Tensor) -> tuple[Tensor, ...]:
        x = F.relu(self.shared(self.trunk(image).flatten(1)))
        return tuple(head(x).sigmoid() for head in (self.face, self.glasses, self.smile, self.hat))


REFERENCES: dict[str, tuple[Callable[[], nn.Module], dict[str, Any], list[tuple[int, ...]]]] = {
    "unet": (lambda: UNet(4, 4, 0), {"width": 4}, [(2, 1, 188, 204)]),
    **{
        f"unet_padded_{depth}": (lambda depth=depth: UNet(depth, 4, 1), {"width": 4}, [(2, 1, 32, 64)])  # type: ignore[misc]
        for depth in range(1, 6)
    },
    "fcn8s": (FCN8s, {}, [(1, 3, 21, 34)]),
    "OpenPose": (lambda: OpenPose(3), {"stages": 3}, [(2, 3, 33, 41)]),
    "MDNet": (lambda: MDNet(3), {"domains": 3}, [(2, 3, 107, 107)]),
    "Tracker": (lambda: Tracker(20), {"dim": 20}, [(2, 5, 20), (2, 5, 49, 30)]),
    "MultiTask": (MultiTask, {}, [(5, 3, 31, 32)]),
}


@pytest.mark.parametrize("name", REFERENCES)
def test_a_net_is_what_its_paper_draws(name: str) -> None:
    build, arguments, shapes = REFERENCES[name]
    theirs = filled(on_meta(build))
    ours = on_meta(lambda: archc.build(name, **arguments))
    give(ours, theirs)
    assert_equal(ours, theirs, *(normal(*shape) for shape in shapes))


@pytest.mark.parametrize("name", ["unet", "MultiTask"])
def test_a_net_learns_as_its_paper_draws(name: str) -> None:
    build, arguments, shapes = REFERENCES[name]
    theirs = filled(on_meta(build))
    ours = on_meta(lambda: archc.build(name, **arguments))
    give(ours, theirs)
    assert_equal_gradients(ours, theirs, *(normal(*shape) for shape in shapes), rounding=1e-5)


# --- frozen and tied parameters --------------------------------------------------------------------------------------


def transfer() -> nn.Module:
    net = nn.Module()
    net.trunk = Sequential(*vgg(VGG16))
    net.head = Sequential(Linear(25088, 256), ReLU(), nn.Dropout(0.5), Linear(256, 2))
    return net


def test_a_frozen_trunk_does_not_learn_and_its_head_does() -> None:
    theirs = filled(on_meta(transfer))
    ours = filled(on_meta(lambda: archc.build("Transfer")))
    ours.load_state_dict(theirs.state_dict(), strict=True)
    x = normal(2, 3, 33, 41)
    y = theirs.get_submodule("head").eval()(F.adaptive_avg_pool2d(theirs.get_submodule("trunk")(x), 7).flatten(1))
    assert torch.equal(outputs(ours.eval(), x)[0], y)
    for name, parameter in ours.named_parameters():
        assert parameter.requires_grad == name.startswith("head."), name
    torch.autograd.backward([outputs(ours, x)[0].square().sum()])
    learned = {name for name, parameter in ours.named_parameters() if parameter.grad is not None}
    assert learned == {"head.0.weight", "head.0.bias", "head.3.weight", "head.3.bias"}


def test_the_decoder_of_a_stack_of_machines_is_its_encoder_transposed() -> None:
    ours = fill(archc.build("Autoencoder", units=[13, 11, 7, 3]))  # torch unties parameters that leave the meta device
    x = image = normal(5, 13).sigmoid()
    machines = [dict(ours.get_submodule(f"rbms.{i}").named_parameters()) for i in range(3)]
    for machine in machines:
        x = torch.sigmoid(F.linear(x, machine["weight"], machine["hidden_bias"]))
    code = x
    for machine in reversed(machines):
        x = torch.sigmoid(F.linear(x, machine["weight"].T, machine["visible_bias"]))
    found = outputs(ours, image)
    assert torch.equal(found[0], code)
    torch.testing.assert_close(found[1], x)
    for i, machine in enumerate(machines):
        assert ours.get_parameter(f"decoders.{i}.weight") is machine["weight"]
    assert set(gradients(ours, image)) == {f"rbms.{i}.{name}" for i in range(3) for name in machines[0]}


@pytest.mark.parametrize("name", ["nasnet_mobile", "YOLO", "ROLO"])
def test_a_large_net_runs_on_shapes(name: str) -> None:
    net = on_meta(lambda: archc.build(name)).eval()
    shape = {"nasnet_mobile": (2, 3, 97, 129), "YOLO": (2, 3, 448, 448), "ROLO": (2, 3, 3, 448, 448)}[name]
    wanted = {"nasnet_mobile": (2, 1000), "YOLO": (2, 7, 7, 30), "ROLO": (2, 3, 4)}[name]
    assert net(torch.empty(shape, device="meta")).shape == wanted
