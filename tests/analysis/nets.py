"""Nets put together by hand, as the elaborator would give them: what analyses and backends are tested on."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from archc.analysis.calls import call_env, result_type, substitute_type
from archc.ir.dims import parse_dim
from archc.ir.graph import Child, Module, Net, Node, Operand, Port, Result, Symbol, Value
from archc.ir.late import LateText
from archc.ir.operator import Operator
from archc.ir.site import Site
from archc.ir.types import TensorType, Type, tensors
from archc.ops import operators
from archc.source import Span

SPAN = Span("test.arch", 0, 0)


def tensor(text: str) -> TensorType:
    """``"B, 3, H, W"`` as a type."""
    return TensorType(tuple(parse_dim(dim) for dim in text.split(",")))


def op(name: str, /, **arguments: Any) -> Operator:
    return operators()[name](**arguments)


def conv(channels: int, kernel: int, **more: Any) -> Operator:
    return op("conv", out_channels=channels, kernel_size=kernel, **more)


class Body:
    """A module while it is written: each method adds one node and gives its value."""

    def __init__(self, modules: list[Module], **ports: str) -> None:
        self.modules = modules
        self.inputs = tuple(Port(name, tensor(text)) for name, text in ports.items())
        self.children: list[Child] = []
        self.nodes: list[Node] = []

    def input(self, position: int = 0) -> Value:
        return Value(-1, position)

    def layer(self, label: str, operator: Operator, *values: Value, repeat: int = 1) -> Value:
        types = self._types(values)
        output = operator.infer(Site(SPAN), *types)
        parameters = operator.parameters(*types)
        self.children.append(
            Child(tuple(label.split(".")), SPAN, op=operator, parameters=parameters, inputs=types, count=repeat)
        )
        return self._node(Node(values, output, SPAN, child=len(self.children) - 1, repeat=repeat))

    def again(self, label: str, *values: Value) -> Value:
        """Applies a layer or block that is there already."""
        index = [child.label for child in self.children].index(label)
        child = self.children[index]
        node = Node(values, TensorType(()), SPAN, child=index, module=child.module)
        if child.module is not None:
            return self._call(node, child.module)
        assert child.op is not None
        return self._node(Node(values, child.op.infer(Site(SPAN), *self._types(values)), SPAN, child=index))

    def apply(self, operator: Operator, *operands: Operand) -> Value:
        return self._node(Node(operands, operator.infer(Site(SPAN), *self._types(operands)), SPAN, op=operator))

    def block(self, label: str, module: int, *values: Value, repeat: int = 1) -> Value:
        self.children.append(Child(tuple(label.split(".")), SPAN, module=module, count=repeat))
        node = Node(values, TensorType(()), SPAN, child=len(self.children) - 1, module=module, repeat=repeat)
        return self._call(node, module)

    def declare(self, label: str, operator: Operator, *types: Type) -> None:
        """A layer that is never applied."""
        self.children.append(Child(tuple(label.split(".")), SPAN, op=operator, parameters=operator.parameters(*types)))

    def done(self, name: str, result: Result, *, kind: Any = "block", **arguments: object) -> int:
        texts = tuple((key, LateText(str(value))) for key, value in arguments.items())
        self.modules.append(self._module(name, result, kind, texts))
        return len(self.modules) - 1

    def _module(self, name: str, result: Result, kind: Any, arguments: tuple[tuple[str, LateText], ...] = ()) -> Module:
        return Module(
            name=name,
            kind=kind,
            doc=None,
            arguments=arguments,
            inputs=self.inputs,
            children=tuple(self.children),
            nodes=tuple(self.nodes),
            result=result,
            span=SPAN,
        )

    def net(self, name: str, result: Result, symbols: Mapping[str, int], **arguments: object) -> Net:
        root = self.done(name, result, kind="net", **arguments)
        free = tuple(Symbol(name=symbol, example=size, given=size > 1) for symbol, size in symbols.items())
        return Net(name=name.lower(), file="test.arch", modules=tuple(self.modules), root=root, symbols=free)

    def _types(self, operands: tuple[Operand, ...]) -> tuple[Any, ...]:
        return tuple(self._type(value) if isinstance(value, Value) else value for value in operands)

    def _type(self, value: Value) -> Type:
        if value.node < 0:
            return self.inputs[value.output].type
        return tensors(self.nodes[value.node].output)[value.output]

    def _call(self, node: Node, module: int) -> Value:
        stub = self._module("unfinished", (), "block")
        net = Net(name="unfinished", file="test.arch", modules=tuple(self.modules), root=0, symbols=())
        env = call_env(net, stub, node, module)
        output = substitute_type(result_type(self.modules[module]), env)
        return self._node(Node(node.inputs, output, SPAN, child=node.child, module=module, repeat=node.repeat))

    def _node(self, node: Node) -> Value:
        self.nodes.append(node)
        return Value(len(self.nodes) - 1)


def vgg16() -> Net:
    """VGG-D with torchvision's labels."""
    body = Body([], image="B, 3, H, W")
    x, position = body.input(), 0
    for n in (64, 64, 0, 128, 128, 0, 256, 256, 256, 0, 512, 512, 512, 0, 512, 512, 512, 0):
        for operator in (conv(n, 3, padding=1), op("relu")) if n else (op("max_pool", kernel_size=2),):
            x = body.layer(f"features.{position}", operator, x)
            position += 1
    x = body.layer("avgpool", op("adaptive_avg_pool", output_size=7), x)
    x = body.apply(op("flatten"), x)
    for position, operator in enumerate(
        (
            op("linear", out_features=4096),
            op("relu"),
            op("dropout"),
            op("linear", out_features=4096),
            op("relu"),
            op("dropout"),
            op("linear", out_features=1000),
        )
    ):
        x = body.layer(f"classifier.{position}", operator, x)
    return body.net("VGG", x, {"B": 1, "H": 224, "W": 224}, classes=1000)


def bottleneck(modules: list[Module], channels: int, planes: int, stride: int = 1) -> int:
    body = Body(modules, x=f"B, {channels}, H, W")
    y = body.layer("conv1", conv(planes, 1, bias=False), body.input())
    y = body.apply(op("relu"), body.layer("bn1", op("batch_norm"), y))
    y = body.layer("conv2", conv(planes, 3, stride=stride, padding=1, bias=False), y)
    y = body.apply(op("relu"), body.layer("bn2", op("batch_norm"), y))
    y = body.layer("bn3", op("batch_norm"), body.layer("conv3", conv(4 * planes, 1, bias=False), y))
    x = body.input()
    if stride != 1 or channels != 4 * planes:
        x = body.layer("downsample.0", conv(4 * planes, 1, stride=stride, bias=False), x)
        x = body.layer("downsample.1", op("batch_norm"), x)
    result = body.apply(op("relu"), body.apply(op("add"), x, y))
    return body.done("Bottleneck", result, planes=planes, stride=stride)


def resnet(depths: tuple[int, ...] = (3, 4, 6, 3)) -> Net:
    """ResNet of bottlenecks (50 layers, unless told) with torchvision's labels; equal blocks are folded."""
    modules: list[Module] = []
    planes = [64 * 2**i for i in range(len(depths))]
    firsts, others, channels = [], [], 64
    for i, width in enumerate(planes):
        firsts.append(bottleneck(modules, channels, width, 1 if i == 0 else 2))
        channels = 4 * width
        others.append(bottleneck(modules, channels, width))
    body = Body(modules, image="B, 3, H, W")
    x = body.layer("conv1", conv(64, 7, stride=2, padding=3, bias=False), body.input())
    x = body.apply(op("relu"), body.layer("bn1", op("batch_norm"), x))
    x = body.apply(op("max_pool", kernel_size=3, stride=2, padding=1), x)
    for i, depth in enumerate(depths):
        x = body.block(f"layer{i + 1}.0", firsts[i], x)
        x = body.block(f"layer{i + 1}.1", others[i], x, repeat=depth - 1)
    x = body.apply(op("flatten"), body.apply(op("adaptive_avg_pool", output_size=1), x))
    x = body.layer("fc", op("linear", out_features=1000), x)
    return body.net("ResNet", x, {"B": 1, "H": 224, "W": 224}, depths=list(depths))


def inception() -> Net:
    """Two of GoogLeNet's blocks: four branches and a concat."""
    modules: list[Module] = []

    def conv_bn(channels: int, n: int, kernel: int) -> int:
        body = Body(modules, x=f"B, {channels}, H, W")
        y = body.layer("conv", conv(n, kernel, padding=kernel // 2, bias=False), body.input())
        y = body.layer("bn", op("batch_norm", eps=0.001), y)
        return body.done("ConvBN", body.apply(op("relu"), y), channels=n, kernel=kernel)

    def block(channels: int, c1: int, c3r: int, c3: int, c5r: int, c5: int, pool: int) -> int:
        parts = [
            conv_bn(channels, c1, 1),
            conv_bn(channels, c3r, 1),
            conv_bn(c3r, c3, 3),
            conv_bn(channels, c5r, 1),
            conv_bn(c5r, c5, 3),
            conv_bn(channels, pool, 1),
        ]
        body = Body(modules, x=f"B, {channels}, H, W")
        x = body.input()
        one = body.block("branch1", parts[0], x)
        two = body.block("branch2.1", parts[2], body.block("branch2.0", parts[1], x))
        three = body.block("branch3.1", parts[4], body.block("branch3.0", parts[3], x))
        four = body.layer("branch4.0", op("max_pool", kernel_size=3, stride=1, padding=1, ceil_mode=True), x)
        four = body.block("branch4.1", parts[5], four)
        out = body.apply(op("concat", dim=1), one, two, three, four)
        return body.done("Inception", out, c1=c1, c3r=c3r, c3=c3, c5r=c5r, c5=c5, pool=pool)

    blocks = [block(192, 64, 96, 128, 16, 32, 32), block(256, 128, 128, 192, 32, 96, 64)]
    body = Body(modules, image="B, 192, H, W")
    x = body.block("inception3b", blocks[1], body.block("inception3a", blocks[0], body.input()))
    return body.net("GoogLeNetPart", x, {"B": 1, "H": 28, "W": 28})
