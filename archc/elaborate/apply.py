"""Application: layers, lists, blocks and functions fed with tensors become nodes of the module under construction."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from archc.diagnostics.model import Mark
from archc.elaborate import blocks, calls, layers, operation
from archc.elaborate.builder import Path
from archc.elaborate.errors import Applied, Mistake, mistake
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
    try:
        if frame.builder is None:
            raise mistake("E0206", "layers are applied to tensors in blocks and nets only", span)
        match recipe:
            case LabelledRecipe():
                return apply(
                    recipe.recipe, inputs, keywords, (*(path or ()), *recipe.path), recipe.span, frame, owner
                ), 1
            case Instance():
                return _apply_instance(recipe, inputs, keywords, path, span, frame), 1
            case Layer():
                return operation.apply_layer(recipe, inputs, keywords, path, span, frame, owner, count)
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
    except Mistake as error:
        if error.applied is None:
            error.applied = Applied(recipe, path or (), span)
        raise


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
    builder = operation.builder_of(frame)
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
    if not isinstance(first, BlockRecipe | Layer):
        return 1
    while stop < len(items) and (items[stop] is first or _same(first, items[stop])):
        stop += 1
    return stop - start


def _same(one: BlockRecipe | Layer, other: Any) -> bool:
    if isinstance(one, BlockRecipe):
        return isinstance(other, BlockRecipe) and one.key == other.key
    return isinstance(other, Layer) and one.operator is other.operator
