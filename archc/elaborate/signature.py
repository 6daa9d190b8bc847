"""Signatures: names in shapes bound to dims, and every other dim of a shape checked against what it says."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from archc.diagnostics.model import Mark
from archc.elaborate import evaluate as ev
from archc.elaborate.errors import mistake, not_yet
from archc.elaborate.scope import MISSING, Scope
from archc.elaborate.session import Frame
from archc.elaborate.values import Demand, Tensor, describe
from archc.ir.decide import decide_eq
from archc.ir.dims import Dim, DimLike, substitute, symbol
from archc.ir.site import Constraint
from archc.ir.types import DType, TensorType, show
from archc.source import Span
from archc.syntax import ast, children

DTYPES: dict[str | None, DType] = {None: "float", "int": "int64", "bool": "bool"}


@dataclass(slots=True)
class Binding:
    """A signature met by the types of its inputs.

    ``names`` are the dims that the signature's names stand for, in the callee's terms. ``actual`` gives what each of the callee's
    own symbols is for the caller. ``demands`` are (dim in the caller's terms, dim as found, reason, place in the signature).
    """

    names: dict[str, DimLike] = field(default_factory=dict)
    types: list[TensorType] = field(default_factory=list)
    actual: dict[str, DimLike] = field(default_factory=dict)
    demands: list[tuple[DimLike, DimLike, str, Span]] = field(default_factory=list)
    examples: dict[str, int] = field(default_factory=dict)


def matched(type_: ast.TypeExpr, rank: int) -> list[tuple[ast.Expr, int]] | None:
    """Each dim of the signature with the axis it stands for; ``...`` stands for as many as are left over."""
    dims = list(type_.dims)
    dots = next((i for i, dim in enumerate(dims) if isinstance(dim, ast.AnyDims)), None)
    if dots is None:
        return list(zip(dims, range(rank), strict=True)) if len(dims) == rank else None
    spare = rank - (len(dims) - 1)
    if spare < 0:
        return None
    dims[dots : dots + 1] = [dims[dots]] * spare
    return list(zip(dims, range(rank), strict=True))


def plain(input_: ast.Input) -> ast.TypeExpr:
    """The type of an input that is one tensor."""
    if input_.optional:
        raise not_yet("an optional input", input_.span)
    if not isinstance(input_.type, ast.TypeExpr):
        raise not_yet("a tuple as an input", input_.type.span)
    return input_.type


def bind(
    inputs: tuple[ast.Input, ...], tensors: list[Tensor], hypers: Mapping[str, Any], frame: Frame, *, local: bool
) -> Binding:
    """Bind a signature to the tensors given.

    With ``local``, every symbolic dim becomes a symbol of the callee's own, so that one callee serves all sizes; else the names
    stand for the caller's dims themselves (a block without a label, inlined).
    """
    binding = Binding()
    later: list[tuple[ast.Expr, int, int]] = []
    shapes: list[list[DimLike]] = []
    for index, (input_, tensor) in enumerate(zip(inputs, tensors, strict=True)):
        type_ = plain(input_)
        check_dtype(input_, type_, tensor)
        pairs = matched(type_, tensor.type.rank)
        if pairs is None:
            raise _wrong_rank(input_, type_, tensor)
        shapes.append(list(tensor.type.shape))
        for dim, axis in pairs:
            if isinstance(dim, ast.Name | ast.DimExample | ast.AnySize | ast.AnyDims) and not _is_hyper(dim, hypers):
                shapes[-1][axis] = _bind_name(binding, input_, dim, axis, tensor.type.shape[axis], local)
            else:
                later.append((dim, index, axis))
    for dim, index, axis in later:
        value = dim_value(dim, binding.names, hypers, frame)
        shapes[index][axis] = value
        found = tensors[index].type.shape[axis]
        reason = f"dim {axis} of {inputs[index].name}"
        binding.demands.append((substitute(value, binding.actual), found, reason, dim.span))
    binding.types = [TensorType(tuple(s), t.type.dtype) for s, t in zip(shapes, tensors, strict=True)]
    return binding


def _is_hyper(dim: ast.Expr, hypers: Mapping[str, Any]) -> bool:
    return isinstance(dim, ast.Name) and dim.id in hypers


def _bind_name(binding: Binding, input_: ast.Input, dim: ast.Expr, axis: int, found: DimLike, local: bool) -> DimLike:
    name = dim.id if isinstance(dim, ast.Name | ast.DimExample) else f"{input_.name}_{axis}"
    if name in binding.names:
        known = binding.names[name]
        reason = f"{name} in dim {axis} of {input_.name}"
        binding.demands.append((substitute(known, binding.actual), found, reason, dim.span))
        return known
    own: DimLike = found
    if local and isinstance(found, Dim):
        own = symbol(name)
        binding.actual[name] = found
    binding.names[name] = own
    return own


def dim_value(dim: ast.Expr, names: Mapping[str, DimLike], hypers: Mapping[str, Any], frame: Frame) -> DimLike:
    """The dim that an expression of a shape stands for."""
    inner = Frame(frame.session, Scope(frame.scope.file), None)
    inner.scope.values.update(hypers)
    inner.scope.values.update(names)
    for name in _names(dim):
        if inner.scope.find(name.id) is MISSING:
            raise mistake("E0312", f"the size {name.id!r} is not bound by any input", name.span, "not bound")
    value = ev.evaluate(dim, inner)
    if isinstance(value, bool) or not isinstance(value, int | Dim):
        raise mistake("E0206", "a size must be an integer", dim.span, describe(value))
    if isinstance(value, int) and value < 1:
        raise mistake("E0312", f"a size must be at least 1, not {value}", dim.span)
    return value


def _names(node: ast.AstNode) -> Iterator[ast.Name]:
    if isinstance(node, ast.Name):
        yield node
    for child in children(node):
        yield from _names(child)


def check_dtype(input_: ast.Input, type_: ast.TypeExpr, tensor: Tensor) -> None:
    """A signature's ``int``, ``bool`` or plain shape against the tensor's dtype."""
    wanted = DTYPES[type_.dtype]
    found = tensor.type.dtype
    if found == wanted or (wanted == "float" and tensor.type.is_float):
        return
    raise mistake(
        "E0306",
        f"the input {input_.name!r} takes {wanted} tensors, got {found}",
        tensor.span,
        f"this is {show(tensor.type)}",
        marks=(Mark(type_.span, "as its signature says"),),
    )


def _wrong_rank(input_: ast.Input, type_: ast.TypeExpr, tensor: Tensor) -> Exception:
    return mistake(
        "E0310",
        f"the input {input_.name!r} has {len(type_.dims)} dims, got {tensor.type.rank}",
        tensor.span,
        f"this is {show(tensor.type)}",
        marks=(Mark(type_.span, "the signature says"),),
        help="flatten or reshape it first" if tensor.type.rank > len(type_.dims) else None,
    )


def check_demands(binding: Binding, tensors: list[Tensor], callee: str, frame: Frame, span: Span) -> None:
    """Decide what the signature demands, in the caller's terms."""
    for left, found, reason, place in binding.demands:
        verdict = left == found or decide_eq(left, found)
        if verdict is False:
            marks = [Mark(place, f"the signature wants {left}")]
            marks += [Mark(t.span, f"this is {show(t.type)}") for t in tensors if t.span != span]
            raise mistake(
                "E0310", f"{callee}: {reason} is {found}, the signature wants {left}", span, marks=tuple(marks)
            )
        if verdict is None and frame.builder is not None:
            frame.builder.demand(Constraint("==", left, found, f"{callee}: {reason}", span))


def check_where(
    conditions: tuple[ast.Expr, ...], names: Mapping[str, DimLike], hypers: Mapping[str, Any], frame: Frame
) -> list[Constraint]:
    """The restrictions that a signature states, as constraints."""
    inner = Frame(frame.session, Scope(frame.scope.file), None)
    inner.scope.values.update(hypers)
    inner.scope.values.update(names)
    constraints: list[Constraint] = []
    for condition in conditions:
        value = ev.evaluate(condition, inner)
        if isinstance(value, Demand) and value.relation in ("==", ">="):
            constraints.append(Constraint(value.relation, value.left, value.right, "where", condition.span))  # type: ignore[arg-type]
        elif isinstance(value, Demand):
            raise not_yet("'!=' on sizes in a where", condition.span)
        elif not value:
            raise mistake("E0311", "this restriction does not hold here", condition.span, "as the signature says")
    return constraints


# --- outputs ----------------------------------------------------------------------------------------------------------


def check_result(
    outputs: ast.OutputType | None,
    result: Any,
    names: dict[str, DimLike],
    hypers: Mapping[str, Any],
    frame: Frame,
    span: Span,
) -> tuple[str | None, ...]:
    """What a body returns against what its signature says; gives the outputs' names."""
    if outputs is None:
        return ()
    if isinstance(outputs, ast.ConditionalType):
        condition = Frame(frame.session, Scope(frame.scope.file), None)
        condition.scope.values.update(hypers)
        chosen = outputs.then if ev.truth(outputs.test, condition, "a signature") else outputs.orelse
        return check_result(chosen, result, names, hypers, frame, span)
    if isinstance(outputs, ast.TupleType):
        count = len(result) if isinstance(result, tuple) else 1
        if not isinstance(result, tuple) or count != len(outputs.items):
            raise mistake(
                "E0310",
                f"the signature promises {len(outputs.items)} outputs, the body returns {count}",
                span,
                marks=(Mark(outputs.span, "promised here"),),
            )
        for item, value in zip(outputs.items, result, strict=True):
            check_result(item, value, names, hypers, frame, span)
        return outputs.names
    _check_tensor(outputs, result, names, hypers, frame, span)
    return ()


def _check_tensor(
    type_: ast.TypeExpr, result: Any, names: dict[str, DimLike], hypers: Mapping[str, Any], frame: Frame, span: Span
) -> None:
    if not isinstance(result, Tensor):
        what = f"{len(result)} values" if isinstance(result, tuple) else describe(result)
        raise mistake(
            "E0310", f"the signature promises one tensor, the body returns {what}", span, marks=(Mark(type_.span),)
        )
    pairs = matched(type_, result.type.rank)
    if pairs is None or not _same_kind(type_, result.type):
        raise _broken_promise(type_, result, span, f"{show(result.type)}")
    for dim, axis in pairs:
        found = result.type.shape[axis]
        if isinstance(dim, ast.AnySize | ast.AnyDims):
            continue
        if isinstance(dim, ast.Name) and dim.id not in names and dim.id not in hypers:
            names[dim.id] = found
            continue
        wanted = dim_value(dim, names, hypers, frame)
        verdict = wanted == found or decide_eq(wanted, found)
        if verdict is False:
            raise _broken_promise(type_, result, span, f"{show(result.type)}: dim {axis} is {found}, not {wanted}")
        if verdict is None and frame.builder is not None:
            frame.builder.demand(Constraint("==", found, wanted, f"dim {axis} of the output is {wanted}", dim.span))


def _same_kind(type_: ast.TypeExpr, found: TensorType) -> bool:
    wanted = DTYPES[type_.dtype]
    return found.is_float if wanted == "float" else found.dtype == wanted


def _broken_promise(type_: ast.TypeExpr, result: Tensor, span: Span, found: str) -> Exception:
    return mistake(
        "E0310",
        f"the body returns {found}, which is not what the signature promises",
        span,
        f"this is {show(result.type)}",
        marks=(Mark(type_.span, "promised here"),),
        help="mend the body or the signature",
    )
