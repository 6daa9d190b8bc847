"""Blocks: hyperparameters fixed, a module made once for each distinct use, or the body inlined where there is no label."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from archc.diagnostics.model import Mark
from archc.elaborate import apply, body, calls, signature
from archc.elaborate import evaluate as ev
from archc.elaborate.builder import Builder, Path
from archc.elaborate.errors import Mistake, Poisoned, mistake, not_yet
from archc.elaborate.scope import Scope
from archc.elaborate.session import Frame
from archc.elaborate.values import (
    POISON,
    BlockRecipe,
    Definition,
    Formula,
    Instance,
    Tensor,
    describe,
    freeze,
    kind_of,
    written,
)
from archc.ir.decide import decide_eq, decide_ge
from archc.ir.dims import Dim, DimLike, substitute
from archc.ir.graph import Child, Module, Node, Port, Result, Value
from archc.ir.site import Constraint
from archc.ir.types import TensorType, Type
from archc.source import Span
from archc.syntax import ast

if TYPE_CHECKING:
    from archc.elaborate.calls import Arguments, Given


@dataclass(frozen=True, slots=True)
class Made:
    """A module that has been made: its index, its output's type and its constraints, in its own symbols."""

    index: int
    output: Type
    constraints: tuple[Constraint, ...]


# --- recipes ----------------------------------------------------------------------------------------------------------


def with_defaults(definition: Definition, bound: Mapping[str, Given], frame: Frame) -> dict[str, Any]:
    """All hyperparameters of a block, in the order of its signature."""
    values: dict[str, Any] = {}
    for param in definition.node.params:
        if param.name in bound:
            value, span = bound[param.name]
            values[param.name] = _constant(param.name, value, span)
        elif param.default is not None:
            values[param.name] = ev.evaluate(param.default, calls.file_frame(definition, frame))
    return values


def _constant(name: str, value: Any, span: Span) -> Any:
    if isinstance(value, Tensor | Dim | Formula):
        raise mistake(
            "E0206",
            f"the hyperparameter {name!r} must be known at compile time, not {kind_of(value)}",
            span,
            describe(value),
            help="tensors go in the second list, or before ->"
            if isinstance(value, Tensor)
            else "sizes follow from the input",
        )
    return value


def recipe(definition: Definition, values: Mapping[str, Any], span: Span) -> BlockRecipe:
    """A block with these hyperparameters."""
    key = (id(definition.node), tuple((name, freeze(value)) for name, value in values.items()))
    return BlockRecipe(definition, values, span, key)


def changed(old: BlockRecipe, arguments: Arguments, frame: Frame) -> BlockRecipe:
    """The same block with some hyperparameters given anew, by name."""
    node = old.definition.node
    known = [param.name for param in node.params]
    values = dict(old.arguments)
    for name, (value, span) in arguments.keywords.items():
        if name not in known:
            raise calls.unknown_argument(node.name, name, arguments, known)
        values[name] = _constant(name, value, span)
    return recipe(old.definition, values, arguments.span)


# --- application ------------------------------------------------------------------------------------------------------


def apply_block(
    recipe_: BlockRecipe,
    inputs: tuple[Any, ...],
    keywords: Mapping[str, Any],
    path: Path | None,
    span: Span,
    frame: Frame,
    owner: Instance | None,
    count: int,
) -> tuple[Any, int]:
    """Apply a block: as a submodule at ``path``, or inlined. See ``apply.run`` for ``count``."""
    node = recipe_.definition.node
    tensors = _arranged(node, inputs, keywords, span)
    callee = Frame(frame.session, Scope(recipe_.definition.file), frame.builder)
    binding = signature.bind(node.inputs, tensors, recipe_.arguments, callee, local=path is not None)
    signature.check_demands(binding, tensors, node.name, frame, span)
    if path is None:
        return _inline(recipe_, binding, tensors, span, callee), 1
    made = _made(recipe_, binding, span, frame)
    output = _called(made, binding, span, frame)
    count = count if len(tensors) == 1 and output == tensors[0].type else 1
    child = _child(recipe_, made, path, span, count, frame, owner)
    operands = tuple(tensor.value for tensor in tensors)
    builder = frame.builder
    assert builder is not None
    index = builder.add_node(
        Node(inputs=operands, output=output, span=span, child=child, module=made.index, repeat=count)
    )
    return apply.wrap(output, index, span), count


def _arranged(node: ast.Block, inputs: tuple[Any, ...], keywords: Mapping[str, Any], span: Span) -> list[Tensor]:
    """The tensors in the order of the signature."""
    names = [input_.name for input_ in node.inputs]
    found = dict(zip(names, inputs, strict=False))
    for name, value in keywords.items():
        if name not in names or name in found:
            raise mistake(
                "E0203", f"{node.name} has no further input {name!r}", span, help=f"its inputs are {', '.join(names)}"
            )
        found[name] = value
    if len(inputs) > len(names) or len(found) < len(names):
        marks = (Mark(node.name_span, f"{node.name} is defined here"),)
        words = f"{len(names)} input{'' if len(names) == 1 else 's'} ({', '.join(names)})"
        raise mistake("E0309", f"{node.name} takes {words}, got {len(inputs) + len(keywords)}", span, marks=marks)
    for name, value in found.items():
        if not isinstance(value, Tensor):
            raise mistake("E0206", f"the input {name!r} of {node.name} must be a tensor, not {kind_of(value)}", span)
    return [found[name] for name in names]


def _inline(recipe_: BlockRecipe, binding: signature.Binding, tensors: list[Tensor], span: Span, callee: Frame) -> Any:
    node = recipe_.definition.node
    scope = callee.scope
    scope.values.update(recipe_.arguments)
    scope.values.update(binding.names)
    scope.values.update({input_.name: tensor for input_, tensor in zip(node.inputs, tensors, strict=True)})
    builder = callee.builder
    assert builder is not None
    rules = len(builder.inits)
    with callee.session.entered(id(node), node.name, span):
        for constraint in signature.check_where(node.where, binding.names, recipe_.arguments, callee):
            builder.demand(constraint)
        result = body.run_to_result(node.body, callee, node.name, node.name_span)
        signature.check_result(node.outputs, result, dict(binding.names), recipe_.arguments, callee, body.returns(node))
    if len(builder.inits) > rules:
        raise not_yet("an init rule in a block without a label", builder.inits[-1].span)
    return result


def _called(made: Made, binding: signature.Binding, span: Span, frame: Frame) -> Type:
    """The output in the caller's terms; the callee's constraints are decided or passed on."""
    actual = binding.actual
    if not actual:
        output, constraints = made.output, made.constraints
    else:
        key = (made.index, tuple(actual.values()))
        known = frame.session.memo.get(key)
        if known is None:
            known = frame.session.memo[key] = (
                substituted(made.output, actual),
                tuple(c for c in (_carried(c, actual, span) for c in made.constraints) if c is not None),
            )
        output, constraints = known
    assert frame.builder is not None
    for constraint in constraints:
        frame.builder.demand(constraint)
    return output


def substituted(type_: Type, actual: Mapping[str, DimLike]) -> Type:
    """A type with the callee's symbols replaced by the caller's dims."""
    if isinstance(type_, TensorType):
        return TensorType(tuple(substitute(dim, actual) for dim in type_.shape), type_.dtype)
    return tuple(substituted(item, actual) for item in type_)


def _carried(constraint: Constraint, actual: Mapping[str, DimLike], call: Span) -> Constraint | None:
    left, right = substitute(constraint.left, actual), substitute(constraint.right, actual)
    decide = decide_eq if constraint.relation == "==" else decide_ge
    verdict = decide(left, right)
    if verdict is False:
        raise mistake(
            "E0311",
            f"{left} {constraint.relation} {right} never holds: {constraint.reason}",
            constraint.span,
            f"needs {constraint}",
            marks=(Mark(call, "in this use"),) if call != constraint.span else (),
        )
    return None if verdict else Constraint(constraint.relation, left, right, constraint.reason, constraint.span)


def _child(
    recipe_: BlockRecipe, made: Made, path: Path, span: Span, count: int, frame: Frame, owner: Instance | None
) -> int:
    builder = frame.builder
    assert builder is not None
    known = builder.find(path, owner)
    if known is None:
        return builder.add_child(Child(path, span, module=made.index, count=count), owner)
    if known.child.module != made.index:
        _check_same_code(frame.session.modules, known.child, made, path, span)
    return known.number


def _check_same_code(modules: list[Module], first: Child, made: Made, path: Path, span: Span) -> None:
    """A shared block must be the same network wherever it is applied, whatever the sizes."""
    assert first.module is not None
    if _code(modules[first.module]) != _code(modules[made.index]):
        raise mistake(
            "E0504",
            f"{'.'.join(path)!r} is shared, but would be another network here",
            span,
            marks=(Mark(first.span, "first applied here"),),
            notes=("fixed sizes of its inputs differ and its layers depend on them",),
        )


def _code(module: Module) -> object:
    children = tuple((c.path, c.op, c.module, c.parameters, c.count) for c in module.children)
    nodes = tuple((n.inputs, n.child, n.op, n.module, n.keywords, n.repeat) for n in module.nodes)
    return module.name, children, nodes, module.result


# --- modules ----------------------------------------------------------------------------------------------------------


def _made(recipe_: BlockRecipe, binding: signature.Binding, span: Span, frame: Frame) -> Made:
    shapes = tuple(
        (type_.dtype, tuple(dim if isinstance(dim, int) else str(dim) for dim in type_.shape))
        for type_ in binding.types
    )
    key = (recipe_.key, shapes)
    known = frame.session.memo.get(key)
    if known is POISON:
        raise Poisoned
    if known is None:
        frame.session.memo[key] = POISON
        known = frame.session.memo[key] = make_module(recipe_, binding, span, frame)
    return known


def make_module(recipe_: BlockRecipe, binding: signature.Binding, span: Span | None, frame: Frame) -> Made:
    """Elaborate a block's body into a module of its own."""
    node, session = recipe_.definition.node, frame.session
    inner = Frame(session, Scope(recipe_.definition.file), Builder())
    builder = inner.builder
    assert builder is not None
    ports = tuple(Port(input_.name, type_) for input_, type_ in zip(node.inputs, binding.types, strict=True))
    scope = inner.scope
    for name, value in recipe_.arguments.items():
        scope.set(name, value, node.name_span)
    scope.values.update(binding.names)
    for index, (input_, port) in enumerate(zip(node.inputs, ports, strict=True)):
        scope.set(input_.name, Tensor(Value(-1, index), port.type, input_.span), input_.span)  # type: ignore[arg-type]
    with session.entered(id(node), node.name, span):
        try:
            result, names = _run_body(recipe_, binding, inner)
        except Mistake as error:
            session.report(error)
            raise Poisoned from None
    return _finish(recipe_, ports, builder, result, names, inner)


def _run_body(recipe_: BlockRecipe, binding: signature.Binding, inner: Frame) -> tuple[Any, tuple[str | None, ...]]:
    node, builder = recipe_.definition.node, inner.builder
    assert builder is not None
    for constraint in signature.check_where(node.where, binding.names, recipe_.arguments, inner):
        builder.demand(constraint)
    result = body.run_to_result(node.body, inner, node.name, node.name_span)
    names = signature.check_result(
        node.outputs, result, dict(binding.names), recipe_.arguments, inner, body.returns(node)
    )
    _check_applied(builder)
    return result, names


def _check_applied(builder: Builder) -> None:
    for name, instance in builder.instances.items():
        if not instance.applied:
            raise mistake(
                "E0505",
                f"the layer {name!r} is declared and never applied",
                instance.span,
                "its input size is not known",
                help=f"apply it: `x -> {name}`",
            )


def _finish(
    recipe_: BlockRecipe,
    ports: tuple[Port, ...],
    builder: Builder,
    result: Any,
    names: tuple[str | None, ...],
    frame: Frame,
) -> Made:
    node = recipe_.definition.node
    children, renumbered = builder.ordered()
    nodes = tuple(builder.nodes)
    if renumbered != list(range(len(renumbered))):
        nodes = tuple(_renumbered(node_, renumbered) for node_ in nodes)
    module = Module(
        name=node.name,
        kind=node.kind,
        doc=node.doc,
        arguments=tuple((name, written(value)) for name, value in recipe_.arguments.items()),
        inputs=ports,
        children=tuple(children),
        nodes=nodes,
        result=_result(result, node),
        result_names=names,
        constraints=tuple(builder.constraints),
        inits=tuple(builder.inits),
        span=node.name_span,
    )
    frame.session.modules.append(module)
    return Made(len(frame.session.modules) - 1, _output_type(result), module.constraints)


def _renumbered(node: Node, numbers: list[int]) -> Node:
    child = None if node.child is None else numbers[node.child]
    return Node(node.inputs, node.output, node.span, child, node.op, node.module, node.keywords, node.repeat)


def _result(value: Any, node: ast.Block) -> Result:
    if isinstance(value, Tensor):
        return value.value
    if isinstance(value, tuple) and value:
        return tuple(_result(item, node) for item in value)
    raise mistake(
        "E0206", f"{node.name} must return tensors, not {kind_of(value)}", body.returns(node), describe(value)
    )


def _output_type(value: Any) -> Type:
    return value.type if isinstance(value, Tensor) else tuple(map(_output_type, value))
