"""Initialisation: a module's rules as statements at the end of its constructor.

Submodules are made first, and with them what their own rules say. The rules of a module then run in order, so a later one
overwrites an earlier; they touch nothing that an inner rule has claimed. Where a kind of layer is free throughout, a rule goes over
``self.modules()``, as one writes it by hand; where only some of its layers are, they are named.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from archc.backends.torch.calls import EmissionError
from archc.backends.torch.survey import NEEDS_MATRIX, Found, Kind, Named, Survey, matches, names_layers, selects
from archc.backends.torch.tree import AnyInit, Constant, Init, InitLoop, InitNames, InitPattern, Slot
from archc.ir.graph import FanFormula, InitRule

MakeSlot = Callable[[Constant, tuple[str, str]], Slot]


def plan(index: int, survey: Survey, slot: MakeSlot) -> tuple[AnyInit, ...]:
    """The statements that a module's rules become."""
    return _Plan(index, survey, slot).statements()


class _Plan:
    def __init__(self, index: int, survey: Survey, slot: MakeSlot) -> None:
        self.index, self.survey, self.slot = index, survey, slot
        # What a block without a label says of its own layers comes last, that of the innermost at the end, so that it wins.
        self.rules = sorted(survey.net.modules[index].inits, key=lambda rule: (bool(rule.below), -len(rule.below)))
        self.found = survey.below(index) if self.rules else Found()

    def statements(self) -> tuple[AnyInit, ...]:
        """Rules by operator that follow each other share a loop; a rule for some layers only stands alone."""
        statements: list[AnyInit] = []
        group: list[InitRule] = []
        for rule in self.rules:
            if names_layers(rule):
                statements += [*self._by_operator(group), self._by_path(rule)]
                group = []
            else:
                group.append(rule)
        return (*statements, *self._by_operator(group))

    # Rules by operator

    def _by_operator(self, rules: Sequence[InitRule]) -> Iterator[InitLoop | InitNames]:
        last: dict[Kind, InitRule] = {}
        for kind in self.found.kinds:
            chosen = next((rule for rule in reversed(rules) if selects(rule, kind.op, kind.parameter)), None)
            if chosen is not None and self.found.kinds[kind] != {True}:
                last[kind] = chosen
        plain = [kind for kind in last if self._is_plain(kind, last)]
        if plain:
            yield self._loop(plain, last)
        for kind, rule in last.items():
            if kind not in plain:
                yield self._names(rule, lambda named, kind=kind: named.kind == kind)  # type: ignore[misc]

    def _is_plain(self, kind: Kind, last: dict[Kind, InitRule]) -> bool:
        """Whether a loop over all layers of the torch class finds what the rule selects, and no more."""
        same = [other for other in self.found.kinds if (other.layer, other.parameter) == (kind.layer, kind.parameter)]
        return all(self.found.kinds[other] == {False} and last.get(other) == last[kind] for other in same)

    def _loop(self, kinds: Sequence[Kind], last: dict[Kind, InitRule]) -> InitLoop:
        # Torch's attention layers hold a subclass of nn.Linear inside, which is no layer of the net.
        exact = any("." in name for names in self.found.layers.values() for each in names for name in each)
        branches: dict[str, list[Init]] = {}
        for kind in kinds:
            calls = branches.setdefault(kind.layer, [])
            if all(call.parameter != kind.parameter for call in calls):
                guard = any(kind.parameter not in names for names in self.found.layers[kind.layer])
                beside = self.found.dims.get(kind._replace(parameter="weight"), 0)
                calls.append(self._call(last[kind], kind.parameter, self.found.dims[kind], beside, guard))
        return InitLoop(tuple((layer, tuple(calls)) for layer, calls in branches.items()), exact)

    # Rules that name parameters

    def _by_path(self, rule: InitRule) -> InitNames | InitPattern:
        everything = list(self.survey.parameters(self.index))
        chosen = [named for named in everything if matches(rule, named)]
        if rule.below or any(named.claimed for named in chosen) or len(chosen) <= 3:
            return self._names(rule, lambda named: matches(rule, named))
        matrices = rule.function in NEEDS_MATRIX
        return InitPattern(rule.selector, matrices, self._call(rule, "", *self._dims(chosen)))

    def _names(self, rule: InitRule, wanted: Callable[[Named], bool]) -> InitNames:
        chosen = [named for named in self.survey.parameters(self.index) if wanted(named) and not named.claimed]
        return InitNames(tuple(named.name for named in chosen), self._call(rule, "", *self._dims(chosen)))

    def _dims(self, chosen: Sequence[Named]) -> tuple[int, int]:
        """The fewest dims of the parameters, and of the weights beside them."""
        weights = {named.name: len(named.parameter.shape) for named in self.survey.parameters(self.index)}
        beside = (weights.get(f"{named.name.rpartition('.')[0]}.weight", 0) for named in chosen)
        return min((len(named.parameter.shape) for named in chosen), default=2), min(beside, default=2)

    def _call(self, rule: InitRule, parameter: str, fewest: int, beside: int, guard: bool = False) -> Init:
        """The call; ``fewest`` dims has the parameter, ``beside`` the weight of its layer, where a vector has its fans from."""
        fans = any(isinstance(value, FanFormula) for _, value in rule.arguments)
        if fewest < 2 and (rule.function in NEEDS_MATRIX or (fans and beside < 2)):
            raise EmissionError(f"init {rule.selector}: {rule.function} needs parameters of two dims or more")
        arguments = tuple(
            (name, value if isinstance(value, FanFormula) else self.slot(value, ("init", name)))
            for name, value in rule.arguments
        )
        return Init(parameter, guard, f"nn.init.{rule.function}_", arguments, vector=fewest < 2)
