"""Random nets full of conditions of run time, and what they should compute: the IR, run node by node."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random
from typing import Any

import torch
from torch import Tensor, nn

from archc.ir.graph import Guard, Module, Node, Operand, Result, Value

SIGNATURE = "(x: [B, 3], m: [B, 3] = None, k: [B, 3] = None)"
CONDITIONS = {
    "training": ("training", "not training"),
    "m": ("m is not None", "m is None"),
    "k": ("k is not None", "k is None"),
}
FUNCTIONS: dict[str, Any] = {"neg": torch.neg, "relu": torch.relu, "sigmoid": torch.sigmoid, "tanh": torch.tanh}
SIGNS: dict[str, Any] = {"add": torch.add, "mul": torch.mul}


class Spec:
    """A random spec: assignments, swaps, nested conditions, and ``returns`` in their midst."""

    def __init__(self, seed: int, head: str = "net N()", *, returns: bool = True) -> None:
        self.random, self.labels, self.head, self.returns = Random(seed), 0, head, returns
        self.lines = ["    y = relu(x)", "    z = tanh(x)"]
        self._statements(1, [], ())
        self.lines.append(f"    return {self._expression([])} + x + y * z")

    def text(self) -> str:
        return "\n".join([f"{self.head}{SIGNATURE} -> [B, 3]:", *self.lines, ""])

    def _expression(self, given: list[str], depth: int = 0) -> str:
        kind = self.random.random()
        if kind < 0.35 or depth > 2:
            return self.random.choice(["x", "y", "z", *given])
        if kind < 0.6:
            return f"({self._expression(given, depth + 1)} + {self._expression(given, depth + 1)})"
        if kind < 0.75:
            return f"{self.random.choice(['relu', 'tanh', 'sigmoid'])}({self._expression(given, depth + 1)})"
        if kind < 0.85:
            return f"({self._expression(given, depth + 1)} if training else {self._expression(given, depth + 1)})"
        if kind < 0.93:
            self.labels += 1
            return f"({self.random.choice('xyz')} -> l{self.labels}: linear(3))"
        return f"({self.random.choice('xyz')} * 2)"

    def _statements(self, indent: int, given: list[str], inside: tuple[str, ...]) -> None:
        for _ in range(self.random.randint(1, 4)):
            if self.random.random() < 0.6 or len(inside) > 2:
                self._assignment(indent, given)
            else:
                self._condition(indent, given, inside)

    def _assignment(self, indent: int, given: list[str]) -> None:
        if self.random.random() < 0.2:
            targets = ", ".join(self.random.sample("xyz", 2))
            self._line(indent, f"{targets} = {self._expression(given)}, {self._expression(given)}")
        else:
            self._line(indent, f"{self.random.choice('xyz')} = {self._expression(given)}")

    def _condition(self, indent: int, given: list[str], inside: tuple[str, ...]) -> None:
        open_ = [name for name in CONDITIONS if name not in inside] or ["training"]
        subjects = self.random.sample(open_, min(len(open_), self.random.choice([1, 1, 2])))
        parts = [(subject, self.random.random() < 0.4) for subject in subjects]
        sign = self.random.choice(["and", "or"])
        whole = f" {sign} ".join(CONDITIONS[subject][negated] for subject, negated in parts)
        opposite = len(parts) > 1 and self.random.random() < 0.3
        self._line(indent, f"if not ({whole}):" if opposite else f"if {whole}:")
        # What is known to be given: where all parts hold, and where none of them does.
        arms = [
            given
            + [s for s, negated in parts if s != "training" and negated == wanted and (sign == told or len(parts) == 1)]
            for wanted, told in ((False, "and"), (True, "or"))
        ]
        then, other = reversed(arms) if opposite else arms
        inner = (*inside, *subjects)
        self._statements(indent + 1, then, inner)
        if self.random.random() < 0.25 and self.returns:
            self._line(indent + 1, f"return {self._expression(then)}")
        if self.random.random() < 0.5:
            self._line(indent, "else:")
            self._statements(indent + 1, other, inner)

    def _line(self, indent: int, text: str) -> None:
        self.lines.append("    " * indent + text)


class Reference:
    """Runs the IR, with the layers of a module made from it."""

    def __init__(self, module: Module, layers: nn.Module, training: bool) -> None:
        self.module, self.layers, self.training = module, layers, training
        self.values: dict[Value, Tensor | None] = {}

    def run(self, inputs: Sequence[Tensor | None]) -> Any:
        self.values = {Value(-1, number): value for number, value in enumerate(inputs)}
        returns = sorted(self.module.early, key=lambda early: early.after)
        for index in range(len(self.module.nodes) + 1):
            for early in returns:
                if early.after == index and all(map(self._holds, early.when)):
                    return self._result(early.result)
            if index < len(self.module.nodes) and all(map(self._holds, self.module.nodes[index].when)):
                self.values[Value(index)] = self._node(self.module.nodes[index])
        return self._result(self.module.result)

    def _holds(self, guard: Guard) -> bool:
        if guard.subject == "training":
            return self.training is not guard.negated
        return (self.values[Value(-1, guard.subject)] is not None) is not guard.negated

    def _node(self, node: Node) -> Any:
        if node.choice is not None:
            return self._operand(node.inputs[0 if self._holds(node.choice) else 1])
        operands = list(map(self._operand, node.inputs))
        if node.child is not None:
            return self.layers.get_submodule(self.module.children[node.child].label)(*operands)
        assert node.op is not None
        return {**FUNCTIONS, **SIGNS}[node.op.name](*operands)

    def _operand(self, operand: Operand) -> Any:
        return self.values[operand] if isinstance(operand, Value) else operand

    def _result(self, result: Result) -> Any:
        return tuple(map(self._result, result)) if isinstance(result, tuple) else self.values[result]
