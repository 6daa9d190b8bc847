"""Chains: ``x -> conv1: conv(8, 3) -> relu``."""

from __future__ import annotations

from typing import Any

from archc.elaborate import apply, calls, labels
from archc.elaborate import evaluate as ev
from archc.elaborate.builder import Path
from archc.elaborate.errors import Applied, Mistake, Poisoned
from archc.elaborate.session import Frame
from archc.syntax import ast


def chain(node: ast.Chain, frame: Frame) -> Any:
    """What the last step gives. Where a step is wrong, those behind it are still looked through for mistakes of their own."""
    rest = iter(node.steps)
    try:
        value, keywords = _source(node.source, frame)
        for step in rest:
            path, recipe = _recipe(step, frame)
            if recipe is not None or path is not None:
                inputs = value if isinstance(value, tuple) else (value,)
                value, _ = apply.run(recipe, inputs, keywords, path, step.span, frame, None, 1)
                keywords = {}
    except Mistake as error:
        frame.session.report(error)
    except Poisoned:
        pass
    else:
        return value
    ev.evaluate_all(tuple(rest), frame)
    raise Poisoned


def _source(node: ast.Expr, frame: Frame) -> tuple[Any, dict[str, Any]]:
    """What stands before the first arrow: positional inputs, and those that are named."""
    if isinstance(node, ast.KeywordInputs):
        return calls.keyword_inputs(node, frame)
    return ev.evaluate(node, frame), {}


def _recipe(step: ast.Expr, frame: Frame) -> tuple[Path | None, Any]:
    """What a step applies, and the label that it gives."""
    try:
        if isinstance(step, ast.Labelled):
            return ev.label_path(step.label, frame), ev.evaluate(step.value, frame)
        return None, ev.evaluate(step, frame)
    except Mistake as error:
        if error.applied is None:
            error.applied = _written(step)
        raise


def _written(step: ast.Expr) -> Applied:
    """A step that has no value."""
    if not isinstance(step, ast.Labelled):
        return Applied(step, (), step.span)
    return Applied(step.value, tuple((labels.plain(step.label) or "").split(".")), step.value.span)
