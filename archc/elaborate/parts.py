"""What is taken apart as a list is: a declared list of layers, and a tensor along its first dim."""

from __future__ import annotations

from typing import Any

from archc.elaborate import operation
from archc.elaborate.session import Frame
from archc.elaborate.values import Instance, LabelledRecipe, Tensor
from archc.source import Span


def layers(value: Any, frame: Frame) -> Any:
    """A declared list as a list of its layers, each of them declared; any other value as it is."""
    if not isinstance(value, Instance) or not isinstance(value.recipe, list):
        return value
    value.applied = True
    items = [item for item in value.recipe if item is not None]
    return [_declared(value, position, item, frame) for position, item in enumerate(items)]


def _declared(whole: Instance, position: int, item: Any, frame: Frame) -> Instance:
    below, recipe = (item.path, item.recipe) if isinstance(item, LabelledRecipe) else ((str(position),), item)
    instance = Instance((*whole.path, *below), recipe, whole.span, whole.order)
    return operation.builder_of(frame).instances.setdefault(".".join(instance.path), instance)


def unpacked(value: Any, span: Span, frame: Frame) -> Any:
    """A tensor as the slices along its first dim, a declared list as its layers; any other value as it is."""
    if isinstance(value, Tensor):
        return operation.operation("unbind", (value,), {"dim": 0}, span, frame)
    return layers(value, frame)
