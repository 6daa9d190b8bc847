"""What a block is fed: its inputs by name, those that a star takes as one, and its signature bound to them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from archc.diagnostics.model import Mark
from archc.elaborate import operation, signature, weak
from archc.elaborate.errors import mistake
from archc.elaborate.scope import Scope
from archc.elaborate.session import Frame
from archc.elaborate.values import BlockRecipe
from archc.records import record
from archc.source import Span
from archc.syntax import ast


@record
class Fed:
    """What a block is fed: every input's value by name, the tensors among them, and the signature bound to these."""

    values: Mapping[str, Any]
    leaves: list[signature.Given]
    binding: signature.Binding


def feed(
    recipe_: BlockRecipe, inputs: tuple[Any, ...], keywords: Mapping[str, Any], span: Span, frame: Frame, *, local: bool
) -> Fed:
    """Meet a block's signature."""
    node = recipe_.definition.node
    values = {name: weak.firm(value, span, frame) for name, value in _arranged(node, inputs, keywords, span).items()}
    leaves: list[signature.Given] = []
    for input_, value in zip(node.inputs, values.values(), strict=True):
        if value is not None:
            leaves += signature.leaves(input_.name, signature.input_type(input_, value), value, span)
    _check_given(node, leaves, span)
    binding = _bound(recipe_, leaves, frame, local)
    signature.check_demands(binding, leaves, node.name, frame, span)
    return Fed(values, leaves, binding)


def _bound(recipe_: BlockRecipe, leaves: list[signature.Given], frame: Frame, local: bool) -> signature.Binding:
    """The signature bound to the types of what is given; once for equal ones."""
    key = ("signature", recipe_.key, local, *[(leaf.name, leaf.tensor.type) for leaf in leaves])
    known: signature.Binding | None = frame.session.memo.get(key)
    if known is None:
        callee = Frame(frame.session, Scope(recipe_.definition.file), frame.builder)
        known = frame.session.memo[key] = signature.bind(leaves, recipe_.arguments, callee, local=local)
    return known


def _check_given(node: ast.Block | ast.Extern, leaves: list[signature.Given], span: Span) -> None:
    """What may be absent goes to optional inputs only."""
    for leaf in leaves:
        if leaf.tensor.given is not None and leaf.name not in [
            input_.name for input_ in node.inputs if input_.optional
        ]:
            raise operation.may_be_absent(f"the input {leaf.name!r} of {node.name}", leaf.tensor, span)


def _arranged(
    node: ast.Block | ast.Extern, inputs: tuple[Any, ...], keywords: Mapping[str, Any], span: Span
) -> dict[str, Any]:
    """The inputs by name; ``None`` for optional ones that are not given."""
    names = [input_.name for input_ in node.inputs]
    if len(inputs) == len(names) and not keywords and not node.inputs[-1].star and None not in inputs:
        return dict(zip(names, inputs, strict=True))
    inputs = _gathered(node, inputs)
    found = dict(zip(names, inputs, strict=False))
    by_name = [input_.name for input_ in node.inputs if not input_.star]
    for name, value in keywords.items():
        if name not in by_name or name in found:
            help_ = f"its inputs are {_listed(node)}"
            raise mistake("E0203", f"{node.name} has no further input {name!r}", span, help=help_)
        found[name] = value
    for input_ in node.inputs:
        if input_.optional:
            found.setdefault(input_.name, None)
    missing = [input_.name for input_ in node.inputs if found.get(input_.name) is None and not input_.optional]
    if len(inputs) > len(names) or missing:
        marks = (Mark(node.name_span, f"{node.name} is defined here"),)
        least = "at least " if by_name != names else ""
        words = f"{least}{len(names)} input{'' if len(names) == 1 else 's'} ({_listed(node)})"
        raise mistake("E0309", f"{node.name} takes {words}, got {len(inputs) + len(keywords)}", span, marks=marks)
    return {name: found[name] for name in names}


def _gathered(node: ast.Block | ast.Extern, inputs: tuple[Any, ...]) -> tuple[Any, ...]:
    """What an input with a star takes is one tuple."""
    fixed = len(node.inputs) - 1
    if not node.inputs or not node.inputs[-1].star or len(inputs) <= fixed:
        return inputs
    return (*inputs[:fixed], inputs[fixed:])


def _listed(node: ast.Block | ast.Extern) -> str:
    return ", ".join("*" * input_.star + input_.name for input_ in node.inputs)
