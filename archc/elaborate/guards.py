"""Conditions of run time: ``training``, and whether a net's optional input is given. Both arms are elaborated, then joined."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from archc.elaborate.errors import mistake, not_yet
from archc.elaborate.session import Frame
from archc.elaborate.values import Condition, Tensor
from archc.ir.graph import Guard, Node, Value
from archc.source import Span

NOTHING = object()
"""What a body gives that has not returned."""

HELP = "`training` and absent inputs are known only when the module runs: make what differs a hyperparameter"

Arm = Callable[[], Any]


def training(frame: Frame) -> bool | Condition:
    """The value of ``training``: within an arm of a condition on it, it is known."""
    guard = Guard("training")
    when = () if frame.builder is None else frame.builder.when
    return guard in when if guard in when or _opposite(guard) in when else Condition((guard,))


def _opposite(guard: Guard) -> Guard:
    return Guard(guard.subject, not guard.negated)


def negated(condition: Condition, span: Span) -> Condition:
    """The opposite of a condition."""
    if len(condition.guards) != 1:
        raise not_yet("the opposite of several conditions of run time", span)
    return Condition((_opposite(condition.guards[0]),))


def run_if(condition: Condition, then: Arm, orelse: Arm, span: Span, frame: Frame) -> Any:
    """Elaborate both arms of a statement; names that differ afterwards are chosen when the module runs.

    Behind an arm that returns, the rest of the body knows what the other arm knows.
    """
    if len(condition.guards) > 1:
        return _run_nested(condition, then, orelse, span, frame)
    values = frame.scope.values
    before = dict(values)
    first = _arm(condition, then, frame)
    after_first, place = dict(values), _place(frame)
    _reset(values, before)
    other = negated(condition, span)
    second = _arm(other, orelse, frame)
    after_second = dict(values)
    if first is not NOTHING or second is not NOTHING:
        _reset(values, after_second if first is not NOTHING else after_first)
    else:
        _reset(values, before)
        _join(condition, after_first, after_second, span, frame)
    if first is not NOTHING:
        return _returned(condition, other, first, place, second, frame, span)
    return NOTHING if second is NOTHING else _returned(other, condition, second, _place(frame), NOTHING, frame, span)


def _place(frame: Frame) -> int:
    """How many nodes there are so far."""
    assert frame.builder is not None
    return len(frame.builder.nodes)


def _run_nested(condition: Condition, then: Arm, orelse: Arm, span: Span, frame: Frame) -> Any:
    """Several conditions at once: one within the other, so that what is done otherwise would have two places."""
    one, others = Condition(condition.guards[:1]), Condition(condition.guards[1:])

    def nothing_else() -> Any:
        before, size = dict(frame.scope.values), _place(frame)
        if orelse() is not NOTHING or _place(frame) > size or frame.scope.values != before:
            raise not_yet("else behind several conditions of run time", span)
        return NOTHING

    return run_if(one, lambda: run_if(others, then, nothing_else, span, frame), nothing_else, span, frame)


def _arm(condition: Condition, arm: Arm, frame: Frame) -> Any:
    assert frame.builder is not None
    _narrow(condition, frame)
    with frame.builder.under(*condition.guards):
        return arm()


def _narrow(condition: Condition, frame: Frame) -> None:
    """Within an arm, an optional input is given, or is ``None``."""
    for name, value in list(frame.scope.values.items()):
        for guard in condition.guards:
            if isinstance(value, Tensor) and value.given is not None and value.given.subject == guard.subject:
                frame.scope.values[name] = None if guard.negated else replace(value, given=None)


def _reset(values: dict[str, Any], before: dict[str, Any]) -> None:
    values.clear()
    values.update(before)


def _join(condition: Condition, first: dict[str, Any], second: dict[str, Any], span: Span, frame: Frame) -> None:
    """Bind the names that both arms leave behind."""
    before = frame.scope.values
    for name in [*first, *(name for name in second if name not in first)]:
        if name not in first or name not in second:
            continue  # a name of one arm only is not known behind it
        one, other = first[name], second[name]
        if _narrowed(before.get(name), one, other):
            continue
        before[name] = one if one is other else choose(condition, one, other, span, frame)
        _note(name, before[name], frame)


def _note(name: str, value: Any, frame: Frame) -> None:
    """What the spec calls a value that is chosen."""
    if isinstance(value, Tensor) and frame.builder is not None:
        frame.builder.names.setdefault(value.value, name)


def _narrowed(before: Any, one: Any, other: Any) -> bool:
    """Whether the arms only know more of an optional input."""
    if not isinstance(before, Tensor) or before.given is None:
        return False
    return all(value is None or (isinstance(value, Tensor) and value.value == before.value) for value in (one, other))


def choose(condition: Condition, one: Any, other: Any, span: Span, frame: Frame) -> Any:
    """``one`` where the condition holds, else ``other``; both must have the same type."""
    if isinstance(one, tuple) and isinstance(other, tuple) and len(one) == len(other):
        return tuple(choose(condition, a, b, span, frame) for a, b in zip(one, other, strict=True))
    if not isinstance(one, Tensor) or not isinstance(other, Tensor):
        if type(one) is type(other) and one == other:
            return one
        raise mistake("E0207", "under a condition of run time, only tensors may differ", span, help=HELP)
    if one.value == other.value:
        return one
    if one.type != other.type:
        raise mistake(
            "E0310", f"the arms give different types: {one.type} and {other.type}", span, "both must be alike"
        )
    assert frame.builder is not None and len(condition.guards) == 1
    node = Node(inputs=(one.value, other.value), output=one.type, span=span, choice=condition.guards[0])
    return Tensor(Value(frame.builder.add_node(node)), one.type, span)


def _returned(
    condition: Condition, other: Condition, result: Any, place: int, rest: Any, frame: Frame, span: Span
) -> Any:
    """Note that an arm returns; the rest of the body is left to the other, which may return as well."""
    builder = frame.builder
    assert builder is not None
    if not frame.returns:
        raise not_yet("a return under a condition of run time, in a body without a label,", span)
    builder.early.append((Condition((*builder.when, *condition.guards)), place, result))
    builder.when = (*builder.when, *other.guards)
    return rest


def choose_value(condition: Condition, then: Arm, orelse: Arm, span: Span, frame: Frame) -> Any:
    """A conditional expression under a condition of run time."""
    before = dict(frame.scope.values)
    one = _arm(condition, then, frame)
    _reset(frame.scope.values, before)
    other = _arm(negated(condition, span), orelse, frame)
    _reset(frame.scope.values, before)
    return choose(condition, one, other, span, frame)
