"""Conditions of run time: ``training``, and whether a net's optional input is given. Both arms are elaborated, then joined."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

from archc.elaborate.errors import mistake
from archc.elaborate.session import Frame
from archc.elaborate.values import POISON, Condition, Tensor
from archc.ir.graph import Guard, Node, Value
from archc.ir.types import TensorType, Type
from archc.source import Span

NOTHING = object()
"""What a body gives that has not returned."""

HELP = "`training` and absent inputs are known only when the module runs: make what differs a hyperparameter"

RETURN_HELP = "return in both cases, or give the block a label: then its forward returns early"

Arm = Callable[[], Any]


def training(frame: Frame) -> bool | Condition:
    """The value of ``training``: within an arm of a condition on it, it is known."""
    guard = Guard("training")
    known = _known(guard, frame)
    return Condition((guard,)) if known is None else known


def negated(condition: Condition) -> Condition:
    """The opposite of a condition (De Morgan)."""
    parts = tuple(part.opposite if isinstance(part, Guard) else negated(part) for part in condition.parts)
    return Condition(parts, not condition.every)


def _split(condition: Condition, then: Arm, orelse: Arm, decide: Callable[[Guard, Arm, Arm], Any]) -> Any:
    """A condition of several parts as conditions within each other, each of one guard. What has two places is elaborated twice."""
    first, rest = condition.parts[0], condition.parts[1:]
    if rest:
        others = partial(_split, Condition(rest, condition.every), then, orelse, decide)
        then, orelse = (others, orelse) if condition.every else (then, others)
    return decide(first, then, orelse) if isinstance(first, Guard) else _split(first, then, orelse, decide)


def run_if(condition: Condition, then: Arm, orelse: Arm, span: Span, frame: Frame) -> Any:
    """Elaborate both arms of a statement; names that differ afterwards are chosen when the module runs.

    Behind an arm that returns, the rest of the body knows what the other arm knows.
    """

    def decide(guard: Guard, then: Arm, orelse: Arm) -> Any:
        return _run_if(guard, then, orelse, span, frame)

    return _split(condition, then, orelse, decide)


def _run_if(guard: Guard, then: Arm, orelse: Arm, span: Span, frame: Frame) -> Any:
    known = _known(guard, frame)
    if known is not None:
        return then() if known else orelse()
    values = frame.scope.values
    before = dict(values)
    first = _arm(guard, then, frame)
    after_first, place = dict(values), _place(frame)
    _reset(values, before)
    other = guard.opposite
    second = _arm(other, orelse, frame)
    after_second = dict(values)
    if first is not NOTHING or second is not NOTHING:
        _reset(values, after_second if first is not NOTHING else after_first)
    else:
        _reset(values, before)
        _join(guard, after_first, after_second, span, frame)
    if first is not NOTHING:
        return _returned(guard, other, first, place, second, frame, span)
    return NOTHING if second is NOTHING else _returned(other, guard, second, _place(frame), NOTHING, frame, span)


def _known(guard: Guard, frame: Frame) -> bool | None:
    """Whether a condition holds, where an arm of a condition around tells."""
    when = () if frame.builder is None else frame.builder.when
    return guard in when if guard in when or guard.opposite in when else None


def _place(frame: Frame) -> int:
    """How many nodes there are so far."""
    assert frame.builder is not None
    return len(frame.builder.nodes)


def _arm(guard: Guard, arm: Arm, frame: Frame) -> Any:
    assert frame.builder is not None
    _narrow(guard, frame)
    with frame.builder.under(guard):
        _recall(frame)
        return arm()


def _recall(frame: Frame) -> None:
    """Names that were bound where no more was known than here."""
    assert frame.builder is not None
    for when, values in frame.scope.held.items():
        if set(when) <= set(frame.builder.when):
            frame.scope.values.update({name: value for name, value in values.items() if name not in frame.scope.values})


def _narrow(guard: Guard, frame: Frame) -> None:
    """Within an arm, an optional input is given, or is ``None``."""
    for name, value in list(frame.scope.values.items()):
        if isinstance(value, Tensor) and value.given is not None and value.given.subject == guard.subject:
            frame.scope.values[name] = None if guard.negated else replace(value, given=None)


def _reset(values: dict[str, Any], before: dict[str, Any]) -> None:
    values.clear()
    values.update(before)


def _join(guard: Guard, first: dict[str, Any], second: dict[str, Any], span: Span, frame: Frame) -> None:
    """Bind the names that both arms leave behind. A name of one arm only is known again where the same condition holds."""
    before = frame.scope.values
    for name in [*first, *(name for name in second if name not in first)]:
        if name not in first or name not in second:
            _hold(name, guard if name in first else guard.opposite, (first | second)[name], frame)
            continue
        one, other = first[name], second[name]
        if _narrowed(before.get(name), one, other):
            continue
        spoilt = one is POISON or other is POISON
        before[name] = POISON if spoilt else one if one is other else choose(guard, one, other, span, frame)
        _note(name, before[name], frame)


def _hold(name: str, guard: Guard, value: Any, frame: Frame) -> None:
    assert frame.builder is not None
    frame.scope.held.setdefault((*frame.builder.when, guard), {})[name] = value


def _note(name: str, value: Any, frame: Frame) -> None:
    """What the spec calls a value that is chosen."""
    if isinstance(value, Tensor) and frame.builder is not None:
        frame.builder.names.setdefault(value.value, name)


def _narrowed(before: Any, one: Any, other: Any) -> bool:
    """Whether the arms only know more of an optional input."""
    if not isinstance(before, Tensor) or before.given is None:
        return False
    return all(value is None or (isinstance(value, Tensor) and value.value == before.value) for value in (one, other))


def choose(guard: Guard, one: Any, other: Any, span: Span, frame: Frame) -> Any:
    """``one`` where the condition holds, else ``other``; both must have the same type."""
    if isinstance(one, tuple) and isinstance(other, tuple) and len(one) == len(other):
        return tuple(choose(guard, a, b, span, frame) for a, b in zip(one, other, strict=True))
    if (one is NOTHING) != (other is NOTHING):
        raise mistake("E0207", "under a condition of run time, this returns in some cases only", span, help=RETURN_HELP)
    if not isinstance(one, Tensor) or not isinstance(other, Tensor):
        if type(one) is type(other) and one == other:
            return one
        raise mistake("E0207", "under a condition of run time, only tensors may differ", span, help=HELP)
    if one.value == other.value:
        return one
    if one.type != other.type:
        raise mistake(
            "E0310",
            f"the arms give different types: {one.type} and {other.type}",
            span,
            "both must be alike",
            help=_to_convert(one.type, other.type),
        )
    assert frame.builder is not None
    node = Node(inputs=(one.value, other.value), output=one.type, span=span, choice=guard)
    return Tensor(Value(frame.builder.add_node(node)), one.type, span)


def _to_convert(one: Type, other: Type) -> str | None:
    """What makes tensors of one shape alike."""
    if isinstance(one, TensorType) and isinstance(other, TensorType) and one.shape == other.shape:
        return "convert one of them, for example `.to(x.dtype)`"
    return None


def _returned(guard: Guard, other: Guard, result: Any, place: int, rest: Any, frame: Frame, span: Span) -> Any:
    """Note that an arm returns; the rest of the body is left to the other, which may return as well."""
    builder = frame.builder
    assert builder is not None
    builder.early.append(((*builder.when, guard), place, result))
    builder.when = (*builder.when, other)
    _recall(frame)
    return rest


def choose_value(condition: Condition, then: Arm, orelse: Arm, span: Span, frame: Frame) -> Any:
    """A conditional expression under a condition of run time."""

    def decide(guard: Guard, then: Arm, orelse: Arm) -> Any:
        known = _known(guard, frame)
        if known is not None:
            return then() if known else orelse()
        before = dict(frame.scope.values)
        one = _arm(guard, then, frame)
        _reset(frame.scope.values, before)
        other = _arm(guard.opposite, orelse, frame)
        _reset(frame.scope.values, before)
        return choose(guard, one, other, span, frame)

    return _split(condition, then, orelse, decide)
