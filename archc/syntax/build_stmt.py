"""Grammar callbacks for statements, on top of those for expressions."""

from __future__ import annotations

from typing import NamedTuple, cast

from archc.source import Span
from archc.syntax import ast, literals
from archc.syntax.build_expr import ExpressionBuilder, Values, nodes
from archc.syntax.fault import refuse
from archc.syntax.targets import assignable
from archc.syntax.tokens import Token


class Bare(ast.Stmt):
    """An expression that stands alone: a docstring, or a mistake. The finished tree has none."""

    value: ast.Expr


class Body(NamedTuple):
    """An indented body: its statements and where it ends."""

    statements: tuple[ast.Stmt, ...]
    end: int


class Names(NamedTuple):
    names: tuple[ast.ImportedName, ...]
    end: int


class Origin(NamedTuple):
    path: str | None
    zoo: str | None
    span: Span


def doc_of(statement: ast.Stmt) -> str | None:
    """The text of a statement that is a string alone."""
    if (
        isinstance(statement, Bare)
        and isinstance(statement.value, ast.Literal_)
        and isinstance(statement.value.value, str)
    ):
        return literals.docstring(statement.value.value)
    return None


class StatementBuilder(ExpressionBuilder):
    """Makes statements and bodies."""

    # --- simple statements --------------------------------------------------------------------------------------------

    def expression(self, values: Values) -> ast.Expr:
        return cast(ast.Expr, values[0])

    def bare(self, values: Values) -> ast.Stmt:
        return Bare(values[0].span, values[0])

    def assign(self, values: Values) -> ast.Stmt:
        return ast.Assign(self.over(values), assignable(values[0]), values[2])

    def label_stmt(self, values: Values) -> ast.Stmt:
        return ast.LabelStmt(self.over(values), values[0], values[1])

    def return_stmt(self, values: Values) -> ast.Stmt:
        return ast.Return(self.over(values), values[1])

    def assert_stmt(self, values: Values) -> ast.Stmt:
        return ast.Assert(self.over(values), values[1], values[2] if len(values) > 2 else None)

    def init_stmt(self, values: Values) -> ast.Stmt:
        _, selector, _, value = values
        if not isinstance(value, ast.Name | ast.Call):
            raise refuse(
                "E0101",
                "an initialiser is a name or a call",
                value.span,
                help="write e.g. `zeros` or `normal(0, 0.01)`",
            )
        return ast.Init(self.over(values), selector, value)

    def tie_stmt(self, values: Values) -> ast.Stmt:
        *targets, source = nodes(values)
        return ast.Tie(self.over(values), tuple(targets), source)

    def freeze_stmt(self, values: Values) -> ast.Stmt:
        return ast.Freeze(self.over(values), tuple(values[1:]))

    def selector(self, values: Values) -> ast.Selector:
        token, span = values[0], self.at(values[0])
        quoted = token.kind == "STRING"
        return ast.Selector(span, literals.string(token.text, span) if quoted else token.text, quoted)

    def path(self, values: Values) -> ast.Label:
        return self.label(values)

    # --- imports ------------------------------------------------------------------------------------------------------

    def import_source(self, values: Values) -> Origin:
        span = self.over(values)
        if values[0].kind == "STRING":
            return Origin(literals.string(values[0].text, span), None, span)
        if values[0].text != "zoo" or len(values) < 3:
            raise refuse(
                "E0101",
                "an import is from a file in quotes, or from the zoo",
                span,
                help='write `from "file.arch" import Name` or `from zoo.resnet import ResNet`',
            )
        return Origin(None, "".join(token.text for token in values[2:]), span)

    def imported_name(self, values: Values) -> ast.ImportedName:
        alias = values[2].text if len(values) > 1 else None
        return ast.ImportedName(self.over(values), values[0].text, alias)

    def imported(self, values: Values) -> Names:
        return Names(nodes(values), self.over(values).end)

    def import_stmt(self, values: Values) -> ast.Stmt:
        word, origin, _, names = values
        span = Span(self.file, self.at(word).start, names.end)
        return ast.Import(span, origin.path, origin.zoo, origin.span, names.names)

    # --- compound statements ------------------------------------------------------------------------------------------

    def suite(self, values: Values) -> Body:
        return Body(tuple(values), values[-1].span.end)

    def _until(self, word: Token, body: Body) -> Span:
        return Span(self.file, self.at(word).start, body.end)

    def elif_arm(self, values: Values) -> tuple[ast.Expr, Body]:
        return values[1], values[3]

    def else_arm(self, values: Values) -> Body:
        return cast(Body, values[2])

    def if_stmt(self, values: Values) -> ast.Stmt:
        word, test, _, first, *rest = values
        orelse = rest.pop() if rest and isinstance(rest[-1], Body) else None
        arms = [(test, first), *rest]
        span = self._until(word, orelse or arms[-1][1])
        return ast.If(span, tuple((test, body.statements) for test, body in arms), orelse.statements if orelse else ())

    def for_stmt(self, values: Values) -> ast.Stmt:
        word, target, _, iterated, _, body = values
        return ast.For(self._until(word, body), assignable(target), iterated, body.statements)
