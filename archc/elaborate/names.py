"""Names: what is bound further out, and the declared layers that dotted labels name."""

from __future__ import annotations

from typing import Any

from archc.elaborate import evaluate as ev
from archc.elaborate import guards, own
from archc.elaborate.scope import MISSING
from archc.elaborate.session import Frame
from archc.elaborate.values import Instance
from archc.syntax import ast


def further(node: ast.Name, frame: Frame) -> Any:
    """The value of a name that is not bound in the innermost scope."""
    scope, builder = frame.scope, frame.builder
    value = MISSING if scope.outer is None else scope.outer.find_local(node.id)
    if value is not MISSING:
        return value
    if node.id == "training":
        return guards.training(frame)
    instance = None if builder is None else builder.instances.get(node.id)
    return scope.outside(node) if instance is None else used(instance, frame)


def used(instance: Instance, frame: Frame) -> Any:
    """What a declared label stands for: an own tensor is its value, a layer is to be applied."""
    return own.tensor(instance, frame) if isinstance(instance.recipe, own.OwnTensor) else instance


def declared(node: ast.Expr, frame: Frame) -> Instance | None:
    """The declared layer of a dotted label (``encoder.pos_embedding``, ``layers[i].norm``), if that is what the node names."""
    if frame.builder is None or not frame.builder.instances:
        return None
    below: list[ast.Attribute | ast.Subscript] = []
    while isinstance(node, (ast.Attribute, ast.Subscript)):
        below.append(node)
        node = node.value
    path = node.id if isinstance(node, ast.Name) else None
    for part in reversed(below):
        path = path and _below(path, part, frame.builder.instances, frame)
    return frame.builder.instances.get(path) if path else None


def _below(path: str, part: ast.Attribute | ast.Subscript, instances: dict[str, Instance], frame: Frame) -> str | None:
    """The label one level below; ``[i]`` stands for the level ``i``."""
    if isinstance(part, ast.Attribute):
        return f"{path}.{part.name}"
    if len(part.items) > 1 or not any(name.startswith(f"{path}.") for name in instances):
        return None
    value = ev.index(part.items[0], frame)
    return f"{path}.{value}" if isinstance(value, (int, str)) else None
