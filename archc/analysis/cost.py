"""Arithmetic cost: FLOPs as ``torch.utils.flop_counter`` counts them, as formulas in the sizes that stay free.

A multiply-add of a matrix product, convolution or attention is two FLOPs and one MAC; everything else counts as nothing, and so does
what runs in training only, or only where an optional input is given.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from archc.analysis.calls import Env, argument_in, call_env, child_of, input_types, operator_of, steps, substitute_type
from archc.analysis.known import Known
from archc.ir.dims import DimLike, DimTooLarge, substitute, total
from archc.ir.graph import Module, Net, Node
from archc.ir.operator import uncounted

MAX_VISITS = 100_000
"""How many modules at different sizes are added up one by one where no formula is small enough."""


class Costs:
    """The costs of a net's modules, each worked out once; callees before callers, so that nothing is expanded."""

    def __init__(self, net: Net, known: Known | None = None) -> None:
        self.net = net
        self._visits: dict[tuple[int, frozenset[tuple[str, DimLike]]], DimLike | None] = {}
        self._formulas: list[DimLike | None] = []
        known = known or Known()
        for module in net.modules:
            work = partial(self._formula, module)
            self._formulas.append(work() if module is net.top else known.fact(module, work, "flops"))

    def flops(self, module: int, env: Env) -> DimLike | None:
        """The FLOPs of one application of a module, with ``env`` for its symbols.

        None where the formula outgrows its budget, or the numbers take too long to add up.
        """
        formula = self._formulas[module]
        if formula is None:
            return self._added_up(module, env)
        try:
            return substitute(formula, env)
        except DimTooLarge:
            return None

    def node_flops(self, module: Module, node: Node, env: Env) -> DimLike | None:
        """The FLOPs of one node, all its repeats or steps together; none where it runs under a condition, or before the first run."""
        if node.constant or (node.when and any(not guard.negated for guard in node.when)):
            return 0
        one: DimLike | None = 0
        operator = operator_of(module, node)
        if node.module is not None:
            inner = call_env(self.net, module, node, node.module)
            one = self.flops(node.module, {name: substitute(dim, env) for name, dim in inner.items()})
        elif operator is not None and type(operator).flops is not uncounted:
            inputs = tuple(argument_in(argument, env) for argument in input_types(module, node))
            one = operator.flops(inputs, substitute_type(node.output, env))
        if one is None or one == 0:
            return one
        return one * substitute(steps(module, node), env)

    def _formula(self, module: Module) -> DimLike | None:
        try:
            return self._sum(module, {})
        except DimTooLarge:
            return None

    def _sum(self, module: Module, env: Env) -> DimLike | None:
        parts: list[DimLike] = []
        for node in module.nodes:
            flops = self.node_flops(module, node, env)
            if flops is None:
                return None
            if flops != 0:
                parts.append(flops)
        return total(parts)

    def _added_up(self, module: int, env: Env) -> DimLike | None:
        """The FLOPs where there is no formula: node by node, at numbers only."""
        if not all(isinstance(size, int) for size in env.values()) or not env:
            return None
        key = module, frozenset(env.items())
        if key not in self._visits:
            if len(self._visits) >= MAX_VISITS:
                return None
            self._visits[key] = None  # takes its place in the budget before what it calls does
            self._visits[key] = self._sum(self.net.modules[module], env)
        return self._visits[key]


def uncounted_in(net: Net) -> list[str]:
    """The operations that a net applies and that count as nothing, by name. Views do nothing; what an extern costs is not known."""
    counts: dict[str, bool] = {}
    for module in net.modules:
        for node in module.nodes:
            operator, child = operator_of(module, node), child_of(module, node)
            if operator is not None and not (operator.is_view() or node.constant):
                counted = operator.flops(input_types(module, node), node.output) != 0
                counts[operator.name] = counts.get(operator.name, False) or counted
            elif child is not None and child.extern is not None:
                counts[child.extern.target] = False
    return sorted(name for name, counted in counts.items() if not counted)


def net_flops(net: Net, sizes: Mapping[str, DimLike] | None = None, known: Known | None = None) -> DimLike | None:
    """The FLOPs of a whole net: at ``sizes``, or as a formula in its symbols. None when that is too large to be worked out."""
    return Costs(net, known).flops(net.root, sizes or {})
