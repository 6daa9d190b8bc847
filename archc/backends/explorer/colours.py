"""The colours of the source pane: which letters of a text are of which kind, by Pygments' lexers."""

from __future__ import annotations

KINDS = {
    "Comment": "comment",
    "String": "string",
    "Literal.String": "string",
    "Literal.Number": "number",
    "Number": "number",
    "Keyword": "keyword",
    "Operator.Word": "keyword",
    "Name.Label": "label",
    "Name.Class": "defined",
    "Name.Function": "called",
}
"""The classes of ``style.css``, for kinds of tokens and all below them."""


def coloured(file: str, text: str) -> list[tuple[int, int, str]]:
    """Start, end and class of what has a colour, in order."""
    from pygments.lexers.python import PythonLexer

    from archc.pygments_lexer import ArchLexer

    lexer = PythonLexer() if file.endswith(".py") else ArchLexer()
    found = (
        (start, start + len(value), _kind(str(token))) for start, token, value in lexer.get_tokens_unprocessed(text)
    )
    return [(start, end, kind) for start, end, kind in found if kind]


def _kind(token: str) -> str:
    """The class of a token such as ``Token.Literal.String.Doc``."""
    parts = token.split(".")[1:]
    return next((KINDS[name] for size in (2, 1) if (name := ".".join(parts[:size])) in KINDS), "")
