"""Mistakes within expressions: each function returns a diagnostic, or None when the mistake is another one."""

from __future__ import annotations

from archc.diagnostics.model import Diagnostic, Fix, Mark
from archc.syntax import ast, words
from archc.syntax.fault import fault
from archc.syntax.trouble import Trouble


def arrow(trouble: Trouble) -> Diagnostic | None:
    """``x + y -> f``."""
    left = trouble.expression() if trouble.token.kind == "ARROW" else None
    if left is None or isinstance(left, ast.Chain | ast.Labelled):
        return None
    message = "`->` takes a single value on its left"
    if isinstance(left, ast.IfExp):
        help_ = "write `a if c else (b -> f)` to feed one of them, `(a if c else b) -> f` to feed what is chosen"
        return fault("E0105", message, trouble.span, others=(Mark(left.span, "a choice"),), help=help_)
    whole = trouble.text(left.span)
    shown = f"({whole})" if len(whole) <= 40 and "\n" not in whole else "(...)"
    mark = Mark(left.span, "this has to be in brackets")
    fix = Fix(left.span, f"({whole})")
    return fault("E0105", message, trouble.span, others=(mark,), help=f"write `{shown} -> ...`", fix=fix)


def after_chain(trouble: Trouble) -> Diagnostic | None:
    """``x -> f + y``, and ``x -> f if c else g``."""
    kind = trouble.token.kind
    operators = ("SIGN", "TIMES", "STAR", "POWER", "COMPARE", "AND", "OR", "IN", "IS", "NOT", "IF")
    chain = trouble.expression() if kind in operators else None
    if not isinstance(chain, ast.Chain):
        return None
    mark = Mark(chain.span, "a chain")
    if kind == "IF":
        help_ = "write `x -> (f if c else g)` for a choice of layers, `(x -> f) if c else y` for a choice of values"
        return fault(
            "E0105", "a choice in or after a chain is put in brackets", trouble.span, others=(mark,), help=help_
        )
    message = f"`{trouble.token.text}` cannot follow a chain"
    if kind == "STAR":
        help_ = "write `x -> [f] * n` for n layers, `(x -> f) * y` for a product"
        return fault("E0105", message, trouble.span, others=(mark,), help=help_)
    fix = Fix(chain.span, f"({trouble.text(chain.span)})")
    return fault("E0105", message, trouble.span, others=(mark,), help="put the chain in brackets", fix=fix)


def joined_strings(trouble: Trouble) -> Diagnostic | None:
    """``f"..."`` and ``"a" "b"``."""
    last, token = trouble.parser.last, trouble.token
    if token.kind not in ("STRING", "QUOTED_LABEL") or last is None:
        return None
    if last.kind == "NAME" and last.end == token.start:
        span = trouble.piece.span(last.start, token.end)
        return fault(
            "E0101", f"strings have no prefix `{last.text}`", span, help="labels take values in braces: `layer{i}: ...`"
        )
    if last.kind == "STRING":
        return fault(
            "E0101",
            "two strings side by side are not joined",
            trouble.span,
            help="write one string, or put a comma between them",
        )
    return None


def assignment_operator(trouble: Trouble) -> Diagnostic | None:
    """``x += 1``."""
    last, token = trouble.parser.last, trouble.token
    if token.kind not in ("EQUAL", "COMPARE") or last is None or last.end != token.start:
        return None
    if last.kind not in ("SIGN", "TIMES", "STAR", "POWER") or token.text[0] != "=":
        return None
    span = trouble.piece.span(last.start, token.end)
    return fault("E0101", f"there is no `{last.text}=`", span, help=f"write `x = x {last.text} ...`")


def single_equals(trouble: Trouble) -> Diagnostic | None:
    """``if x = 1:``."""
    if trouble.token.kind != "EQUAL" or not trouble.parser.accepts("COMPARE"):
        return None
    if trouble.head in ("RETURN", "IF", "ELIF", "ASSERT"):
        return fault(
            "E0101",
            "`=` gives a name to a value",
            trouble.span,
            help="write `==` to compare",
            fix=Fix(trouble.span, "=="),
        )
    return None


def loose_keyword_inputs(trouble: Trouble) -> Diagnostic | None:
    """``(x, mask=m)`` that no arrow follows."""
    if trouble.parser.expected() != ["ARROW"]:
        return None
    help_ = "write `(x, mask=m) -> layer`, or `layer(x, mask=m)`"
    return fault("E0101", "named inputs stand on the left of `->` only", trouble.span, "expected `->`", help=help_)


def generator(trouble: Trouble) -> Diagnostic | None:
    """``sum(x for x in xs)``."""
    if trouble.token.kind != "FOR" or not trouble.parser.accepts("_COMMA"):
        return None
    return fault(
        "E0101", "a comprehension stands in square brackets", trouble.span, help="write `[... for ... in ...]`"
    )


def ellipsis(trouble: Trouble) -> Diagnostic | None:
    if trouble.token.kind != "ELLIPSIS":
        return None
    return fault(
        "E0101",
        "`...` stands in shapes and in indices only",
        trouble.span,
        help="`[..., C]` is any number of leading dims",
    )


def spread_keywords(trouble: Trouble) -> Diagnostic | None:
    """``f(**options)``."""
    if trouble.token.kind != "POWER" or not trouble.parser.accepts("STAR"):
        return None
    return fault("E0101", "there is no `**` for arguments", trouble.span, help="name each argument")


def label_in_parens(trouble: Trouble) -> Diagnostic | None:
    last, token = trouble.parser.last, trouble.token
    if token.kind != "COLON" or last is None or last.kind not in ("NAME", "NUMBER", "STRING"):
        return None
    if not trouble.parser.accepts("RPAR"):
        return None
    help_ = "put the label before the bracket: `x -> label: (f if c else g)`"
    return fault("E0101", "a label does not stand right behind a bracket", trouble.span, help=help_)


def numbered_part(trouble: Trouble) -> Diagnostic | None:
    """``model.24.anchors`` as a value."""
    last, token = trouble.parser.last, trouble.token
    parts = token.text.split(".")
    if last is None or last.kind != "NAME" or last.end != token.start or len(parts) < 2 or not parts[1].isdecimal():
        return None
    span = trouble.piece.span(last.start, last.start + len(last.text) + 1 + len(parts[1]))
    help_ = f"write `{last.text}[{parts[1]}]`"
    return fault("E0101", "a number in a label's path is a subscript where the label is used", span, help=help_)


def missing_comma(trouble: Trouble) -> Diagnostic | None:
    """``[a b]``."""
    last, token = trouble.parser.last, trouble.token
    starts = ("NAME", "NUMBER", "STRING", "TRUE", "FALSE", "NONE", "LABEL", "QUOTED_LABEL")
    if token.kind not in starts or last is None or not trouble.parser.accepts("_COMMA"):
        return None
    if not (trouble.parser.accepts("RPAR") or trouble.parser.accepts("RSQB")):
        return None
    fix = Fix(trouble.piece.span(last.end, last.end), ",")
    mark = Mark(trouble.piece.span(last.start, last.end), "after this")
    return fault(
        "E0101",
        f"a comma is missing before {words.found(token)}",
        trouble.span,
        others=(mark,),
        help="write `,` between the two",
        fix=fix,
    )
