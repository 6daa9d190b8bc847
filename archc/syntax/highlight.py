"""What editors and pages colour: the kinds of text in a spec as regular expressions, from the grammar's terminals and its words.

The patterns are of the part of regular expressions that Python and Oniguruma (TextMate, VS Code) read alike, and no match crosses a
line, but for regions. Highlighting is not parsing: it looks at a few letters around a word.
"""

from __future__ import annotations

from collections.abc import Iterable

from archc.records import record
from archc.syntax.words import CONSTANTS, DTYPES, KEYWORDS, RESERVED, SOFT_KEYWORDS

KINDS = {
    "comment": ("Comment.Single", "comment.line.number-sign"),
    "string": ("String", "string.quoted"),
    "doc": ("String.Doc", "string.quoted.docstring"),
    "label": ("Name.Label", "entity.name.tag"),
    "definition": ("Keyword.Declaration", "storage.type"),
    "defined": ("Name.Class", "entity.name.function"),
    "keyword": ("Keyword", "keyword.control"),
    "word": ("Operator.Word", "keyword.operator.word"),
    "constant": ("Keyword.Constant", "constant.language"),
    "type": ("Keyword.Type", "support.type"),
    "number": ("Number", "constant.numeric"),
    "call": ("Name.Function", "entity.name.function.call"),
    "name": ("Name", "variable.other"),
    "operator": ("Operator", "keyword.operator"),
    "punctuation": ("Punctuation", "punctuation"),
    "": ("Text.Whitespace", ""),
}
"""Each kind of text with the token that Pygments has for it, and TextMate's scope."""


@record
class Rule:
    """A pattern, and the kind of each of its groups; of one without groups, of all that it matches."""

    pattern: str
    kinds: tuple[str, ...]


@record
class Region:
    """What goes on over line ends, from a mark to the next one that no backslash precedes."""

    mark: str
    kind: str


def _any(words: Iterable[str]) -> str:
    return f"(?:{'|'.join(sorted(words))})"


_SPACE = "([ \\t]*)"
_NAME = "[A-Za-z_][A-Za-z0-9_]*"
_PART = "(?:[A-Za-z0-9_]|\\{[^{}\\n]*\\})+"
_PATH = f"(?:{_PART}(?:\\.{_PART})*)"
_QUOTED = '"(?:\\\\[^\\n]|[^"\\\\\\n])*"', "'(?:\\\\[^\\n]|[^'\\\\\\n])*'"
_LABEL = f"(?!{_any(KEYWORDS)}\\b)((?:{_PATH}|{'|'.join(_QUOTED)}))(?=[ \\t]*:)"
_DEFINING = ("block", "net", "cfg", "extern", "def")
_STATING = ("init", "tie", "freeze")
_LOGIC = ("in", "is", "not", "and", "or")

RULES: tuple[Rule | Region, ...] = (
    Rule("#[^\\n]*", ("comment",)),
    Region('"""', "doc"),
    Region("'''", "doc"),
    Rule(f"^{_SPACE}({_any(_DEFINING)})([ \\t]+)({_NAME})", ("", "definition", "", "defined")),
    Rule(f"^{_SPACE}({_any(_STATING)})(?=[ \\t]+[\"'A-Za-z0-9_*{{])", ("", "definition")),
    Rule(f"^{_SPACE}{_LABEL}", ("", "label")),
    Rule(f"(->|[\\[(,]){_SPACE}(?![0-9]+[ \\t]*:[^ ]){_LABEL}(?=[ \\t]*:[ \\t])", ("operator", "", "label")),
    Rule("|".join(_QUOTED), ("string",)),
    Rule("[A-Za-z0-9_.]*\\{[^{}\\n]*\\}(?:[A-Za-z0-9_.]|\\{[^{}\\n]*\\})*", ("label",)),  # a path to tie
    Rule(f"\\b{_any(_LOGIC)}\\b", ("word",)),
    Rule(f"\\b{_any(KEYWORDS.difference(_LOGIC))}\\b", ("keyword",)),
    Rule("\\bwhere(?=[ \\t]+[A-Za-z0-9_(-])", ("keyword",)),
    Rule("\\bas(?=[ \\t]+[A-Za-z_])", ("keyword",)),
    Rule(f"\\b{_any({*RESERVED, *CONSTANTS})}\\b", ("constant",)),
    Rule(f"\\b{_any(DTYPES)}(?=[ \\t]*\\[)", ("type",)),
    Rule(f"{_NAME}(?=\\()", ("call",)),
    Rule(_NAME, ("name",)),
    Rule("(?:[0-9]|\\.[0-9])(?:[eE][+-]?[0-9]|[A-Za-z0-9_]|\\.(?!\\.))*", ("number",)),
    Rule("->|\\*\\*|//|[=!<>]=|[-+*/%@<>=~]", ("operator",)),
    Rule("\\.\\.\\.|[()\\[\\]:,.]", ("punctuation",)),
)
"""In the order in which they are tried. ``SOFT_KEYWORDS`` are keywords in front of what must follow them."""

assert {*_DEFINING, *_STATING, "where", "as"} - KEYWORDS == SOFT_KEYWORDS


def textmate() -> dict[str, object]:
    """The grammar for TextMate, VS Code and whatever else reads ``tmLanguage`` files, as JSON values."""
    return {
        "$schema": "https://raw.githubusercontent.com/martinring/tmlanguage/master/tmlanguage.json",
        "name": "archc",
        "scopeName": "source.arch",
        "fileTypes": ["arch"],
        "patterns": [_region(rule) if isinstance(rule, Region) else _match(rule) for rule in RULES],
    }


def _scope(kind: str) -> str:
    return f"{KINDS[kind][1]}.arch"


def _region(region: Region) -> dict[str, object]:
    escaped = {"match": "\\\\.", "name": "constant.character.escape.arch"}
    return {"begin": region.mark, "end": region.mark, "name": _scope(region.kind), "patterns": [escaped]}


def _match(rule: Rule) -> dict[str, object]:
    if len(rule.kinds) == 1:
        return {"match": rule.pattern, "name": _scope(rule.kinds[0])}
    captures = {str(number): {"name": _scope(kind)} for number, kind in enumerate(rule.kinds, start=1) if kind}
    return {"match": rule.pattern, "captures": captures}
