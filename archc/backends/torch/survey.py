"""Which layers stand below a module, and which of their parameters some rule of an inner module has claimed already.

The innermost module's rule wins, so whoever states a rule must know what to leave alone. Layers are counted by kind, once for each
distinct module; only where a kind is claimed in part are the parameters named one by one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import NamedTuple

from archc.analysis.tree import copies
from archc.backends.torch.calls import Calls, draws
from archc.ir.graph import Child, InitRule, Module, Net, Node
from archc.ir.operator import Parameter

NEEDS_MATRIX = frozenset(
    {"xavier_uniform", "xavier_normal", "kaiming_uniform", "kaiming_normal", "orthogonal", "dirac", "eye", "sparse"}
)
"""Functions of ``torch.nn.init`` that refuse tensors of fewer than two dims."""


class Kind(NamedTuple):
    """A parameter of a sort of layer: torch's class, the operator and the parameter's name. An own parameter has none of these."""

    layer: str
    op: str
    parameter: str


class Named(NamedTuple):
    """One parameter by its path below a module, and whether an inner rule has claimed it."""

    name: str
    kind: Kind
    parameter: Parameter
    claimed: bool


@dataclass(slots=True)
class Found:
    """What is below a module: for each kind whether it occurs unclaimed (False) and claimed (True), its fewest dims, and for each
    torch class the names of the parameters that its layers have."""

    kinds: dict[Kind, set[bool]] = field(default_factory=dict)
    dims: dict[Kind, int] = field(default_factory=dict)
    layers: dict[str, set[frozenset[str]]] = field(default_factory=dict)

    def add(self, other: Found, claims: Callable[[Kind, bool], set[bool]]) -> None:
        """Take over what is below a child."""
        for kind, states in other.kinds.items():
            mine = self.kinds.setdefault(kind, set())
            for state in states:
                mine |= claims(kind, state)
            self.dims[kind] = min(self.dims.get(kind, other.dims[kind]), other.dims[kind])
        for layer, names in other.layers.items():
            self.layers.setdefault(layer, set()).update(names)


def selects(rule: InitRule, op: str, parameter: str) -> bool:
    """Whether a rule by operator and parameter selects this parameter of a layer."""
    operator, _, name = rule.selector.rpartition(".")
    return not rule.by_path and op != "" and operator in ("*", op) and name in ("*", parameter)


def names_layers(rule: InitRule) -> bool:
    """Whether a rule is for some of the layers of a kind only."""
    return rule.by_path or bool(rule.below)


class Survey:
    """What is below each module of a net, found once for each. ``externs`` are the names of classes from elsewhere, by target."""

    def __init__(self, net: Net, calls: Mapping[int, Calls], externs: Mapping[str, str]) -> None:
        self.net, self.calls, self.externs = net, calls, externs
        self.memo: dict[int, Found] = {}
        self.drawing: list[bool] = []
        """For each module whether anything in it draws random numbers."""
        for module in net.modules:
            self.drawing.append(any(self.draws(module, node) for node in module.nodes))

    def draws(self, module: Module, node: Node) -> bool:
        """Whether a node draws random numbers, in training at least."""
        if node.module is not None:
            return self.drawing[node.module]
        child = None if node.child is None else module.children[node.child]
        return draws(node.op) if child is None else child.extern is not None or draws(child.op)

    def below(self, index: int) -> Found:
        """What a module's own rules find: only inner modules have claimed anything."""
        if index not in self.memo:
            found = Found()
            module = self.net.modules[index]
            for number, child in enumerate(module.children):
                if child.module is None:
                    found.add(self._layer(index, number, child), lambda _, state: {state})
                else:
                    found.add(self.below(child.module), self._after(self.net.modules[child.module]))
            self.memo[index] = found
        return self.memo[index]

    def _layer(self, index: int, number: int, child: Child) -> Found:
        found = Found()
        if child.op is None or number not in self.calls[index].makes:
            return found
        layer = str(self.calls[index].makes[number].fn)
        owned = [parameter for parameter in child.parameters if not parameter.buffer]
        for parameter in owned:
            kind = Kind(layer, child.op.name, parameter.name)
            found.kinds[kind], found.dims[kind] = {False}, len(parameter.shape)
        found.layers[layer] = {frozenset(parameter.name for parameter in owned)}
        return found

    @staticmethod
    def _after(module: Module) -> Callable[[Kind, bool], set[bool]]:
        """How a module's own rules change what its callers see. A rule by path claims some of a kind, perhaps; a tied parameter
        starts as the one that it is."""

        def claims(kind: Kind, claimed: bool) -> set[bool]:
            if claimed or any(selects(rule, kind.op, kind.parameter) and not rule.below for rule in module.inits):
                return {True}
            part = module.ties or any(names_layers(rule) for rule in module.inits)
            return {False, True} if part else {False}

        return claims

    def parameters(self, index: int) -> Iterator[Named]:
        """All parameters below a module by name."""
        for number, child in enumerate(self.net.modules[index].children):
            make = self.calls[index].makes.get(number)
            for path in copies(child):
                yield from self._child(".".join(path), child, str(make.fn) if make else "")

    def _child(self, path: str, child: Child, layer: str) -> Iterator[Named]:
        if child.module is None:
            for parameter in child.parameters:
                if not parameter.buffer:
                    kind = Kind(layer, child.op.name if child.op else "", parameter.name)
                    yield Named(f"{path}.{parameter.name}" if parameter.name else path, kind, parameter, False)
            return
        module = self.net.modules[child.module]
        tied = {".".join(tie.target) for tie in module.ties}
        for found in self.parameters(child.module):
            claimed = found.claimed or found.name in tied or any(matches(rule, found) for rule in module.inits)
            yield found._replace(name=f"{path}.{found.name}", claimed=claimed)


def matches(rule: InitRule, found: Named) -> bool:
    """Whether a rule selects a parameter, by its name below the module that states the rule.

    A glob passes over vectors where its function needs a matrix: ``init "*" ~ xavier_uniform`` leaves biases alone.
    """
    if rule.below and not any(f"{found.name}.".startswith(f"{label}.") for label in rule.below):
        return False
    if rule.by_path:
        vector = len(found.parameter.shape) < 2 and rule.function in NEEDS_MATRIX and found.name != rule.selector
        return fnmatchcase(found.name, rule.selector) and not vector
    return selects(rule, found.kind.op, found.kind.parameter)
