"""Colours for specs wherever Pygments is at work: Sphinx, MkDocs, Jupyter's nbconvert, ``pygmentize``, rich.

Pygments finds the class by archc's entry point.
"""

from __future__ import annotations

from typing import Any, ClassVar

from pygments.lexer import RegexLexer, bygroups
from pygments.token import Token, Whitespace, string_to_tokentype

from archc.syntax.highlight import KINDS, RULES, Region, Rule


def _token(kind: str) -> Any:
    return string_to_tokentype(KINDS[kind][0])


def _entry(rule: Rule | Region) -> tuple[Any, ...]:
    if isinstance(rule, Region):
        return f"{rule.mark}(?:\\\\[\\s\\S]|[^\\\\])*?{rule.mark}", _token(rule.kind)
    tokens = [_token(kind) for kind in rule.kinds]
    return rule.pattern, tokens[0] if len(tokens) == 1 else bygroups(*tokens)


class ArchLexer(RegexLexer):  # type: ignore[misc]  # Pygments has no types
    """Specs of archc, the compiler for neural network architectures."""

    name = "archc"
    aliases: ClassVar[list[str]] = ["arch", "archc"]
    filenames: ClassVar[list[str]] = ["*.arch"]
    mimetypes: ClassVar[list[str]] = ["text/x-arch"]

    tokens: ClassVar[dict[str, list[Any]]] = {
        "root": [*map(_entry, RULES), ("\\n|[ \\t]+", Whitespace), (".", Token.Error)]
    }
