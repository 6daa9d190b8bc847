"""The nodes of a module as steps of ``forward``, with chains called as one and runs as loops."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Literal

from archc.backends.torch.branches import Event, events
from archc.backends.torch.calls import Calls, EmissionError
from archc.backends.torch.chains import Chain
from archc.backends.torch.loops import Flow
from archc.backends.torch.naming import identifier
from archc.backends.torch.pool import Pool
from archc.backends.torch.survey import Survey
from archc.backends.torch.tree import Loop, Make, Operand, Pattern, Place, Results, Slot, Step
from archc.ir.dims import Dim
from archc.ir.graph import Module, Node, Result, Return, Value
from archc.ir.graph import Operand as IrOperand
from archc.ir.operator import Input, TorchCall, TorchValue
from archc.ir.types import TensorType, Type, tensors

DEVICE, FLOAT = Input("device"), Input("dtype")

Part = tuple[int, Slot] | Literal["whole"]
"""The items of a list that a run is: from a number on so many, or all."""


class Steps:
    """Turns nodes into steps. ``folded`` are the nodes within chains, ``runs`` the children that are run in a loop."""

    def __init__(
        self,
        module: Module,
        survey: Survey,
        calls: Calls,
        pool: Pool,
        folded: dict[int, tuple[tuple[str, ...], Chain]],
        runs: dict[int, Part],
        agree: Callable[[int, int], bool],
        ports: Callable[[int], tuple[str, ...]],
    ) -> None:
        self.module, self.survey, self.calls, self.pool = module, survey, calls, pool
        self.folded, self.runs, self.agree, self.ports = folded, runs, agree, ports
        self.steps: list[Step] = []
        self.shapes: list[Type] = []
        self.step_of: dict[int, int] = {}
        self.owned: dict[int, Place] = {}
        """The nodes that stand for own tensors."""

    def flow(self) -> Flow:
        """All of the module's nodes, and its result."""
        for event in events(self.module):
            before = len(self.steps)
            self._event(event)
            for index in range(before, len(self.steps)):
                self.steps[index] = replace(self.steps[index], when=event.when)
        return Flow(tuple(self.steps), tuple(self.shapes), self._result(self.module.result), dict(self._names()))

    def _event(self, event: Event) -> None:
        if event.early is not None:
            self._add(Step((self._operand(event.early.result),), returns=True, outputs=self._outputs(event.early)), ())
        elif event.side is not None:
            self._choice(event.node, event.side)
        elif not self.module.nodes[event.node].constant:
            self._node(event.node, self.module.nodes[event.node])

    def _choice(self, index: int, side: int) -> None:
        """What one arm of a choice gives; the value is that of the step of the first arm."""
        node, first = self.module.nodes[index], self.step_of.setdefault(index, len(self.steps))
        self._add(Step((self._operand(node.inputs[side]),), sets=first), node.output)

    def _outputs(self, early: Return) -> tuple[str, ...]:
        return output_names(self.module, early.result, early.names)

    def _names(self) -> Iterator[tuple[Value, str]]:
        """What the spec calls the values that steps give."""
        for value, name in self.module.names:
            inside = value.node in self.folded and value.node != self.folded[value.node][1].nodes[-1]
            if value.node < 0:
                yield value, name
            elif value.node in self.step_of and not inside:
                yield Value(self.step_of[value.node], value.output), name

    def constants(self, nodes: Sequence[int], values: tuple[Value, ...]) -> Flow:
        """What the constructor computes for buffers: on torch's default device, in its default dtype."""
        for index in nodes:
            self._node(index, self.module.nodes[index], constant=True)
        return Flow(tuple(self.steps), tuple(self.shapes), self._result(values), dict(self._names()))

    def _node(self, index: int, node: Node, *, constant: bool = False) -> None:
        if node.child is not None and self.module.children[node.child].own is not None:
            self.owned[index] = Place(self.module.children[node.child].path)
            return
        if index in self.folded:
            path, chain = self.folded[index]
            if index == chain.nodes[-1]:
                draws = any(self.survey.draws(self.module, self.module.nodes[inner]) for inner in chain.nodes)
                self._add(Step((self._operand(chain.start),), path=path, big=True, draws=draws), node.output)
        elif index in self.calls.functions:
            function = self.calls.functions[index]
            function = replace(function, kwargs=_unplaced(function)) if constant else function
            call = self.pool.call(function, self.calls.operators["function", index], "")
            path = self.module.children[node.child].path if node.child in self.calls.makes else ()
            self._add(self._plain(node, path, call), node.output)
        else:
            self._applied(node)
        self.step_of[index] = len(self.steps) - 1

    def _add(self, step: Step, output: Type) -> None:
        self.steps.append(step)
        self.shapes.append(output)

    def _applied(self, node: Node) -> None:
        assert node.child is not None, "a block without a label is written into its caller"
        child = self.module.children[node.child]
        big = child.module is not None
        if node.module is not None and child.module is not None and not self.agree(node.module, child.module):
            raise EmissionError(f"{child.label} is applied to inputs for which its code would differ")
        if child.count > 1:
            self._run(node, child.path[:-1], big)
        elif node.scan is not None:
            step = self._scanning(self._plain(node, path=child.path), node)
            alone = step.pattern is not None and len(step.pattern) == 1
            self._add(replace(step, big=True, scan=node.scan, pattern=None if alone else step.pattern), node.output)
        else:
            self._add(replace(self._named_inputs(self._plain(node, path=child.path), node), big=big), node.output)

    def _names_of(self, node: Node) -> tuple[list[str], tuple[str, ...]]:
        """The inputs that a block is given, by name, and all that its class has."""
        own: list[str] = []
        for port in self.survey.net.modules[node.module].inputs if node.module is not None else ():
            own.append(identifier(port.name, own))
        return own, self.ports(node.module) if node.module is not None else ()

    def _named_inputs(self, step: Step, node: Node) -> Step:
        """The step with names for the inputs that stand behind one that is left out."""
        own, all_ = self._names_of(node)
        plain = next((n for n, (a, b) in enumerate(zip(own, all_, strict=False)) if a != b), len(own))
        named = zip(own[plain:], step.inputs[plain:], strict=True)
        return step if plain == len(own) else replace(step, inputs=step.inputs[:plain], keywords=tuple(named))

    def _scanning(self, step: Step, node: Node) -> Step:
        """The step of a scan with ``None`` for the inputs that are left out among others."""
        own, all_ = self._names_of(node)
        given = dict(zip(own, step.inputs, strict=True))
        last = max((number for number, name in enumerate(all_) if name in given), default=-1)
        return replace(step, inputs=tuple(given.get(name) for name in all_[: last + 1]))

    def _plain(self, node: Node, path: tuple[str, ...] = (), call: Make | None = None) -> Step:
        """The step that applies a submodule or a function as the node does."""
        draws = self.survey.draws(self.module, node)
        inputs, keywords = self._operands(node), self._named(node)
        if call is not None:
            keywords += tuple(self._placing(call))
        return Step(inputs, keywords, path, call, draws=draws, pattern=pattern_of(node.output))

    def _run(self, node: Node, path: tuple[str, ...], big: bool) -> None:
        """Equal layers applied one after another: what the first input carries goes through all of them."""
        child = node.child or 0
        part = self.runs.get(child)
        if part is None or node.repeat != self.module.children[child].count or pattern_of(node.output) is not None:
            raise EmissionError(f"{self.module.children[child].label} is a run of layers outside a list")
        step = self._plain(node)
        head = len(self.steps)
        self._add(Step(step.inputs[:1], loop=Loop(path, None if part == "whole" else part)), ())
        self._add(replace(step, inputs=(Value(head), *step.inputs[1:]), looped=True, big=big), node.output)
        self._add(Step((Value(head + 1),), loop="end"), ())

    def _operands(self, node: Node) -> tuple[Operand, ...]:
        inputs = list(node.inputs)
        while inputs and inputs[-1] is None:
            inputs.pop()
        return tuple(map(self._operand, inputs))

    def _named(self, node: Node) -> tuple[tuple[str, Operand], ...]:
        return tuple((name, self._operand(value)) for name, value in node.keywords)

    def _placing(self, call: Make) -> Iterator[tuple[str, Operand]]:
        """The tensors whose device and dtype a creating call takes."""
        for name, argument in call.kwargs:
            if argument == DEVICE:
                yield name, self._like(lambda type_: True)
            elif argument == FLOAT:
                yield name, self._like(lambda type_: type_.dtype == "float")

    def _like(self, wanted: Callable[[TensorType], bool]) -> Operand:
        """An input of the module, or else a parameter (any, with an empty path); nothing where there is neither."""
        flat = 0
        for port in self.module.inputs:
            for type_ in tensors(port.type):
                if wanted(type_) and not port.optional:
                    return Value(-1, flat)
                flat += 1
        for child in self.module.children:
            for parameter in child.parameters:
                if not parameter.buffer and wanted(TensorType((), parameter.dtype)):  # type: ignore[arg-type]
                    name = tuple(parameter.name.split(".")) if parameter.name else ()
                    return Place(child.path + name)
        inner = (child.module for child in self.module.children if child.module is not None)
        return Place(()) if any(any(self.survey.parameters(index)) for index in inner) else None

    def _operand(self, operand: IrOperand) -> Operand:
        if isinstance(operand, Value) and operand.node in self.owned:
            return self.owned[operand.node]
        if isinstance(operand, Value):
            return operand if operand.node < 0 else Value(self.step_of[operand.node], operand.output)
        if isinstance(operand, tuple):
            return tuple(map(self._operand, operand))
        if operand is None or isinstance(operand, Dim):
            return operand
        return self.pool.slot(operand, ("", "number"))

    def _result(self, result: Result) -> Results:
        if isinstance(result, Value):
            value = self._operand(result)
            assert isinstance(value, Value | Place)
            return value
        return tuple(map(self._result, result))


def output_names(module: Module, result: Result, given: Sequence[str | None]) -> tuple[str, ...]:
    """The fields of what a net gives, if it gives several values and names them all."""
    names: list[str] = []
    for name in given if module.kind == "net" and isinstance(result, tuple) else ():
        if name is None:
            return ()
        names.append(identifier(name, names))
    return tuple(names) if len(names) > 1 else ()


def _unplaced(call: TorchCall) -> tuple[tuple[str, TorchValue], ...]:
    """The keywords of a call without device and dtype of the net's own."""
    return tuple((name, value) for name, value in call.kwargs if value not in (DEVICE, FLOAT))


def pattern_of(output: Type) -> Pattern:
    """How the tensors of a type are nested."""
    return None if isinstance(output, TensorType) else tuple(map(pattern_of, output))
