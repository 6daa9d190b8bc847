"""The abstract syntax tree: one small class for each construct, each with its span.

Sequences are tuples, absent parts are ``None``. Names follow Python's own ``ast`` where the construct is Python's.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from archc.source import Span


@dataclass(frozen=True, slots=True, eq=False)
class AstNode:
    span: Span


# --- expressions ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, eq=False)
class Expr(AstNode):
    pass


@dataclass(frozen=True, slots=True, eq=False)
class Name(Expr):
    id: str


@dataclass(frozen=True, slots=True, eq=False)
class Literal_(Expr):
    """A number, a string, ``True``, ``False`` or ``None``."""

    value: int | float | str | bool | None


@dataclass(frozen=True, slots=True, eq=False)
class EllipsisExpr(Expr):
    """``...`` as an index."""


@dataclass(frozen=True, slots=True, eq=False)
class ListExpr(Expr):
    items: tuple[Expr, ...]


@dataclass(frozen=True, slots=True, eq=False)
class TupleExpr(Expr):
    items: tuple[Expr, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Star(Expr):
    """``*value`` as a list item, a call argument, or the right side of a cfg row."""

    value: Expr


@dataclass(frozen=True, slots=True, eq=False)
class Label(AstNode):
    """A label path, split at its dots: ``encoder.layers.{i}`` has three segments.

    A segment is a tuple of pieces: literal text, or an expression that stood in braces.
    """

    segments: tuple[tuple[str | Expr, ...], ...]
    quoted: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Labelled(Expr):
    """``label: value`` as a step of a chain, a list item, a call argument or a comprehension's element."""

    label: Label
    value: Expr


@dataclass(frozen=True, slots=True, eq=False)
class Clause(AstNode):
    """``for target in iter if condition if ...`` of a comprehension."""

    target: Expr
    iter: Expr
    conditions: tuple[Expr, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Comprehension(Expr):
    element: Expr
    clauses: tuple[Clause, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Unary(Expr):
    op: Literal["-", "+", "not"]
    operand: Expr


@dataclass(frozen=True, slots=True, eq=False)
class Binary(Expr):
    op: Literal["+", "-", "*", "/", "//", "%", "**", "@"]
    left: Expr
    right: Expr


@dataclass(frozen=True, slots=True, eq=False)
class Compare(Expr):
    """A chain of comparisons as in Python: ``a < b <= c`` has two operators and two ``rights``."""

    left: Expr
    ops: tuple[Literal["==", "!=", "<", "<=", ">", ">=", "in", "not in", "is", "is not"], ...]
    rights: tuple[Expr, ...]


@dataclass(frozen=True, slots=True, eq=False)
class BoolOp(Expr):
    op: Literal["and", "or"]
    values: tuple[Expr, ...]


@dataclass(frozen=True, slots=True, eq=False)
class IfExp(Expr):
    test: Expr
    then: Expr
    orelse: Expr


@dataclass(frozen=True, slots=True, eq=False)
class Arg(AstNode):
    """An argument of a call. ``name`` is set for a keyword; ``value`` may be a ``Star`` or a ``Labelled``."""

    name: str | None
    name_span: Span | None
    value: Expr


@dataclass(frozen=True, slots=True, eq=False)
class Call(Expr):
    func: Expr
    args: tuple[Arg, ...]


@dataclass(frozen=True, slots=True, eq=False)
class KeywordInputs(Expr):
    """``(x, x, x, attn_mask=mask)`` on the left of ``->``: inputs of which some are named."""

    args: tuple[Arg, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Attribute(Expr):
    value: Expr
    name: str
    name_span: Span


@dataclass(frozen=True, slots=True, eq=False)
class Slice(Expr):
    start: Expr | None
    stop: Expr | None
    step: Expr | None


@dataclass(frozen=True, slots=True, eq=False)
class Subscript(Expr):
    """``value[items]``; a trailing comma or several items make ``items`` longer than one."""

    value: Expr
    items: tuple[Expr, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Chain(Expr):
    """``source -> step -> step``; a step is an expression or a ``Labelled``."""

    source: Expr
    steps: tuple[Expr, ...]


# --- types and signatures ---------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, eq=False)
class AnySize(Expr):
    """``_`` in a shape: any size."""


@dataclass(frozen=True, slots=True, eq=False)
class AnyDims(Expr):
    """``...`` in a shape: any number of leading dims."""


@dataclass(frozen=True, slots=True, eq=False)
class DimExample(Expr):
    """``H=224`` in a shape: a symbol with its example size."""

    id: str
    size: Expr


@dataclass(frozen=True, slots=True, eq=False)
class TypeExpr(AstNode):
    """``[B, C]``, ``int[B]``, ``bool[T, T]``: ``dtype`` is ``None``, ``"int"`` or ``"bool"`` as written."""

    dtype: str | None
    dims: tuple[Expr, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Input(AstNode):
    """``mask: [T, T] = None``; ``optional`` when it has ``= None``. ``type`` may be a tuple of types (an LSTM's state)."""

    name: str
    type: TypeExpr | TupleType
    optional: bool


@dataclass(frozen=True, slots=True, eq=False)
class TupleType(AstNode):
    """Several outputs; each may have a name: ``([B, H], [B, H])``, ``(logits: [B, n], aux: [B, n])``."""

    names: tuple[str | None, ...]
    items: tuple[OutputType, ...]


@dataclass(frozen=True, slots=True, eq=False)
class ConditionalType(AstNode):
    """``A if condition else B`` behind the ``->`` of a signature."""

    then: OutputType
    test: Expr
    orelse: OutputType


OutputType = TypeExpr | TupleType | ConditionalType


# --- statements -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, eq=False)
class Stmt(AstNode):
    pass


@dataclass(frozen=True, slots=True, eq=False)
class Assign(Stmt):
    """``target = value``; the target is a ``Name``, or a ``TupleExpr`` of targets (nested, with at most one ``Star``)."""

    target: Expr
    value: Expr


@dataclass(frozen=True, slots=True, eq=False)
class LabelStmt(Stmt):
    """``wte: embedding(vocab, dim)``: one instance, declared."""

    label: Label
    value: Expr


@dataclass(frozen=True, slots=True, eq=False)
class Return(Stmt):
    value: Expr


@dataclass(frozen=True, slots=True, eq=False)
class If(Stmt):
    """``arms`` are (condition, body) of ``if`` and each ``elif``; ``orelse`` is empty without an ``else``."""

    arms: tuple[tuple[Expr, tuple[Stmt, ...]], ...]
    orelse: tuple[Stmt, ...]


@dataclass(frozen=True, slots=True, eq=False)
class For(Stmt):
    target: Expr
    iter: Expr
    body: tuple[Stmt, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Assert(Stmt):
    test: Expr
    message: Expr | None


@dataclass(frozen=True, slots=True, eq=False)
class Selector(AstNode):
    """What an ``init`` or ``freeze`` selects: ``conv.weight`` (by operator), or ``"head.*.bias"`` (quoted: by label path)."""

    text: str
    quoted: bool


@dataclass(frozen=True, slots=True, eq=False)
class Init(Stmt):
    """``init conv.weight ~ kaiming_normal(mode="fan_out")``; the value is a ``Name`` or a ``Call``."""

    selector: Selector
    value: Expr


@dataclass(frozen=True, slots=True, eq=False)
class Tie(Stmt):
    """``tie a.weight, b.weight = c.weight``."""

    targets: tuple[Label, ...]
    source: Label


@dataclass(frozen=True, slots=True, eq=False)
class Freeze(Stmt):
    """``freeze trunk``: parameters that are not trained."""

    selectors: tuple[Selector, ...]


@dataclass(frozen=True, slots=True, eq=False)
class ImportedName(AstNode):
    name: str
    alias: str | None


@dataclass(frozen=True, slots=True, eq=False)
class Import(Stmt):
    """``from "blocks.arch" import A, B as C`` (``path``) or ``from zoo.resnet import ResNet`` (``zoo`` is ``resnet``)."""

    path: str | None
    zoo: str | None
    where: Span
    names: tuple[ImportedName, ...]


# --- definitions ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, eq=False)
class Param(AstNode):
    """A hyperparameter or a ``def``'s parameter. ``star`` collects the rest of the positional arguments."""

    name: str
    default: Expr | None
    star: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Def(Stmt):
    name: str
    name_span: Span
    params: tuple[Param, ...]
    body: tuple[Stmt, ...]
    doc: str | None


@dataclass(frozen=True, slots=True, eq=False)
class Block(Stmt):
    """A ``block`` or a ``net``. ``outputs`` and ``where`` may be absent."""

    kind: Literal["block", "net"]
    name: str
    name_span: Span
    params: tuple[Param, ...]
    inputs: tuple[Input, ...]
    outputs: OutputType | None
    where: tuple[Expr, ...]
    body: tuple[Stmt, ...]
    doc: str | None


@dataclass(frozen=True, slots=True, eq=False)
class Row(AstNode):
    """One row of a ``cfg``: how an entry is read.

    ``kind`` is a type word that stood before the pattern (``int n``), ``"name"`` for a bare word (``M``) that matches the entry
    ``M`` itself, or ``"tuple"`` for a pattern of names. ``items`` are the layers that the entry becomes.
    """

    kind: Literal["int", "float", "str", "bool", "list", "tuple", "name"]
    pattern: Expr
    items: tuple[Expr, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Cfg(Stmt):
    name: str
    name_span: Span
    params: tuple[Param, ...]
    rows: tuple[Row, ...]
    doc: str | None


@dataclass(frozen=True, slots=True, eq=False)
class Extern(Stmt):
    name: str
    name_span: Span
    params: tuple[Param, ...]
    inputs: tuple[Input, ...]
    outputs: OutputType | None
    where: tuple[Expr, ...]
    target: str


@dataclass(frozen=True, slots=True, eq=False)
class File(AstNode):
    """A whole spec."""

    doc: str | None
    statements: tuple[Stmt, ...]
