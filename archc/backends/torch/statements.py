"""Which applications share a statement: what a reader takes in at once is nested, and nothing more."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator

from archc.backends.torch.tree import Body, Make, Operand, Results, Step
from archc.ir.graph import Value

MOST_CALLS = 4
"""How many calls one statement nests."""
LONG = 3
"""So many calls and operators make a value that the spec names a statement of its own in any case."""
INFIX = frozenset(
    {"+", "-", "*", "/", "//", "%", "**", "@", "&", "|", "^", "==", "!=", "<", "<=", ">", ">=", "neg", "~"}
)


def operands_of(step: Step) -> Iterator[Value]:
    """The values that a step reads, in order."""
    yield from _values((*step.inputs, *(value for _, value in step.keywords)))


def _values(operand: Operand) -> Iterator[Value]:
    if isinstance(operand, Value):
        yield operand
    elif isinstance(operand, tuple):
        for part in operand:
            yield from _values(part)


def values_of(result: Results) -> Iterator[Value]:
    """The values that a class gives, in order."""
    if isinstance(result, Value):
        yield result
    elif isinstance(result, tuple):
        for part in result:
            yield from values_of(part)


def levels(body: Body) -> list[int]:
    """For each step the head of the loop that it is in, or -1. Heads and ends stand outside of their loops."""
    found, head = [], -1
    for index, step in enumerate(body.steps):
        head = -1 if step.loop == "end" else head
        found.append(head)
        head = index if step.loop and step.loop != "end" else head
    return found


def nested(body: Body, named: Collection[Value] = ()) -> frozenset[int]:
    """The steps that are written inside the only step that uses them. ``named`` are the values that the spec gives a name."""
    return _Nesting(body, named).inner


class _Nesting:
    def __init__(self, body: Body, named: Collection[Value]) -> None:
        self.body, self.named = body, named
        self.uses: dict[Value, int] = defaultdict(int)
        for step in body.steps:
            for value in operands_of(step):
                self.uses[value] += 1
        for value in values_of(body.result):
            self.uses[value] += 1
        self.calls: dict[int, int] = {}
        """The number of calls in each step's expression."""
        self.size: dict[int, int] = {}
        """The number of calls and operators in it."""
        self.layered: dict[int, bool] = {}
        """Whether a submodule is called in it."""
        self.big: set[int] = set()
        """The steps in whose expression a class or list is called."""
        self.drawing: dict[int, list[int]] = {}
        """The steps in each expression that draw random numbers, in order."""
        self.inner: frozenset[int] = frozenset()
        self.levels = levels(body)
        self.exits = [index for index, step in enumerate(body.steps) if step.returns]
        for index, step in enumerate(body.steps):
            self._step(index, step)

    def _step(self, index: int, step: Step) -> None:
        count = len(list(operands_of(step)))
        most = MOST_CALLS if count < 2 else max(MOST_CALLS + 1, 3 * count)
        self.calls[index] = 0 if is_plain(step) else 1
        self.size[index] = 1
        self.layered[index] = bool(step.path) or step.looped
        self.drawing[index] = [index] if step.draws else []
        self.big |= {index} if step.big else set()
        for value in operands_of(step):
            inner = value.node
            fits = self._fits(value, index) and self._keeps_order(inner, index) and not self._is_stage(value, step)
            if fits and (step.sets is not None or self.calls[index] + self.calls[inner] <= most):
                self.calls[index] += self.calls[inner]
                self.size[index] += self.size[inner]
                self.layered[index] |= self.layered[inner]
                self.big |= {index} if inner in self.big else set()
                self.drawing[index] = sorted({*self.drawing[inner], *self.drawing[index]})
                self.inner |= {inner}

    def _is_stage(self, value: Value, outer: Step) -> bool:
        """Whether a value stays the statement that it is in the spec: it has a name there, and is of some length."""
        if value not in self.named or outer.sets is not None or outer.returns:
            return False
        return self.size[value.node] > LONG or (self.size[value.node] > 1 and not is_plain(outer))

    def _keeps_order(self, inner: int, outer: int) -> bool:
        """Whether random numbers are drawn in the same order when ``inner`` is computed where ``outer`` is."""
        mine = self.drawing[inner]
        theirs = [index for index in range(mine[0], outer) if self.body.steps[index].draws] if mine else []
        return theirs == mine

    def _fits(self, value: Value, index: int) -> bool:
        """Whether a value may be written inside the step that uses it."""
        if value.node < 0 or self.uses[value] != 1 or self.levels[value.node] != self.levels[index]:
            return False
        inner, outer = self.body.steps[value.node], self.body.steps[index]
        if inner.when != outer.when or inner.sets is not None or any(value.node < left < index for left in self.exits):
            return False
        if (outer.sets is not None or outer.returns) and inner.pattern is None and not inner.loop:
            return True
        if inner.pattern is not None or inner.loop or outer.loop or (outer.big and value.node in self.big):
            return False
        if is_layer(inner) or inner.call is None:
            return True
        if not self.layered[value.node]:
            return inner.call.fn in INFIX or not outer.big or is_method(inner.call)
        # What a function has made of a layer's output is a stage of its own: another layer starts a new statement, and so does
        # another function unless it is a method or the whole is short.
        infix = inner.call.fn in INFIX
        if is_layer(outer) or outer.call is None:
            return infix and not outer.big and self.calls[value.node] < MOST_CALLS - 1
        return infix or outer.call.fn in INFIX or is_method(outer.call) or self.calls[value.node] <= 2


def is_plain(step: Step) -> bool:
    """Whether a step calls nothing: a sign, a choice, a return."""
    return step.sets is not None or step.returns or (step.call is not None and step.call.fn in INFIX)


def is_layer(step: Step) -> bool:
    """Whether a step applies a submodule."""
    return step.call is None or bool(step.path) or step.looped


def is_method(call: Make) -> bool:
    """Whether a call is written after its first argument: ``x.flatten(1)``, ``x[0]``."""
    return isinstance(call.fn, str) and call.fn.startswith((".", "["))
