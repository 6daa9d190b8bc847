"""The language's words, and what its tokens are called in messages."""

from __future__ import annotations

from collections.abc import Iterable

from archc.diagnostics.suggest import closest
from archc.syntax.tokens import Token

# Words that start a statement, for "did you mean".
DEFINITIONS = ("block", "net", "cfg", "def", "extern")
STATEMENT_WORDS = (*DEFINITIONS, "from", "return", "assert", "if", "elif", "else", "for", "init", "tie", "freeze")

KEYWORDS = frozenset(
    ["if", "elif", "else", "for", "in", "is", "not", "and", "or", "return", "assert", "def", "from", "import"]
)
SOFT_KEYWORDS = frozenset(["block", "net", "cfg", "extern", "init", "tie", "freeze", "where", "as"])
"""Keywords where the grammar takes them, and names elsewhere."""
CONSTANTS = ("None", "True", "False")
RESERVED = ("training", *CONSTANTS, "inf")
"""Names that a spec cannot give to anything."""
DTYPES = ("int", "bool")
"""What may stand before the brackets of a tensor's type."""
KEYWORD_KINDS = frozenset(word.upper() for word in KEYWORDS)

_VALUES = {"NAME", "NUMBER", "STRING", "TRUE", "FALSE", "NONE", "LPAR", "LSQB"}
_STARTS = _VALUES | {"SIGN", "TILDE", "NOT", "STAR", "LABEL", "QUOTED_LABEL", "ELLIPSIS"}
JOINING = frozenset(
    ("SIGN", "TIMES", "STAR", "POWER", "AMPERSAND", "VBAR", "COMPARE", "AND", "OR", "IN", "IS", "NOT", "IF")
)
"""What stands between two operands."""
_OPERATORS = JOINING | {"DOT", "LPAR", "LSQB", "ARROW"}
_STATEMENTS = {word.upper() for word in STATEMENT_WORDS}
_MOST = 5

_NAMES = {
    "_NL": "the end of the line",
    "$END": "the end of the expression",
    "_INDENT": "an indented body",
    "_DEDENT": "the end of the body",
    "NAME": "a name",
    "NUMBER": "a number",
    "STRING": "a string",
    "LABEL": "a label",
    "QUOTED_LABEL": "a label",
    "PATH": "a path",
    "SIGN": "`+` or `-`",
    "TIMES": "`/`",
    "COMPARE": "a comparison",
    "POWER": "`**`",
    "STAR": "`*`",
    "EQUAL": "`=`",
    "TILDE": "`~`",
    "VBAR": "`|`",
    "AMPERSAND": "`&`",
    "COLON": "`:`",
    "DOT": "`.`",
    "ARROW": "`->`",
    "ELLIPSIS": "`...`",
    "LPAR": "`(`",
    "RPAR": "`)`",
    "LSQB": "`[`",
    "RSQB": "`]`",
    "_COMMA": "`,`",
    "TRUE": "`True`",
    "FALSE": "`False`",
    "NONE": "`None`",
}


def statement_word(word: str) -> str | None:
    """The word that a misspelt one was meant to be, at the start of a statement. Words of two letters are too near to all."""
    return closest(word, STATEMENT_WORDS) if len(word) > 2 else None


def keyword(word: str, kinds: Iterable[str]) -> str | None:
    """The keyword among the kinds of tokens that a misspelt word was meant to be."""
    return closest(word, [kind.lower() for kind in kinds if kind not in _NAMES])


def found(token: Token) -> str:
    """What a token is called when it is where it should not be."""
    if token.kind == "_INDENT":
        return "more indentation"
    if token.kind in ("_NL", "_DEDENT", "$END"):
        return _NAMES[token.kind]
    if token.kind == "STRING":
        return "a string"
    return f"`{token.text}`" if len(token.text) <= 40 else f"`{token.text[:36]}...`"


def expected(kinds: Iterable[str]) -> str:
    """The kinds of tokens that would do, in words: at most five items."""
    left = set(kinds)
    items: list[str] = []
    if "RETURN" in left:
        items.append("a statement")
        left -= _STATEMENTS | _STARTS
    if "TIMES" in left:
        items.append("an operator")
        left -= _OPERATORS
    if "NUMBER" in left:
        items.append("an expression")
        left -= _STARTS
    names = sorted({_NAMES.get(kind, f"`{kind.lower()}`") for kind in left}) + items
    return listed(names[:_MOST])


def listed(names: list[str]) -> str:
    """``a, b or c``."""
    return names[0] if len(names) == 1 else ", ".join(names[:-1]) + f" or {names[-1]}" if names else "nothing more"
