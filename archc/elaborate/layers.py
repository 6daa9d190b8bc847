"""Layers of one operator: arguments validated into an operator's instance, or a mistake that points at the argument."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from archc.elaborate import apply, calls
from archc.elaborate.errors import Mistake, mistake
from archc.elaborate.limits import NARROW, too_wide
from archc.elaborate.session import Frame, Session
from archc.elaborate.values import PLAIN, Layer, OperatorName, Tensor, describe, frozen
from archc.ir.operator import Operator
from archc.ir.plain import plain
from archc.source import Span

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

    from archc.elaborate.calls import Arguments, Given


def operator_call(callee: OperatorName, arguments: Arguments, frame: Frame) -> Any:
    """An operator called: applied when a tensor is among the arguments by position, else made a layer."""
    operator = callee.operator
    if operator.variadic:
        arguments = _with_tensors_spread(arguments)
    feeds = arguments.hold_tensors()
    inputs, given = _inputs(operator, arguments) if feeds else ((), arguments.positional)
    fields, keywords = _split_keywords(operator, arguments) if arguments.keywords else ({}, {})
    layer = make(operator, given, fields, arguments, frame.session)
    if not feeds and operator.required > 0:
        if keywords:
            name = next(iter(keywords))
            raise mistake("E0206", f"{name!r} is an input, and the first input is missing", arguments.names[name])
        return layer
    return apply.apply(layer, inputs, keywords, None, arguments.span, frame)


def _with_tensors_spread(arguments: Arguments) -> Arguments:
    """``concat([x, y], dim=1)`` is ``concat(x, y, dim=1)``, as is any list for what takes any number of tensors."""
    match arguments.positional:
        case [(list() | tuple() as items, span), *rest] if _are_tensors(items):
            return replace(arguments, positional=[*((item, span) for item in items), *rest])
    return arguments


def _are_tensors(items: Sequence[Any]) -> bool:
    return bool(items) and all(isinstance(item, Tensor) for item in items)


def _inputs(operator: type[Operator], arguments: Arguments) -> tuple[tuple[Any, ...], list[Given]]:
    """The inputs among the positional arguments, and the others, each in order. Tensors are inputs, wherever they stand, so that
    ``x.gather(1, index)`` reads as in PyTorch; where a number may be an input, the first arguments are."""
    given = arguments.positional
    most = len(given) if operator.variadic else len(operator.inputs)
    if operator.scalars:
        return tuple(arguments.values[:most]), given[most:]
    places = [place for place, (value, _) in enumerate(given) if isinstance(value, Tensor)][:most]
    return tuple(given[place][0] for place in places), [one for i, one in enumerate(given) if i not in places]


def _split_keywords(operator: type[Operator], arguments: Arguments) -> tuple[dict[str, Given], dict[str, Any]]:
    if arguments.keywords.keys().isdisjoint(operator.inputs):
        return arguments.keywords, {}
    fields = {k: v for k, v in arguments.keywords.items() if k not in operator.inputs}
    inputs = {k: v for k, (v, _) in arguments.keywords.items() if k in operator.inputs}
    return fields, inputs


def make(
    operator: type[Operator],
    positional: list[Given],
    keywords: dict[str, Given],
    arguments: Arguments,
    session: Session,
) -> Layer:
    """The operator with these arguments. Equal ones share one instance."""
    if not positional and not keywords:
        return bare(operator, arguments.span, session)
    values: dict[str, Any] = {}
    spans: dict[str, Span] = {}
    for name, (value, span) in _bind(operator, positional, keywords, arguments).items():
        values[name] = value if type(value) in PLAIN else _as_tuples(value)
        spans[name] = span
    return Layer(_instance(operator, values, spans, arguments.span, session), arguments.span, spans)


def bare(operator: type[Operator], span: Span, session: Session) -> Layer:
    """The operator with its defaults."""
    return Layer(session.layers.get(operator) or _instance(operator, {}, {}, span, session), span, _NOWHERE)


_NOWHERE: Mapping[str, Span] = {}
"""The places of no arguments."""


def _bind(
    operator: type[Operator], positional: list[Given], keywords: dict[str, Given], arguments: Arguments
) -> dict[str, Given]:
    names = operator.fields
    bound = _by_position(operator, positional)
    for name, given in _gathered(operator, keywords).items() if keywords else ():
        if name not in names:
            raise calls.unknown_argument(
                operator.name, name, arguments, [*names, *operator.inputs[operator.required :]]
            )
        if name in bound:
            raise mistake(
                "E0216", f"{operator.name} gets {name!r} twice", arguments.names[name], "also given by position"
            )
        bound[name] = given
    return bound


def _by_position(operator: type[Operator], positional: list[Given]) -> dict[str, Given]:
    names = operator.fields
    bound = dict(zip(names, positional, strict=False))
    if operator.collects in bound:
        first = list(names).index(operator.collects)
        return dict(zip(names, [*positional[:first], _collected(positional[first:])], strict=False))
    if len(positional) > len(names):
        value, span = positional[len(names)]
        most = f"{len(names)} argument{'' if len(names) == 1 else 's'}"
        help_ = "spread a list of tensors: concat(*xs)" if isinstance(value, (Tensor, list)) else None
        raise mistake("E0205", f"{operator.name} takes at most {most}", span, describe(value), help=help_)
    return bound


def _gathered(operator: type[Operator], keywords: dict[str, Given]) -> dict[str, Given]:
    """``rearrange(x, pattern, h=8)``: keywords that are no fields, in the one field that gathers them."""
    if operator.gathers is None or keywords.keys() <= operator.fields.keys():
        return keywords
    others = {name: given for name, given in keywords.items() if name not in operator.fields}
    spans = [span for _, span in others.values()]
    pairs = tuple((name, value) for name, (value, _) in others.items())
    fields = {name: given for name, given in keywords.items() if name not in others}
    return fields | {operator.gathers: (pairs, spans[0].to(spans[-1]))}


def _as_tuples(value: Any) -> Any:
    """Lists as tuples: ``x.mean([1, 2])`` is ``x.mean((1, 2))``, as in PyTorch."""
    return tuple(map(_as_tuples, value)) if isinstance(value, (list, tuple)) else value


def _collected(rest: list[Given]) -> Given:
    """``reshape(B, -1)`` and ``reshape((B, -1))`` are the same."""
    if len(rest) == 1 and isinstance(rest[0][0], (tuple, list)):
        return rest[0]
    return tuple(value for value, _ in rest), rest[0][1].to(rest[-1][1])


def _instance(
    operator: type[Operator], values: dict[str, Any], spans: dict[str, Span], span: Span, session: Session
) -> Operator:
    key = (operator, *values, *frozen(values.values())) if values else operator
    known = session.layers.get(key)
    if known is None:
        known = session.layers[key] = _validated(operator, values, spans, span, session)
    return known


def _validated(
    operator: type[Operator], values: dict[str, Any], spans: dict[str, Span], span: Span, session: Session
) -> Operator:
    for name, value in values.items():
        if type(value) not in NARROW and too_wide(value):
            help_ = "integers have 64 bits, other numbers are float32"
            raise mistake("E0602", f"{operator.name}: {name} is more than torch can take", spans[name], help=help_)
    if (made := plain(operator, values)) is not None:
        return made
    from pydantic import ValidationError

    try:
        made = operator(**values)
    except ValidationError as error:
        details = {str(detail["loc"][0]) if detail["loc"] else "": detail for detail in reversed(error.errors())}
        mistakes = [_wrong(operator, name, detail, values, spans, span) for name, detail in reversed(details.items())]
        for one in mistakes[:-1]:
            session.report(one)
        raise mistakes[-1] from None
    for name, value in values.items():
        if _was_read(value, getattr(made, name)):
            help_ = "write the size without quotes"
            raise mistake("E0401", f"{operator.name}: {name} must be a size, not a string", spans[name], help=help_)
    return made


def _was_read(given: Any, made: Any) -> bool:
    """Whether a string has been read as a size, as it is when the IR is read from JSON. In a spec, a string is a string."""
    if isinstance(given, (list, tuple)) and isinstance(made, (list, tuple)):
        return any(map(_was_read, given, made))
    return isinstance(given, str) and not isinstance(made, str)


def _wrong(
    operator: type[Operator],
    name: str,
    detail: ErrorDetails,
    values: dict[str, Any],
    spans: dict[str, Span],
    span: Span,
) -> Mistake:
    if detail["type"] == "missing":
        help_ = f"write {operator.name}({signature(operator)})"
        return mistake("E0204", f"{operator.name} lacks the argument {name!r}", span, f"give {name!r}", help=help_)
    found = describe(values.get(name))
    message = (
        f"{operator.name}: {name} {_expectation(detail)}, not {found}" if name else f"{operator.name}: {detail['msg']}"
    )
    return mistake("E0401", message, spans.get(name, span), found, help=f"write {operator.name}({signature(operator)})")


def _expectation(detail: ErrorDetails) -> str:
    context = detail.get("ctx", {})
    match detail["type"]:
        case "greater_than":
            return f"must be greater than {context['gt']}"
        case "greater_than_equal":
            return f"must be at least {context['ge']}"
        case "less_than_equal":
            return f"must be at most {context['le']}"
        case "less_than":
            return f"must be less than {context['lt']}"
        case "int_type":
            return "must be an integer"
        case "bool_type":
            return "must be True or False"
        case "finite_number":
            return "must be a finite number"
        case "literal_error":
            return f"must be {context['expected']}"
        case "float_type":
            return "must be a number"
        case "tuple_type":
            return "must be a tuple"
    text = detail["msg"]
    return text[0].lower() + text[1:]


def signature(operator: type[Operator]) -> str:
    """The arguments as the language writes them: ``out_channels, kernel_size, stride=1, ...``."""
    return ", ".join(
        name if info.is_required() else f"{name}={info.default!r}"
        for name, info in operator.fields.items()
        if info.is_required() or info.default is not None
    )
