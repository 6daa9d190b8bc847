"""Application: layers, lists, blocks and functions fed with tensors become nodes of the module under construction."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import groupby
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

Inputs = tuple[Any, ...]
Keywords = Mapping[str, Any]


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
        match recipe:  # what nets are mostly made of first
            case Layer():
                return operation.apply_layer(recipe, inputs, keywords, path, span, frame, owner, count)
            case BlockRecipe():
                return blocks.apply_block(recipe, inputs, keywords, path, span, frame, owner, count)
            case OperatorName():
                layer = layers.bare(recipe.operator, span, frame.session)
                return operation.apply_layer(layer, inputs, keywords, path, span, frame, owner, count)
            case Builtin() | Definition():
                made = _with_defaults(recipe, span, frame)
                return run(made, inputs, keywords, path, span, frame, owner, count)
            case LabelledRecipe():
                below = (*(path or ()), *recipe.path)
                return apply(recipe.recipe, inputs, keywords, below, recipe.span, frame, owner), 1
            case list():
                return _apply_list(recipe, inputs, keywords, path, span, frame, owner), 1
            case Instance():
                return _apply_instance(recipe, inputs, keywords, path, span, frame), 1
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


def _with_defaults(recipe: Builtin | Definition, span: Span, frame: Frame) -> Any:
    """A name alone is the layer or block with its defaults."""
    if isinstance(recipe, Definition):
        return calls.block_recipe(recipe, calls.Arguments(span), frame)
    operator = operators().get(recipe.name)
    if operator is None:
        raise mistake("E0206", f"{recipe.name} is a function of numbers, not a layer", span)
    return layers.bare(operator, span, frame.session)


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
    frame.session.budget.spend(len(items), span)
    builder = operation.builder_of(frame)
    if path is None:
        return _apply_items(items, inputs, keywords, (), span, frame, owner)
    builder.add_container(path, span, owner)
    with builder.inside(path):
        return _apply_items(items, inputs, keywords, path, span, frame, owner)


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
    for item, left in _runs(items):
        place = getattr(item, "span", span)
        while left:
            label = path if isinstance(item, LabelledRecipe) else (*path, str(position))
            count = left if isinstance(value, Tensor) and not keywords else 1
            given = value if isinstance(value, tuple) else (value,)
            value, used = run(item, given, keywords, label, place, frame, owner, count)
            keywords = {}
            position, left = position + used, left - used
    return value


def _runs(items: list[Any]) -> list[tuple[Any, int]]:
    """The items, equal ones side by side together, with their number. ``None`` is no layer."""
    if items and items.count(items[0]) == len(items):  # a block times ten thousand
        return [(items[0], len(items))] if items[0] is not None else []
    runs: list[tuple[Any, int]] = []
    for _, same in groupby(items, id):
        item, *others = same
        count = 1 + len(others)
        if runs and _alike(runs[-1][0], item):
            item, before = runs.pop()
            count += before
        if item is not None:
            runs.append((item, count))
    return runs


def _alike(one: Any, other: Any) -> bool:
    if isinstance(one, BlockRecipe):
        return isinstance(other, BlockRecipe) and one.key == other.key
    return isinstance(one, Layer) and isinstance(other, Layer) and one.operator is other.operator
