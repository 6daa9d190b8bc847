"""What a name of a file may depend on. Told from the words of the text, which are all names in it and more: that takes no time."""

from __future__ import annotations

import re
from collections.abc import Iterable

from archc.elaborate.body import bound_names
from archc.syntax import ast

_WORD = re.compile(r"[A-Za-z_]\w*")


def needed(statements: Iterable[ast.Stmt], text: str, wanted: str | None) -> set[str]:
    """The names of a file that ``wanted`` may depend on, itself among them; all of them where the file does not define it."""
    places = {name: statement.span for statement in statements for name in defined(statement)}
    if wanted not in places:
        return set(places)
    found, pending = {wanted}, [wanted]
    while pending:
        span = places[pending.pop()]
        more = (places.keys() & _WORD.findall(text[span.start : span.end])) - found
        found |= more
        pending += more
    return found


def defined(statement: ast.Stmt) -> Iterable[str]:
    """The names that a statement of a file gives a meaning."""
    if isinstance(statement, (ast.Def, ast.Block, ast.Cfg, ast.Extern)):
        return (statement.name,)
    return bound_names(statement) if isinstance(statement, ast.Assign) else ()
