"""A net as a tree of rows, in the order of its dataflow: what a summary shows. Blocks unfold when asked, repeats stay folded."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import groupby
from typing import Literal

from archc.analysis.calls import Env, call_env, child_of, result_type, steps, substitute_type
from archc.analysis.calltext import What, guard_text, what_child, what_module, what_node
from archc.analysis.cost import Costs
from archc.analysis.domain import domain
from archc.analysis.field import Field, Fields, Trace
from archc.analysis.folding import folded_net, number_of
from archc.analysis.memory import Activations
from archc.analysis.parameters import Totals, module_totals
from archc.analysis.simplify import Simplifier
from archc.analysis.tied import Tied, own_totals, tied_below, tied_in
from archc.ir.dims import DimLike, DimTooLarge, substitute
from archc.ir.graph import Child, Module, Net, Node, Port
from archc.ir.types import Type
from archc.source import Span

Kind = Literal["net", "input", "group", "block", "layer", "operation", "unused", "failed"]


@dataclass(frozen=True)
class Row:
    """One line: the net, an input, a group of labels, a block, a layer, or an operation that owns nothing.

    ``label`` is the part of the path that the row above does not say, ``1-2`` for folded repeats. ``output`` is in the net's
    symbols, or in numbers when sizes were given. ``totals`` and ``flops`` are for all repeats together; a layer that an earlier row
    has counted is ``shared`` and owns nothing here; ``tied`` are the labels of what parameters of a layer are tied to, which count
    there. ``flops`` is None where it could not be worked out. A layer that is declared and never applied is ``unused`` and has no
    output; one that ``failed`` has none either, and the blocks around it have what they had before. ``when`` is the condition of run
    time under which the row runs, and ``steps`` how often a scan applies its block. ``seen`` is the receptive field of the first output,
    and ``memory`` the bytes that the row makes in training, where they were asked for.
    """

    kind: Kind
    label: str
    path: tuple[str, ...]
    what: What
    output: Type | None
    totals: Totals
    flops: DimLike | None
    span: Span
    repeat: int = 1
    shared: bool = False
    when: str = ""
    steps: DimLike | None = None
    seen: Field | None = None
    memory: DimLike | None = 0
    tied: tuple[str, ...] = ()
    group: tuple[Row, ...] = ()
    scope: Scope | None = field(default=None, repr=False, compare=False)

    def rows(self) -> tuple[Row, ...]:
        """What is inside: the rows of a group, or one copy of a block."""
        return self.group if self.scope is None else self.scope.rows


@dataclass(frozen=True)
class Failure:
    """Where a module stopped: what could not be applied and its labels; of a block that was being made, its index, what its symbols stand
    for, and where it stopped itself."""

    path: tuple[str, ...]
    what: What
    span: Span
    within: tuple[int, Env, Failure] | None = None


@dataclass(frozen=True)
class Scope:
    """One module where it is called: what its symbols stand for, and the labels that lead to it."""

    context: Context
    module: Module
    env: Env
    path: tuple[str, ...]
    shared: bool = False
    trace: Trace | None = None
    failure: Failure | None = None
    tied: Tied = ()

    @cached_property
    def rows(self) -> tuple[Row, ...]:
        """The rows of the module's body, in the order of the dataflow, in groups that follow the labels."""
        return tuple(_nest(self, list(self._entries()), 0))

    def _entries(self) -> Iterator[Entry]:
        seen: set[int] = set()
        for number, (node, around) in enumerate(zip(self.module.nodes, surroundings(self.module), strict=True)):
            if node.constant:
                continue  # runs when the module is made, to give a buffer its value
            yield around, self._row(number, node, shared=self.shared or node.child in seen)
            if node.child is not None:
                seen.add(node.child)
        for index, child in enumerate(self.module.children):
            if index not in seen:
                yield child.path[:-1], self._unused(child)
        if self.failure is not None:
            yield self.failure.path[:-1], self._failed(self.failure)

    def _row(self, number: int, node: Node, *, shared: bool) -> Row:
        child = child_of(self.module, node)
        return Row(
            kind="block" if node.module is not None else "operation" if child is None else "layer",
            label=range_label(child),
            path=self.path + (() if child is None else child.path),
            what=what_node(self.context.net, self.module, node),
            output=self.context.type(node.output, self.env),
            totals=Totals() if shared or child is None else self._totals(child),
            flops=self.context.dim(self.context.costs.node_flops(self.module, node, self.env)),
            span=node.span,
            repeat=node.repeat,
            shared=shared and child is not None,
            when=", ".join(guard_text(self.module, guard) for guard in node.when),
            steps=None if node.scan is None else self.context.dim(substitute(steps(self.module, node), self.env)),
            seen=None if self.trace is None else next(iter(self.trace.nodes[number]), None),
            memory=self.context.made(self.module, node, self.env),
            tied=self._tied(child),
            scope=None if node.module is None else self._inner(node, node.module, shared),
        )

    def _inner(self, node: Node, callee: int, shared: bool) -> Scope:
        context, child = self.context, child_of(self.module, node)
        called = call_env(context.net, self.module, node, callee)
        env = {name: substitute(dim, self.env) for name, dim in called.items()}
        path = self.path + (() if child is None else child.path)
        trace = None if self.trace is None or context.fields is None else context.fields.within(self.trace, node)
        module = context.net.modules[callee]
        return Scope(
            context, module, env, path, shared, trace, tied=tied_in(module, path, tied_below(self.tied, child))
        )

    def _unused(self, child: Child) -> Row:
        """A layer that no node applies: it has parameters and no output."""
        return Row(
            kind="unused",
            label=range_label(child),
            path=self.path + child.path,
            what=what_child(self.context.net, child),
            output=None,
            totals=Totals() if self.shared else self._totals(child),
            flops=0,
            span=child.span,
            repeat=child.count,
            shared=self.shared,
            tied=self._tied(child),
        )

    def _totals(self, child: Child) -> Totals:
        return own_totals(self.context.net, child, self.context.totals, tied_below(self.tied, child))

    def _tied(self, child: Child | None) -> tuple[str, ...]:
        """What parameters of a layer are tied to."""
        if child is None or child.module is not None:
            return ()
        return tuple(dict.fromkeys(source for _, source in tied_below(self.tied, child)))

    def _failed(self, failure: Failure) -> Row:
        """What elaboration could not apply; of a block, what it had until then."""
        scope = None
        if failure.within is not None:
            index, actual, inner = failure.within
            env = {name: substitute(dim, self.env) for name, dim in actual.items()}
            scope = Scope(self.context, self.context.net.modules[index], env, self.path + failure.path, failure=inner)
        row = Row(
            kind="failed",
            label=failure.path[-1] if failure.path else "",
            path=self.path + failure.path,
            what=failure.what,
            output=None,
            totals=Totals(),
            flops=0,
            span=failure.span,
            scope=scope,
        )
        return row if scope is None else _with_sums(row, scope.rows)


@dataclass(frozen=True)
class Context:
    """What all rows of a net share."""

    net: Net
    costs: Costs
    totals: list[Totals]
    simplifier: Simplifier | None
    fields: Fields | None
    activations: Activations | None

    def made(self, module: Module, node: Node, env: Env) -> DimLike | None:
        """The bytes that a node makes; 0 where nobody asks."""
        return 0 if self.activations is None else self.dim(self.activations.node(module, node, env))

    def type(self, type_: Type, env: Env) -> Type | None:
        """A type in the net's symbols, in the shortest form that is equal on its domain; None when it outgrows its budget."""
        try:
            found = substitute_type(type_, env)
        except DimTooLarge:
            return None
        return found if self.simplifier is None else self.simplifier.type(found)

    def dim(self, dim: DimLike | None) -> DimLike | None:
        """A size or cost in the shortest form."""
        return dim if dim is None or self.simplifier is None else self.simplifier.dim(dim)


Entry = tuple[tuple[str, ...], Row]
"""A row with the labels around it in its module."""


def unfold(
    net: Net,
    sizes: Mapping[str, int] | None = None,
    *,
    field_at: Mapping[str, int] | None = None,
    memory: bool = False,
    failure: Failure | None = None,
) -> Row:
    """The row of the whole net, in numbers when ``sizes`` has one for each symbol; ``rows()`` of it are its inputs and its body.

    Formulas are in the shortest form that is equal for all sizes that the net takes. With ``field_at`` rows have receptive fields,
    which are worked out at these sizes. With a ``failure`` the net ends there.
    """
    shown = folded_net(
        net, beside=field_at is None
    )  # what a copy sees depends on whether it is fed what the one before gave
    fields = None if field_at is None else Fields(shown, field_at)
    simplifier = None if sizes or failure else Simplifier(domain(net))
    activations = Activations(shown) if memory else None
    context = Context(shown, Costs(net), module_totals(net), simplifier, fields, activations)
    trace = None if fields is None else fields.root()
    scope = Scope(context, shown.top, sizes or {}, (), trace=trace, failure=failure, tied=tied_in(shown.top, ()))
    inputs = tuple(_input_row(port, scope, net.top.span) for port in net.top.inputs)
    row = Row(
        kind="net",
        label=net.name,
        path=(),
        what=what_module(net, net.root),
        output=context.type(result_type(net.top), scope.env),
        totals=context.totals[net.root],
        flops=context.dim(context.costs.flops(net.root, scope.env)),
        span=net.top.span,
        group=inputs + scope.rows,
    )
    return row if failure is None else _with_sums(row, scope.rows)


def _with_sums(row: Row, rows: tuple[Row, ...]) -> Row:
    """A row of what stopped: the numbers of its own rows together."""
    totals = sum((inner.totals for inner in rows), Totals())
    flops, memory = _added(inner.flops for inner in rows), _added(inner.memory for inner in rows)
    return replace(row, totals=totals, flops=flops, memory=memory)


def _input_row(port: Port, scope: Scope, span: Span) -> Row:
    type_ = scope.context.type(port.type, scope.env)
    return Row("input", port.name, (port.name,), What("input", "", "input"), type_, Totals(), 0, span)


def range_label(child: Child | None) -> str:
    """The last part of a child's label, ``1-2`` where it stands for several; nothing for an operation."""
    if child is None:
        return ""
    last, number = child.path[-1], number_of(child.path[-1])
    return last if child.count == 1 or number is None else f"{last}-{number[1] + child.count - 1}"


def surroundings(module: Module) -> list[tuple[str, ...]]:
    """For each node the labels around it. An operation has no label: it stands where both its neighbours with one do."""
    children = (child_of(module, node) for node in module.nodes)
    own = [None if child is None else child.path[:-1] for child in children]
    before, after = _last_known(own), _last_known(own[::-1])[::-1]
    return [mine if mine is not None else _common([b, a]) for mine, b, a in zip(own, before, after, strict=True)]


def _last_known(paths: list[tuple[str, ...] | None]) -> list[tuple[str, ...]]:
    known: list[tuple[str, ...]] = []
    for path in paths:
        known.append(path if path is not None else known[-1] if known else ())
    return known


def _common(paths: list[tuple[str, ...]]) -> tuple[str, ...]:
    """The leading parts that all paths share."""
    first, last = min(paths), max(paths)
    size = next((i for i, (a, b) in enumerate(zip(first, last, strict=False)) if a != b), min(len(first), len(last)))
    return first[:size]


def _nest(scope: Scope, entries: list[Entry], depth: int) -> Iterator[Row]:
    """Rows of which the first ``depth`` labels are said already. Neighbours under one label become a group."""
    for head, together in groupby(entries, key=lambda entry: entry[0][depth : depth + 1]):
        run = list(together)
        if not head:
            yield from (row for _, row in run)
        elif len(run) == 1:
            around, row = run[0]
            yield replace(row, label=".".join((*around[depth:], row.label)))
        else:
            around = _common([around for around, _ in run])
            rows = tuple(_nest(scope, run, len(around)))
            yield _group_row(".".join(around[depth:]), scope.path + around, rows)


def _group_row(label: str, path: tuple[str, ...], rows: tuple[Row, ...]) -> Row:
    return Row(
        kind="group",
        label=label,
        path=path,
        what=What("", "", "group"),
        output=next((row.output for row in reversed(rows) if row.kind != "unused"), None),
        totals=sum((row.totals for row in rows), Totals()),
        flops=_added(row.flops for row in rows),
        span=rows[0].span,
        shared=all(row.shared for row in rows),
        seen=next((row.seen for row in reversed(rows) if row.kind != "unused"), None),
        memory=_added(row.memory for row in rows),
        group=rows,
    )


def _added(flops: Iterable[DimLike | None]) -> DimLike | None:
    total: DimLike = 0
    try:
        for one in flops:
            if one is None:
                return None
            total = total + one
    except DimTooLarge:
        return None
    return total
