"""What may stand on the left of ``=`` and behind ``for``."""

from __future__ import annotations

from archc.syntax import ast
from archc.syntax.fault import SpecSyntaxError, refuse


def assignable(target: ast.Expr) -> ast.Expr:
    """The target itself: a name, or a tuple of targets with at most one star. Raises SpecSyntaxError for anything else."""
    pending = [target]
    while pending:
        part = pending.pop()
        if isinstance(part, ast.TupleExpr) and part.items:
            pending.extend(_unstarred(part))
        elif not isinstance(part, ast.Name):
            raise _no_target(part)
    return target


def _unstarred(target: ast.TupleExpr) -> list[ast.Expr]:
    stars = [item for item in target.items if isinstance(item, ast.Star)]
    if len(stars) > 1:
        raise refuse("E0101", "a second star among the names", stars[1].span, "one is enough to take the rest")
    return [item.value if isinstance(item, ast.Star) else item for item in target.items]


def _no_target(part: ast.Expr) -> SpecSyntaxError:
    help_ = "write a name here, or names with commas between them"
    if isinstance(part, ast.Attribute | ast.Subscript):
        help_ = "a value never changes: give the new one a name of its own"
    if isinstance(part, ast.Star):
        help_ = "a star takes the rest of several names: `first, *rest = ...`"
    return refuse("E0101", "this cannot be assigned to", part.span, help=help_)
