"""What is different between two nets: in their layers, in how these are connected, and in what they give.

Layers are matched by their labels. Operations have none: those between two layers that both nets have are aligned as ``diff`` aligns
lines. Both nets are looked at for the same inputs: a size that is a symbol in one and a number in the other is that number in both.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from difflib import SequenceMatcher
from itertools import zip_longest
from typing import Literal

from archc.analysis.calls import Env, call_env, example_sizes, substitute_type
from archc.analysis.cost import Costs
from archc.analysis.domain import domain
from archc.analysis.parameters import layer_totals, module_totals
from archc.analysis.simplify import Simplifier
from archc.analysis.steps import Path, Step, settings, steps_of
from archc.ir.dims import Dim, DimLike, DimTooLarge, evaluate, substitute
from archc.ir.graph import Module, Net
from archc.ir.types import TensorType, show, tensors
from archc.records import record

Kind = Literal["added", "removed", "changed", "rewired"]
Where = Literal["", "after", "in"]


@record
class Facts:
    """A layer or operation of one net: what it is, what it gives, what it owns and costs. What is not known is None."""

    what: str
    output: str | None = None
    parameters: int = 0
    flops: int | None = 0


@record
class Change:
    """One difference. ``path`` is the label of a layer, or, as ``where`` says, of the layer before an operation or of the block
    around it."""

    kind: Kind
    path: Path
    before: Facts | None
    after: Facts | None
    where: Where = ""

    @property
    def label(self) -> str:
        return ".".join(self.path)


@record
class Place:
    """A module of one net where it is applied, and what its symbols stand for."""

    side: Side
    module: Module
    env: tuple[tuple[str, DimLike], ...]

    def steps(self) -> list[Step]:
        return steps_of(self.side.net, self.module)

    def inner(self, step: Step) -> Place | None:
        """The block that a step applies."""
        if step.node is None or step.callee is None:
            return None
        env, net = dict(self.env), self.side.net
        called = call_env(net, self.module, step.node, step.callee)
        inside = tuple((name, substitute(dim, env)) for name, dim in called.items())
        return Place(self.side, net.modules[step.callee], inside)

    def facts(self, step: Step) -> Facts:
        return Facts(step.what, self._output(step), self.side.parameters(step), self._flops(step))

    def net_flops(self) -> int | None:
        """What the whole net costs."""
        side = self.side
        symbols = {name: evaluate(dim, side.sizes) for name, dim in self.env}
        flops = side.costs.flops(side.net.root, {**side.sizes, **symbols})
        return None if flops is None else evaluate(flops, {})

    def _output(self, step: Step) -> str | None:
        if step.node is None:
            return None
        try:
            return show(self.side.simplifier.type(substitute_type(step.node.output, dict(self.env))))
        except DimTooLarge:
            return None

    def _flops(self, step: Step) -> int | None:
        if step.node is None:
            return 0
        flops = self.side.costs.node_flops(self.module, step.node, dict(self.env))
        return None if flops is None else evaluate(flops, self.side.sizes) // step.node.repeat


class Side:
    """One of the two nets, with the sizes that its costs are for."""

    def __init__(self, net: Net, sizes: Mapping[str, int], simplifier: Simplifier) -> None:
        self.net, self.sizes, self.simplifier = net, sizes, simplifier
        self.costs, self.totals = Costs(net), module_totals(net)

    def parameters(self, step: Step) -> int:
        """What a step owns; a shared layer owns at its first use."""
        if step.child is None or step.use:
            return 0
        owned = layer_totals(step.child.parameters) if step.callee is None else self.totals[step.callee]
        return owned.parameters

    def place(self, env: Env) -> Place:
        return Place(self, self.net.top, tuple(env.items()))


def unified(before: Net, after: Net) -> tuple[dict[str, DimLike], dict[str, DimLike]]:
    """What the symbols of two nets stand for, so that the nets have the same inputs where they can: the first one's, or numbers."""
    here: dict[str, DimLike] = {}
    there: dict[str, DimLike] = {}
    for old, new in zip(_input_types(before), _input_types(after), strict=False):
        for one, other in zip(old.shape, new.shape, strict=False):
            if isinstance(one, Dim) and isinstance(other, int) and str(one) in one.symbols:
                here.setdefault(str(one), other)
            elif isinstance(other, Dim) and str(other) in other.symbols:
                there.setdefault(str(other), one)
    return here, {name: substitute(dim, here) for name, dim in there.items()}


def _input_types(net: Net) -> tuple[TensorType, ...]:
    return tensors(tuple(port.type for port in net.top.inputs))


@record
class Sides:
    """Two nets at the same inputs: ``sizes`` has a number for each symbol that stays."""

    before: Place
    after: Place
    sizes: Mapping[str, int]

    @classmethod
    def of(cls, before: Net, after: Net, sizes: Mapping[str, int] | None = None) -> Sides:
        here, there = unified(before, after)
        examples = {name: size for name, size in example_sizes(before, sizes).items() if name not in here}
        alone = {name: size for name, size in example_sizes(after, sizes).items() if name not in there}
        at, simplifier = alone | examples, Simplifier(domain(before))
        return cls(Side(before, at, simplifier).place(here), Side(after, at, simplifier).place(there), at)

    def changes(self) -> list[Change]:
        """All differences, in the order of the dataflow; none when both compute the same and own the same."""
        return [*_inputs(self.before, self.after), *_Comparison().run(self.before, self.after)]


def _inputs(old: Place, new: Place) -> Iterator[Change]:
    for one, other in zip_longest(_ports(old), _ports(new)):
        if one != other:
            name, _ = other or one
            kind: Kind = "added" if one is None else "removed" if other is None else "changed"
            yield Change(kind, (name,), one and one[1], other and other[1])


def _ports(place: Place) -> list[tuple[str, Facts]]:
    env = dict(place.env)
    return [
        (
            port.name,
            Facts(f"{'optional ' if port.optional else ''}input {port.name}", show(substitute_type(port.type, env))),
        )
        for port in place.module.inputs
    ]


Pairs = dict[int, int]
"""Steps of the first module that are steps of the second one too."""


class _Comparison:
    """Compares modules; each pair of modules at the same sizes once."""

    def __init__(self) -> None:
        self._known: dict[tuple[int, int, object, object], list[Change]] = {}

    def run(self, old: Place, new: Place) -> list[Change]:
        key = id(old.module), id(new.module), old.env, new.env
        if key not in self._known:
            self._known[key] = list(self._compare(old, new))
        return self._known[key]

    def _compare(self, old: Place, new: Place) -> Iterator[Change]:
        before, after = old.steps(), new.steps()
        pairs = _matched(before, after)
        yield from _settings(old.module, new.module)
        partners = {there: here for here, there in pairs.items()}
        places = [_labels(before), _labels(after)]
        done = -1
        for there, step in enumerate(after):
            here = partners.get(there)
            if here is None:
                yield _only("added", places[1][there], step, new.facts(step))
                continue
            for gone in range(done + 1, here):
                if gone not in pairs:
                    yield _only("removed", places[0][gone], before[gone], old.facts(before[gone]))
            done = max(done, here)
            yield from self._pair(old, new, before[here], step, places[1][there])
            if _rewired(before[here], step, pairs, partners):
                yield Change(
                    "rewired",
                    places[1][there],
                    old.facts(before[here]),
                    new.facts(step),
                    _where(step, places[1][there]),
                )
        for gone in range(done + 1, len(before)):
            if gone not in pairs:
                yield _only("removed", places[0][gone], before[gone], old.facts(before[gone]))

    def _pair(self, old: Place, new: Place, one: Step, other: Step, path: Path) -> Iterator[Change]:
        """What changed in a step that both have. The shape alone is told of layers only: that of operations follows from it."""
        before, after = old.facts(one), new.facts(other)
        if before.what != after.what or (
            one.path and (before.output, before.parameters) != (after.output, after.parameters)
        ):
            yield Change("changed", path, before, after, _where(other, path))
        inner, into = old.inner(one), new.inner(other)
        if inner is not None and into is not None:
            yield from (replace(change, path=other.path + change.path) for change in self.run(inner, into))


def _only(kind: Kind, path: Path, step: Step, facts: Facts) -> Change:
    before, after = (None, facts) if kind == "added" else (facts, None)
    return Change(kind, path, before, after, _where(step, path))


def _where(step: Step, path: Path) -> Where:
    return "" if step.path else "after" if path else "in"


def _settings(old: Module, new: Module) -> Iterator[Change]:
    before, after = settings(old), settings(new)
    yield from (Change("removed", (), Facts(text), None, "in") for text in before if text not in after)
    yield from (Change("added", (), None, Facts(text), "in") for text in after if text not in before)


def _labels(steps: Sequence[Step]) -> list[Path]:
    """The label of each step; for an operation, that of the layer before it."""
    found: list[Path] = []
    for step in steps:
        found.append(step.path or (found[-1] if found else ()))
    return found


def _matched(before: Sequence[Step], after: Sequence[Step]) -> Pairs:
    """Layers by their labels; what has no label by its place among those."""
    labelled = {(step.path, step.use): place for place, step in enumerate(before) if step.path}
    pairs = {
        labelled[step.path, step.use]: place
        for place, step in enumerate(after)
        if step.path and (step.path, step.use) in labelled
    }
    common = {(before[place].path, before[place].use) for place in pairs}
    there = _stretches(after, common)
    for key, places in _stretches(before, common).items():
        _align(before, after, places, there.get(key, []), pairs)
    return pairs


def _stretches(steps: Sequence[Step], common: set[tuple[Path, int]]) -> dict[tuple[Path, int], list[int]]:
    """The operations behind each layer that both have."""
    found: dict[tuple[Path, int], list[int]] = {}
    key: tuple[Path, int] = ((), 0)
    for place, step in enumerate(steps):
        if not step.path:
            found.setdefault(key, []).append(place)
        elif (step.path, step.use) in common:
            key = step.path, step.use
    return found


def _align(before: Sequence[Step], after: Sequence[Step], here: list[int], there: list[int], pairs: Pairs) -> None:
    """Pairs operations that are the same; and those that stand in each other's place, as many as there are."""
    names = [before[place].what for place in here], [after[place].what for place in there]
    for tag, i, ii, j, jj in SequenceMatcher(None, *names, autojunk=False).get_opcodes():
        if tag in ("equal", "replace"):
            pairs.update(zip(here[i:ii], there[j:jj], strict=False))


def _rewired(one: Step, other: Step, pairs: Pairs, partners: Pairs) -> bool:
    """Whether a step is fed by others than before. Where one of those is new or gone, that is said already."""
    if len(one.sources) != len(other.sources):
        return one.what == other.what
    for (here, output), (there, other_output) in zip(one.sources, other.sources, strict=True):
        known = (here < 0 or here in pairs) and (there < 0 or there in partners)
        if known and (pairs.get(here, -1), output) != (there, other_output):
            return True
    return False
