"""What the parser could not take, said in the words of someone who writes specs."""

from __future__ import annotations

from collections.abc import Callable

from archc.diagnostics.model import Diagnostic
from archc.syntax import mistakes, mistakes_expr, words
from archc.syntax.driver import Unexpected
from archc.syntax.fault import fault
from archc.syntax.tokens import Piece
from archc.syntax.trouble import Trouble

# The first that fits is shown.
_KNOWN: tuple[Callable[[Trouble], Diagnostic | None], ...] = (
    mistakes.character,
    mistakes.indentation,
    mistakes.no_body,
    mistakes.no_colon,
    mistakes_expr.arrow,
    mistakes_expr.after_chain,
    mistakes_expr.joined_strings,
    mistakes.first_word,
    mistakes.inner_lambda,
    mistakes.inner_word,
    mistakes.python_import,
    mistakes.lone_else,
    mistakes_expr.assignment_operator,
    mistakes_expr.single_equals,
    mistakes_expr.loose_keyword_inputs,
    mistakes_expr.generator,
    mistakes_expr.ellipsis,
    mistakes_expr.spread_keywords,
    mistakes.input_type,
    mistakes.one_list,
    mistakes_expr.label_in_parens,
    mistakes_expr.numbered_part,
    mistakes_expr.missing_comma,
    mistakes.keyword_as_name,
)


def explain(error: Unexpected, piece: Piece) -> Diagnostic:
    """The diagnostic for a token that does not fit: a known mistake, or plainly what was found and what would do."""
    trouble = Trouble(error.token, error.parser, piece)
    for mistake in _KNOWN:
        if known := mistake(trouble):
            return known
    expected = words.expected(error.parser.expected())
    return fault(
        "E0101", f"found {words.found(error.token)}, expected {expected}", trouble.span, f"expected {expected}"
    )
