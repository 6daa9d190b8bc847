"""How long a net is: lines of code, of specs and of the Python files that they mirror."""

from __future__ import annotations

import ast
import io
import tokenize
from collections.abc import Iterator

_LAYOUT = {
    tokenize.COMMENT,
    tokenize.NL,
    tokenize.NEWLINE,
    tokenize.INDENT,
    tokenize.DEDENT,
    tokenize.ENDMARKER,
    tokenize.ENCODING,
}


def of_spec(text: str) -> int:
    """Lines of a spec that define nets: neither blanks, comments nor the docstring, nor what it asserts of them."""
    beside = ("#", "assert ")
    code = {n for n, line in enumerate(text.splitlines(), 1) if line.strip() and not line.lstrip().startswith(beside)}
    return len(code - _docstring_of_spec(text))


def of_python(text: str) -> int:
    """Lines of a torchvision file that define nets: neither imports, docstrings, comments nor tables of weights."""
    kept = {line for node in ast.parse(text).body if not _is_beside(node) for line in _lines(node)}
    return len(_code_lines(text) & kept)


def _code_lines(text: str) -> set[int]:
    """Lines with a token that is more than layout."""
    found: set[int] = set()
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type not in _LAYOUT:
            found.update(range(token.start[0], token.end[0] + 1))
    return found


def _docstring_of_spec(text: str) -> set[int]:
    """The docstring of the file; one inside a block would count as code."""
    if not text.startswith('"""'):
        return set()
    end = text.index('"""', 3)
    return set(range(1, text.count("\n", 0, end) + 2))


def _is_beside(node: ast.stmt) -> bool:
    """Imports, ``__all__``, the docstring, and what the download of weights needs."""
    if isinstance(node, ast.Import | ast.ImportFrom) or _is_text(node):
        return True
    if isinstance(node, ast.ClassDef):
        return any(isinstance(base, ast.Name) and base.id == "WeightsEnum" for base in node.bases)
    return isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) in ("__all__", "_COMMON_META")


def _lines(node: ast.stmt) -> set[int]:
    """The lines of a definition with its decorators, without docstrings."""
    first = min([node.lineno, *(d.lineno for d in getattr(node, "decorator_list", []))])
    return set(range(first, (node.end_lineno or first) + 1)) - {line for doc in _docstrings(node) for line in doc}


def _docstrings(node: ast.stmt) -> Iterator[range]:
    for inner in ast.walk(node):
        body = getattr(inner, "body", None)
        if isinstance(inner, ast.ClassDef | ast.FunctionDef) and body and _is_text(body[0]):
            yield range(body[0].lineno, (body[0].end_lineno or body[0].lineno) + 1)


def _is_text(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)
