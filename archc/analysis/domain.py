"""The domain of a net: for which sizes of its inputs it is defined.

Every demand that inference could not decide is a constraint with its place. Those on one symbol are solved exactly, as sets of
sizes; equal symbols are made one; what ties several symbols together otherwise is stated as it stands.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import field, replace

from archc.analysis.sizes import ALL, SizeSet, conditions, solutions
from archc.ir.decide import decide_eq, decide_ge
from archc.ir.dims import Dim, DimLike, evaluate, exact_div, substitute, symbol, symbols_of
from archc.ir.graph import Module, Net
from archc.ir.site import Constraint
from archc.ir.types import tensors
from archc.records import record


@record
class Domain:
    """Which sizes a net takes.

    ``sizes`` gives the set of each symbol; ``equal`` maps a symbol to the one that it must equal; ``joint`` are demands that tie
    several symbols together in another way; ``open`` are those that could not be solved. An empty set means that the net is
    defined for no size at all.
    """

    sizes: Mapping[str, SizeSet]
    equal: Mapping[str, str] = field(default_factory=dict)
    joint: tuple[Constraint, ...] = ()
    open: tuple[Constraint, ...] = ()

    def __contains__(self, values: Mapping[str, int]) -> bool:
        """Whether the net is defined for these sizes."""
        return (
            all(values[name] in set_ for name, set_ in self.sizes.items())
            and all(values[name] == values[other] for name, other in self.equal.items())
            and all(holds(constraint, values) for constraint in (*self.joint, *self.open))
        )

    @property
    def is_free(self) -> bool:
        """Whether every size is taken."""
        return not self.conditions()

    def conditions(self, *, joint: bool = True) -> list[str]:
        """The domain as the conditions of a ``where`` clause, in the order of the symbols; with those on several, or without."""
        found = [f"{other} == {name}" for name, other in self.equal.items()]
        for name, set_ in self.sizes.items():
            if name not in self.equal:
                found += conditions(set_, name)
        return found + [str(constraint) for constraint in (*self.joint, *self.open) if joint]


def holds(constraint: Constraint, values: Mapping[str, int]) -> bool:
    """Whether a constraint holds at these sizes."""
    left, right = evaluate(constraint.left, values), evaluate(constraint.right, values)
    return left == right if constraint.relation == "==" else left >= right


def needed(net: Net, *, training: bool = False) -> Domain:
    """The domain that the body of a net needs, whatever its signature states; in evaluation, or in training too."""
    return solve(names_of(net), (c for c in demands(net, training=training) if c.kind != "stated"))


def demands(net: Net, *, training: bool = False) -> Iterator[Constraint]:
    """What a net's body and signature demand: in evaluation, or in training too."""
    return (c for c in net.top.constraints if c.kind != "asserted" and (training or not c.training))


def stated(net: Net) -> Domain:
    """The domain that the ``where`` of a net's signature states."""
    return solve(names_of(net), (c for c in net.top.constraints if c.kind == "stated"))


def domain(net: Net, *, training: bool = False) -> Domain:
    """The sizes that a net takes: what its body needs and what its signature states."""
    return solve(names_of(net), demands(net, training=training))


def module_domain(module: Module) -> Domain:
    """The sizes that one module takes, in its own symbols: what its body and the modules that it calls demand in evaluation."""
    shapes = [x.shape for port in module.inputs for x in tensors(port.type)]
    names = {name: None for shape in shapes for dim in shape for name in sorted(symbols_of(dim))}
    found = (c for c in module.constraints if c.kind != "asserted" and not c.training)
    return solve(names, (c for c in found if symbols_of(c.left) | symbols_of(c.right) <= names.keys()))


def names_of(net: Net) -> list[str]:
    """The net's symbols, in the order of its inputs."""
    return [symbol_.name for symbol_ in net.symbols]


def solve(names: Iterable[str], constraints: Iterable[Constraint]) -> Domain:
    """The sizes that satisfy all constraints."""
    names, pending = list(names), list(constraints)
    equal: dict[str, str] = {}
    while (pair := next(_equalities(pending), None)) is not None:
        kept, gone = sorted(pair, key=names.index)
        equal = {name: kept if other == gone else other for name, other in equal.items()} | {gone: kept}
        pending = [renamed for c in pending if (renamed := _renamed(c, gone, kept)) is not None]
    sizes = dict.fromkeys(names, ALL)
    joint: list[Constraint] = []
    unsolved: list[Constraint] = []
    for constraint in map(_reduced, pending):
        free = symbols_of(constraint.left) | symbols_of(constraint.right)
        if len(free) > 1:
            joint.append(constraint)
            continue
        name = next(iter(free), names[0])
        found = solutions(constraint.relation, constraint.left, constraint.right, name)
        if found is None:
            unsolved.append(constraint)
        else:
            sizes[name] &= found
    for gone, kept in equal.items():
        sizes[gone] = sizes[kept]
    return Domain(sizes, equal, tuple(_undecided(joint, sizes)), tuple(unsolved))


def _reduced(constraint: Constraint) -> Constraint:
    """The constraint without symbols that multiply all of it: sizes are at least 1, so ``B * x == B * y`` is ``x == y``."""
    difference = constraint.left - constraint.right
    names = sorted(symbols_of(difference))
    for name in names if len(names) > 1 else ():
        while isinstance(difference, Dim) and (quotient := exact_div(difference, symbol(name))) is not None:
            difference = quotient
    settled = len(names) > 1 and len(symbols_of(difference)) <= 1
    return replace(constraint, left=difference, right=0) if settled else constraint


def _equalities(constraints: Iterable[Constraint]) -> Iterator[tuple[str, str]]:
    """Pairs of symbols that are demanded to be equal."""
    for constraint in constraints:
        if constraint.relation != "==":
            continue
        difference = constraint.left - constraint.right
        free = sorted(symbols_of(difference))
        if len(free) == 2 and difference in _differences(*free):
            yield free[0], free[1]


def _differences(one: str, other: str) -> tuple[DimLike, ...]:
    """What is 0 just when two symbols are equal: their difference, times a number."""
    difference = symbol(one) - symbol(other)
    return tuple(factor * difference for factor in (*range(-8, 0), *range(1, 9)))


def _renamed(constraint: Constraint, gone: str, kept: str) -> Constraint | None:
    """The constraint with one symbol for another; ``None`` when it then always holds."""
    new = {gone: symbol(kept)}
    left, right = substitute(constraint.left, new), substitute(constraint.right, new)
    decide = decide_eq if constraint.relation == "==" else decide_ge
    if decide(left, right):
        return None
    return replace(constraint, left=left, right=right)


def _undecided(joint: Sequence[Constraint], sizes: Mapping[str, SizeSet]) -> Iterator[Constraint]:
    """Demands on several symbols that neither the least sizes settle nor what the signature states."""
    bounds = {name: (set_.smallest, set_.largest) for name, set_ in sizes.items()}
    known = _larger(joint, _equal_to(joint))
    for constraint in joint:
        decide = decide_eq if constraint.relation == "==" else decide_ge
        given = {} if constraint.kind == "stated" else known
        if decide(substitute(constraint.left, given), substitute(constraint.right, given), bounds) is not True:
            yield constraint


def _equal_to(joint: Iterable[Constraint]) -> dict[str, DimLike]:
    """What symbols are by ``where T == 4 * M``."""
    known: dict[str, DimLike] = {}
    for constraint in joint:
        for one, other in ((constraint.left, constraint.right), (constraint.right, constraint.left)):
            value, names = substitute(other, known), symbols_of(one)
            if constraint.kind != "stated" or constraint.relation != "==" or len(names) != 1:
                continue
            (name,) = names
            if one == symbol(name) and name not in known and name not in symbols_of(value):
                known = {n: substitute(dim, {name: value}) for n, dim in known.items()} | {name: value}
                break
    return known


def _larger(joint: Iterable[Constraint], known: dict[str, DimLike]) -> dict[str, DimLike]:
    """Also symbols as what the signature states to be less, and a new size: ``T`` is ``P + more`` where ``P < T``."""
    for constraint in joint:
        if constraint.kind != "stated" or constraint.relation != ">=":
            continue
        over = substitute(constraint.left - constraint.right, known)
        name = next((n for n in sorted(symbols_of(over)) if n not in symbols_of(over - symbol(n))), None)
        if name is not None:
            value = symbol(name) - over + symbol(f"Δ{name}") - 1  # no spec has such a name: they are ASCII
            known = {other: substitute(dim, {name: value}) for other, dim in known.items()} | {name: value}
    return known


# --- what a signature states against what the body needs --------------------------------------------------------------


@record
class Counterexample:
    """A size that the signature admits and the body does not take, with the constraint that it breaks."""

    symbol: str
    size: int
    constraint: Constraint


def counterexample(net: Net) -> Counterexample | None:
    """The smallest size that a written ``where`` admits although the body is not defined for it."""
    admitted = stated(net)
    found: list[Counterexample] = []
    for constraint in demands(net):
        free = symbols_of(constraint.left) | symbols_of(constraint.right)
        if constraint.kind == "stated" or len(free) != 1:
            continue
        name = next(iter(free))
        taken = solutions(constraint.relation, constraint.left, constraint.right, name)
        wrong = None if taken is None else next(admitted.sizes[name].outside(taken), None)
        if wrong is not None:
            found.append(Counterexample(name, wrong, constraint))
    return min(found, key=lambda one: one.size, default=None)
