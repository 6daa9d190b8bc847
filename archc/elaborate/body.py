"""Statements of bodies, run once at compile time; a mistake in one is reported and spoils only what depends on it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from archc.diagnostics.model import Mark
from archc.elaborate import binding, guards, initialisers, labels, own, ties, weak
from archc.elaborate import evaluate as ev
from archc.elaborate.errors import Mistake, Poisoned, mistake
from archc.elaborate.guards import NOTHING
from archc.elaborate.session import Frame
from archc.elaborate.values import POISON, RECIPES, Builtin, Condition, Demand, Function, Instance, describe, kind_of
from archc.ir.late import LateText
from archc.ir.site import Constraint
from archc.source import Span
from archc.syntax import ast


def run_to_result(statements: tuple[ast.Stmt, ...], frame: Frame, name: str, span: Span) -> Any:
    """Run a body and give what it returns."""
    before = len(frame.session.diagnostics)
    when = frame.builder.when if frame.builder is not None else ()
    result = run(statements, frame)
    if frame.builder is not None:
        frame.builder.when = when
    if result is NOTHING:
        if len(frame.session.diagnostics) > before:
            raise Poisoned
        raise mistake("E0218", f"{name} returns nothing", span, help="end it with return")
    return result


def run(statements: tuple[ast.Stmt, ...], frame: Frame) -> Any:
    """Run statements in order; ``NOTHING`` when none of them returns."""
    frame.session.budget.steps += len(statements)
    for index, statement in enumerate(statements):
        if isinstance(statement, ast.If) and not frame.returns and any(_returns((statement,))):
            return _leaving(statement, statements[index + 1 :], frame)
        try:
            result = _STATEMENTS[type(statement)](statement, frame)
        except Mistake as error:
            frame.session.report(error)
            _spoil(statement, frame)
        except Poisoned:
            _spoil(statement, frame)
        else:
            if result is not NOTHING:
                return result
    return NOTHING


def _spoil(statement: ast.Stmt, frame: Frame) -> None:
    """After a mistake, whatever the statement would have bound is unknown."""
    if isinstance(statement, ast.Return):
        raise Poisoned
    for name in bound_names(statement):
        frame.scope.values[name] = POISON
    label = labels.plain(statement.label) if isinstance(statement, ast.LabelStmt) else None
    if label is not None:
        frame.scope.values[label] = POISON


def bound_names(statement: ast.Stmt) -> Iterator[str]:
    """The names that a statement binds."""
    match statement:
        case ast.Assign():
            yield from _targets(statement.target)
        case ast.For():
            yield from _targets(statement.target)
            for inner in statement.body:
                yield from bound_names(inner)
        case ast.If():
            for _, arm in statement.arms:
                for inner in arm:
                    yield from bound_names(inner)
            for inner in statement.orelse:
                yield from bound_names(inner)


def _targets(target: ast.Expr) -> Iterator[str]:
    if isinstance(target, ast.Name):
        yield target.id
    elif isinstance(target, ast.Star):
        yield from _targets(target.value)
    elif isinstance(target, (ast.TupleExpr, ast.ListExpr)):
        for item in target.items:
            yield from _targets(item)


def returns(node: ast.Block) -> Span:
    """Where a block's value is returned, for messages."""
    return next(iter(_returns(node.body)), node.name_span)


def _returns(statements: tuple[ast.Stmt, ...]) -> Iterator[Span]:
    for statement in reversed(statements):
        match statement:
            case ast.Return():
                yield statement.value.span
            case ast.For():
                yield from _returns(statement.body)
            case ast.If():
                for part in (*(arm for _, arm in statement.arms), statement.orelse):
                    yield from _returns(part)


# --- one function for each statement ----------------------------------------------------------------------------------


def _assign(statement: ast.Assign, frame: Frame) -> Any:
    binding.assign(statement.target, ev.evaluate(statement.value, frame), frame)
    return NOTHING


def _return(statement: ast.Return, frame: Frame) -> Any:
    value = ev.evaluate(statement.value, frame)
    return weak.firm(value, statement.span, frame) if frame.returns else value


def _if(statement: ast.If, frame: Frame) -> Any:
    return _arms(statement.arms, statement.orelse, statement.span, frame)


def _arms(
    arms: tuple[tuple[ast.Expr, tuple[ast.Stmt, ...]], ...], orelse: tuple[ast.Stmt, ...], span: Span, frame: Frame
) -> Any:
    for index, (test, arm) in enumerate(arms):
        condition = ev.condition(test, frame, "if")
        if isinstance(condition, Condition):
            then, rest = partial(run, arm, frame), partial(_arms, arms[index + 1 :], orelse, span, frame)
            return _guarded(condition, then, rest, test.span, frame)
        if condition:
            return run(arm, frame)
    return run(orelse, frame)


def _leaving(statement: ast.If, rest: tuple[ast.Stmt, ...], frame: Frame) -> Any:
    """An ``if`` of which an arm returns, in a body that is written into its caller. The rest of the body belongs to the arms that do
    not, and what they all give is chosen between when the module runs."""
    try:
        return _either(statement.arms, statement.orelse, rest, statement.span, frame)
    except Mistake as error:
        frame.session.report(error)
        raise Poisoned from None


def _either(
    arms: tuple[tuple[ast.Expr, tuple[ast.Stmt, ...]], ...],
    orelse: tuple[ast.Stmt, ...],
    rest: tuple[ast.Stmt, ...],
    span: Span,
    frame: Frame,
) -> Any:
    if not arms:
        return run(orelse + rest, frame)
    (test, arm), *others = arms
    condition = ev.condition(test, frame, "if")
    then, other = partial(run, arm + rest, frame), partial(_either, tuple(others), orelse, rest, span, frame)
    if not isinstance(condition, Condition):
        return then() if condition else other()
    frame.session.budget.enter(span)
    try:
        return guards.choose_value(condition, then, other, span, frame)
    finally:
        frame.session.budget.depth -= 1


def _guarded(condition: Condition, then: guards.Arm, rest: guards.Arm, span: Span, frame: Frame) -> Any:
    frame.session.budget.enter(span)
    try:
        return guards.run_if(condition, then, rest, span, frame)
    finally:
        frame.session.budget.depth -= 1


def _for(statement: ast.For, frame: Frame) -> Any:
    before = len(frame.session.diagnostics)
    frame.session.calls = frame.session.calls or {}
    for item in ev.iterate(statement.iter, frame):
        binding.assign(statement.target, item, frame)
        result = run(statement.body, frame)
        if result is not NOTHING:
            return result
        if len(frame.session.diagnostics) > before:
            raise Poisoned
    return NOTHING


_CLAIMED = LateText("asserted")


def _assert(statement: ast.Assert, frame: Frame) -> Any:
    value = ev.said(statement.test, frame, "an assertion")
    if isinstance(value, Demand):
        if frame.builder is not None:
            claim = Constraint(value.relation, value.left, value.right, _CLAIMED, statement.span, "asserted")  # type: ignore[arg-type]
            frame.builder.demand(claim)
    elif not value:
        raise failed_assertion(statement, frame)
    return NOTHING


_EXPECTED = {"!=": "other than ", ">=": "at least ", "<=": "at most ", ">": "more than ", "<": "less than "}


def failed_assertion(statement: ast.Assert, frame: Frame) -> Mistake:
    """The mistake of an assertion that does not hold, with both its sides."""
    message, found, test = "this assertion does not hold", "", statement.test
    if statement.message is not None:
        message += f": {ev.evaluate(statement.message, frame)}"
    if isinstance(test, ast.Compare) and len(test.rights) == 1:
        left, right = ev.evaluate(test.left, frame), ev.evaluate(test.rights[0], frame)
        found = f"found {shown(left)}, expected {_EXPECTED.get(test.ops[0], '')}{shown(right)}"
    return mistake("E0209", message, test.span, found)


def shown(value: Any) -> str:
    """A value as an assertion's message shows it: integers with separators, lists in full."""
    if isinstance(value, int) and not isinstance(value, bool):
        return f"{value:,}".replace(",", "_")
    if isinstance(value, (list, tuple)):
        return "(" + ", ".join(map(shown, value)) + ")"
    return str(value)


def _label(statement: ast.LabelStmt, frame: Frame) -> Any:
    builder = frame.builder
    if builder is None:
        raise mistake("E0503", "labels belong in blocks and nets", statement.span)
    path = ev.label_path(statement.label, frame)
    recipe = ev.evaluate(statement.value, frame)
    if not isinstance(recipe, (*RECIPES, Function, Builtin, own.OwnTensor)):
        raise mistake("E0206", f"a label names a layer, not {kind_of(recipe)}", statement.value.span, describe(recipe))
    name = ".".join(path)
    known = builder.instances.get(name)
    if known is not None:
        raise mistake(
            "E0502",
            f"the label {name!r} is declared twice in one body",
            statement.label.span,
            marks=(Mark(known.span, "declared here"),),
        )
    instance = builder.instances[name] = Instance(path, recipe, statement.span, builder.next_order())
    if isinstance(recipe, own.OwnTensor):
        own.add(instance, frame)
    return NOTHING


def _init(statement: ast.Init, frame: Frame) -> Any:
    if frame.builder is None:
        raise mistake("E0112", "init rules belong in blocks and nets", statement.span)
    frame.builder.inits.append(initialisers.rule(statement, frame))
    return NOTHING


def _tie(statement: ast.Tie, frame: Frame) -> Any:
    ties.tie(statement, frame)
    return NOTHING


def _freeze(statement: ast.Freeze, frame: Frame) -> Any:
    ties.freeze(statement, frame)
    return NOTHING


_STATEMENTS: dict[type[ast.Stmt], Callable[[Any, Frame], Any]] = {
    ast.Assign: _assign,
    ast.Return: _return,
    ast.If: _if,
    ast.For: _for,
    ast.Assert: _assert,
    ast.LabelStmt: _label,
    ast.Init: _init,
    ast.Tie: _tie,
    ast.Freeze: _freeze,
}
