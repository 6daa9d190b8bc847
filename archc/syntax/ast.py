"""The abstract syntax tree: one small class for each construct, each with its span.

Sequences are tuples, absent parts are ``None``. Names follow Python's own ``ast`` where the construct is Python's.
"""

from __future__ import annotations

from typing import Literal

from archc.source import Span
from archc.syntax.node import AstNode as AstNode

# --- expressions ------------------------------------------------------------------------------------------------------


class Expr(AstNode):
    pass


class Name(Expr):
    id: str


class Literal_(Expr):
    """A number, a string, ``True``, ``False`` or ``None``."""

    value: int | float | str | bool | None


class EllipsisExpr(Expr):
    """``...`` as an index."""


class ListExpr(Expr):
    items: tuple[Expr, ...]


class TupleExpr(Expr):
    items: tuple[Expr, ...]


class Star(Expr):
    """``*value`` as a list item, a call argument, or the right side of a cfg row."""

    value: Expr


class Label(AstNode):
    """A label path, split at its dots: ``encoder.layers.{i}`` has three segments.

    A segment is a tuple of pieces: literal text, or an expression that stood in braces.
    """

    segments: tuple[tuple[str | Expr, ...], ...]
    quoted: bool = False


class Labelled(Expr):
    """``label: value`` as a step of a chain, a list item, a call argument or a comprehension's element."""

    label: Label
    value: Expr


class Clause(AstNode):
    """``for target in iter if condition if ...`` of a comprehension."""

    target: Expr
    iter: Expr
    conditions: tuple[Expr, ...]


class Comprehension(Expr):
    element: Expr
    clauses: tuple[Clause, ...]


class Unary(Expr):
    op: Literal["-", "+", "~", "not"]
    operand: Expr


class Binary(Expr):
    op: Literal["+", "-", "*", "/", "//", "%", "**", "@", "&", "|"]
    left: Expr
    right: Expr


class Compare(Expr):
    """A chain of comparisons as in Python: ``a < b <= c`` has two operators and two ``rights``."""

    left: Expr
    ops: tuple[Literal["==", "!=", "<", "<=", ">", ">=", "in", "not in", "is", "is not"], ...]
    rights: tuple[Expr, ...]


class BoolOp(Expr):
    op: Literal["and", "or"]
    values: tuple[Expr, ...]


class IfExp(Expr):
    test: Expr
    then: Expr
    orelse: Expr


class Arg(AstNode):
    """An argument of a call. ``name`` is set for a keyword; ``value`` may be a ``Star`` or a ``Labelled``."""

    name: str | None
    name_span: Span | None
    value: Expr


class Call(Expr):
    func: Expr
    args: tuple[Arg, ...]


class KeywordInputs(Expr):
    """``(x, x, x, attn_mask=mask)`` on the left of ``->``: inputs of which some are named."""

    args: tuple[Arg, ...]


class Attribute(Expr):
    value: Expr
    name: str
    name_span: Span


class Slice(Expr):
    start: Expr | None
    stop: Expr | None
    step: Expr | None


class Subscript(Expr):
    """``value[items]``; a trailing comma or several items make ``items`` longer than one."""

    value: Expr
    items: tuple[Expr, ...]


class Chain(Expr):
    """``source -> step -> step``; a step is an expression or a ``Labelled``."""

    source: Expr
    steps: tuple[Expr, ...]


# --- types and signatures ---------------------------------------------------------------------------------------------


class AnySize(Expr):
    """``_`` in a shape: any size."""


class AnyDims(Expr):
    """``...`` in a shape: any number of leading dims."""


class DimExample(Expr):
    """``H=224`` in a shape: a symbol with its example size."""

    id: str
    size: Expr


class TypeExpr(AstNode):
    """``[B, C]``, ``int[B]``, ``bool[T, T]``: ``dtype`` is ``None``, ``"int"`` or ``"bool"`` as written."""

    dtype: str | None
    dims: tuple[Expr, ...]


class Input(AstNode):
    """``mask: [T, T] = None``; ``optional`` when it has ``= None``. ``type`` may be a tuple of types (an LSTM's state).

    ``*maps: [B, C, _, _]`` has a ``star``: it takes all inputs that are left, each of this type.
    """

    name: str
    type: TypeExpr | TupleType
    optional: bool
    star: bool = False


class TupleType(AstNode):
    """Several outputs; each may have a name: ``([B, H], [B, H])``, ``(logits: [B, n], aux: [B, n])``."""

    names: tuple[str | None, ...]
    items: tuple[OutputType, ...]


class ConditionalType(AstNode):
    """``A if condition else B`` behind the ``->`` of a signature."""

    then: OutputType
    test: Expr
    orelse: OutputType


OutputType = TypeExpr | TupleType | ConditionalType


# --- statements -------------------------------------------------------------------------------------------------------


class Stmt(AstNode):
    pass


class Assign(Stmt):
    """``target = value``; the target is a ``Name``, or a ``TupleExpr`` of targets (nested, with at most one ``Star``)."""

    target: Expr
    value: Expr


class LabelStmt(Stmt):
    """``wte: embedding(vocab, dim)``: one instance, declared."""

    label: Label
    value: Expr


class Return(Stmt):
    value: Expr


class If(Stmt):
    """``arms`` are (condition, body) of ``if`` and each ``elif``; ``orelse`` is empty without an ``else``."""

    arms: tuple[tuple[Expr, tuple[Stmt, ...]], ...]
    orelse: tuple[Stmt, ...]


class For(Stmt):
    target: Expr
    iter: Expr
    body: tuple[Stmt, ...]


class Assert(Stmt):
    test: Expr
    message: Expr | None


class Selector(AstNode):
    """What an ``init`` or ``freeze`` selects: ``conv.weight`` (by operator), or ``"head.*.bias"`` (quoted: by label path)."""

    text: str
    quoted: bool


class Init(Stmt):
    """``init conv.weight ~ kaiming_normal(mode="fan_out")``; the value is a ``Name`` or a ``Call``."""

    selector: Selector
    value: Expr


class Tie(Stmt):
    """``tie a.weight, b.weight = c.weight``."""

    targets: tuple[Label, ...]
    source: Label


class Freeze(Stmt):
    """``freeze trunk``: parameters that are not trained."""

    selectors: tuple[Selector, ...]


class ImportedName(AstNode):
    name: str
    alias: str | None


class Import(Stmt):
    """``from "blocks.arch" import A, B as C`` (``path``) or ``from zoo.resnet import ResNet`` (``zoo`` is ``resnet``)."""

    path: str | None
    zoo: str | None
    where: Span
    names: tuple[ImportedName, ...]


# --- definitions ------------------------------------------------------------------------------------------------------


class Param(AstNode):
    """A hyperparameter or a ``def``'s parameter. ``star`` collects the rest of the positional arguments."""

    name: str
    default: Expr | None
    star: bool = False


class Def(Stmt):
    name: str
    name_span: Span
    params: tuple[Param, ...]
    body: tuple[Stmt, ...]
    doc: str | None


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


class Row(AstNode):
    """One row of a ``cfg``: how an entry is read.

    ``kind`` is a type word that stood before the pattern (``int n``), ``"name"`` for a bare word (``M``) that matches the entry
    ``M`` itself, or ``"tuple"`` for a pattern of names. ``items`` are the layers that the entry becomes.
    """

    kind: Literal["int", "float", "str", "bool", "list", "tuple", "name"]
    pattern: Expr
    items: tuple[Expr, ...]


class Cfg(Stmt):
    name: str
    name_span: Span
    params: tuple[Param, ...]
    rows: tuple[Row, ...]
    doc: str | None


class Extern(Stmt):
    name: str
    name_span: Span
    params: tuple[Param, ...]
    inputs: tuple[Input, ...]
    outputs: OutputType | None
    where: tuple[Expr, ...]
    target: str


class File(AstNode):
    """A whole spec."""

    doc: str | None
    statements: tuple[Stmt, ...]
