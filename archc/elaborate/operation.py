"""Operators applied: checked, inferred, and written down as nodes."""

from __future__ import annotations

from collections.abc import Mapping
from math import prod
from typing import Any

from archc.diagnostics.model import Mark
from archc.elaborate import calls, derivation, layers, tensors, weak
from archc.elaborate.builder import Builder, Path
from archc.elaborate.errors import Applied, Mistake, mistake
from archc.elaborate.limits import MAX_PARAMETERS, PER_DEMAND, PER_LABEL, PER_LAYER, check_parameter, rule_work
from archc.elaborate.session import Frame
from archc.elaborate.values import (
    Instance,
    Layer,
    Tensor,
    describe,
    kind_of,
)
from archc.ir.dims import Dim
from archc.ir.graph import Child, Node, Operand
from archc.ir.operator import Operator
from archc.ir.site import Constraint, Refusal, Site
from archc.ir.types import Type, show
from archc.ops import operators
from archc.source import Span

Inputs = tuple[Any, ...]
Keywords = Mapping[str, Any]


def builder_of(frame: Frame) -> Builder:
    """The module under construction."""
    assert frame.builder is not None
    return frame.builder


def operation(name: str, inputs: Inputs, fields: Mapping[str, Any], span: Span, frame: Frame) -> Any:
    """An operator applied without a label, as signs and subscripts do."""
    arguments = calls.Arguments(span)
    layer = layers.make(operators()[name], [], {k: (v, span) for k, v in fields.items()}, arguments, frame.session)
    try:
        return apply_layer(layer, inputs, {}, None, span, frame, None, 1)[0]
    except Mistake as error:
        error.applied = Applied(layer, (), span)
        raise


def subscript(value: Tensor, items: tuple[Any, ...], span: Span, frame: Frame) -> Any:
    """``x[:, 0]``, ``x[table]``: a slice becomes the tuple ``("slice", start, stop, step)``, a tensor an input, a list a tensor."""
    items = tuple(
        operation("tensor", (), {"data": item}, span, frame) if isinstance(item, list) else item for item in items
    )
    tables = tuple(item for item in items if isinstance(item, Tensor))
    return operation("index", (value, *tables), {"items": tuple(map(_index_item, items))}, span, frame)


def _index_item(item: Any) -> Any:
    if isinstance(item, slice):
        return "slice", item.start, item.stop, item.step
    return ("table",) if isinstance(item, Tensor) else item


def apply_layer(
    layer: Layer,
    inputs: Inputs,
    keywords: Keywords,
    path: Path | None,
    span: Span,
    frame: Frame,
    owner: Instance | None,
    count: int,
) -> tuple[Any, int]:
    builder, operator = builder_of(frame), layer.operator
    frame.session.budget.spend(PER_LAYER if path is None else PER_LAYER + PER_LABEL, span, "one more layer")
    plain = None if keywords else tensors.plain(inputs)
    if plain is None or not operator.required <= len(inputs) <= len(operator.inputs):
        inputs, keywords = _settled(operator, inputs, keywords, span, frame)
        plain = tuple(map(tensors.type_of, inputs)), tuple(map(tensors.operand, inputs))
    types, operands = plain
    output, parameters = infer(layer, inputs, types, keywords, span, frame)
    if operator.is_short and (steps := operator.short_for(Site(span), *types)) is not None:
        return _apply_steps(steps, inputs[0], span, frame), 1
    if count > 1 and not (types and output == types[0]):
        count = 1
    if path is None and parameters:
        raise unlabelled(operator, span)
    child = None if path is None else _child(operator, path, span, parameters, types, count, builder, owner)
    node = Node(
        inputs=operands,
        output=output,
        span=span,
        child=child,
        op=operator if child is None else None,
        keywords=_operands_by_name(keywords) if keywords else (),
        repeat=count,
    )
    return tensors.wrap(output, builder.add_node(node), span), count


def _apply_steps(steps: tuple[Operator, ...], value: Any, span: Span, frame: Frame) -> Any:
    """What an operator is short for, one after another."""
    for step in steps:
        value = apply_layer(Layer(step, span), (value,), {}, None, span, frame, None, 1)[0]
    return value


def _operands_by_name(keywords: Keywords) -> tuple[tuple[str, Operand], ...]:
    """What a node keeps of named inputs, less those that are not given."""
    return tuple([(name, tensors.operand(value)) for name, value in keywords.items() if value is not None])


def _settled(
    operator: Operator, inputs: Inputs, keywords: Keywords, span: Span, frame: Frame
) -> tuple[Inputs, Keywords]:
    """The inputs in their places, checked, and of one dtype where they meet."""
    if keywords:
        inputs, keywords = _placed(operator, inputs, keywords, span)
    inputs = _without_absent(inputs)
    _check_inputs(operator, inputs, keywords, span)
    return weak.met(operator, inputs, keywords, span, frame)


def _check_inputs(operator: Operator, inputs: Inputs, keywords: Keywords, span: Span) -> None:
    given = len(inputs) + len(keywords)
    if len(inputs) < operator.required or (not operator.variadic and given > len(operator.inputs)):
        raise _wrong_count(operator, given, span)
    for name in keywords:
        if name not in operator.inputs:
            help_ = f"its inputs are {', '.join(operator.inputs)}"
            raise mistake("E0203", f"{operator.name} has no input {name!r}", span, help=help_)
    for position, value in enumerate((*inputs, *(v for v in keywords.values() if v is not None))):
        _check_input(operator, value, position, span)


def _wrong_count(operator: Operator, given: int, span: Span) -> Mistake:
    least = operator.required
    words = f"{least} input{'' if least == 1 else 's'} ({', '.join(operator.inputs)})"
    help_ = f"write ({', '.join(operator.inputs[:least])}) -> {operator.name}(...)" if least > 1 else None
    return mistake("E0309", f"{operator.name} takes {words}, got {given}", span, help=help_)


def _placed(operator: Operator, inputs: Inputs, keywords: Keywords, span: Span) -> tuple[Inputs, Keywords]:
    """Keyword inputs at their positions, with ``None`` where an optional one before them is not given."""
    named = {name: value for name, value in keywords.items() if name in operator.inputs}
    if operator.variadic or not named or len(inputs) > len(operator.inputs):
        return inputs, keywords
    values = dict(zip(operator.inputs, inputs, strict=False))
    twice = next((name for name in named if name in values), None)
    if twice is not None:
        raise mistake("E0216", f"{operator.name} gets {twice!r} twice", span)
    others = {name: value for name, value in keywords.items() if name not in named}
    return tuple((values | named).get(name) for name in operator.inputs), others


def _without_absent(inputs: Inputs) -> Inputs:
    """Inputs less the optional ones at the end that are ``None``."""
    while inputs and inputs[-1] is None:
        inputs = inputs[:-1]
    return inputs


def _check_input(operator: Operator, value: Any, position: int, span: Span) -> None:
    if isinstance(value, Tensor):
        if value.given is not None and position < operator.required:
            raise may_be_absent(operator.name, value, span)
        return
    if isinstance(value, tuple) and operator.nested:
        for item in value:
            _check_input(operator, item, position, span)
        return
    if value is None and position >= operator.required:
        return
    if not (operator.scalars and _is_number(value)):
        help_ = "spread a list: concat(*xs)" if isinstance(value, list) else None
        message = f"{operator.name} takes tensors, not {kind_of(value)}"
        raise mistake("E0206", message, span, describe(value), help=help_)


def may_be_absent(what: str, value: Tensor, span: Span) -> Mistake:
    """The mistake of an optional input that is used as if it were given."""
    return mistake(
        "E0206",
        f"{what} needs a tensor, and this input may be None",
        span,
        marks=(Mark(value.span, "an optional input"),) if value.span != span else (),
        help="ask first: `if mask is not None:`",
    )


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float, Dim)) and not isinstance(value, bool)


def infer(
    layer: Layer, inputs: Inputs, types: tuple[Any, ...], keywords: Keywords, span: Span, frame: Frame
) -> tuple[Type, tuple[Any, ...]]:
    """Output type and parameters; what is demanded of sizes goes to the builder."""
    operator, memo = layer.operator, frame.session.memo
    named = {name: tensors.type_of(value) for name, value in keywords.items() if value is not None} if keywords else {}
    key: tuple[object, ...] = id(operator), types
    if named or operator.scalars:
        key = (*key, tuple(named.items()), tuple(map(type, types)))  # 1 and 1.0 are equal, and not of one dtype
    known = memo.get(key)
    if known is None:
        known = memo[key] = _inferred(layer, inputs, types, named, span, frame)
    output, parameters, constraints = known
    for c in constraints:
        builder_of(frame).demand(c if c.span is span else Constraint(c.relation, c.left, c.right, c.reason, span))
    return output, parameters


def _inferred(
    layer: Layer, inputs: Inputs, types: tuple[Any, ...], named: Mapping[str, Any], span: Span, frame: Frame
) -> tuple[Type, tuple[Any, ...], list[Constraint]]:
    """Output type, parameters, and what is demanded of sizes."""
    site = Site(span)
    try:
        output = layer.operator.infer(site, *types, **named)
        parameters = layer.operator.parameters(*types)
    except Refusal as refusal:
        raise refused(refusal, layer, inputs, span, frame) from None
    work = PER_DEMAND * len(site.constraints)
    if not types or output is not types[0]:  # else none of its sizes is new
        work += rule_work(output, span)
    if work:
        frame.session.budget.spend(work, span, "one more layer")
    for parameter in parameters:
        if prod(parameter.shape) > MAX_PARAMETERS:
            check_parameter(parameter.shape, span)
    return output, parameters, site.constraints


def _child(
    operator: Operator,
    path: Path,
    span: Span,
    parameters: tuple[Any, ...],
    types: tuple[Any, ...],
    count: int,
    builder: Builder,
    owner: Instance | None,
) -> int:
    known = builder.find(path, owner)
    if known is None:
        return builder.add_child(Child(path, span, operator, None, parameters, types, count), owner)
    if known.child.op != operator or known.child.count != count:
        raise another(path, span, known.child, "layer")
    if known.child.parameters != parameters:
        raise mistake(
            "E0504",
            f"{'.'.join(path)!r} is shared, but would need other weights here",
            span,
            _weights(parameters),
            marks=(Mark(known.child.span, f"first applied here: {_weights(known.child.parameters)}"),),
        )
    return known.number


def another(path: Path, span: Span, first: Child, what: str, *notes: str) -> Mistake:
    """The mistake of a label that would stand for something else than where it was applied first."""
    message = f"{'.'.join(path)!r} is shared, but would be another {what} here"
    return mistake("E0504", message, span, marks=(Mark(first.span, "first applied here"),), notes=notes)


def _weights(parameters: tuple[Any, ...]) -> str:
    return ", ".join(f"{p.name} {list(p.shape)}" for p in parameters)


def unlabelled(operator: Operator, span: Span) -> Mistake:
    """The mistake of parameters that would have no name."""
    fields = ", ".join(f"{v!r}" for v in list(operator.defined().values())[:1])
    text = f"{operator.name}({fields})" if fields else operator.name
    return mistake(
        "E0501",
        f"{operator.name} owns parameters and needs a label",
        span,
        "no label",
        help=f"name it, for example `fc1: {text}`; in a list, its position names it",
    )


def refused(refusal: Refusal, layer: Layer, inputs: Inputs, span: Span, frame: Frame) -> Mistake:
    """An operator's refusal as a diagnostic: what is wrong, and where each input came from."""
    primary = layer.spans.get(refusal.argument or "", span)
    which = refusal.inputs or tuple(range(len(inputs)))
    marks: list[Mark] = []
    for index in which:
        value = inputs[index] if index < len(inputs) else None
        if isinstance(value, Tensor) and value.span != primary and all(mark.span != value.span for mark in marks):
            marks.append(Mark(value.span, f"this is {show(value.type)}"))
    notes = tuple(refusal.notes)
    if refusal.dim is not None:
        given = [value for value in (inputs[index] for index in which) if isinstance(value, Tensor)]
        notes += derivation.derivations(given, refusal.dim, builder_of(frame), frame.session.modules)
    return mistake(refusal.code, refusal.message, primary, marks=tuple(marks), notes=notes, help=refusal.help)
