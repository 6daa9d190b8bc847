"""Receptive fields: which positions of an input one position of a tensor sees, by the operators' ``reach`` rules.

Along one dim the first and the last position seen are functions of the position that look alike in every period: they repeat with a
shift. So they are kept as their values in one period, and composed exactly, through strides, upsampling, branches and joins. What is
kept is the extent from the first to the last; holes in it (dilation) are not told.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from math import ceil, floor, gcd, lcm

from archc.analysis.calls import call_env, example_sizes, input_types, keyword_types, operator_of, value_type, values_in
from archc.analysis.tree import copies
from archc.ir.dims import DimLike, evaluate
from archc.ir.graph import Module, Net, Node, Operand, Value
from archc.ir.operator import Along, Reach
from archc.ir.types import TensorType, tensors
from archc.records import record

MAX_PERIOD = 4096
"""Functions with a longer period are given up: everything is seen."""

Interval = tuple[int, int]


@record
class Seen:
    """What positions along dim ``dim`` of a tensor see of one dim of an input.

    ``period[i]`` is the first and the last position that position ``i`` sees, ``None`` for none; a period further they have moved
    by ``shift``.
    """

    dim: int
    period: tuple[Interval | None, ...] = ((0, 0),)
    shift: int = 1

    @property
    def size(self) -> int:
        """The largest extent."""
        return max((last - first + 1 for first, last in filter(None, self.period)), default=0)

    @property
    def stride(self) -> Fraction:
        """Input positions from one position to the next."""
        return Fraction(self.shift, len(self.period))

    @property
    def start(self) -> int:
        """The first position that position 0 sees; below 0 it lies in the padding."""
        return min((first for first, _ in filter(None, self.period[:1])), default=0)

    def at(self, position: int) -> Interval | None:
        turns, place = divmod(position, len(self.period))
        found = self.period[place]
        return None if found is None else (found[0] + turns * self.shift, found[1] + turns * self.shift)

    def repeated(self, times: int) -> Seen:
        """The same with so many periods as one."""
        span = len(self.period) * times
        return replace(self, period=tuple(map(self.at, range(span))), shift=self.shift * times)

    def shortest(self) -> Seen:
        """The same with the least period."""
        span = len(self.period)
        for part in (part for part in range(1, span) if span % part == 0 and self.shift * part % span == 0):
            short = replace(self, period=self.period[:part], shift=self.shift * part // span)
            if all(short.at(i) == self.period[i] for i in range(span)):
                return short
        return self


InputDim = tuple[int, int]
"""An input of the net, counted flat, and one of its dims."""

Field = Mapping[InputDim, Seen | None]
"""For each dim of an input that a tensor depends on: what its positions see of it, ``None`` for everything."""


def seen_through(seen: Seen, along: Along, dim: int, env: Mapping[str, int]) -> Seen | None:
    """What a dim sees that goes along with one of which ``seen`` is known; ``None`` where the period is too long."""
    stride, first, last = along.stride, _number(along.first, env), _number(along.last, env)
    length = len(seen.period)
    period = stride.denominator * length // gcd(stride.numerator, stride.denominator * length)
    if period > MAX_PERIOD:
        return None
    found = tuple(_hull(seen, ceil(stride * i + first), floor(stride * i + last)) for i in range(period))
    return Seen(dim, found, int(seen.shift * stride * period / length)).shortest()


def _number(value: Fraction | DimLike, env: Mapping[str, int]) -> Fraction:
    return value if isinstance(value, Fraction) else Fraction(evaluate(value, env))


def _hull(seen: Seen, first: int, last: int) -> Interval | None:
    """From the first to the last of what the positions between see. Those of one period at either end tell it."""
    length = len(seen.period)
    ends = (*range(first, min(last, first + length - 1) + 1), *range(max(first, last - length + 1), last + 1))
    return _joined([seen.at(position) for position in ends])


def _joined(parts: Sequence[Interval | None]) -> Interval | None:
    known = [part for part in parts if part is not None]
    return (min(first for first, _ in known), max(last for _, last in known)) if known else None


def union(one: Field, other: Field) -> Field:
    """What two tensors see together: along each dim the largest extent, everything where they do not move in step."""
    both = {key: _together(one[key], other[key]) for key in one.keys() & other.keys()}
    return {**one, **other, **both}


def _together(one: Seen | None, other: Seen | None) -> Seen | None:
    if one is None or other is None or one.dim != other.dim or one.stride != other.stride:
        return None
    span = lcm(len(one.period), len(other.period))
    if span > MAX_PERIOD:
        return None
    first, second = one.repeated(span // len(one.period)), other.repeated(span // len(other.period))
    pairs = zip(first.period, second.period, strict=True)
    return replace(first, period=tuple(_joined(pair) for pair in pairs)).shortest()


def through(reach: Reach, field: Field, x: TensorType, output: TensorType, env: Mapping[str, int]) -> Field:
    """The field of an output of an operator, by that of one of its inputs."""
    if reach.kind == "nothing":
        return {}
    if reach.kind == "point":
        dims: tuple[Along | None, ...] = tuple(
            Along(dim) if dim >= 0 else None for dim in range(x.rank - output.rank, x.rank)
        )
    else:
        dims = reach.dims
    places = {along.dim: (dim, along) for dim, along in enumerate(dims) if along is not None}
    return {key: _moved(seen, places, env) for key, seen in field.items()}


def _moved(seen: Seen | None, places: Mapping[int, tuple[int, Along]], env: Mapping[str, int]) -> Seen | None:
    if seen is None or seen.dim not in places:
        return None
    dim, along = places[seen.dim]
    return seen_through(seen, along, dim, env)


# --- modules and nets -------------------------------------------------------------------------------------------------

Sizes = tuple[tuple[str, int], ...]
Inputs = tuple[tuple[tuple[InputDim, Seen | None], ...], ...]


@dataclass
class Trace:
    """The fields of one application of a module: of its inputs, for each node of its outputs, and of the results, all counted flat.

    Where a node repeats its child, its outputs are those of the last copy.
    """

    module: Module
    sizes: Mapping[str, int]
    inputs: tuple[Field, ...]
    nodes: list[tuple[Field, ...]]
    results: tuple[Field, ...] = ()

    def of(self, value: Value) -> Field:
        """The field of a value of the module."""
        return self.inputs[value.output] if value.node < 0 else self.nodes[value.node][value.output]


class Fields:
    """The receptive fields of a net's tensors, at its example sizes. A module that gets equal fields is walked once."""

    def __init__(self, net: Net, sizes: Mapping[str, int] | None = None) -> None:
        self.net = net
        self.sizes = example_sizes(net, sizes)
        self._traces: dict[tuple[int, Sizes, Inputs], Trace] = {}

    def root(self) -> Trace:
        """The fields of the net itself."""
        types = tensors(tuple(port.type for port in self.net.top.inputs))
        inputs = tuple({key: Seen(key[1]) for key in _input_dims(number, x)} for number, x in enumerate(types))
        return self._trace(self.net.top, self.sizes, inputs)

    def trace(self, index: int, env: Mapping[str, int], inputs: Sequence[Field]) -> Trace:
        """The fields of a module at these sizes, with these fields of its inputs."""
        key = index, tuple(sorted(env.items())), tuple(tuple(sorted(field.items())) for field in inputs)
        if key not in self._traces:
            self._traces[key] = self._trace(self.net.modules[index], env, tuple(inputs))
        return self._traces[key]

    def _trace(self, module: Module, env: Mapping[str, int], inputs: tuple[Field, ...]) -> Trace:
        trace = Trace(module, env, inputs, [])
        for node in module.nodes:
            trace.nodes.append(self._node(module, node, env, [trace.of(value) for value in values_of(node)]))
        trace.results = tuple(trace.of(value) for value in values_in(module.result))
        return trace

    def _node(self, module: Module, node: Node, env: Mapping[str, int], given: list[Field]) -> tuple[Field, ...]:
        if node.choice is not None:
            return (_all(given),)
        return self.after(module, node, env, given, node.repeat)

    def after(
        self, module: Module, node: Node, env: Mapping[str, int], given: Sequence[Field], times: int
    ) -> tuple[Field, ...]:
        """The fields behind so many copies of what a node applies, each applied to what the one before gave."""
        before = list(given)
        for done in range(times):
            results = self._once(module, node, env, before)
            steady = _steady(before[0], results[0], times - done - 1) if len(before) == len(results) == 1 else None
            if steady is not None:
                return (steady,)
            before[: len(results)] = results
        return tuple(before[: len(tensors(node.output))])

    def _once(self, module: Module, node: Node, env: Mapping[str, int], given: Sequence[Field]) -> tuple[Field, ...]:
        operator = operator_of(module, node)
        if node.module is not None and node.scan is None:
            return self.trace(node.module, self.inner_sizes(module, node, env), given).results
        outputs = tensors(node.output)
        if operator is None:
            everything = _all([dict.fromkeys(field) for field in given])
            return (everything,) * len(outputs)
        reach = operator.reach(*input_types(module, node), *keyword_types(module, node).values())
        types = [value_type(module, value) for value in values_of(node)]
        reaches = reach if isinstance(reach, tuple) else (reach,) * len(types)
        seen = list(zip(reaches, given, types, strict=True))
        return tuple(_all([through(each, field, x, output, env) for each, field, x in seen]) for output in outputs)

    def inner_sizes(self, module: Module, node: Node, env: Mapping[str, int]) -> dict[str, int]:
        """The sizes of the symbols of the module that a node applies."""
        assert node.module is not None
        return {name: evaluate(dim, env) for name, dim in call_env(self.net, module, node, node.module).items()}

    def within(self, trace: Trace, node: Node) -> Trace:
        """The fields inside the first copy of the module that a node applies; ``trace`` are those of the module around."""
        assert node.module is not None
        given: Sequence[Field] = [trace.of(value) for value in values_of(node)]
        if node.scan is not None:
            ports = tensors(tuple(port.type for port in self.net.modules[node.module].inputs))
            given = [_all([dict.fromkeys(field) for field in given])] * len(ports)
        return self.trace(node.module, self.inner_sizes(trace.module, node, trace.sizes), given)

    def at(self, label: str) -> Field | None:
        """The field of a labelled layer's first output; ``None`` where there is no such label."""
        return self._at(self.root(), label)

    def _at(self, trace: Trace, label: str) -> Field | None:
        module, env = trace.module, trace.sizes
        for node in module.nodes:
            paths = [] if node.child is None else [".".join(path) for path in copies(module.children[node.child])]
            for number, path in enumerate(paths):
                if label != path and not (node.module is not None and label.startswith(f"{path}.")):
                    continue
                given = [trace.of(value) for value in values_of(node)]
                if label == path:
                    return self.after(module, node, env, given, number + 1)[0]
                assert node.module is not None
                first = self.after(module, node, env, given, number) if number else ()
                inner = self.trace(node.module, self.inner_sizes(module, node, env), [*first, *given[len(first) :]])
                found = self._at(inner if node.scan is None else self.within(trace, node), label[len(path) + 1 :])
                if found is not None:
                    return found
        return None


def _steady(before: Field, after: Field, times: int) -> Field | None:
    """What so many more copies make of a field, where one has moved its ends by the same at every position."""
    if before.keys() != after.keys():
        return None
    found = {key: _moved_on(before[key], after[key], times) for key in before}
    return None if any(seen is None and after[key] is not None for key, seen in found.items()) else found


def _moved_on(before: Seen | None, after: Seen | None, times: int) -> Seen | None:
    if before is None or after is None or (before.dim, before.shift) != (after.dim, after.shift):
        return None
    (start, *others), (end, *more) = before.period, after.period
    if others or more or start is None or end is None:
        return None
    return replace(after, period=((end[0] + times * (end[0] - start[0]), end[1] + times * (end[1] - start[1])),))


def _all(fields: Sequence[Field]) -> Field:
    found: Field = {}
    for field in fields:
        found = union(found, field)
    return found


def values_of(node: Node) -> list[Value]:
    """The tensors that flow into a node, by position, then by name."""
    operands: list[Operand] = [*node.inputs, *(value for _, value in node.keywords)]
    return [value for operand in operands for value in values_in(operand)]


def _input_dims(number: int, x: TensorType) -> Iterator[InputDim]:
    """The dims of an input that positions lie along: behind batch and channels, or behind the batch of ``[B, T]`` and ``[B, T, D]``."""
    return ((number, dim) for dim in range(2 if x.rank > 3 else 1, x.rank))


# --- for readers ------------------------------------------------------------------------------------------------------


def finite(field: Field) -> dict[InputDim, Seen]:
    """The dims of which not everything is seen."""
    return {key: seen for key, seen in sorted(field.items()) if seen is not None}


def text(field: Field) -> str:
    """``43 × 43, step 4, from -19``; ``all`` where everything is seen."""
    known = list(finite(field).values())
    if not known:
        return "all" if field else ""
    parts = [_one([seen.size for seen in known], " × ")]
    steps, starts = [seen.stride for seen in known], [seen.start for seen in known]
    parts += [f"step {_one(steps, ' × ')}"] if set(steps) != {1} else []
    parts += [f"from {_one(starts, ', ')}"] if set(starts) != {0} else []
    return ", ".join(parts)


def _one(values: Sequence[int | Fraction], between: str) -> str:
    """A number for all dims, or one for each."""
    return str(values[0]) if len(set(values)) == 1 else between.join(map(str, values))
