"""What the grammar lets pass and the language does not: statements out of place, and trees that are too deep."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Literal

from archc.diagnostics.model import Diagnostic
from archc.syntax import ast
from archc.syntax.build_stmt import Bare
from archc.syntax.fault import fault
from archc.syntax.walk import children
from archc.syntax.words import statement_word

MAX_DEPTH = 200

Where = Literal["file", "body", "def"]

_ALLOWED: dict[Where, tuple[type[ast.Stmt], ...]] = {
    "file": (ast.Import, ast.Def, ast.Block, ast.Cfg, ast.Extern, ast.Assign, ast.Assert),
    "body": (ast.Assign, ast.LabelStmt, ast.Return, ast.If, ast.For, ast.Assert, ast.Init, ast.Tie, ast.Freeze),
    "def": (ast.Assign, ast.Return, ast.If, ast.For, ast.Assert),
}
_PLACES = {"file": "at the level of a file", "body": "in a block or net", "def": "in a `def`"}


def too_deep(root: ast.AstNode) -> Diagnostic | None:
    """The fault of a tree with more than MAX_DEPTH levels, found without recursion. Short parts need no look: see `most_levels`."""
    level: list[ast.AstNode] = [root]
    for left in range(MAX_DEPTH, 0, -1):
        level = [child for node in level if most_levels(node) > left for child in children(node)]
        if not level:
            return None
    help_ = "give the inner parts names of their own"
    return fault("E0109", f"this is nested more than {MAX_DEPTH} levels deep", level[0].span, help=help_)


def most_levels(node: ast.AstNode) -> int:
    """How many levels the tree of a text of this length can have.

    A part is shorter than the whole, but for the value of an argument, of a tuple without brackets and of a statement that is
    one: of any two levels, one has a character of its own.
    """
    _, start, end = node.span
    return 2 * (end - start) + 2


def misplaced(statement: ast.Stmt, where: Where = "file") -> Iterator[Diagnostic]:
    """The faults of all statements in and below this one that do not belong where they stand."""
    if not isinstance(statement, _ALLOWED[where]):
        yield _fault(statement, where)
        return
    inner: Where = "def" if isinstance(statement, ast.Def) else "body" if isinstance(statement, ast.Block) else where
    for part in _bodies(statement):
        yield from misplaced(part, inner)


def _bodies(statement: ast.Stmt) -> Iterable[ast.Stmt]:
    if isinstance(statement, ast.Def | ast.Block | ast.For):
        return statement.body
    if isinstance(statement, ast.If):
        return [part for _, body in statement.arms for part in body] + list(statement.orelse)
    return ()


def _fault(statement: ast.Stmt, where: Where) -> Diagnostic:
    if isinstance(statement, Bare):
        return _unused(statement.value)
    first = statement.span._replace(end=statement.span.start + len(_word(statement)))
    return fault("E0112", f"{_name(statement)} cannot stand {_PLACES[where]}", first, help=_advice(statement, where))


def _unused(value: ast.Expr) -> Diagnostic:
    leading = _leading_name(value)
    meant = statement_word(leading.id) if leading else None
    if leading and meant:
        return fault("E0101", f"`{leading.id}` starts no statement", leading.span, help=f"did you mean `{meant}`?")
    if isinstance(value, ast.Literal_) and isinstance(value.value, str):
        return fault(
            "E0112",
            "a docstring is the first statement of a file or definition",
            value.span,
            help="make it a `#` comment",
        )
    if isinstance(value, ast.Call) and isinstance(value.func, ast.Attribute) and value.func.name == "append":
        return fault("E0112", "a list never changes", value.span, help="make a new one: `xs = [*xs, x]`")
    if isinstance(value, ast.Chain | ast.Call):
        return fault(
            "E0112", "nothing becomes of this value", value.span, help="give it a name (`x = ...`) or `return` it"
        )
    return fault("E0112", "an expression alone is no statement", value.span, help="give it a name: `x = ...`")


def _leading_name(value: ast.Expr) -> ast.Name | None:
    """``retrun`` in ``retrun (x + y)`` and in ``retrun -x``: a misspelt keyword reads like the start of an expression."""
    while not isinstance(value, ast.Name):
        if isinstance(value, ast.Call):
            value = value.func
        elif isinstance(value, ast.Subscript):
            value = value.value
        elif isinstance(value, ast.Binary):
            value = value.left
        else:
            return None
    return value


_WORDS: dict[type[ast.Stmt], str] = {
    ast.Import: "from", ast.Def: "def", ast.Cfg: "cfg", ast.Extern: "extern", ast.Return: "return", ast.If: "if", ast.For: "for",
    ast.Init: "init", ast.Tie: "tie", ast.Freeze: "freeze", ast.Assert: "assert",
}  # fmt: skip


def _word(statement: ast.Stmt) -> str:
    if isinstance(statement, ast.Block):
        return statement.kind
    if isinstance(statement, ast.LabelStmt):
        return " " * (statement.label.span.end - statement.label.span.start)
    return _WORDS[type(statement)]


def _name(statement: ast.Stmt) -> str:
    return "a declared layer" if isinstance(statement, ast.LabelStmt) else f"`{_word(statement)}`"


def _advice(statement: ast.Stmt, where: Where) -> str | None:
    if isinstance(statement, ast.LabelStmt) and statement.label.segments == (("else",),):
        return "an `else` stands right below the body of its `if`, with the same indentation"
    if where == "def" and isinstance(statement, ast.LabelStmt | ast.Init | ast.Tie | ast.Freeze):
        return "make it a `block`: only blocks and nets have layers of their own"
    if where == "file" and isinstance(statement, ast.If | ast.For):
        return "put it into a `def`, or write a comprehension"
    if where == "file":
        return "put it into a `block` or `net`, indented by four spaces"
    return "move it to the level of the file, without indentation"
