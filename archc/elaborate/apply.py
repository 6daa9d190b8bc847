"""Application: layers, lists, blocks and functions fed with tensors become nodes of the module under construction."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from archc.diagnostics.model import Mark
from archc.elaborate import blocks, calls, layers
from archc.elaborate.builder import Builder, Path
from archc.elaborate.errors import Mistake, mistake
from archc.elaborate.limits import PER_LAYER, check_parameter
from archc.elaborate.session import Frame
from archc.elaborate.values import (
    BlockRecipe,
    Builtin,
    Definition,
    Function,
    Instance,
    LabelledRecipe,
    Layer,
    OperatorName,
    Tensor,
    describe,
    kind_of,
)
from archc.ir.dims import Dim
from archc.ir.graph import Child, Node, Operand, Value
from archc.ir.operator import Operator
from archc.ir.site import Constraint, Refusal, Site
from archc.ir.types import TensorType, Type, show
from archc.ops import operators
from archc.source import Span
from archc.syntax import ast

Inputs = tuple[Any, ...]
Keywords = Mapping[str, Any]


def step(recipe: Any, inputs: Inputs, keywords: Keywords, node: ast.Expr, span: Span, frame: Frame) -> Any:
    """One step of a chain."""
    if recipe is None:
        return inputs[0] if len(inputs) == 1 else inputs
    return apply(recipe, inputs, keywords, None, node.span, frame)


def apply(
    recipe: Any,
    inputs: Inputs,
    keywords: Keywords,
    path: Path | None,
    span: Span,
    frame: Frame,
    owner: Instance | None = None,
) -> Any:
    """What a recipe gives for these inputs. Without a path it has no level of its own in the ``state_dict``."""
    return run(recipe, inputs, keywords, path, span, frame, owner, 1)[0]


def run(
    recipe: Any,
    inputs: Inputs,
    keywords: Keywords,
    path: Path | None,
    span: Span,
    frame: Frame,
    owner: Instance | None,
    count: int,
) -> tuple[Any, int]:
    """As ``apply``, for up to ``count`` equal copies at consecutive labels; also gives how many were applied.

    Copies are applied together only where one of them gives what it was given, so that all of them are one.
    """
    if frame.builder is None:
        raise mistake("E0206", "layers are applied to tensors in blocks and nets only", span)
    match recipe:
        case LabelledRecipe():
            return apply(recipe.recipe, inputs, keywords, (*(path or ()), *recipe.path), recipe.span, frame, owner), 1
        case Instance():
            return _apply_instance(recipe, inputs, keywords, path, span, frame), 1
        case Layer():
            return _apply_layer(recipe, inputs, keywords, path, span, frame, owner, count)
        case BlockRecipe():
            return blocks.apply_block(recipe, inputs, keywords, path, span, frame, owner, count)
        case list():
            return _apply_list(recipe, inputs, keywords, path, span, frame, owner), 1
        case OperatorName() | Builtin() | Definition():
            made = _with_defaults(recipe, span, frame)
            return run(made, inputs, keywords, path, span, frame, owner, count)
        case Function():
            return _apply_function(recipe, inputs, keywords, path, span, frame), 1
    raise mistake("E0206", f"{kind_of(recipe)} is not a layer", span, describe(recipe), help=_layer_hint(recipe))


def _layer_hint(recipe: Any) -> str | None:
    if isinstance(recipe, tuple):
        return "a list is a sequence of layers: write [...] instead of (...)"
    return "add tensors with +" if isinstance(recipe, Tensor) else None


def _with_defaults(recipe: OperatorName | Builtin | Definition, span: Span, frame: Frame) -> Any:
    arguments = calls.Arguments(span)
    if isinstance(recipe, Definition):
        return calls.block_recipe(recipe, arguments, frame)
    operator = recipe.operator if isinstance(recipe, OperatorName) else operators().get(recipe.name)
    if operator is None:
        raise mistake("E0206", f"{recipe.name} is a function of numbers, not a layer", span)  # type: ignore[union-attr]
    return layers.make(operator, [], {}, arguments, frame.session)


def _apply_instance(
    instance: Instance, inputs: Inputs, keywords: Keywords, path: Path | None, span: Span, frame: Frame
) -> Any:
    if path is not None:
        label = ".".join(instance.path)
        raise mistake("E0502", f"{label!r} has its label already", span, marks=(Mark(instance.span, "declared here"),))
    instance.applied = True
    return apply(instance.recipe, inputs, keywords, instance.path, span, frame, instance)


def _apply_function(
    function: Function, inputs: Inputs, keywords: Keywords, path: Path | None, span: Span, frame: Frame
) -> Any:
    if path is not None and not path[-1].isdecimal():
        raise mistake("E0503", f"{function.node.name} is a function: it has no parameters to label", span)
    arguments = calls.Arguments(span, [(value, span) for value in inputs])
    arguments.keywords = {name: (value, span) for name, value in keywords.items()}
    arguments.names = dict.fromkeys(keywords, span)
    return calls.call_function(function, arguments, frame)


# --- lists ------------------------------------------------------------------------------------------------------------


def _apply_list(
    items: list[Any],
    inputs: Inputs,
    keywords: Keywords,
    path: Path | None,
    span: Span,
    frame: Frame,
    owner: Instance | None,
) -> Any:
    layers_ = [item for item in items if item is not None]
    frame.session.budget.spend(len(layers_), span)
    builder = _builder(frame)
    if path is None:
        return _apply_items(layers_, inputs, keywords, (), span, frame, owner)
    builder.add_container(path, span, owner)
    with builder.inside(path):
        return _apply_items(layers_, inputs, keywords, path, span, frame, owner)


def _apply_items(
    items: list[Any],
    inputs: Inputs,
    keywords: Keywords,
    path: Path,
    span: Span,
    frame: Frame,
    owner: Instance | None,
) -> Any:
    position, value = 0, inputs[0] if len(inputs) == 1 else inputs
    while position < len(items):
        item = items[position]
        label = path if isinstance(item, LabelledRecipe) else (*path, str(position))
        count = _run_length(items, position) if isinstance(value, Tensor) and not keywords else 1
        given = value if isinstance(value, tuple) else (value,)
        value, used = run(item, given, keywords, label, getattr(item, "span", span), frame, owner, count)
        keywords = {}
        position += used
    return value


def _run_length(items: list[Any], start: int) -> int:
    first, stop = items[start], start + 1
    while stop < len(items) and _same(first, items[stop]):
        stop += 1
    return stop - start


def _same(one: Any, other: Any) -> bool:
    if isinstance(one, BlockRecipe):
        return one is other or (isinstance(other, BlockRecipe) and one.key == other.key)
    return isinstance(one, Layer) and isinstance(other, Layer) and one.operator is other.operator


# --- operators --------------------------------------------------------------------------------------------------------


def operation(name: str, inputs: Inputs, fields: Mapping[str, Any], span: Span, frame: Frame) -> Any:
    """An operator applied without a label, as signs and subscripts do."""
    arguments = calls.Arguments(span)
    layer = layers.make(operators()[name], [], {k: (v, span) for k, v in fields.items()}, arguments, frame.session)
    return apply(layer, inputs, {}, None, span, frame)


def subscript(value: Tensor, items: tuple[Any, ...], span: Span, frame: Frame) -> Any:
    """``x[:, 0]``, ``x[table]``: a slice becomes the tuple ``("slice", start, stop, step)``, a tensor an input."""
    tables = tuple(item for item in items if isinstance(item, Tensor))
    return operation("index", (value, *tables), {"items": tuple(map(_index_item, items))}, span, frame)


def _index_item(item: Any) -> Any:
    if isinstance(item, slice):
        return "slice", item.start, item.stop, item.step
    return ("table",) if isinstance(item, Tensor) else item


def _apply_layer(
    layer: Layer,
    inputs: Inputs,
    keywords: Keywords,
    path: Path | None,
    span: Span,
    frame: Frame,
    owner: Instance | None,
    count: int,
) -> tuple[Any, int]:
    builder, operator = _builder(frame), layer.operator
    frame.session.budget.spend(PER_LAYER, span, "one more layer")
    inputs, keywords = _placed(operator, inputs, keywords, span)
    inputs = _without_absent(inputs)
    _check_inputs(operator, inputs, keywords, span)
    types = tuple(map(type_of, inputs))
    output, parameters = _infer(layer, inputs, types, keywords, span, frame)
    steps = operator.steps(Site(span), *types)
    if steps is not None:
        return _apply_steps(steps, inputs[0], span, frame), 1
    count = count if types and output == types[0] else 1
    if path is None and parameters:
        raise unlabelled(operator, span)
    child = None if path is None else _child(operator, path, span, parameters, types, count, builder, owner)
    node = Node(
        inputs=tuple(map(operand, inputs)),
        output=output,
        span=span,
        child=child,
        op=operator if child is None else None,
        keywords=tuple((name, operand(value)) for name, value in keywords.items() if value is not None),
        repeat=count,
    )
    return wrap(output, builder.add_node(node), span), count


def _apply_steps(steps: tuple[Operator, ...], value: Any, span: Span, frame: Frame) -> Any:
    """What an operator is short for, one after another."""
    for step in steps:
        value = apply(Layer(step, span), (value,), {}, None, span, frame)
    return value


def _check_inputs(operator: Operator, inputs: Inputs, keywords: Keywords, span: Span) -> None:
    least, most = operator.required, None if operator.variadic else len(operator.inputs)
    names = ", ".join(operator.inputs)
    if len(inputs) < least or (most is not None and len(inputs) + len(keywords) > most):
        plural = "" if least == 1 else "s"
        raise mistake(
            "E0309", f"{operator.name} takes {least} input{plural} ({names}), got {len(inputs) + len(keywords)}", span
        )
    for name in keywords:
        if name not in operator.inputs:
            raise mistake("E0203", f"{operator.name} has no input {name!r}", span, help=f"its inputs are {names}")
    for position, value in enumerate((*inputs, *(v for v in keywords.values() if v is not None))):
        _check_input(operator, value, position, span)


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
    if isinstance(value, tuple) and operator.nested:
        for item in value:
            _check_input(operator, item, position, span)
        return
    if value is None and position >= operator.required:
        return
    if isinstance(value, Tensor):
        if value.given is not None and position < operator.required:
            raise may_be_absent(operator.name, value, span)
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
    return isinstance(value, int | float | Dim) and not isinstance(value, bool)


def _infer(
    layer: Layer, inputs: Inputs, types: tuple[Any, ...], keywords: Keywords, span: Span, frame: Frame
) -> tuple[Type, tuple[Any, ...]]:
    """Output type and parameters; what is demanded of sizes goes to the builder."""
    operator = layer.operator
    named = {name: type_of(value) for name, value in keywords.items() if value is not None}
    key = (id(operator), types, tuple(named.items()), tuple(map(type, types)))
    known = frame.session.memo.get(key)
    if known is None:
        site = Site(span)
        try:
            output = operator.infer(site, *types, **named)
            known = output, operator.parameters(*types), site.constraints
        except Refusal as refusal:
            raise refused(refusal, layer, inputs, span) from None
        for parameter in known[1]:
            check_parameter(parameter.shape, span)
        frame.session.memo[key] = known
    output, parameters, constraints = known
    for c in constraints:
        _builder(frame).demand(Constraint(c.relation, c.left, c.right, c.reason, span))
    return output, parameters


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
    if known.child.parameters != parameters:
        raise mistake(
            "E0504",
            f"{'.'.join(path)!r} is shared, but would need other weights here",
            span,
            _weights(parameters),
            marks=(Mark(known.child.span, f"first applied here: {_weights(known.child.parameters)}"),),
        )
    return known.number


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


def refused(refusal: Refusal, layer: Layer, inputs: Inputs, span: Span) -> Mistake:
    """An operator's refusal as a diagnostic: what is wrong, and where each input came from."""
    primary = layer.spans.get(refusal.argument or "", span)
    which = refusal.inputs or tuple(range(len(inputs)))
    marks: list[Mark] = []
    for index in which:
        value = inputs[index] if index < len(inputs) else None
        if isinstance(value, Tensor) and value.span != primary and all(mark.span != value.span for mark in marks):
            marks.append(Mark(value.span, f"this is {show(value.type)}"))
    return mistake(refusal.code, refusal.message, primary, marks=tuple(marks), notes=refusal.notes, help=refusal.help)


# --- values -----------------------------------------------------------------------------------------------------------


def _builder(frame: Frame) -> Builder:
    assert frame.builder is not None
    return frame.builder


def type_of(value: Any) -> Any:
    """What a rule sees of an input: a tensor's type, a tuple of these, or the plain number."""
    if isinstance(value, tuple):
        return tuple(map(type_of, value))
    return value.type if isinstance(value, Tensor) else value


def operand(value: Any) -> Operand:
    """What a node keeps of an input."""
    if isinstance(value, tuple):
        return tuple(map(operand, value))
    return value.value if isinstance(value, Tensor) else value


def wrap(type_: Type, node: int, span: Span) -> Any:
    """The value that a node gives: a tensor, or a tuple of tensors; its outputs are counted flat."""
    return _wrapped(type_, node, span, 0)[0]


def _wrapped(type_: Type, node: int, span: Span, first: int) -> tuple[Any, int]:
    if isinstance(type_, TensorType):
        return Tensor(Value(node, first), type_, span), first + 1
    values: list[Any] = []
    for item in type_:
        value, first = _wrapped(item, node, span, first)
        values.append(value)
    return tuple(values), first
