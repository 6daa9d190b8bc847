"""Calls: arguments bound to parameters; what is called decides whether a layer is made, a function runs or a tensor flows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import reduce
from typing import Any

from archc.diagnostics.model import Mark
from archc.diagnostics.suggest import did_you_mean
from archc.elaborate import apply, blocks, body, cfg, invariant, layers, names, operation, own, parts, scanning
from archc.elaborate import evaluate as ev
from archc.elaborate.errors import Mistake, Poisoned, mistake
from archc.elaborate.foreign import instead
from archc.elaborate.numbers import BUILTINS, KEYWORDS
from archc.elaborate.scope import MISSING, Scope
from archc.elaborate.session import Frame
from archc.elaborate.values import (
    BlockRecipe,
    Builtin,
    CfgReader,
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
from archc.ops import operators
from archc.source import Span
from archc.syntax import ast

Given = tuple[Any, Span]

FORMS = (*own.FORMS, "scan")
"""What is called like a function and is none, unless a name of the spec hides it."""


@dataclass(slots=True)
class Arguments:
    """A call's arguments with their places."""

    span: Span
    positional: list[Given] = field(default_factory=list)
    keywords: dict[str, Given] = field(default_factory=dict)
    names: dict[str, Span] = field(default_factory=dict)

    @property
    def values(self) -> list[Any]:
        return [value for value, _ in self.positional]

    @property
    def feeds(self) -> bool:
        """Whether the first positional argument is a tensor, so that the call applies."""
        return bool(self.positional) and isinstance(self.positional[0][0], Tensor)

    def hold_tensors(self) -> bool:
        """Whether a positional argument is a tensor."""
        for value, _ in self.positional:  # noqa: SIM110 -- a generator would take twice the time
            if isinstance(value, Tensor):
                return True
        return False


def call(node: ast.Call, frame: Frame) -> Any:
    """The value of a call, unless it is known (see ``invariant``)."""
    return _made(node, frame) if frame.session.calls is None else invariant.call(node, frame, _made)


def _made(node: ast.Call, frame: Frame) -> Any:
    func = node.func
    if isinstance(func, ast.Attribute):
        method = _method(node, func, frame)
        if method is not None:
            return method
    elif isinstance(func, ast.Name) and func.id in FORMS and frame.scope.find(func.id) is MISSING:
        return scanning.scan(node, frame) if func.id == "scan" else own.declare(node, func.id, frame)
    callee = ev.evaluate(func, frame)
    return _called(callee, evaluate_arguments(node.args, node.span, frame), func.span, frame)


def _called(callee: Any, arguments: Arguments, span: Span, frame: Frame) -> Any:
    handler = _CALLABLE.get(type(callee))
    if handler is None:
        raise mistake("E0206", f"{kind_of(callee)} cannot be called", span, describe(callee))
    return handler(callee, arguments, frame)


def _method(node: ast.Call, func: ast.Attribute, frame: Frame) -> Any:
    if names.declared(func, frame) is not None:
        return None
    receiver = ev.evaluate(func.value, frame)
    if not isinstance(receiver, Tensor):
        attribute = getattr(receiver, "method", None)
        if attribute is not None:
            return attribute(func.name, evaluate_arguments(node.args, node.span, frame), func.name_span)
        raise mistake("E0214", f"{kind_of(receiver)} has no method {func.name!r}", func.name_span, describe(receiver))
    name, args = _converted(func.name, node.args)
    operator = operators().get(name)
    if operator is None or not operator.method:
        known = [name for name, known in operators().items() if known.method]
        raise mistake("E0214", f"a tensor has no method {func.name!r}", func.name_span, help=instead(func.name, known))
    arguments = evaluate_arguments(args, node.span, frame)
    arguments.positional.insert(0, (receiver, func.value.span))
    return layers.operator_call(OperatorName(operator), arguments, frame)


def _converted(name: str, args: tuple[ast.Arg, ...]) -> tuple[str, tuple[ast.Arg, ...]]:
    """``x.to(y.dtype)`` is ``x.type_as(y)``: which dtype that is, is known when the module runs."""
    match args:
        case (ast.Arg(name=None | "dtype", value=ast.Attribute(name="dtype", value=other)) as arg,) if name == "to":
            return "type_as", (ast.Arg(arg.span, None, None, other),)
    return name, args


def evaluate_arguments(nodes: tuple[ast.Arg, ...], span: Span, frame: Frame) -> Arguments:
    """The values of a call's arguments; each mistake among them is reported."""
    arguments = Arguments(span)
    spoilt = False
    for node in nodes:
        try:
            if node.name is None and type(node.value) is not ast.Star:
                arguments.positional.append((ev.evaluate(node.value, frame), node.value.span))
            else:
                _add_argument(arguments, node, frame)
        except Mistake as error:
            frame.session.report(error)
            spoilt = True
        except Poisoned:
            spoilt = True
    if spoilt:
        raise Poisoned
    return arguments


def _add_argument(arguments: Arguments, node: ast.Arg, frame: Frame) -> None:
    if isinstance(node.value, ast.Star):
        value = ev.evaluate(node.value.value, frame)
        arguments.positional += [(item, node.span) for item in ev.spread(value, node.span, frame)]
        return
    value = ev.evaluate(node.value, frame)
    assert node.name is not None and node.name_span is not None
    if node.name in arguments.keywords:
        raise mistake("E0216", f"the argument {node.name!r} is given twice", node.name_span)
    arguments.keywords[node.name] = (value, node.value.span)
    arguments.names[node.name] = node.name_span


def keyword_inputs(node: ast.KeywordInputs, frame: Frame) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """The inputs on the left of ``->`` of which some are named."""
    arguments = evaluate_arguments(node.args, node.span, frame)
    return tuple(arguments.values), {name: value for name, (value, _) in arguments.keywords.items()}


# --- what can be called -----------------------------------------------------------------------------------------------


def _builtin(callee: Builtin, arguments: Arguments, frame: Frame) -> Any:
    operator = operators().get(callee.name)
    if operator is not None and (arguments.feeds or not arguments.positional):
        return layers.operator_call(OperatorName(operator), arguments, frame)
    allowed = KEYWORDS.get(callee.name, ())
    for name in arguments.keywords:
        if name not in allowed:
            raise unknown_argument(callee.name, name, arguments, allowed)
    keywords = {name: value for name, (value, _) in arguments.keywords.items()}
    frame.session.budget.spend(1, arguments.span)
    values = [parts.layers(value, frame) for value in arguments.values]
    if callee.name == "sum" and (terms := _tensor_terms(values)):
        return reduce(lambda a, b: operation.operation("add", (a, b), {}, arguments.span, frame), terms)
    try:
        return BUILTINS[callee.name](arguments.span, frame.session.budget, *values, **keywords)
    except TypeError:
        raise mistake(
            "E0204", f"{callee.name}() does not take {len(arguments.positional)} arguments", arguments.span
        ) from None


def _tensor_terms(values: list[Any]) -> list[Any]:
    """The terms of ``sum(xs)`` where ``xs`` holds a tensor; none for any other sum."""
    terms = list(values[0]) if len(values) == 1 and isinstance(values[0], (list, tuple)) else []
    return terms if any(isinstance(term, Tensor) for term in terms) else []


def _definition(callee: Definition, arguments: Arguments, frame: Frame) -> Any:
    if arguments.feeds:
        recipe = block_recipe(callee, Arguments(arguments.span), frame)
        return _feed(recipe, arguments, frame)
    return block_recipe(callee, arguments, frame)


def block_recipe(definition: Definition, arguments: Arguments, frame: Frame) -> BlockRecipe:
    """A block with its hyperparameters bound and its defaults filled in."""
    node = definition.node
    bound = bind(node.name, node.params, arguments, node.name_span)
    values = blocks.with_defaults(definition, bound, frame)
    return blocks.recipe(definition, values, arguments.span, frame)


def _rearranged(callee: BlockRecipe, arguments: Arguments, frame: Frame) -> Any:
    """A block whose hyperparameters are given: fed with tensors, or made anew with other values."""
    if arguments.feeds:
        return _feed(callee, arguments, frame)
    if arguments.positional:
        raise mistake("E0205", "hyperparameters are changed by name", arguments.positional[0][1])
    return blocks.changed(callee, arguments, frame)


def _declared(callee: Instance, arguments: Arguments, frame: Frame) -> Any:
    """A declared layer applied. Without a tensor the name means what it does outside of the body: ``conv: [conv(8, 3), relu]``
    leaves ``conv(16, 1)`` a layer."""
    plain = len(callee.path) == 1 and not arguments.feeds
    hidden = frame.scope.find_outside(callee.path[0]) if plain else MISSING
    return _feed(callee, arguments, frame) if hidden is MISSING else _called(hidden, arguments, arguments.span, frame)


def _feed(callee: Any, arguments: Arguments, frame: Frame) -> Any:
    if not arguments.feeds:
        raise mistake(
            "E0206", f"{kind_of(callee)} is ready: it can only be applied to a tensor", arguments.span, describe(callee)
        )
    keywords = {name: value for name, (value, _) in arguments.keywords.items()}
    return apply.apply(callee, tuple(arguments.values), keywords, None, arguments.span, frame)


def call_function(callee: Function, arguments: Arguments, frame: Frame) -> Any:
    """Run a ``def``: inline, in a scope of its own, in the body that calls it. Of equal arguments it makes the same again."""
    node = callee.node
    bound = bind(node.name, node.params, arguments, node.name_span)
    frame.session.budget.spend(1, arguments.span)
    return invariant.function(callee, bound, frame, lambda: _run(callee, bound, arguments, frame))


def _run(callee: Function, bound: dict[str, Given], arguments: Arguments, frame: Frame) -> Any:
    node = callee.node
    inner = Frame(frame.session, Scope(callee.file), frame.builder)
    for name, (value, span) in bound.items():
        inner.scope.set(name, value, span)
    for param in node.params:
        if param.name not in bound and param.default is not None:
            inner.scope.set(param.name, ev.evaluate(param.default, file_frame(callee, frame)), param.span)
    with frame.session.entered(id(node), node.name, arguments.span):
        return body.run_to_result(node.body, inner, node.name, node.name_span)


def file_frame(callee: Function | Definition | CfgReader, frame: Frame) -> Frame:
    """Where the defaults of a definition are evaluated: in its own file."""
    return Frame(frame.session, Scope(callee.file), None)


_CALLABLE: dict[type, Callable[[Any, Arguments, Frame], Any]] = {
    OperatorName: lambda callee, arguments, frame: layers.operator_call(callee, arguments, frame),
    Builtin: _builtin,
    Definition: _definition,
    BlockRecipe: _rearranged,
    Function: call_function,
    CfgReader: lambda callee, arguments, frame: cfg.read(callee, arguments, frame),
    Instance: _declared,
    **dict.fromkeys((Layer, LabelledRecipe, list), _feed),
}


# --- binding ----------------------------------------------------------------------------------------------------------


def bind(
    callee: str, params: tuple[ast.Param, ...], arguments: Arguments, defined: Span | None = None
) -> dict[str, Given]:
    """Parameters to the arguments given; what has a default may be absent."""
    bound: dict[str, Given] = {}
    positional = list(arguments.positional)
    for param in params:
        if param.star:
            bound[param.name] = ([value for value, _ in positional], arguments.span)
            positional = []
        elif positional:
            bound[param.name] = positional.pop(0)
    if positional:
        raise mistake("E0205", f"{callee} takes {_count(params)}, got {len(arguments.positional)}", positional[0][1])
    names = [param.name for param in params if not param.star]
    for name, given in arguments.keywords.items():
        if name not in names:
            raise unknown_argument(callee, name, arguments, names)
        if name in bound:
            raise mistake("E0216", f"{callee} gets {name!r} twice", arguments.names[name], "also given by position")
        bound[name] = given
    _check_complete(callee, params, bound, arguments, defined)
    return bound


def _check_complete(
    callee: str, params: tuple[ast.Param, ...], bound: dict[str, Given], arguments: Arguments, defined: Span | None
) -> None:
    missing = [param.name for param in params if param.name not in bound and param.default is None]
    if not missing:
        return
    words = ", ".join(map(repr, missing))
    plural = "s" if len(missing) > 1 else ""
    marks = (Mark(defined, f"{callee} is defined here"),) if defined else ()
    raise mistake(
        "E0204",
        f"{callee} lacks the argument{plural} {words}",
        arguments.span,
        f"give {words}",
        marks=marks,
        help=f"write {callee}({', '.join([*('...' for _ in bound), *(f'{name}=...' for name in missing)])})",
    )


def _count(params: tuple[ast.Param, ...]) -> str:
    return f"{len(params)} argument{'' if len(params) == 1 else 's'}"


def unknown_argument(callee: str, name: str, arguments: Arguments, known: Any) -> Mistake:
    """The mistake of an argument that the callee does not have."""
    known = list(known)
    help_ = did_you_mean(name, known) or (f"it takes {', '.join(known)}" if known else "it takes none by name")
    return mistake("E0203", f"{callee} has no argument {name!r}", arguments.names[name], "unknown argument", help=help_)
