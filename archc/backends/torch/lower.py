"""From a module of the IR to the body of a class, with its constants taken out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Literal

from archc.analysis.tree import Tree, label_tree
from archc.backends.torch.calls import Calls, EmissionError, Keywords, field_order
from archc.backends.torch.chains import Chain, Chains
from archc.backends.torch.inits import plan
from archc.backends.torch.naming import identifier
from archc.backends.torch.survey import Survey
from archc.backends.torch.tree import (
    AnyInit,
    Argument,
    Body,
    Box,
    Constant,
    Constants,
    Each,
    Item,
    Lowered,
    Make,
    Operand,
    Pattern,
    Results,
    Slot,
    Step,
    constant_of,
)
from archc.ir.dims import Dim
from archc.ir.graph import Module, Net, Node, Result, Value
from archc.ir.graph import Operand as IrOperand
from archc.ir.operator import SLICE, Input, Operator, TorchCall, TorchValue, Word
from archc.ir.types import TensorType, Type

Construct = Callable[[int], tuple[int, tuple[tuple[str, Constant], ...], Mapping[str, Constant]]]
"""The class of a module, the arguments that make it, and the defaults of those that have one."""


def lower(net: Net, index: int, survey: Survey, keywords: Keywords, construct: Construct) -> Lowered:
    """The body of a module's class; the modules that it calls have their classes already."""
    lowering = _Lowering(net.modules[index], survey.calls[index], keywords, construct)
    return lowering.lower(lambda: plan(index, survey, lowering.slot))


class _Lowering:
    def __init__(self, module: Module, calls: Calls, keywords: Keywords, construct: Construct) -> None:
        self.module, self.calls, self.keywords, self.construct = module, calls, keywords, construct
        blocks = (i for i, child in enumerate(module.children) if child.module is not None)
        self.buildable = frozenset({*calls.makes, *blocks})
        self.chains = Chains(module, self.buildable)
        self.values: list[Constant] = []
        self.hints: list[tuple[str, str]] = []
        self.defaults: dict[int, Constant] = {}
        self.folded: dict[int, tuple[tuple[str, ...], Chain]] = {}
        """Nodes within a chain that is called as one, with its path."""
        self.runs: dict[int, Each] = {}
        """Children that are a run in a list that is called item by item."""
        self.steps: list[Step] = []
        self.step_of: dict[int, int] = {}
        self.shapes: list[Type] = []

    def lower(self, inits: Callable[[], tuple[AnyInit, ...]]) -> Lowered:
        root = label_tree(self.module.children)
        base = self._base(root)
        items = self._items(root, ())
        if base == "ModuleList":
            self._note_runs(root, items)
        if base != "Sequential":
            for index, node in enumerate(self.module.nodes):
                self._step(index, node)
        result = Value(-1) if base == "Sequential" else self._result(self.module.result)
        names: list[str] = []
        for port in self.module.inputs:
            names.append(identifier(port.name, names))
        body = Body(tuple(names), items, tuple(self.steps), result, base, inits())
        return Lowered(body, Constants(tuple(self.values), tuple(self.hints), self.defaults), tuple(self.shapes))

    # Submodules

    def _base(self, root: Tree) -> Literal["Module", "Sequential", "ModuleList"]:
        """A body that is one list is no more than that list."""
        if not root.inner or not self._numbered(root):
            return "Module"
        chain = self.chains.of(root)
        whole = chain is not None and chain.start == Value(-1) and chain.end == self.module.result
        if chain and whole and len(self.module.inputs) == 1 and len(chain.nodes) == len(self.module.nodes):
            return "Sequential"
        return "ModuleList"

    def _numbered(self, place: Tree) -> bool:
        """Whether the labels below are 0, 1, 2 and so on, a run counting as many, and each is built."""
        expected = 0
        for label, inner in place.inner.items():
            if label != str(expected) or not self._built(inner):
                return False
            expected += 1 if inner.child is None else self.module.children[inner.child].count
        return True

    def _built(self, place: Tree) -> bool:
        if place.child is not None:
            return place.child in self.buildable
        return any(map(self._built, place.inner.values()))

    def _items(self, place: Tree, path: tuple[str, ...]) -> tuple[Item, ...]:
        return tuple(self._item(inner, (*path, label)) for label, inner in place.inner.items() if self._built(inner))

    def _item(self, place: Tree, path: tuple[str, ...]) -> Item:
        if place.child is not None:
            if place.inner:
                raise EmissionError(f"{'.'.join(path)} is both a layer and a level of labels")
            return self._leaf(place.child, path)
        chain = self.chains.of(place)
        if chain is not None:
            self.folded.update({node: (path, chain) for node in chain.nodes if node not in self.folded})
            return Item(path[-1], Box("sequential" if self._numbered(place) else "ordered", self._items(place, path)))
        items = self._items(place, path)
        if not self._numbered(place):
            return Item(path[-1], Box("dict", items))
        self._note_runs(place, items)
        return Item(path[-1], Box("list", items))

    def _note_runs(self, place: Tree, items: tuple[Item, ...]) -> None:
        for inner, item in zip(place.inner.values(), items, strict=True):
            if inner.child is not None and item.count is not None:
                self.runs[inner.child] = Each(int(item.label), item.count, whole=len(items) == 1)

    def _leaf(self, index: int, path: tuple[str, ...]) -> Item:
        child = self.module.children[index]
        make = self._make(index, child.label)
        count = self.slot(child.count, (path[-2] if len(path) > 1 else "", "depth")) if child.count > 1 else None
        major = child.module is not None or any(len(p.shape) > 1 for p in child.parameters)
        return Item(path[-1], make, count, major)

    def _make(self, index: int, label: str) -> Make:
        child = self.module.children[index]
        if child.module is None:
            return self._call(self.calls.makes[index], self.calls.operators["make", index], label)
        number, arguments, defaults = self.construct(child.module)
        return Make(
            number, (), tuple((name, self._keyword(name, dict(arguments), defaults, label)) for name, _ in arguments)
        )

    # Calls and constants

    def _call(self, call: TorchCall, op: Operator, label: str) -> Make:
        hints = ((label, _positional_hint(call.fn, i)) for i in range(len(call.args)))
        positional = tuple(map(self._argument, call.args, hints))
        given = dict(call.kwargs)
        shared = self.keywords.get((call.fn, len(call.args)), {})
        names = sorted({**given, **shared}, key=field_order(op))
        return Make(call.fn, positional, tuple((name, self._keyword(name, given, shared, label)) for name in names))

    def _keyword(
        self, name: str, given: Mapping[str, TorchValue], shared: Mapping[str, Constant], label: str
    ) -> Argument:
        argument = self._argument(given[name] if name in given else shared[name], (label, name))
        if name in shared and isinstance(argument, Slot):
            self.defaults[argument.index] = shared[name]
        return argument

    def _argument(self, value: TorchValue, hint: tuple[str, str]) -> Argument:
        if isinstance(value, tuple) and value[:1] == (SLICE,):
            return (SLICE, *(None if bound is None else self._argument(bound, hint) for bound in value[1:]))
        if constant_of(value):
            return self.slot(value, hint)  # type: ignore[arg-type]
        if isinstance(value, tuple):
            return tuple(self._argument(item, hint) for item in value)
        assert isinstance(value, (Dim, Input, Word))
        return value

    def slot(self, value: Constant, hint: tuple[str, str]) -> Slot:
        self.values.append(value)
        self.hints.append(hint)
        return Slot(len(self.values) - 1)

    # Steps

    def _step(self, index: int, node: Node) -> None:
        if index in self.folded:
            path, chain = self.folded[index]
            if index != chain.nodes[-1]:
                return
            step = Step((self._operand(chain.start),), path=path, big=True)
        elif index in self.calls.functions:
            call = self._call(self.calls.functions[index], self.calls.operators["function", index], "")
            step = Step(self._operands(node), self._named(node), call=call, pattern=_pattern(node.output))
        else:
            step = self._applied(node)
        self.step_of[index] = len(self.steps)
        self.steps.append(step)
        self.shapes.append(node.output)

    def _applied(self, node: Node) -> Step:
        assert node.child is not None, "a block without a label is written into its caller"
        child = self.module.children[node.child]
        if node.module is not None and child.module is not None and node.module != child.module:
            self._agree(node.module, child.module, child.label)
        big = child.module is not None
        if child.count == 1:
            pattern = _pattern(node.output)
            return Step(self._operands(node), self._named(node), path=child.path, big=big, pattern=pattern)
        each = self.runs.get(node.child)
        if each is None or node.repeat != child.count:
            raise EmissionError(f"{child.label} is a run of layers outside a list")
        return Step(self._operands(node), self._named(node), path=child.path[:-1], each=each, big=big)

    def _agree(self, applied: int, built: int, label: str) -> None:
        """A block that is shared between inputs of different types is one class at the same arguments for all of them."""
        if self.construct(applied) != self.construct(built):
            raise EmissionError(f"{label} is applied to inputs for which its code would differ")

    def _operands(self, node: Node) -> tuple[Operand, ...]:
        inputs = list(node.inputs)
        while inputs and inputs[-1] is None:
            inputs.pop()
        return tuple(map(self._operand, inputs))

    def _named(self, node: Node) -> tuple[tuple[str, Operand], ...]:
        return tuple((name, self._operand(value)) for name, value in node.keywords)

    def _operand(self, operand: IrOperand) -> Operand:
        if isinstance(operand, Value):
            return operand if operand.node < 0 else Value(self.step_of[operand.node], operand.output)
        if isinstance(operand, tuple):
            return tuple(map(self._operand, operand))
        if operand is None or isinstance(operand, Dim):
            return operand
        return self.slot(operand, ("", "number"))

    def _result(self, result: Result) -> Results:
        if isinstance(result, Value):
            value = self._operand(result)
            assert isinstance(value, Value)
            return value
        return tuple(map(self._result, result))


def _pattern(output: Type) -> Pattern:
    return None if isinstance(output, TensorType) else tuple(map(_pattern, output))


_SIZES = {"Conv": ("in_channels", "out_channels", "kernel_size"), "Linear": ("in_features", "out_features")}


def _positional_hint(fn: str, index: int) -> str:
    """What torch calls a positional argument, for those that often become arguments of a class."""
    stem = fn.removeprefix("nn.").rstrip("123d")
    if "Norm" in stem:
        return "features"
    names = _SIZES["Conv" if stem.startswith("Conv") else stem] if stem.startswith(("Conv", "Linear")) else ()
    return names[index] if index < len(names) else f"arg{index}"
