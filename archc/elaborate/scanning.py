"""``scan``: a block applied step by step along an axis, with states that it carries."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from archc.diagnostics.model import Mark
from archc.elaborate import blocks, calls, tensors, weak
from archc.elaborate.builder import Path
from archc.elaborate.errors import mistake
from archc.elaborate.session import Frame
from archc.elaborate.values import BlockRecipe, Definition, Instance, LabelledRecipe, Tensor, describe, kind_of
from archc.ir.dims import DimLike
from archc.ir.graph import Scan
from archc.ir.site import Refusal, Site
from archc.ir.types import TensorType, Type, show
from archc.source import Span
from archc.syntax import ast

if TYPE_CHECKING:
    from archc.elaborate.calls import Arguments

FORM = "scan(label: Step(...), over=y, carry=h, given=memory, dim=1)"


def scan(node: ast.Call, frame: Frame) -> Any:
    """``scan(decoder: Step(hidden), over=y, carry=h0, given=memory, dim=1)``: what is collected, then the last states."""
    arguments = calls.evaluate_arguments(node.args, node.span, frame)
    recipe, path, owner = _step(arguments, frame)
    for name in arguments.keywords:
        if name not in ("over", "carry", "given", "dim"):
            raise calls.unknown_argument("scan", name, arguments, ("over", "carry", "given", "dim"))
    over, carry, given = (_tensors(arguments, name, frame) for name in ("over", "carry", "given"))
    if not over:
        raise mistake("E0204", "scan lacks the argument 'over'", node.span, help=f"write {FORM}")
    dim = _axis(arguments, over, node.span)
    length = _length(over, dim, node.span, frame)
    slices = [Tensor(x.value, _without(x.type, dim), x.span) for x in over]
    step, operands = blocks.use(recipe, (*slices, *carry, *given), {}, path, node.span, frame)
    output = _output(step.output, carry, length, dim, node.span)
    how = Scan(len(over), len(carry), dim)
    index = blocks.add_call(replace(step, output=output), operands, path, node.span, 1, frame, owner, how)
    results = tensors.wrap(output, index, node.span)
    return results if len(results) > 1 else results[0]


def _step(arguments: Arguments, frame: Frame) -> tuple[BlockRecipe, Path, Instance | None]:
    """The block to apply, and its label."""
    if len(arguments.positional) != 1:
        raise mistake("E0204", "scan takes one block, with its label", arguments.span, help=f"write {FORM}")
    value, span = arguments.positional[0]
    owner, path = None, None
    if isinstance(value, LabelledRecipe):
        path, value = value.path, value.recipe
    elif isinstance(value, Instance):
        owner, path, value = value, value.path, value.recipe
        owner.applied = True
    if isinstance(value, Definition):
        value = calls.block_recipe(value, calls.Arguments(span), frame)
    if not isinstance(value, BlockRecipe):
        raise mistake("E0206", f"scan takes a block, not {kind_of(value)}", span, describe(value), help=f"write {FORM}")
    if path is None:
        raise mistake("E0501", "the block of a scan needs a label", span, "no label", help=f"write {FORM}")
    return value, path, owner


def _tensors(arguments: Arguments, name: str, frame: Frame) -> list[Tensor]:
    if name not in arguments.keywords:
        return []
    value, span = arguments.keywords[name]
    values = list(value) if isinstance(value, (tuple, list)) else [value]
    for item in values:
        if not isinstance(item, Tensor):
            raise mistake("E0206", f"{name} takes tensors, not {kind_of(item)}", span, describe(item))
    return [weak.firm(item, span, frame) for item in values]


def _axis(arguments: Arguments, over: list[Tensor], span: Span) -> int:
    value, place = arguments.keywords.get("dim", (1, span))
    rank = min(x.type.rank for x in over)
    if isinstance(value, bool) or not isinstance(value, int) or not -rank <= value < rank:
        raise mistake("E0307", f"dim must be an axis of {show(over[0].type)}", place, describe(value))
    return value % rank


def _length(over: list[Tensor], dim: int, span: Span, frame: Frame) -> DimLike:
    length = over[0].type.shape[dim]
    site = Site(span)
    for x in over[1:]:
        found = x.type.shape[dim]
        try:
            site.equal(length, found, Refusal("E0302", f"scan goes over {length} and {found} steps"))
        except Refusal as refusal:
            raise mistake(
                refusal.code, refusal.message, span, marks=(Mark(x.span, f"this is {show(x.type)}"),)
            ) from None
    assert frame.builder is not None
    for constraint in site.constraints:
        frame.builder.demand(constraint)
    return length


def _without(type_: TensorType, dim: int) -> TensorType:
    return TensorType(type_.shape[:dim] + type_.shape[dim + 1 :], type_.dtype)


def _output(types: Type, carry: list[Tensor], length: DimLike, dim: int, span: Span) -> tuple[Type, ...]:
    """The types of all results: what is collected, stacked along ``dim``, then the states."""
    flat = (types,) if isinstance(types, TensorType) else types
    if len(flat) < len(carry):
        raise mistake("E0309", f"the block gives {len(flat)} outputs, but carries {len(carry)} states", span)
    collected, states = flat[: len(flat) - len(carry)], flat[len(flat) - len(carry) :]
    for state, start in zip(states, carry, strict=True):
        if state != start.type:
            raise mistake(
                "E0310",
                f"a carried state changes from {show(start.type)} to {show(state)}",
                span,
                marks=(Mark(start.span, f"it starts as {show(start.type)}"),),
            )
    return (*(_stacked(item, length, dim, span) for item in collected), *states)


def _stacked(type_: Type, length: DimLike, dim: int, span: Span) -> TensorType:
    if not isinstance(type_, TensorType) or dim > type_.rank:
        raise mistake("E0310", f"{show(type_)} cannot be stacked along dim {dim}", span)
    return TensorType((*type_.shape[:dim], length, *type_.shape[dim:]), type_.dtype)
