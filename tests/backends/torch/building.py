"""Nets written by hand, for tests that need no compiler front: layers are applied one by one and their types inferred."""

from __future__ import annotations

from typing import Any

import archc.ops
from archc.ir.dims import Dim, DimLike, parse_dim
from archc.ir.graph import Child, InitRule, Module, Net, Node, Operand, Port, Result, Symbol, Value
from archc.ir.operator import Operator
from archc.ir.site import Site
from archc.ir.types import DType, TensorType, Type
from archc.source import Span

SPAN = Span("test.arch", 0, 0)
SIZES = {"B": 2, "H": 32, "W": 32, "T": 6}


def tensor(*shape: int | str, dtype: DType = "float") -> TensorType:
    """``tensor("B", 3, "H", "W")``."""
    return TensorType(tuple(parse_dim(size) if isinstance(size, str) else size for size in shape), dtype)


def op(name: str, *args: Any, **kwargs: Any) -> Operator:
    """An operator as the language would make it, arguments by position first."""
    kind = archc.ops.operators()[name]
    return kind(**dict(zip(kind.model_fields, args, strict=False)), **kwargs)


class Body:
    """A module in the making."""

    def __init__(
        self,
        net: Building,
        name: str,
        *inputs: tuple[str, TensorType],
        doc: str | None = None,
        kind: Any = "block",
        inits: tuple[InitRule, ...] = (),
        span: Span = SPAN,
        **arguments: object,
    ) -> None:
        self.net, self.name, self.doc, self.kind, self.inits, self.span = net, name, doc, kind, inits, span
        self.arguments = tuple((key, repr(value)) for key, value in arguments.items())
        self.ports = tuple(Port(key, type_) for key, type_ in inputs)
        self.children: list[Child] = []
        self.nodes: list[Node] = []
        self.labels: dict[str, int] = {}

    def input(self, index: int = 0) -> Value:
        return Value(-1, index)

    def type_of(self, operand: Operand) -> Any:
        if not isinstance(operand, Value):
            return operand
        if operand.node < 0:
            return self.ports[operand.output].type
        output = self.nodes[operand.node].output
        return output if isinstance(output, TensorType) else output[operand.output]

    def op(self, operator: Operator, *inputs: Operand) -> Value:
        """Apply what has no label."""
        output = operator.infer(Site(SPAN), *map(self.type_of, inputs))
        return self._node(Node(inputs, output, SPAN, op=operator))

    def layer(self, label: str, operator: Operator, *inputs: Operand, count: int = 1) -> Value:
        """Apply a labelled layer; a label that was applied before shares its layer."""
        types = tuple(map(self.type_of, inputs))
        output = operator.infer(Site(SPAN), *types)
        if label not in self.labels:
            child = Child(tuple(label.split(".")), SPAN, operator, None, operator.parameters(*types), types, count)
            self._child(label, child)
        return self._node(Node(inputs, output, SPAN, child=self.labels[label], repeat=count))

    def declare(self, label: str, operator: Operator) -> None:
        """A layer that is never applied."""
        self._child(label, Child(tuple(label.split(".")), SPAN, operator, None, operator.parameters(), ()))

    def block(self, label: str, module: int, *inputs: Value, count: int = 1, **keywords: Value) -> Value:
        """Apply a block; the callee's symbols become what it is applied to."""
        callee = self.net.modules[module]
        given = dict(zip((port.name for port in callee.inputs), inputs, strict=False)) | keywords
        sizes: dict[str, DimLike] = {}
        for port in callee.inputs:
            for own, present in zip(port.type.shape, self.type_of(given[port.name]).shape, strict=True):  # type: ignore[union-attr]
                if isinstance(own, Dim):
                    sizes[str(own)] = present
                else:
                    assert own == present, (label, own, present)
        if label not in self.labels:
            self._child(label, Child(tuple(label.split(".")), SPAN, None, module, (), tuple(map(self.type_of, inputs)), count))
        output = substituted(result_type(callee, callee.result), sizes)
        named = tuple(keywords.items())
        return self._node(Node(inputs, output, SPAN, child=self.labels[label], module=module, keywords=named, repeat=count))

    def sequence(self, label: str, layers: list[Operator], x: Value) -> Value:
        """A list of layers below a label."""
        for index, operator in enumerate(layers):
            x = self.layer(f"{label}.{index}" if label else str(index), operator, x)
        return x

    def done(self, result: Result) -> int:
        """Add the module to the net; its index."""
        module = Module(
            name=self.name,
            kind=self.kind,
            doc=self.doc,
            arguments=self.arguments,
            inputs=self.ports,
            children=tuple(self.children),
            nodes=tuple(self.nodes),
            result=result,
            inits=self.inits,
            span=self.span,
        )
        self.net.modules.append(module)
        return len(self.net.modules) - 1

    def _child(self, label: str, child: Child) -> None:
        self.labels[label] = len(self.children)
        self.children.append(child)

    def _node(self, node: Node) -> Value:
        self.nodes.append(node)
        return Value(len(self.nodes) - 1)


class Building:
    """A net in the making."""

    def __init__(self) -> None:
        self.modules: list[Module] = []

    def body(self, name: str, *inputs: tuple[str, TensorType], **settings: Any) -> Body:
        """A new module of the net."""
        return Body(self, name, *inputs, **settings)

    def net(self, root: int, file: str = "test.arch") -> Net:
        """The net, once all its modules are done."""
        used = sorted({name for port in self.modules[root].inputs for name in _symbols(port.type)})
        symbols = tuple(Symbol(name=name, example=SIZES[name], given=False) for name in used)
        name = self.modules[root].name
        return Net(name=name, file=file, modules=tuple(self.modules), root=root, symbols=symbols)


def result_type(module: Module, result: Result) -> Type:
    """The type of what a module gives."""
    if not isinstance(result, Value):
        return tuple(result_type(module, part) for part in result)
    if result.node < 0:
        return module.inputs[result.output].type
    output = module.nodes[result.node].output
    return output if isinstance(output, TensorType) else output[result.output]


def substituted(type_: Type, sizes: dict[str, DimLike]) -> Type:
    if not isinstance(type_, TensorType):
        return tuple(substituted(part, sizes) for part in type_)
    return type_.with_shape(*(d.substitute(sizes) if isinstance(d, Dim) else d for d in type_.shape))


def _symbols(type_: Type) -> set[str]:
    assert isinstance(type_, TensorType)
    return {name for dim in type_.shape if isinstance(dim, Dim) for name in dim.symbols}
