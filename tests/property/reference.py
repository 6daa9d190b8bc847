"""What a net means: its IR, run node by node with PyTorch, without the emitted source.

The weights are those of the emitted module, by their paths; everything else comes from the operators' own rules.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain
from types import SimpleNamespace
from typing import Any

import torch
from torch import Tensor, nn

from archc.analysis.tree import copies
from archc.backends.torch.call import render
from archc.ir.dims import Dim, evaluate
from archc.ir.graph import Child, Guard, Module, Net, Node, Operand, Result, Value
from archc.ir.operator import TorchCall
from archc.ir.types import TensorType, tensors


class Reference:
    """One net with the weights of a module."""

    def __init__(self, net: Net, weights: nn.Module, *, training: bool) -> None:
        self.net, self.training = net, training
        self.weights = {**dict(weights.named_parameters(remove_duplicate=False)), **dict(weights.named_buffers())}

    def run(self, *inputs: Tensor | None) -> Any:
        """What the net gives."""
        return _Run(self, self.net.top, (), inputs).result()


class _Run:
    """One application of one module."""

    def __init__(self, whole: Reference, module: Module, prefix: tuple[str, ...], inputs: Sequence[Any]) -> None:
        self.whole, self.module, self.prefix = whole, module, prefix
        self.values = {Value(-1, number): value for number, value in enumerate(inputs)}
        self.sizes = dict(_sizes(module, inputs))

    def result(self) -> Any:
        early = sorted(self.module.early, key=lambda found: found.after)
        for index in range(len(self.module.nodes) + 1):
            taken = next((e for e in early if e.after == index and all(map(self._holds, e.when))), None)
            if taken is not None:
                return self._taken(taken.result)
            if index < len(self.module.nodes) and all(map(self._holds, self.module.nodes[index].when)):
                self._store(index, self._node(self.module.nodes[index]))
        return self._taken(self.module.result)

    def _store(self, index: int, found: Any) -> None:
        self.values |= {Value(index, number): value for number, value in enumerate(_flat(found))}

    def _taken(self, result: Result) -> Any:
        return tuple(map(self._taken, result)) if isinstance(result, tuple) else self.values[result]

    def _holds(self, guard: Guard) -> bool:
        given = (
            self.whole.training if guard.subject == "training" else self.values[Value(-1, guard.subject)] is not None
        )
        return given is not guard.negated

    def _operand(self, operand: Operand) -> Any:
        if isinstance(operand, Value):
            return self.values[operand]
        if isinstance(operand, Dim):
            return evaluate(operand, self.sizes)
        return tuple(map(self._operand, operand)) if isinstance(operand, tuple) else operand

    # --- nodes --------------------------------------------------------------------------------------------------------

    def _node(self, node: Node) -> Any:
        if node.choice is not None:
            return self._operand(node.inputs[0 if self._holds(node.choice) else 1])
        inputs = list(map(self._operand, node.inputs))
        keywords = {name: self._operand(value) for name, value in node.keywords}
        if node.child is None:
            return self._operation(node, inputs, keywords)
        child = self.module.children[node.child]
        if node.scan is not None:
            return self._scan(node, child, inputs)
        for path in list(copies(child))[: node.repeat]:
            inputs = [self._child(node, child, (*self.prefix, *path), inputs, keywords)]
        return inputs[0]

    def _operation(self, node: Node, inputs: list[Any], keywords: dict[str, Any]) -> Any:
        assert node.op is not None
        types = [self._type(operand) for operand in node.inputs]
        call = node.op.function((*types, *keywords.values()), node.output)
        assert call is not None
        return self._call(call, inputs, keywords, None)

    def _child(
        self, node: Node, child: Child, path: tuple[str, ...], inputs: list[Any], keywords: dict[str, Any]
    ) -> Any:
        if child.own is not None:
            return self.whole.weights[".".join(path)]
        if node.module is not None:
            return _Run(self.whole, self.whole.net.modules[node.module], path, inputs).result()
        assert child.op is not None
        layer = self._layer(child, path)
        own = child.op.applied(tuple(self._type(operand) for operand in node.inputs), node.output)
        return layer(*inputs, **keywords) if own is None else self._call(own, inputs, keywords, layer)

    def _layer(self, child: Child, path: tuple[str, ...]) -> nn.Module:
        """The layer, new, with the weights of that path."""
        assert child.op is not None
        call = child.op.module(*child.inputs)
        if call is None:
            function = child.op.function(tuple(child.inputs), ())
            assert function is not None
            return _Function(self, function)
        with torch.device("meta"):  # no random numbers are drawn
            layer = self._call(call, [], {}, None)
        assert isinstance(layer, nn.Module)
        for name in [name for name, _ in chain(layer.named_parameters(), layer.named_buffers())]:
            owner, _, last = name.rpartition(".")
            setattr(layer.get_submodule(owner), last, self.whole.weights[".".join((*path, name))])
        return layer.train(self.whole.training)

    def _scan(self, node: Node, child: Child, inputs: list[Any]) -> Any:
        assert node.scan is not None and node.module is not None
        flat = list(_flat(tuple(inputs)))
        over, rest = flat[: node.scan.over], flat[node.scan.over :]
        states, given = rest[: node.scan.carry], rest[node.scan.carry :]
        steps: list[list[Tensor]] = []
        for parts in zip(*(x.unbind(node.scan.dim) for x in over), strict=True):
            callee = self.whole.net.modules[node.module]
            found = list(
                _flat(_Run(self.whole, callee, (*self.prefix, *child.path), [*parts, *states, *given]).result())
            )
            split = len(found) - node.scan.carry
            steps.append(found[:split])
            states = found[split:]
        return (*(torch.stack(parts, node.scan.dim) for parts in zip(*steps, strict=True)), *states)

    # --- calls --------------------------------------------------------------------------------------------------------

    def _type(self, operand: Operand) -> Any:
        """The type of an operand, which decides which call an operator becomes."""
        if isinstance(operand, Value):
            if operand.node < 0:
                return tensors(tuple(port.type for port in self.module.inputs))[operand.output]
            return tensors(self.module.nodes[operand.node].output)[operand.output]
        return tuple(map(self._type, operand)) if isinstance(operand, tuple) else operand

    def _call(self, call: TorchCall, inputs: list[Any], keywords: dict[str, Any], layer: nn.Module | None) -> Any:
        operands: dict[int | str, str] = {i: f"x{i}" for i in range(len(inputs))} | {k: f"k_{k}" for k in keywords}
        dtype = next((x.dtype for x in self.whole.weights.values() if x.is_floating_point()), torch.float32)
        operands |= {"device": "device", "dtype": "dtype", "self": "layer"}
        scope = {f"x{i}": value for i, value in enumerate(inputs)} | {f"k_{k}": v for k, v in keywords.items()}
        scope |= {"torch": torch, "nn": nn, "F": nn.functional, "layer": layer, "device": "cpu" if inputs else "meta"}
        scope |= {"self": SimpleNamespace(training=self.whole.training), "dtype": dtype, **self.sizes}
        return eval(render(call, operands), scope)  # noqa: S307 - the text is an operator's own, from this repository


class _Function(nn.Module):
    """A layer that PyTorch has as a function only."""

    def __init__(self, run: _Run, call: TorchCall) -> None:
        super().__init__()
        self.run, self.call = run, call

    def forward(self, *inputs: Any) -> Any:
        return self.run._call(self.call, list(inputs), {}, None)


def _flat(found: Any) -> Any:
    if isinstance(found, tuple | list):
        for item in found:
            yield from _flat(item)
    else:
        yield found


def _sizes(module: Module, inputs: Sequence[Any]) -> Any:
    """The numbers that a module's symbols stand for: each stands alone at its first occurrence in the inputs."""
    for type_, value in zip(tensors(tuple(port.type for port in module.inputs)), _flat(tuple(inputs)), strict=True):
        assert isinstance(type_, TensorType)
        for dim, size in zip(type_.shape, () if value is None else value.shape, strict=value is not None):
            if isinstance(dim, Dim) and str(dim) in dim.symbols:
                yield str(dim), size
