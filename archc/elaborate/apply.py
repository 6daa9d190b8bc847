"""Application: layers, lists, blocks and functions fed with tensors become nodes of the module under construction."""

from __future__ import annotations

from collections.abc import Callable, Mapping
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
        handler = _APPLIED.get(type(recipe))
        if handler is None:
            what = f"{kind_of(recipe)} is not a layer"
            raise mistake("E0206", what, span, describe(recipe), help=_layer_hint(recipe))
        return handler(recipe, inputs, keywords, path, span, frame, owner, count)
    except Mistake as error:
        if error.applied is None:
            error.applied = Applied(recipe, path or (), span)
        raise


def _layer_hint(recipe: Any) -> str | None:
    if isinstance(recipe, tuple):
        return "a list is a sequence of layers: write [...] instead of (...)"
    return "add tensors with +" if isinstance(recipe, Tensor) else None


# --- what can be applied: one function for each kind of recipe --------------------------------------------------------


def _labelled(
    recipe: LabelledRecipe,
    inputs: Inputs,
    keywords: Keywords,
    path: Path | None,
    span: Span,
    frame: Frame,
    owner: Instance | None,
    count: int,
) -> tuple[Any, int]:
    return run(recipe.recipe, inputs, keywords, (*(path or ()), *recipe.path), recipe.span, frame, owner, 1)


def _bare(
    recipe: OperatorName | Builtin | Definition,
    inputs: Inputs,
    keywords: Keywords,
    path: Path | None,
    span: Span,
    frame: Frame,
    owner: Instance | None,
    count: int,
) -> tuple[Any, int]:
    """A name alone is the layer or block with its defaults."""
    made: Any
    if isinstance(recipe, Definition):
        made = calls.block_recipe(recipe, calls.Arguments(span), frame)
    else:
        operator = recipe.operator if isinstance(recipe, OperatorName) else operators().get(recipe.name)
        if operator is None:
            raise mistake("E0206", f"{recipe.name} is a function of numbers, not a layer", span)  # type: ignore[union-attr]
        made = layers.bare(operator, span, frame.session)
    return run(made, inputs, keywords, path, span, frame, owner, count)


def _instance(
    instance: Instance,
    inputs: Inputs,
    keywords: Keywords,
    path: Path | None,
    span: Span,
    frame: Frame,
    owner: Instance | None,
    count: int,
) -> tuple[Any, int]:
    if path is not None:
        label = ".".join(instance.path)
        raise mistake("E0502", f"{label!r} has its label already", span, marks=(Mark(instance.span, "declared here"),))
    instance.applied = True
    return run(instance.recipe, inputs, keywords, instance.path, span, frame, instance, 1)


def _function(
    function: Function,
    inputs: Inputs,
    keywords: Keywords,
    path: Path | None,
    span: Span,
    frame: Frame,
    owner: Instance | None,
    count: int,
) -> tuple[Any, int]:
    if path is not None and not path[-1].isdecimal():
        raise mistake("E0503", f"{function.node.name} is a function: it has no parameters to label", span)
    arguments = calls.Arguments(span, [(value, span) for value in inputs])
    arguments.keywords = {name: (value, span) for name, value in keywords.items()}
    arguments.names = dict.fromkeys(keywords, span)
    return calls.call_function(function, arguments, frame), 1


def _list(
    items: list[Any],
    inputs: Inputs,
    keywords: Keywords,
    path: Path | None,
    span: Span,
    frame: Frame,
    owner: Instance | None,
    count: int,
) -> tuple[Any, int]:
    frame.session.budget.spend(len(items), span)
    builder = operation.builder_of(frame)
    if path is None:
        return _items(items, inputs, keywords, (), span, frame, owner), 1
    builder.add_container(path, span, owner)
    with builder.inside(path):
        return _items(items, inputs, keywords, path, span, frame, owner), 1


def _items(
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


_APPLIED: dict[type, Callable[..., tuple[Any, int]]] = {
    LabelledRecipe: _labelled,
    Instance: _instance,
    Layer: lambda *given: operation.apply_layer(*given),  # these two modules import this one
    BlockRecipe: lambda *given: blocks.apply_block(*given),
    list: _list,
    OperatorName: _bare,
    Builtin: _bare,
    Definition: _bare,
    Function: _function,
}
