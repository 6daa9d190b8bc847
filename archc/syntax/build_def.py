"""Grammar callbacks for definitions and types, on top of those for statements."""

from __future__ import annotations

from typing import Any, Literal, NamedTuple, cast

from archc.source import Span
from archc.syntax import ast, literals
from archc.syntax.build_expr import Values, nodes
from archc.syntax.build_stmt import Body, StatementBuilder, doc_of
from archc.syntax.fault import refuse
from archc.syntax.targets import assignable
from archc.syntax.tokens import Token

_ROW_TYPES = ("int", "float", "str", "bool", "list")


class Pattern(NamedTuple):
    """The left side of a cfg's row."""

    kind: str
    value: ast.Expr
    span: Span


class Rows(NamedTuple):
    doc: str | None
    rows: tuple[ast.Row, ...]


class Where(NamedTuple):
    conditions: tuple[ast.Expr, ...]


class Header(NamedTuple):
    """The signature of a block, net or extern."""

    params: tuple[ast.Param, ...]
    inputs: tuple[ast.Input, ...]
    outputs: ast.OutputType | None
    where: tuple[ast.Expr, ...]


class Params(NamedTuple):
    items: tuple[ast.Param, ...]


class Inputs(NamedTuple):
    items: tuple[ast.Input, ...]


def split_doc(body: Body) -> tuple[str | None, tuple[ast.Stmt, ...]]:
    """A definition's docstring, and its other statements."""
    doc = doc_of(body.statements[0])
    return doc, body.statements if doc is None else body.statements[1:]


class Builder(StatementBuilder):
    """Makes every node of a file."""

    # --- definitions --------------------------------------------------------------------------------------------------

    def param(self, values: Values) -> ast.Param:
        return ast.Param(self.over(values), values[0].text, values[2] if len(values) > 1 else None)

    def star_param(self, values: Values) -> ast.Param:
        return ast.Param(self.over(values), values[1].text, None, star=True)

    def params(self, values: Values) -> Params:
        return Params(nodes(values))

    def def_stmt(self, values: Values) -> ast.Stmt:
        word, name, params, _, body = values
        doc, statements = split_doc(body)
        return ast.Def(self._until(word, body), name.text, self.at(name), params.items, statements, doc)

    def header(self, word: Token, params: Params, inputs: Inputs, rest: list[Any]) -> Header:
        _check_stars(word.text, inputs.items)
        outputs = next((part for part in rest if isinstance(part, ast.AstNode)), None)
        where = next((part.conditions for part in rest if isinstance(part, Where)), ())
        return Header(params.items, inputs.items, cast("ast.OutputType | None", outputs), where)

    def block_stmt(self, values: Values) -> ast.Stmt:
        word, name, params, inputs, *rest, _, body = values
        kind = cast(Literal["block", "net"], word.text)
        header = self.header(word, params, inputs, rest)
        doc, statements = split_doc(body)
        return ast.Block(self._until(word, body), kind, name.text, self.at(name), *header, statements, doc)

    def extern_stmt(self, values: Values) -> ast.Stmt:
        word, name, params, inputs, *rest, _, target = values
        header = self.header(word, params, inputs, rest)
        text = literals.string(target.text, self.at(target))
        return ast.Extern(self.over(values), name.text, self.at(name), *header, text)

    def where(self, values: Values) -> Where:
        return Where(tuple(values[1:]))

    # --- cfg ----------------------------------------------------------------------------------------------------------

    def row_pattern(self, values: Values) -> Pattern:
        span = self.over(values)
        if isinstance(values[0], ast.Expr):
            return Pattern("tuple", assignable(values[0]), span)
        if len(values) == 1:
            return Pattern("name", self.name(values), span)
        if values[0].text not in _ROW_TYPES:
            known = ", ".join(_ROW_TYPES)
            raise refuse(
                "E0101", f"`{values[0].text}` is no kind of entry", self.at(values[0]), f"expected one of {known}"
            )
        return Pattern(values[0].text, self.name(values[1:]), span)

    def row(self, values: Values) -> ast.Row:
        pattern, _, *items = values
        span = pattern.span.to(items[-1].span)
        return ast.Row(span, cast(Any, pattern.kind), pattern.value, tuple(items))

    def rows(self, values: Values) -> Rows:
        doc = None
        if isinstance(values[0], Token):
            doc = literals.docstring(literals.string(values[0].text, self.at(values[0])))
        return Rows(doc, nodes(values))

    def cfg_stmt(self, values: Values) -> ast.Stmt:
        word, name, params, _, rows = values
        span = Span(self.file, self.at(word).start, rows.rows[-1].span.end)
        return ast.Cfg(span, name.text, self.at(name), params.items, rows.rows, rows.doc)

    # --- types --------------------------------------------------------------------------------------------------------

    def type(self, values: Values) -> ast.TypeExpr:
        word = values[0] if values[0].kind == "NAME" else None
        if word is not None and word.text not in ("int", "bool"):
            help_ = "write `[...]` for floats, `int[...]` or `bool[...]`"
            raise refuse("E0101", f"`{word.text}` is no type of a tensor", self.at(word), help=help_)
        return ast.TypeExpr(self.over(values), word.text if word else None, tuple(map(_dim, nodes(values))))

    def any_dims(self, values: Values) -> ast.Expr:
        return ast.AnyDims(self.at(values[0]))

    def dim_example(self, values: Values) -> ast.Expr:
        return ast.DimExample(self.over(values), values[0].text, values[2])

    def output_item(self, values: Values) -> tuple[str | None, ast.OutputType]:
        return (values[0].text if len(values) > 1 else None), values[-1]

    def tuple_type(self, values: Values) -> ast.OutputType:
        """``([B, C])`` is just ``[B, C]``; a name or a comma makes a tuple."""
        items = nodes(values)
        if len(items) == 1 and items[0][0] is None:
            return cast(ast.OutputType, items[0][1])
        return self.tuple_type_comma(values)

    def tuple_type_comma(self, values: Values) -> ast.TupleType:
        items = nodes(values)
        return ast.TupleType(self.over(values), tuple(name for name, _ in items), tuple(one for _, one in items))

    def conditional_type(self, values: Values) -> ast.ConditionalType:
        then, _, test, _, orelse = values
        return ast.ConditionalType(self.over(values), then, test, orelse)

    def outputs(self, values: Values) -> ast.OutputType:
        return cast(ast.OutputType, values[1])

    def input(self, values: Values) -> ast.Input:
        name, _, type_, *default = values
        if default and not _is_none(default[1]):
            raise refuse("E0101", "the default of an input can only be `None`", default[1].span)
        return ast.Input(self.over(values), name.text, _one_type(type_), bool(default))

    def star_input(self, values: Values) -> ast.Input:
        _, name, _, type_ = values
        return ast.Input(self.over(values), name.text, _one_type(type_), False, star=True)

    def inputs(self, values: Values) -> Inputs:
        return Inputs(nodes(values))


def _dim(dim: ast.Expr) -> ast.Expr:
    return ast.AnySize(dim.span) if isinstance(dim, ast.Name) and dim.id == "_" else dim


def _check_stars(word: str, inputs: tuple[ast.Input, ...]) -> None:
    """Only the last input of a block takes all that are left: those of a net and of an extern are counted."""
    for index, input_ in enumerate(inputs):
        if input_.star and word != "block":
            help_ = "name each input, or put the star into a block"
            raise refuse(
                "E0101",
                f"the inputs of {'an' if word == 'extern' else 'a'} {word} are counted",
                input_.span,
                help=help_,
            )
        if input_.star and index != len(inputs) - 1:
            raise refuse("E0101", "what takes the inputs that are left is the last one", input_.span)


def _one_type(type_: ast.OutputType) -> ast.TypeExpr | ast.TupleType:
    if isinstance(type_, ast.ConditionalType):
        raise refuse("E0101", "an input has one type", type_.span, "a choice of types")
    return type_


def _is_none(value: ast.Expr) -> bool:
    return isinstance(value, ast.Literal_) and value.value is None
