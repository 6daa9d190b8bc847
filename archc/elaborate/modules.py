"""Modules: a block's body elaborated once for each distinct set of hyperparameters and input types."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from fnmatch import fnmatchcase
from typing import Any

from archc.elaborate import body, operation, own, signature
from archc.elaborate import presence as presence_
from archc.elaborate.builder import Builder, Path
from archc.elaborate.errors import Mistake, Poisoned, mistake
from archc.elaborate.limits import PER_MODULE
from archc.elaborate.scope import MISSING, Scope
from archc.elaborate.session import Frame, Session
from archc.elaborate.stopped import Body, arguments_of
from archc.elaborate.values import (
    POISON,
    BlockRecipe,
    Instance,
    Layer,
    OperatorName,
    Tensor,
    describe,
    kind_of,
)
from archc.ir.graph import Child, Guard, Module, Node, Port, Result, Return, Tie, Value
from archc.ir.operator import Parameter
from archc.ir.site import Constraint
from archc.ir.types import TensorType, Type, show
from archc.records import record
from archc.source import Span
from archc.syntax import ast


@record
class Made:
    """A module that has been made: its index, its output's type and its constraints, in its own symbols."""

    index: int
    output: Type
    constraints: tuple[Constraint, ...]
    early: tuple[Type, ...] = ()
    """The types of what is returned earlier, under conditions of run time."""


def made(
    recipe: BlockRecipe,
    values: Mapping[str, Any],
    binding: signature.Binding,
    path: Path,
    span: Span,
    frame: Frame,
) -> Made:
    """The module of a block for these inputs, made at its first use, which is labelled ``path``."""
    memo = frame.session.memo
    key = (recipe.key, tuple(binding.types), presence(values))
    known = memo.get(key)
    if known is POISON:
        raise Poisoned
    if known is None:
        frame.session.budget.spend(PER_MODULE, span, "one more block")
        try:
            known = memo[key] = make_module(recipe, values, binding, span, frame, path)
        except Poisoned:
            memo[key] = POISON
            raise
        _check_alike(recipe, known, span)
    return known


def _check_alike(recipe: BlockRecipe, made: Made, span: Span) -> None:
    """What a block gives to another is of one type."""
    name = recipe.definition.node.name
    for other in made.early:
        if other != made.output:
            message = f"{name} gives {show(other)} in some cases and {show(made.output)} in others"
            help_ = "a block that is used within another gives one type: make what differs a hyperparameter"
            raise mistake("E0310", message, span, "used within another here", help=help_)


def presence(values: Mapping[str, Any]) -> tuple[object, ...]:
    """Of each input whether it is absent, given, or possibly absent; and the form of a tuple."""
    return tuple(map(_presence, values.values()))


def _presence(value: Any) -> object:
    if isinstance(value, tuple):
        return tuple(map(_presence, value))
    return None if value is None else value.given is None


def make_module(
    recipe: BlockRecipe,
    values: Mapping[str, Any],
    binding: signature.Binding,
    span: Span | None,
    frame: Frame,
    path: Path = (),
) -> Made:
    """Elaborate a block's body into a module of its own. ``values`` tells which inputs are given, and how."""
    node, session = recipe.definition.node, frame.session
    assert isinstance(node, ast.Block)
    builder = Builder(binding.types)
    inner = Frame(session, Scope(recipe.definition.file), builder, returns=True)
    for name, value in recipe.arguments.items():
        inner.scope.set(name, value, node.name_span)
    inner.scope.values.update(binding.names)
    ports = _bind_inputs(node, values, binding, inner)
    body_ = Body(recipe, ports, binding, builder, path, span or node.name_span)
    with session.entered(id(node), node.name, span, handed=not recipe.within), session.making(body_):
        try:
            outcome = _run_body(recipe, binding, inner)
            return _finish(recipe, ports, outcome, inner)
        except Mistake as error:
            session.report(error)
            raise Poisoned from None


def _bind_inputs(
    node: ast.Block, values: Mapping[str, Any], binding: signature.Binding, inner: Frame
) -> tuple[Port, ...]:
    """Give the body its inputs: tensors of the module's own, ``None`` for those that are absent."""
    ports: list[Port] = []
    types = iter(binding.types)
    flat = 0
    for input_ in node.inputs:
        value = values[input_.name]
        if value is None:
            inner.scope.set(input_.name, None, input_.span)
            continue
        optional = isinstance(value, Tensor) and value.given is not None
        type_, tensor, flat = _own_input(value, types, input_.span, flat)
        if optional:
            tensor.given = Guard(len(ports))
        ports.append(Port(input_.name, type_, optional))
        inner.scope.set(input_.name, seen(input_, tensor), input_.span)
    return tuple(ports)


def seen(input_: ast.Input, value: Any) -> Any:
    """An input as the body sees it: what a star took is a list, as of hyperparameters."""
    return list(value) if input_.star else value


def _own_input(value: Any, types: Iterator[TensorType], span: Span, flat: int) -> tuple[Type, Any, int]:
    if not isinstance(value, tuple):
        type_ = next(types)
        return type_, Tensor(Value(-1, flat), type_, span), flat + 1
    parts: list[tuple[Type, Any]] = []
    for item in value:
        type_item, tensor, flat = _own_input(item, types, span, flat)
        parts.append((type_item, tensor))
    return tuple(type_ for type_, _ in parts), tuple(tensor for _, tensor in parts), flat


@record
class Outcome:
    """What a body returns, with the names of its outputs, and what it returns earlier under conditions of run time."""

    value: Any
    names: tuple[str | None, ...]
    early: tuple[Return, ...]


def _run_body(recipe: BlockRecipe, binding: signature.Binding, inner: Frame) -> Outcome:
    node, builder = recipe.definition.node, inner.builder
    assert builder is not None and isinstance(node, ast.Block)
    for constraint in signature.check_where(node.where, binding.names, recipe.arguments, inner):
        builder.demand(constraint)
    value = body.run_to_result(node.body, inner, node.name, node.name_span)

    def check(result: Any, training: bool) -> tuple[str | None, ...]:
        names = dict(binding.names)
        return signature.check_result(
            node.outputs, result, names, recipe.arguments, inner, body.returns(node), training
        )

    early = tuple(
        Return(when, after, _result(result, node), check(result, _trains(when)))
        for when, after, result in builder.early
    )
    return Outcome(value, check(value, any(map(_untrained, builder.early))), early)


def _untrained(early: tuple[tuple[Guard, ...], int, Any]) -> bool:
    """Whether a return leaves the rest of the body to training."""
    return early[0] == (Guard("training", negated=True),)


def _trains(when: tuple[Guard, ...]) -> bool:
    return any(guard.subject == "training" and not guard.negated for guard in when)


def _finish(recipe: BlockRecipe, ports: tuple[Port, ...], outcome: Outcome, frame: Frame) -> Made:
    node, builder = recipe.definition.node, frame.builder
    assert builder is not None and isinstance(node, ast.Block)
    _place_unused(builder, frame)
    children, numbers = builder.ordered()
    result = _result(outcome.value, node)
    nodes = tuple(own.settled(builder.nodes, (result, *(early.result for early in outcome.early))))
    if numbers is not None:
        nodes = tuple(_renumbered(node_, numbers) for node_ in nodes)
    presence_.check_sizes(ports, nodes)
    module = Module(
        name=node.name,
        kind=node.kind,
        doc=node.doc or (recipe.definition.file.doc if node.kind == "net" else None),
        arguments=arguments_of(recipe),
        inputs=ports,
        children=tuple(children),
        nodes=nodes,
        result=result,
        result_names=outcome.names,
        constraints=tuple(builder.constraints),
        inits=tuple(builder.inits),
        early=outcome.early,
        names=tuple(builder.names.items()),
        ties=tuple(builder.ties),
        frozen=tuple(text for text, _ in builder.frozen),
        span=node.name_span,
    )
    _check_names(module, builder, frame.session)
    frame.session.modules.append(module)
    early = tuple(_output_type(result) for _, _, result in builder.early)
    return Made(len(frame.session.modules) - 1, _output_type(outcome.value), module.constraints, early)


def _place_unused(builder: Builder, frame: Frame) -> None:
    """Declared layers exist even when nothing is ever fed to them, if their parameters follow from their arguments."""
    for name, instance in builder.instances.items():
        if instance.applied:
            continue
        if isinstance(instance.recipe, own.OwnTensor):
            own.add(instance, frame)
            continue
        types = instance.recipe.operator.stand_in() if isinstance(instance.recipe, Layer) else None
        if types is None:
            raise mistake(
                "E0505",
                f"the layer {name!r} is declared and never applied",
                instance.span,
                "its input is not known",
                help=_how_to_apply(name, instance, frame),
            )
        _, parameters = operation.infer(instance.recipe, (), types, {}, instance.span, frame)
        child = Child(instance.path, instance.span, instance.recipe.operator, None, parameters, types)
        builder.add_child(child, instance)


def _how_to_apply(name: str, instance: Instance, frame: Frame) -> str:
    if frame.scope.find_local(name) is not MISSING:
        return f"`x -> {name}` applies the value of that name, which hides the label: rename one of them"
    return f"apply it: `x -> {name}`{_or_size(instance)}"


def _or_size(instance: Instance) -> str:
    operator = instance.recipe.operator if isinstance(instance.recipe, (Layer, OperatorName)) else None
    made = operator if operator is None or isinstance(operator, type) else type(operator)
    fields = () if made is None else made.fields
    known = next((name for name in _SIZES if name in fields and getattr(operator, name, None) is None), None)
    if known:
        return f", or give {known}=..."
    one = isinstance(getattr(operator, "kernel_size", None), int)
    return ", or give kernel_size as a tuple, which tells the number of axes" if one else ""


_SIZES = ("in_features", "in_channels", "num_channels", "input_size", "embed_dim", "normalized_shape")
"""Arguments that say of a layer what its input would."""


def _renumbered(node: Node, numbers: list[int]) -> Node:
    return node if node.child is None else replace(node, child=numbers[node.child])


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


# --- ties and frozen parameters ---------------------------------------------------------------------------------------


def _check_names(module: Module, builder: Builder, session: Session) -> None:
    """Ties and freezes name parameters that exist; tied ones are alike."""
    for tie in builder.ties:
        _check_tie(tie, module, session.modules)
    known = dict(parameters(module, session.modules)) if builder.frozen else {}
    for pattern, span in builder.frozen:
        if not any(fnmatchcase(".".join(path), pattern) for path in known) and pattern[:-2] not in map(".".join, known):
            raise mistake("E0506", f"freeze selects no parameter: {pattern}", span, "nothing below this label")


def _check_tie(tie: Tie, module: Module, modules: list[Module]) -> None:
    one, other = (_parameter_to_tie(path, tie, module, modules) for path in (tie.target, tie.source))
    if (one.shape, one.dtype) != (other.shape, other.dtype):
        raise mistake("E0506", f"tied parameters must be alike: {list(one.shape)} and {list(other.shape)}", tie.span)


def _parameter_to_tie(path: tuple[str, ...], tie: Tie, module: Module, modules: list[Module]) -> Parameter:
    found = _parameter_at(path, module, modules)
    if found is None:
        raise mistake("E0506", f"there is no parameter {'.'.join(path)!r} to tie", tie.span)
    return found


def _parameter_at(path: tuple[str, ...], module: Module, modules: list[Module]) -> Parameter | None:
    """The parameter of this path below a module, found without unfolding what repeats."""
    for child in module.children:
        below = _below(child, path)
        if below is None:
            continue
        if child.module is not None:
            return _parameter_at(below, modules[child.module], modules)
        name = ".".join(below)
        return next((parameter for parameter in child.parameters if parameter.name == name), None)
    return None


def _below(child: Child, path: tuple[str, ...]) -> tuple[str, ...] | None:
    """What of a path lies below a child, or below one of its equal copies; ``None`` for a path that leads elsewhere."""
    *above, last = child.path
    depth = len(above)
    if len(path) <= depth or path[:depth] != tuple(above):
        return None
    here = path[depth]
    if here == last or (child.count > 1 and here.isdecimal() and 0 <= int(here) - int(last) < child.count):
        return path[depth + 1 :]
    return None


def parameters(module: Module, modules: list[Module]) -> Iterator[tuple[tuple[str, ...], Parameter]]:
    """Every parameter below a module by its path; of equal copies at consecutive labels, all."""
    for child in module.children:
        for copy in range(child.count):
            path = child.path if child.count == 1 else (*child.path[:-1], str(int(child.path[-1]) + copy))
            for parameter in child.parameters:
                yield (path if not parameter.name else (*path, *parameter.name.split("."))), parameter
            if child.module is not None:
                for inner, parameter in parameters(modules[child.module], modules):
                    yield (*path, *inner), parameter
