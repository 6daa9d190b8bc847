"""Nets that several tests use."""

from __future__ import annotations

from archc.ir.graph import InitRule, Net, Value
from building import SPAN, Body, Building, op, tensor

IMAGE = tensor("B", 3, "H", "W")
VGG16 = [64, 64, "M", 128, 128, "M", 256, 256, 256, "M", 512, 512, 512, "M", 512, 512, 512, "M"]


def rule(selector: str, function: str, *arguments: tuple[str, int | float | str], by_path: bool = False) -> InitRule:
    return InitRule(selector, by_path, function, arguments, SPAN)


VGG_INITS = (
    rule("conv.weight", "kaiming_normal", ("mode", "fan_out"), ("nonlinearity", "relu")),
    rule("linear.weight", "normal", ("mean", 0), ("std", 0.01)),
    rule("*.bias", "zeros"),
)


def vgg16() -> Net:
    building = Building()
    net = building.body("VGG", ("image", IMAGE), doc="VGG (arXiv:1409.1556), table 1.", kind="net", inits=VGG_INITS)
    features = []
    for width in VGG16:
        features += [op("conv", width, 3, padding=1), op("relu")] if isinstance(width, int) else [op("max_pool", 2)]
    x = net.sequence("features", features, net.input())
    x = net.layer("avgpool", op("adaptive_avg_pool", 7), x)
    x = net.op(op("flatten"), x)
    head = [op("linear", 4096), op("relu"), op("dropout", 0.5), op("linear", 4096), op("relu"), op("dropout", 0.5)]
    return building.net(net.done(net.sequence("classifier", [*head, op("linear", 1000)], x)))


def conv_bn(body: Body, number: int, x: Value, *args: int, **kwargs: int) -> Value:
    x = body.layer(f"conv{number}", op("conv", *args, bias=False, **kwargs), x)
    return body.layer(f"bn{number}", op("batch_norm"), x)


def bottleneck(building: Building, channels: int, planes: int, stride: int = 1) -> int:
    body = building.body("Bottleneck", ("x", tensor("B", channels, "H", "W")), planes=planes, stride=stride)
    x = body.input()
    y = body.op(op("relu"), conv_bn(body, 1, x, planes, 1))
    y = body.op(op("relu"), conv_bn(body, 2, y, planes, 3, stride=stride, padding=1))
    y = conv_bn(body, 3, y, 4 * planes, 1)
    if stride != 1 or channels != 4 * planes:
        x = body.layer("downsample.0", op("conv", 4 * planes, 1, stride=stride, bias=False), x)
        x = body.layer("downsample.1", op("batch_norm"), x)
    return body.done(body.op(op("relu"), body.op(op("add"), x, y)))


def resnet50() -> Net:
    building = Building()
    stages = []
    channels = 64
    for planes, depth, stride in ((64, 3, 1), (128, 4, 2), (256, 6, 2), (512, 3, 2)):
        first = bottleneck(building, channels, planes, stride)
        channels = 4 * planes
        stages.append((first, bottleneck(building, channels, planes), depth))
    net = building.body("ResNet", ("image", IMAGE), doc="Deep residual learning.", kind="net")
    x = net.op(op("relu"), conv_bn(net, 1, net.input(), 64, 7, stride=2, padding=3))
    x = net.op(op("max_pool", 3, stride=2, padding=1), x)
    for number, (first, other, depth) in enumerate(stages, 1):
        x = net.block(f"layer{number}.0", first, x)
        x = net.block(f"layer{number}.1", other, x, count=depth - 1)
    x = net.op(op("flatten"), net.op(op("adaptive_avg_pool", 1), x))
    return building.net(net.done(net.layer("fc", op("linear", 1000), x)))
