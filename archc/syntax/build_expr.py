"""Grammar callbacks for expressions: each method is named after a rule of ``arch.lark`` and makes its AST node.

Lark calls them during the parse with the values of a rule's symbols, so that no parse tree is ever kept.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, Literal, cast

from archc.source import Span
from archc.syntax import ast, literals
from archc.syntax.fault import refuse
from archc.syntax.labels import label as read_label
from archc.syntax.targets import assignable
from archc.syntax.tokens import Token

Values = list[Any]
# As ``Span(...)``, without what checks the arguments: most of a tree are its spans.
_span = cast(Callable[[tuple[str, int, int]], Span], partial(tuple.__new__, Span))
_CONSTANTS = {"True": True, "False": False, "None": None}


def nodes(values: Sequence[Any]) -> tuple[Any, ...]:
    """The values that are no punctuation."""
    return tuple(value for value in values if type(value) is not Token)


def _arguments(values: Sequence[Any]) -> tuple[ast.Arg, ...]:
    return tuple([value if type(value) is ast.Arg else ast.Arg(value.span, None, None, value) for value in values])


class ExpressionBuilder:
    """Makes expressions of the source called ``file``. ``inner`` parses what stands between two offsets of it."""

    def __init__(self, file: str, inner: Callable[[int, int], ast.Expr]) -> None:
        self.file = file
        self._inner = inner

    # --- places -------------------------------------------------------------------------------------------------------

    def at(self, token: Token) -> Span:
        return _span((self.file, token.start, token.end))

    def over(self, values: Sequence[Any]) -> Span:
        """From the first value to the last one; each is a token or a node."""
        first, last = values[0], values[-1]
        start = first.start if type(first) is Token else first.span.start
        end = last.end if type(last) is Token else last.span.end
        return _span((self.file, start, end))

    # --- atoms --------------------------------------------------------------------------------------------------------

    def name(self, values: Values) -> ast.Expr:
        _, text, start, end = values[0]
        return ast.Name(_span((self.file, start, end)), text)

    def number(self, values: Values) -> ast.Expr:
        _, text, start, end = values[0]
        span = _span((self.file, start, end))
        return ast.Literal_(span, literals.number(text, span))

    def string(self, values: Values) -> ast.Expr:
        span = self.at(values[0])
        return ast.Literal_(span, literals.string(values[0].text, span))

    def constant(self, values: Values) -> ast.Expr:
        return ast.Literal_(self.at(values[0]), _CONSTANTS[values[0].text])

    def parens(self, values: Values) -> ast.Expr:
        """``(x)`` is ``x`` with a wider span; ``(x, y)`` is a tuple."""
        span = self.over(values)
        if len(values) > 3:
            return ast.TupleExpr(span, nodes(values))
        inner: ast.Expr = values[1]
        if isinstance(inner, ast.Star):
            raise refuse(
                "E0101",
                "a star spreads a value into a list, a tuple or a call",
                inner.span,
                help="write `(*x,)` for a tuple",
            )
        object.__setattr__(inner, "span", span)  # the node is new: nobody else has seen it
        return inner

    def tuple_display(self, values: Values) -> ast.Expr:
        return ast.TupleExpr(self.over(values), nodes(values))

    def bare_tuple(self, values: Values) -> ast.Expr:
        return ast.TupleExpr(self.over(values), tuple(values))

    def list_display(self, values: Values) -> ast.Expr:
        return ast.ListExpr(self.over(values), nodes(values))

    def star(self, values: Values) -> ast.Expr:
        return ast.Star(self.over(values), values[1])

    def ellipsis(self, values: Values) -> ast.Expr:
        return ast.EllipsisExpr(self.at(values[0]))

    # --- labels and comprehensions ------------------------------------------------------------------------------------

    def label(self, values: Values) -> ast.Label:
        token = values[0]
        start = token.start
        return read_label(token.text, self.at(token), lambda first, last: self._inner(start + first, start + last))

    def labelled(self, values: Values) -> ast.Expr:
        return ast.Labelled(self.over(values), values[0], values[1])

    def clause(self, values: Values) -> ast.Clause:
        target, iterated, *conditions = nodes(values)
        return ast.Clause(self.over(values), assignable(target), iterated, tuple(conditions))

    def comprehension(self, values: Values) -> ast.Expr:
        return ast.Comprehension(self.over(values), values[1], tuple(values[2:-1]))

    # --- operators ----------------------------------------------------------------------------------------------------

    def if_expression(self, values: Values) -> ast.Expr:
        then, _, test, _, orelse = values
        return ast.IfExp(self.over(values), test, then, orelse)

    def bool_op(self, values: Values) -> ast.Expr:
        op = cast(Literal["and", "or"], values[1].text)
        return ast.BoolOp(self.over(values), op, tuple(values[::2]))

    def unary(self, values: Values) -> ast.Expr:
        op = cast(Literal["-", "+", "not"], values[0].text)
        return ast.Unary(self.over(values), op, values[1])

    def binary(self, values: Values) -> ast.Expr:
        left, op, right = values
        return ast.Binary(left.span.to(right.span), op.text, left, right)

    def compare_op(self, values: Values) -> str:
        return " ".join(token.text for token in values)

    def compare(self, values: Values) -> ast.Expr:
        return ast.Compare(self.over(values), values[0], tuple(values[1::2]), tuple(values[2::2]))

    # --- calls, indices, chains ---------------------------------------------------------------------------------------

    def keyword(self, values: Values) -> ast.Arg:
        name, _, value = values
        name_span = self.at(name)
        return ast.Arg(name_span.to(value.span), name.text, name_span, value)

    def call(self, values: Values) -> ast.Expr:
        return ast.Call(self.over(values), values[0], _arguments(values[2:-1]))

    def keyword_inputs(self, values: Values) -> ast.Expr:
        return ast.KeywordInputs(self.over(values), _arguments(nodes(values)))

    def attribute(self, values: Values) -> ast.Expr:
        value, _, name = values
        name_span = self.at(name)
        return ast.Attribute(value.span.to(name_span), value, name.text, name_span)

    def subscript(self, values: Values) -> ast.Expr:
        return ast.Subscript(self.over(values), values[0], tuple(values[2:-1]))

    def slice_part(self, values: Values) -> ast.Expr | None:
        return values[0] if values else None

    def slice_index(self, values: Values) -> ast.Expr:
        start, _, stop, *step = values
        present = [value for value in values if value is not None]
        return ast.Slice(self.over(present), start, stop, step[1] if step else None)

    def chain(self, values: Values) -> ast.Expr:
        return ast.Chain(self.over(values), values[0], tuple(values[2::2]))

    # --- targets ------------------------------------------------------------------------------------------------------

    def target_group(self, values: Values) -> ast.Expr:
        return self.parens(values)
