"""The summary of a net: its layers as a tree with shapes, parameters and costs. Data first, then its renderings.

MACs are multiply-adds of matrix products, convolutions and attention, in inference; a MAC is two FLOPs.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import islice
from typing import Any, Literal

from archc.analysis.calls import example_sizes
from archc.analysis.calltext import call_text
from archc.analysis.cost import uncounted_in
from archc.analysis.domain import domain
from archc.analysis.field import finite
from archc.analysis.field import text as field_text
from archc.analysis.memory import Activations
from archc.analysis.parameters import Totals
from archc.analysis.simplify import Simplifier
from archc.analysis.stopped import Stopped
from archc.analysis.walk import Row, unfold
from archc.backends import tables
from archc.diagnostics.model import Diagnostic
from archc.ir.dims import DimLike
from archc.ir.graph import Net
from archc.ir.types import show, tensors
from archc.records import record

SHORT = 60
"""Without a depth, blocks are unfolded as long as the table has no more rows than this."""

ADAM, MOMENTUM = 8, 4
"""Bytes that an optimiser keeps for each trainable number: two averages of float32, or one."""

Format = Literal["text", "markdown", "json"]


@record
class Line:
    """A row of the summary. ``last`` says for each level above it, and its own, whether it is the last one there."""

    row: Row
    last: tuple[bool, ...]
    all: int
    """The parameters of the whole net."""

    @property
    def type(self) -> str:
        """The layer with its arguments, how often it repeats, and when it runs."""
        row = self.row
        text = call_text(row.what.name, row.what.arguments)
        parts = [f"{text} × {row.repeat}" if row.repeat > 1 else text]
        parts += [f"{row.steps} steps"] if row.steps is not None else []
        parts += ["never applied"] if row.kind == "unused" else []
        parts += [f"if {row.when}"] if row.when else []
        parts += [f"tied to {', '.join(row.tied)}"] if row.tied else []
        return ", ".join(part for part in parts if part)

    @property
    def output(self) -> str:
        """The shape; the innermost row of what failed says so instead."""
        if self.row.kind == "failed" and self.row.scope is None:
            return "fails here"
        return "" if self.row.output is None else show(self.row.output)

    @property
    def parameters(self) -> str:
        if self.row.shared or (self.row.tied and not self.row.totals.parameters):
            return "shared"
        return f"{self.row.totals.parameters:,}" if self.row.totals.parameters else ""

    @property
    def share(self) -> str:
        """The part of all parameters."""
        owned = self.row.totals.parameters
        return f"{owned / self.all:.1%}" if owned and not self.row.shared else ""

    @property
    def memory(self) -> str:
        """What the row makes in training."""
        return "" if self.row.memory == 0 else size_text(self.row.memory)

    @property
    def field(self) -> str:
        """The receptive field of the output."""
        return "" if self.row.seen is None else field_text(self.row.seen)

    @property
    def macs(self) -> str:
        return "" if self.row.flops == 0 else macs_text(self.row.flops)

    @property
    def flops(self) -> str:
        return "" if self.row.flops == 0 else number_text(self.row.flops)


@dataclass(frozen=True)
class Summary:
    """A net's summary: the lines, the row of the whole net, and the sizes that its numbers are for (none: formulas)."""

    net: Net
    lines: tuple[Line, ...]
    root: Row
    sizes: Mapping[str, int]
    with_field: bool = False
    with_memory: bool = False
    stopped: Diagnostic | None = None
    """The mistake at which the table ends."""

    @cached_property
    def activations(self) -> tuple[DimLike | None, DimLike | None]:
        """The bytes of activations in inference and in training, at the sizes or as formulas."""
        found = Activations(self.net)
        inference, training = found.inference(self.sizes), found.training(self.sizes)
        if not self.sizes and inference is not None and training is not None:
            shortest = Simplifier(domain(self.net))
            return shortest.dim(inference), shortest.dim(training)
        return inference, training

    @property
    def title(self) -> str:
        what = call_text(self.root.what.name, self.root.what.arguments)
        name = what if self.net.name == self.root.what.name else f"{self.net.name} = {what}"
        at = ", ".join(f"{symbol}={size}" for symbol, size in self.sizes.items())
        title = f"{name}, at {at}" if at else name
        return f"{title}, up to its first mistake" if self.stopped else title

    @property
    def footer(self) -> tuple[str, ...]:
        """The totals, a line each."""
        totals, flops = self.root.totals, self.root.flops
        if self.stopped is not None:
            return (f"Up to the mistake: {totals.parameters:,} parameters, {macs_text(flops)} MACs",)
        inference, training = self.activations
        left_out = uncounted_in(self.net)
        return (
            parameters_text(totals),
            *([f"Buffers: {totals.buffers:,}"] if totals.buffers else []),
            f"MACs: {macs_text(flops)} (FLOPs: {number_text(flops)})",
            *([f"Not counted: {', '.join(left_out)}"] if left_out else []),
            f"Weights: {size_text(totals.bytes)} in float32, {size_text(totals.half)} in bfloat16 or float16",
            f"Activations: {size_text(inference)} in inference, {size_text(training)} in training",
            f"Optimiser: {size_text(ADAM * totals.trainable)} for Adam, {size_text(MOMENTUM * totals.trainable)} for SGD with momentum",
            f"Sizes: {', '.join(domain(self.net).conditions()) or 'any'}",
        )


def summarize(
    net: Net,
    *,
    depth: int | None = None,
    symbolic: bool = False,
    sizes: Mapping[str, int] | None = None,
    field: bool = False,
    memory: bool = False,
    stopped: Stopped | None = None,
) -> Summary:
    """The summary as data.

    Blocks nested deeper than ``depth`` stay folded (1: all); without it, as many levels unfold as fit a page. Sizes are the
    spec's examples, with those in ``sizes`` in their place; with ``symbolic`` they stay formulas. With ``field`` each row has its
    receptive field, and with ``memory`` the bytes that it makes. A net that is ``stopped`` has its rows up to and including the layer
    that fails.
    """
    at: dict[str, int] = {} if symbolic else example_sizes(net, sizes)
    failure = None if stopped is None else stopped.failure
    root = unfold(net, at, field_at=(sizes or {}) if field else None, memory=memory, failure=failure)
    lines = tuple(_lines(root, depth or fitting_depth(root), (), root.totals.parameters))
    return Summary(net, lines, root, at, field, memory, None if stopped is None else stopped.diagnostic)


def summary(
    net: Net,
    *,
    depth: int | None = None,
    symbolic: bool = False,
    sizes: Mapping[str, int] | None = None,
    field: bool = False,
    memory: bool = False,
    stopped: Stopped | None = None,
    format: Format = "text",
) -> str:
    """The summary as plain text, markdown or JSON; see ``summarize``."""
    options = {"symbolic": symbolic, "field": field, "memory": memory}
    data = summarize(net, depth=depth, sizes=sizes, stopped=stopped, **options)
    if format == "json":
        return json.dumps(to_json(data), indent=2) + "\n"
    return tables.markdown(data) if format == "markdown" else tables.plain(data)


def summary_rows(net: Net, *, depth: int | None = None, sizes: Mapping[str, int] | None = None) -> list[dict[str, Any]]:
    """The rows as plain data: what the JSON rendering holds."""
    rows: list[dict[str, Any]] = to_json(summarize(net, depth=depth, sizes=sizes))["rows"]
    return rows


def _lines(row: Row, depth: int, above: tuple[bool, ...], all: int) -> Iterator[Line]:
    inside = row.rows()
    for number, inner in enumerate(inside, start=1):
        last = (*above, number == len(inside))
        yield Line(inner, last, all)
        if inner.scope is None:
            yield from _lines(inner, depth, last, all)
        elif depth > 1 or inner.kind == "failed":
            yield from _lines(inner, depth - 1, last, all)


def fitting_depth(root: Row, rows: int = SHORT) -> int:
    """How many levels of blocks can be unfolded without more than so many rows; at least 1, which unfolds none."""
    shown, depth = _count(root, 1, rows), 1
    while (more := _count(root, depth + 1, rows)) <= rows and more > shown:
        shown, depth = more, depth + 1
    return depth


def _count(root: Row, depth: int, enough: int) -> int:
    return sum(1 for _ in islice(_lines(root, depth, (), 0), enough + 1))


def number_text(number: DimLike | None) -> str:
    """A number with its thousands separated, or a formula."""
    return "too large to say" if number is None else f"{number:,}" if isinstance(number, int) else str(number)


def macs_text(flops: DimLike | None) -> str:
    """Half the FLOPs."""
    return number_text(None if flops is None else flops // 2)


def size_text(size: DimLike | None) -> str:
    """Bytes in MB (10**6 bytes), small ones in kB; a formula in bytes."""
    if not isinstance(size, int):
        return number_text(size) if size is None else f"{size} bytes"
    return f"{size / 1e6:,.2f} MB" if size >= 10**5 else f"{size / 1e3:,.2f} kB"


def parameters_text(totals: Totals) -> str:
    """``Parameters: 138,357,544 (138,357,544 trainable)``."""
    frozen = f", {totals.frozen:,} frozen" if totals.frozen else ""
    return f"Parameters: {totals.parameters:,} ({totals.trainable:,} trainable{frozen})"


def to_json(data: Summary) -> dict[str, Any]:
    """The summary as JSON values: dims and costs are numbers, or formulas as text."""
    return {
        "net": data.net.name,
        "file": data.net.file,
        "sizes": dict(data.sizes),
        "rows": [
            _row_json(line)
            | ({"field": _field_json(data.net, line.row)} if data.with_field else {})
            | ({"memory": _plain(line.row.memory)} if data.with_memory else {})
            for line in data.lines
        ],
        **({"stopped": data.stopped.code} if data.stopped else _totals_json(data)),
    }


def _totals_json(data: Summary) -> dict[str, Any]:
    totals = data.root.totals
    return {
        "parameters": totals.parameters,
        "trainable": totals.trainable,
        "frozen": totals.frozen,
        "buffers": totals.buffers,
        "bytes": totals.bytes,
        "bytes_half": totals.half,
        "activations": {"inference": _plain(data.activations[0]), "training": _plain(data.activations[1])},
        "optimiser": {"adam": ADAM * totals.trainable, "momentum": MOMENTUM * totals.trainable},
        "flops": _plain(data.root.flops),
        "macs": _half(data.root.flops),
        "not_counted": uncounted_in(data.net),
        "domain": domain(data.net).conditions(),
    }


def _row_json(line: Line) -> dict[str, Any]:
    row = line.row
    return {
        "kind": row.kind,
        "depth": len(line.last),
        "label": row.label,
        "path": ".".join(row.path),
        "name": row.what.name,
        "arguments": row.what.arguments,
        "family": row.what.family,
        "output": None if row.output is None else line.output,
        "parameters": row.totals.parameters,
        "buffers": row.totals.buffers,
        "flops": _plain(row.flops),
        "macs": _half(row.flops),
        "repeat": row.repeat,
        "shared": row.shared,
        "tied": list(row.tied),
        "when": row.when or None,
        "steps": _plain(row.steps),
        "file": row.span.file,
        "start": row.span.start,
        "end": row.span.end,
    }


def _field_json(net: Net, row: Row) -> list[dict[str, Any]] | str | None:
    """For each dim of an input that positions lie along: how much of it is seen."""
    known = finite(row.seen or {})
    if not known:
        return "all" if row.seen else None
    inputs = tensors(tuple(port.type for port in net.top.inputs))
    return [
        {
            "input": number,
            "dim": dim,
            "name": str(inputs[number].shape[dim]),
            "size": seen.size,
            "stride": str(seen.stride),
            "start": seen.start,
        }
        for (number, dim), seen in known.items()
    ]


def _plain(number: DimLike | None) -> int | str | None:
    return number if number is None or isinstance(number, int) else str(number)


def _half(flops: DimLike | None) -> int | str | None:
    return _plain(None if flops is None else flops // 2)
