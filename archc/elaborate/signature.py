"""Signatures: names in shapes bound to dims, and every other dim of a shape checked against what it says."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache, partial
from typing import Any

from archc.diagnostics.model import Mark
from archc.elaborate import evaluate as ev
from archc.elaborate.errors import mistake
from archc.elaborate.limits import check_shape
from archc.elaborate.numbers import indicator
from archc.elaborate.scope import MISSING, Scope
from archc.elaborate.session import Frame
from archc.elaborate.values import Demand, Tensor, describe, kind_of
from archc.ir.decide import decide_eq
from archc.ir.dims import Dim, DimLike, dim_max, dim_min, substitute, symbol
from archc.ir.late import LateText
from archc.ir.site import Constraint
from archc.ir.types import DType, TensorType, show
from archc.source import Span
from archc.syntax import ast, children

_STATED = LateText("where")

DTYPES: dict[str | None, DType] = {None: "float", "int": "int64", "bool": "bool"}


@dataclass(slots=True)
class Binding:
    """A signature met by the types of its inputs.

    ``names`` are the dims that the signature's names stand for, in the callee's terms. ``actual`` gives what each of the callee's
    own symbols is for the caller. ``demands`` are (dim in the caller's terms, dim as found, reason, place in the signature), less those
    that hold for all sizes.
    """

    names: dict[str, DimLike] = field(default_factory=dict)
    types: list[TensorType] = field(default_factory=list)
    actual: dict[str, DimLike] = field(default_factory=dict)
    demands: list[tuple[DimLike, DimLike, str, Span]] = field(default_factory=list)
    examples: dict[str, int] = field(default_factory=dict)


@lru_cache(maxsize=1 << 10)
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


@dataclass(slots=True)
class Given:
    """One tensor of what an input is given, with the shape that the signature states for it."""

    name: str
    type: ast.TypeExpr
    tensor: Tensor


def input_type(input_: ast.Input, value: Any) -> ast.TypeExpr | ast.TupleType:
    """The type of an input; one with a star is a tuple of as many as it is given."""
    if not input_.star:
        return input_.type
    return ast.TupleType(input_.span, (None,) * len(value), (input_.type,) * len(value))


def leaves(name: str, type_: ast.OutputType, value: Any, span: Span) -> list[Given]:
    """The tensors of an input; a tuple's are named ``state[0]``, ``state[1]``."""
    if isinstance(type_, ast.ConditionalType):
        raise mistake("E0310", "an input has one type", type_.span)
    if isinstance(type_, ast.TypeExpr):
        if not isinstance(value, Tensor):
            help_ = "write (*xs,) -> f to feed the tensors of a list one by one" if isinstance(value, list) else None
            what = f"the input {name!r} must be a tensor, not {kind_of(value)}"
            raise mistake("E0206", what, span, describe(value), help=help_)
        return [Given(name, type_, value)]
    if not isinstance(value, tuple) or len(value) != len(type_.items):
        raise mistake(
            "E0310",
            f"the input {name!r} is a tuple of {len(type_.items)}, not {describe(value)}",
            span,
            marks=(Mark(type_.span, "as its signature says"),),
        )
    parts = enumerate(zip(type_.items, value, strict=True))
    return [leaf for index, (item, part) in parts for leaf in leaves(f"{name}[{index}]", item, part, span)]


def bind(given: list[Given], hypers: Mapping[str, Any], frame: Frame, *, local: bool) -> Binding:
    """Bind a signature to the tensors given.

    With ``local``, every symbolic dim becomes a symbol of the callee's own, so that one callee serves all sizes; else the names
    stand for the caller's dims themselves (a block without a label, inlined).
    """
    binding = Binding()
    later: list[tuple[ast.Expr, int, int]] = []
    shapes: list[list[DimLike]] = []
    for index, leaf in enumerate(given):
        check_dtype(leaf)
        pairs = matched(leaf.type, leaf.tensor.type.rank)
        if pairs is None:
            raise _wrong_rank(leaf)
        shape = leaf.tensor.type.shape
        shapes.append(list(shape))
        for dim, axis in pairs:
            if type(dim) in _BINDING and not (type(dim) is ast.Name and dim.id in hypers):
                shapes[-1][axis] = _bind_name(binding, leaf.name, dim, axis, shape[axis], local)
            else:
                later.append((dim, index, axis))
    for dim, index, axis in later:
        value = dim_value(dim, binding.names, hypers, frame)
        shapes[index][axis] = value
        found = given[index].tensor.type.shape[axis]
        reason = f"dim {axis} of {given[index].name}"
        binding.demands.append((substitute(value, binding.actual), found, reason, dim.span))
    binding.types = [TensorType(tuple(s), leaf.tensor.type.dtype) for s, leaf in zip(shapes, given, strict=True)]
    binding.demands = [demand for demand in binding.demands if not _is_equal(demand[0], demand[1])]
    return binding


def _is_equal(left: DimLike, right: DimLike) -> bool | None:
    return left == right or decide_eq(left, right)


_BINDING = frozenset((ast.Name, ast.DimExample, ast.AnySize, ast.AnyDims))
"""What a dim is written as that stands for any size."""


def _bind_name(binding: Binding, input_: str, dim: ast.Expr, axis: int, found: DimLike, local: bool) -> DimLike:
    name = dim.id if isinstance(dim, (ast.Name, ast.DimExample)) else anonymous(input_, axis)
    if name in binding.names:
        known = binding.names[name]
        reason = f"{name} in dim {axis} of {input_}"
        binding.demands.append((substitute(known, binding.actual), found, reason, dim.span))
        return known
    own: DimLike = found
    if local and isinstance(found, Dim):
        own = symbol(name)
        binding.actual[name] = found
    binding.names[name] = own
    return own


def anonymous(input_: str, axis: int) -> str:
    """The symbol of a dim that the signature does not name."""
    return f"{input_.replace('[', '_').replace(']', '')}_{axis}"


def dim_value(dim: ast.Expr, names: Mapping[str, DimLike], hypers: Mapping[str, Any], frame: Frame) -> DimLike:
    """The dim that an expression of a shape stands for."""
    value = names.get(dim.id, hypers.get(dim.id, MISSING)) if isinstance(dim, ast.Name) else MISSING
    if value is MISSING:
        value = _size(dim, names, hypers, frame)
    if isinstance(value, int) and not isinstance(value, bool):
        if value < 1:
            raise mistake("E0312", f"a size must be at least 1, not {value}", dim.span)
        check_shape((value,), dim.span)
    elif not isinstance(value, Dim):
        raise mistake("E0206", "a size must be an integer", dim.span, describe(value))
    return value


def _size(dim: ast.Expr, names: Mapping[str, DimLike], hypers: Mapping[str, Any], frame: Frame) -> Any:
    inner = Frame(frame.session, Scope(frame.scope.file), None)
    inner.scope.values.update(hypers)
    inner.scope.values.update(names)
    for name in _names(dim):
        if inner.scope.find(name.id) is MISSING:
            raise mistake("E0312", f"the size {name.id!r} is not bound by any input", name.span, "not bound")
    return ev.evaluate(dim, inner)


@lru_cache(maxsize=1 << 10)
def _names(node: ast.AstNode) -> tuple[ast.Name, ...]:
    """The names that an expression reads, but for the variables of its comprehensions."""
    if isinstance(node, ast.Name):
        return (node,)
    clauses = node.clauses if isinstance(node, ast.Comprehension) else ()
    own = {name.id for clause in clauses for name in _names(clause.target)}
    return tuple(name for child in children(node) for name in _names(child) if name.id not in own)


def check_dtype(leaf: Given) -> None:
    """A signature's ``int``, ``bool`` or plain shape against the tensor's dtype."""
    wanted, found = DTYPES[leaf.type.dtype], leaf.tensor.type
    if found.dtype == wanted or (wanted == "float" and found.is_float):
        return
    raise mistake(
        "E0306",
        f"the input {leaf.name!r} takes {wanted} tensors, got {found.dtype}",
        leaf.tensor.span,
        f"this is {show(found)}",
        marks=(Mark(leaf.type.span, "as its signature says"),),
    )


def _wrong_rank(leaf: Given) -> Exception:
    dims, rank = len(leaf.type.dims), leaf.tensor.type.rank
    return mistake(
        "E0310",
        f"the input {leaf.name!r} has {dims} dims, got {rank}",
        leaf.tensor.span,
        f"this is {show(leaf.tensor.type)}",
        marks=(Mark(leaf.type.span, "the signature says"),),
        help="flatten or reshape it first" if rank > dims else None,
    )


def check_demands(binding: Binding, given: list[Given], callee: str, frame: Frame, span: Span) -> None:
    """Decide what the signature demands, in the caller's terms."""
    for left, found, reason, place in binding.demands:
        verdict = decide_eq(left, found)
        if verdict is False:
            marks = [Mark(place, f"the signature wants {left}")]
            marks += [Mark(g.tensor.span, f"this is {show(g.tensor.type)}") for g in given if g.tensor.span != span]
            raise mistake(
                "E0310", f"{callee}: {reason} is {found}, the signature wants {left}", span, marks=tuple(marks)
            )
        if verdict is None and frame.builder is not None:
            frame.builder.demand(Constraint("==", left, found, LateText(f"{callee}: {reason}"), span))


def check_where(
    conditions: tuple[ast.Expr, ...], names: Mapping[str, DimLike], hypers: Mapping[str, Any], frame: Frame
) -> list[Constraint]:
    """The restrictions that a signature states, as constraints."""
    if not conditions:
        return []
    inner = Frame(frame.session, Scope(frame.scope.file), None)
    inner.scope.values.update(hypers)
    inner.scope.values.update(names)
    constraints: list[Constraint] = []
    for condition in conditions:
        value = _stated(condition, inner)
        if isinstance(value, Demand):
            constraints.append(Constraint(value.relation, value.left, value.right, _STATED, condition.span, "stated"))  # type: ignore[arg-type]
        elif not value:
            raise mistake("E0311", "this restriction does not hold here", condition.span, "as the signature says")
    return constraints


def _stated(condition: ast.Expr, frame: Frame) -> Any:
    """A restriction as an equality or an order: of several parts, and of a ``!=``, that what is 1 where it holds is at least 1."""
    if not isinstance(condition, ast.BoolOp):
        return ev.said(condition, frame, "where")
    parts = [_stated(part, frame) for part in condition.values]
    holds = [indicator(part) if isinstance(part, Demand) else int(bool(part)) for part in parts]
    whole = dim_min(*holds) if condition.op == "and" else dim_max(*holds)
    return Demand(">=", whole, 1) if isinstance(whole, Dim) else bool(whole)


# --- outputs ----------------------------------------------------------------------------------------------------------


def check_result(
    outputs: ast.OutputType | None,
    result: Any,
    names: dict[str, DimLike],
    hypers: Mapping[str, Any],
    frame: Frame,
    span: Span,
    training: bool = False,
) -> tuple[str | None, ...]:
    """What a body returns against what its signature says; gives the outputs' names."""
    if outputs is None:
        return ()
    if isinstance(outputs, ast.ConditionalType):
        condition = Frame(frame.session, Scope(frame.scope.file), None)
        condition.scope.values.update(hypers)
        condition.scope.values["training"] = training
        chosen = outputs.then if ev.truth(outputs.test, condition, "a signature") else outputs.orelse
        return check_result(chosen, result, names, hypers, frame, span, training)
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
            check_result(item, value, names, hypers, frame, span, training)
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
        if isinstance(dim, (ast.AnySize, ast.AnyDims)):
            continue
        if isinstance(dim, ast.Name) and dim.id not in names and dim.id not in hypers:
            names[dim.id] = found
            continue
        wanted = dim_value(dim, names, hypers, frame)
        verdict = _is_equal(wanted, found)
        if verdict is False:
            raise _broken_promise(type_, result, span, f"{show(result.type)}: dim {axis} is {found}, not {wanted}")
        if verdict is None and frame.builder is not None:
            reason = LateText(partial("dim {} of the output is {}".format, axis, wanted))
            frame.builder.demand(Constraint("==", found, wanted, reason, dim.span))


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
