"""From a module of the IR to the body of a class, with its constants taken out."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace

from archc.analysis.tree import Tree, label_tree
from archc.backends.torch import loops
from archc.backends.torch.calls import EmissionError, Keywords
from archc.backends.torch.chains import Chain, Chains
from archc.backends.torch.held import closure, held_by, without_tensors
from archc.backends.torch.inits import plan
from archc.backends.torch.loops import Flow
from archc.backends.torch.naming import identifier
from archc.backends.torch.pool import Pool
from archc.backends.torch.rolling import Unifier, as_run, numbered, roll_chain, runs
from archc.backends.torch.statements import values_of
from archc.backends.torch.steps import Part, Steps, output_names, pattern_of
from archc.backends.torch.survey import Survey
from archc.backends.torch.tree import Base, Body, Box, Constant, Held, Item, Loop, Lowered, Make, Slot
from archc.ir.graph import Module, Net, Value

Construct = Callable[[int], tuple[int, tuple[tuple[str, Constant], ...], Mapping[str, Constant]]]
"""The class of a module, the arguments that make it, and the defaults of those that have one."""


Ports = Callable[[int], tuple[str, ...]]
"""The inputs of a module's class."""


def lower(
    net: Net, index: int, survey: Survey, keywords: Keywords, construct: Construct, class_inputs: Ports
) -> Lowered:
    """The body of a module's class; the modules that it calls have their classes already."""
    return _Lowering(net, index, survey, keywords, construct, class_inputs).lower()


class _Lowering:
    def __init__(
        self, net: Net, index: int, survey: Survey, keywords: Keywords, construct: Construct, class_inputs: Ports
    ) -> None:
        self.class_inputs = class_inputs
        self.module, self.index, self.survey, self.construct = net.modules[index], index, survey, construct
        self.calls = survey.calls[index]
        blocks = (i for i, child in enumerate(self.module.children) if child.module is not None or child.extern)
        self.buildable = frozenset({*self.calls.makes, *blocks})
        special = {self.module.nodes[node].child for node in self.calls.functions}
        self.chains = Chains(self.module, frozenset(child for child in self.buildable if child not in special))
        self.pool = Pool(keywords)
        self.unifier = Unifier(self.pool.values, lambda value: self.pool.slot(value, ("", "step")))
        self.folded: dict[int, tuple[tuple[str, ...], Chain]] = {}
        self.runs: dict[int, Part] = {}
        self.holding: frozenset[tuple[str, ...]] = frozenset()
        """The levels of labels that own tensors are on, themselves or further below."""

    def lower(self) -> Lowered:
        root = label_tree(self.module.children)
        self.holding = frozenset(without_tensors(self.module, root))
        base = self._base(root)
        items = _unlabelled(self._level(root, ())) if base == "Sequential" else self._items(root, ())
        if base == "ModuleList":
            self._note_runs(root, items)
        flow = Flow((), (), Value(-1)) if base == "Sequential" else self._steps()
        base, items, flow = self._rolled(base, items, flow)
        names: list[str] = []
        for port in self.module.inputs:
            names.append(identifier(port.name, names))
        inits = plan(self.index, self.survey, self.pool.slot)
        held, computed = self._held()
        patterns = tuple(pattern_of(port.type) for port in self.module.inputs)
        outputs = output_names(self.module, self.module.result, self.module.result_names)
        body, constants = self.pool.compact(
            Body(
                tuple(names),
                patterns,
                items,
                flow.steps,
                flow.result,
                base,
                inits,
                outputs,
                held,
                computed.steps,
                frozenset(number for number, port in enumerate(self.module.inputs) if port.optional),
                self.module.frozen,
                tuple(ties_of(self.module)),
            )
        )
        return Lowered(body, constants, flow.shapes, computed.shapes, flow.names, computed.names)

    def _steps(self) -> Flow:
        def agree(applied: int, built: int) -> bool:
            return self.construct(applied) == self.construct(built)

        return Steps(
            self.module, self.survey, self.calls, self.pool, self.folded, self.runs, agree, self.class_inputs
        ).flow()

    def _held(self) -> tuple[tuple[Held, ...], Flow]:
        """The own tensors, and what the constructor computes for them."""
        own = [(child, child.own) for child in self.module.children if child.own is not None]
        values = [start.value for _, start in own if start.value is not None]
        steps = Steps(self.module, self.survey, self.calls, self.pool, {}, {}, lambda *_: False, self.class_inputs)
        flow = steps.constants(closure(self.module.nodes, values), tuple(values))
        moved: dict[object, Value] = dict(zip(values, values_of(flow.result), strict=True))
        return tuple(held_by(child, start, self.pool, moved.get(start.value)) for child, start in own), flow

    # Submodules

    def _base(self, root: Tree) -> Base:
        """A body that is one list is no more than that list."""
        if not root.inner or not self._numbered(root):
            return "Module"
        chain = self.chains.of(root)
        whole = chain is not None and chain.start == Value(-1) and chain.end == self.module.result
        plain = not self.module.early and not any(node.when for node in self.module.nodes)
        if chain and whole and plain and len(self.module.inputs) == 1 and len(chain.nodes) == len(self.module.nodes):
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
        below = ((inner, (*path, label)) for label, inner in place.inner.items())
        return tuple(self._item(inner, at) for inner, at in below if self._built(inner) or at in self.holding)

    def _level(self, place: Tree, path: tuple[str, ...]) -> tuple[Item, ...]:
        """The items of a chain."""
        return roll_chain(self._items(place, path), self.unifier, lambda count: self._count(count, path))

    def _item(self, place: Tree, path: tuple[str, ...]) -> Item:
        if place.child is not None:
            if place.inner:
                raise EmissionError(f"{'.'.join(path)} is both a layer and a level of labels")
            return self._leaf(place.child, path)
        if not self._built(place) and not any((*path, label) in self.holding for label in place.inner):
            return Item(path[-1], Box("dict", ()))  # there are only own tensors
        chain = self.chains.of(place)
        if chain is not None:
            self.folded.update({node: (path, chain) for node in chain.nodes if node not in self.folded})
            items = self._level(place, path)
            return Item(
                path[-1], Box("sequential", _unlabelled(items)) if self._numbered(place) else Box("ordered", items)
            )
        items = self._items(place, path)
        if not self._numbered(place):
            return Item(path[-1], Box("dict", items))
        self._note_runs(place, items)
        return Item(path[-1], Box("list", items))

    def _note_runs(self, place: Tree, items: tuple[Item, ...]) -> None:
        for inner, item in zip(place.inner.values(), items, strict=True):
            if inner.child is not None and item.count is not None:
                self.runs[inner.child] = "whole" if len(items) == 1 else (item.first, item.count)

    def _leaf(self, index: int, path: tuple[str, ...]) -> Item:
        child = self.module.children[index]
        major = child.module is not None or any(len(p.shape) > 1 for p in child.parameters)
        item = Item(path[-1], self._make(index, child.label), None, major)
        return as_run(item, item.make, self._count(child.count, path[:-1])) if child.count > 1 else item

    def _count(self, count: int, path: tuple[str, ...]) -> Slot:
        return self.pool.slot(count, (path[-1] if path else "", "depth"))

    def _make(self, index: int, label: str) -> Make:
        child = self.module.children[index]
        if child.extern is not None:
            name = self.survey.externs[child.extern.target]
            return Make(name, (), tuple((k, self.pool.argument(v, (label, k))) for k, v in child.extern.arguments))
        if child.module is None:
            return self.pool.call(self.calls.makes[index], self.calls.operators["make", index], label)
        number, arguments, defaults = self.construct(child.module)
        given = dict(arguments)
        return Make(number, (), tuple((name, self.pool.keyword(name, given, defaults, label)) for name in given))

    # Loops

    def _rolled(self, base: Base, items: tuple[Item, ...], flow: Flow) -> tuple[Base, tuple[Item, ...], Flow]:
        """Lists whose items are applied alike, one after another, are gone through by loops."""
        if base == "Sequential":
            return base, items, flow
        if base == "ModuleList" or all(numbered(item.label) for item in items):
            run, flow = self._loop(items, (), flow)
            if run is not None:
                return "ModuleList" if base == "ModuleList" else "ModuleDict", (run,), flow
        found = []
        for item in items:
            rolled, flow = self._inner(item, (item.label,), flow)
            found.append(rolled)
        return base, tuple(found), flow

    def _inner(self, item: Item, path: tuple[str, ...], flow: Flow) -> tuple[Item, Flow]:
        if not isinstance(item.make, Box) or item.make.kind not in ("list", "dict"):
            return item, flow
        run, flow = self._loop(item.make.items, path, flow)
        if run is not None:
            return replace(item, make=Box(item.make.kind, (run,))), flow
        inner = []
        for part in item.make.items:
            rolled, flow = self._inner(part, (*path, part.label), flow)
            inner.append(rolled)
        return replace(item, make=Box(item.make.kind, tuple(inner))), flow

    def _loop(self, items: tuple[Item, ...], path: tuple[str, ...], flow: Flow) -> tuple[Item | None, Flow]:
        """The run that all items of a list are, and the steps with a loop over it."""
        if list(runs(items)) != [(0, len(items))]:
            return None, flow
        labels = [item.label for item in items]
        found = loops.find(flow.steps, flow.result, path, labels, self.pool.values)
        make = self.unifier.item(items) if found else None
        if found is None or make is None:
            return None, flow
        stem, _ = numbered(labels[0]) or ("", 0)
        flow = loops.rolled(flow, found, labels, Loop(path, values=bool(stem) or labels[0] != "0"))
        return as_run(items[0], make, self._count(len(items), path)), flow


def ties_of(module: Module) -> Iterator[tuple[tuple[str, ...], tuple[str, ...]]]:
    """Tied parameters, each with the one that all are in the end."""
    sources = {tie.target: tie.source for tie in module.ties}
    for tie in module.ties:
        source, seen = tie.source, {tie.target}
        while source in sources:
            if source in seen:
                raise EmissionError(f"{'.'.join(source)} is tied in a circle", tie.span)
            seen.add(source)
            source = sources[source]
        yield tie.target, source


def _unlabelled(items: tuple[Item, ...]) -> tuple[Item, ...]:
    """Items of a numbered chain, whose labels are their positions."""
    return tuple(replace(item, label="", stem="", first=0) for item in items)
