"""``extern``: a user's own ``nn.Module``, taken at its word here and checked against it where torch builds it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from archc.elaborate import feeding, signature, tensors
from archc.elaborate.builder import Path
from archc.elaborate.errors import mistake
from archc.elaborate.scope import Scope
from archc.elaborate.session import Frame
from archc.elaborate.values import BlockRecipe, Instance, describe
from archc.ir.graph import Child, Constant, Extern, Node
from archc.ir.types import TensorType, Type
from archc.source import Span
from archc.syntax import ast

_TARGET = re.compile(r"[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*:[A-Za-z_]\w*", re.ASCII)


def apply_extern(
    recipe: BlockRecipe,
    inputs: tuple[Any, ...],
    keywords: Mapping[str, Any],
    path: Path | None,
    span: Span,
    frame: Frame,
    owner: Instance | None,
) -> Any:
    """The output that the declaration promises."""
    node, builder = recipe.definition.node, frame.builder
    assert isinstance(node, ast.Extern) and builder is not None
    if path is None:
        raise mistake(
            "E0501", f"the extern {node.name} needs a label", span, "no label", help="its parameters are below it"
        )
    if not _TARGET.fullmatch(node.target):
        raise mistake("E0401", f"{node.target!r} names no class", node.span, help='write "package.module:Class"')
    fed = feeding.feed(recipe, inputs, keywords, span, frame, local=False)
    callee = Frame(frame.session, Scope(recipe.definition.file), frame.builder)
    for constraint in signature.check_where(node.where, fed.binding.names, recipe.arguments, callee):
        builder.demand(constraint)
    output = _promised(node.outputs, fed.binding, recipe.arguments, callee, node)
    known = builder.find(path, owner)
    if known is None:
        arguments = tuple((name, _constant(value, name, span)) for name, value in recipe.arguments.items())
        number = builder.add_child(Child(path, span, extern=Extern(node.target, arguments)), owner)
    else:
        number = known.number
    operands = tuple(tensors.operand(value) for value in fed.values.values() if value is not None)
    return tensors.wrap(output, builder.add_node(Node(operands, output, span, number)), span)


def _promised(
    outputs: ast.OutputType | None,
    binding: signature.Binding,
    hypers: Mapping[str, Any],
    frame: Frame,
    node: ast.Extern,
) -> Type:
    if isinstance(outputs, ast.TupleType):
        return tuple(_promised(item, binding, hypers, frame, node) for item in outputs.items)
    if not isinstance(outputs, ast.TypeExpr):
        raise mistake(
            "E0312", f"the extern {node.name} does not say what it gives", node.name_span, help="write -> [...]"
        )
    for dim in outputs.dims:
        if isinstance(dim, (ast.AnySize, ast.AnyDims)):
            raise mistake("E0312", "the output of an extern is stated in full", dim.span)
    shape = tuple(signature.dim_value(dim, binding.names, hypers, frame) for dim in outputs.dims)
    return TensorType(shape, signature.DTYPES[outputs.dtype])


def _constant(value: Any, name: str, span: Span) -> Constant:
    if isinstance(value, (list, tuple)):
        return tuple(_constant(item, name, span) for item in value)
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    raise mistake("E0206", f"the argument {name!r} of an extern is a plain value, not {describe(value)}", span)
