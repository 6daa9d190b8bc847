"""Statements under conditions of run time, laid out as ``if`` blocks: neighbours under the same conditions share a block."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import groupby

from archc.backends.torch.branches import When
from archc.backends.torch.format import INDENT, WIDTH, with_comment
from archc.ir.graph import Guard
from archc.records import record

Level = Guard | tuple[Guard, ...] | int
"""What a block hangs on: a condition, several at once, or the loop whose head is this step."""


@record
class Arm:
    """What an arm of a condition assigns: ``chosen`` tells the choice, ``name`` and ``value`` are the sides of the statement."""

    chosen: int
    name: str
    value: str


@record
class Statement:
    """A statement: its lines at a depth of 0, the blocks that it is in, a comment, and the choice that it makes, if it makes one."""

    lines: tuple[str, ...]
    levels: tuple[Level, ...] = ()
    comment: str = ""
    arm: Arm | None = None


def condition(guard: Guard | tuple[Guard, ...], inputs: Sequence[str]) -> str:
    """A condition of run time as Python."""
    if isinstance(guard, tuple):
        return " and ".join(condition(part, inputs) for part in guard)
    if guard.subject == "training":
        return "not self.training" if guard.negated else "self.training"
    return f"{inputs[guard.subject]} is {'' if guard.negated else 'not '}None"


def lay_out(statements: Sequence[Statement], inputs: Sequence[str], depth: int) -> list[str]:
    """The lines of a function's body at a depth of indentation."""
    lines: list[str] = []
    open_: tuple[Level, ...] = ()
    final: list[bool] = []  # whether the open block is an else, or hangs on a loop
    for statement in _folded(list(_joined(statements, inputs, depth)), 0):
        shared = _shared(open_, statement.levels)
        for place in range(shared, len(statement.levels)):
            level = statement.levels[place]
            beside = place == shared and place < len(open_) and not final[place]
            other = beside and isinstance(level, Guard) and open_[place] == level.opposite
            final[place:] = [other or not isinstance(level, Guard)]
            if not isinstance(level, int):
                text = "else:" if other else f"if {condition(level, inputs)}:"
                lines.append(INDENT * (depth + place) + text)
        open_ = statement.levels
        indent = INDENT * (depth + len(statement.levels))
        lines += with_comment([indent + line for line in statement.lines], statement.comment)
    return lines


def _shared(one: Sequence[Level], other: Sequence[Level]) -> int:
    """How many blocks both are in."""
    return next((i for i, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))


def _folded(statements: Sequence[Statement], place: int) -> list[Statement]:
    """The statements, with ``if a and b:`` for a block that is all there is in another, which has no ``else``."""
    groups = [
        list(group) for _, group in groupby(statements, key=lambda statement: statement.levels[place : place + 1])
    ]
    heads = [group[0].levels[place : place + 1] for group in groups]
    found: list[Statement] = []
    for number, (group, head) in enumerate(zip(groups, heads, strict=True)):
        if not head:
            found += group
            continue
        near = (*heads[max(number - 1, 0) : number], *heads[number + 1 : number + 2])
        alone = not any(_opposed(head[0], other[0]) for other in near if other)
        inner = {statement.levels[place + 1 : place + 2] for statement in group}
        both = _both(head[0], inner.pop()) if alone and len(inner) == 1 else None
        if both is None:
            found += _folded(group, place + 1)
        else:
            joined = (replace(s, levels=(*s.levels[:place], both, *s.levels[place + 2 :])) for s in group)
            found += _folded(list(joined), place)
    return found


def _both(one: Level, inner: Sequence[Level]) -> Level | None:
    if isinstance(one, int) or not inner or not isinstance(inner[0], Guard):
        return None
    return (*(one if isinstance(one, tuple) else (one,)), inner[0])


def _opposed(one: Level, other: Level) -> bool:
    return isinstance(one, Guard) and isinstance(other, Guard) and one.opposite == other


def _joined(statements: Sequence[Statement], inputs: Sequence[str], depth: int) -> Iterable[Statement]:
    """The statements, with ``x = a if condition else b`` where each arm has no more than that."""
    skip = False
    for index, one in enumerate(statements):
        joined = None if skip else _join(statements, index, inputs)
        if joined is not None and _width(joined, depth) <= WIDTH:
            yield joined
            skip = True
        elif skip:
            skip = False
        else:
            yield one


def _join(statements: Sequence[Statement], index: int, inputs: Sequence[str]) -> Statement | None:
    """This statement and the next in one, if they are all that is in both arms."""
    one, other = statements[index], statements[index + 1] if index + 1 < len(statements) else None
    if one.arm is None or other is None or other.arm is None or one.arm.chosen != other.arm.chosen:
        return None
    *around, last = one.levels
    if not isinstance(last, Guard) or other.levels != (*around, last.opposite):
        return None
    near = [statements[place].levels for place in (index - 1, index + 2) if 0 <= place < len(statements)]
    if any(levels[: len(one.levels)] in (one.levels, other.levels) for levels in near):
        return None
    value = f"{one.arm.value} if {condition(last, inputs)} else {other.arm.value}"
    return replace(one, lines=(f"{one.arm.name} = {value}",), levels=tuple(around), arm=None)


def _width(statement: Statement, depth: int) -> int:
    return len(INDENT) * (depth + len(statement.levels)) + max(map(len, statement.lines))


def inside(when: When, head: int, around: When) -> tuple[Level, ...]:
    """The blocks around a step: ``head`` is the loop that it is in (or -1), which is under the conditions ``around``."""
    return when if head < 0 else (*around, head, *when[len(around) :])
