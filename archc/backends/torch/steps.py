"""The nodes of a module as steps of ``forward``, with chains called as one and runs as loops."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Literal

from archc.backends.torch.calls import Calls, EmissionError
from archc.backends.torch.chains import Chain
from archc.backends.torch.loops import Flow
from archc.backends.torch.pool import Pool
from archc.backends.torch.survey import Survey
from archc.backends.torch.tree import Loop, Make, Operand, Pattern, Results, Slot, Step
from archc.ir.dims import Dim
from archc.ir.graph import Module, Node, Result, Value
from archc.ir.graph import Operand as IrOperand
from archc.ir.types import TensorType, Type

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
    ) -> None:
        self.module, self.survey, self.calls, self.pool = module, survey, calls, pool
        self.folded, self.runs, self.agree = folded, runs, agree
        self.steps: list[Step] = []
        self.shapes: list[Type] = []
        self.step_of: dict[int, int] = {}

    def flow(self) -> Flow:
        """All of the module's nodes, and its result."""
        for index, node in enumerate(self.module.nodes):
            self._node(index, node)
        return Flow(tuple(self.steps), tuple(self.shapes), self._result(self.module.result))

    def _node(self, index: int, node: Node) -> None:
        if index in self.folded:
            path, chain = self.folded[index]
            if index == chain.nodes[-1]:
                draws = any(self.survey.draws(self.module, self.module.nodes[inner]) for inner in chain.nodes)
                self._add(Step((self._operand(chain.start),), path=path, big=True, draws=draws), node.output)
        elif index in self.calls.functions:
            call = self.pool.call(self.calls.functions[index], self.calls.operators["function", index], "")
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
        else:
            self._add(replace(self._plain(node, path=child.path), big=big), node.output)

    def _plain(self, node: Node, path: tuple[str, ...] = (), call: Make | None = None) -> Step:
        """The step that applies a submodule or a function as the node does."""
        draws = self.survey.draws(self.module, node)
        inputs, keywords = self._operands(node), self._named(node)
        return Step(inputs, keywords, path, call, draws=draws, pattern=_pattern(node.output))

    def _run(self, node: Node, path: tuple[str, ...], big: bool) -> None:
        """Equal layers applied one after another: what the first input carries goes through all of them."""
        child = node.child or 0
        part = self.runs.get(child)
        if part is None or node.repeat != self.module.children[child].count or _pattern(node.output) is not None:
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

    def _operand(self, operand: IrOperand) -> Operand:
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
            assert isinstance(value, Value)
            return value
        return tuple(map(self._result, result))


def _pattern(output: Type) -> Pattern:
    return None if isinstance(output, TensorType) else tuple(map(_pattern, output))
