"""Mistakes with lines, words and definitions: each function returns a diagnostic, or None when the mistake is another one."""

from __future__ import annotations

from archc.diagnostics.model import Diagnostic, Fix
from archc.syntax import ast, words
from archc.syntax.fault import fault
from archc.syntax.tokens import UNKNOWN
from archc.syntax.trouble import Trouble

_GOES_ON = "a line goes on within brackets, or where the next one starts with `->`"

_CHARACTERS = {
    "{": "there are no dictionaries and sets; braces stand in labels: `layer{i}: ...`",
    "}": "there are no dictionaries and sets; braces stand in labels: `layer{i}: ...`",
    ";": "put each statement on a line of its own",
    "!": "write `not`, or `!=`",
    "^": "write `**` for a power",
    "\\": _GOES_ON,
    "$": None,
    "?": None,
    "`": None,
}


def character(trouble: Trouble) -> Diagnostic | None:
    token = trouble.token
    if token.kind != UNKNOWN:
        return None
    return fault("E0102", f"`{token.text}` means nothing here", trouble.span, help=_CHARACTERS.get(token.text))


def indentation(trouble: Trouble) -> Diagnostic | None:
    if trouble.token.kind != "_INDENT":
        return None
    message = "this line is indented more than the one before it"
    help_ = f"only the body of a statement that ends in `:` is indented; {_GOES_ON}"
    return fault("E0103", message, trouble.span, help=help_)


def no_body(trouble: Trouble) -> Diagnostic | None:
    """A header without anything indented below it, or with its body on its own line."""
    parser = trouble.parser
    last = parser.last
    if parser.accepts("_INDENT"):
        span = trouble.piece.span(last.start - 1, last.start) if last else trouble.span
        return fault(
            "E0103", "the body is missing", span, "expected indented lines below", help="indent the body by four spaces"
        )
    if last and last.kind == "COLON" and parser.expected() == ["_NL"]:
        return fault(
            "E0101",
            "the body starts on a line of its own",
            trouble.span,
            help="break the line after the `:`, and indent",
        )
    return None


def no_colon(trouble: Trouble) -> Diagnostic | None:
    """``if x`` without its colon."""
    if trouble.token.kind != "_NL" or trouble.head not in ("IF", "ELIF", "ELSE", "FOR", "DEF", "BLOCK", "NET", "CFG"):
        return None
    if not trouble.parser.accepts("COLON"):
        return None
    last = trouble.parser.last
    end = last.end if last else trouble.token.start
    fix = Fix(trouble.piece.span(end, end), ":")
    return fault(
        "E0101",
        "the `:` is missing at the end of this line",
        trouble.span,
        "expected `:`",
        help="end the line with `:`",
        fix=fix,
    )


_PYTHON = {
    "class": "write `block` for layers, or `net` for a whole network",
    "while": "write `for i in range(n)`: a spec always ends",
    "lambda": "write a `def` and give its name",
    "import": 'write `from "file.arch" import Name`',
    "with": None,
    "try": None,
    "raise": "write `assert condition, message`",
    "pass": "a body has at least one statement; a `block` can just `return x`",
    "del": None,
    "global": None,
    "yield": None,
    "async": None,
    "print": None,
}


def _first_name(trouble: Trouble) -> ast.Name | None:
    """The name that starts the line when nothing but it has been read of the line."""
    whole = trouble.expression()
    line = [value for value in trouble.line if value != []]
    if len(line) != 1 or not isinstance(whole, ast.Name):
        return None
    return whole


def first_word(trouble: Trouble) -> Diagnostic | None:
    """``bloc X(...)``, ``retrun x``, ``class X``."""
    name = _first_name(trouble)
    if name is None or trouble.token.kind in ("EQUAL", "_COMMA", "DOT", "_NL"):
        return None
    if name.id in _PYTHON:
        return fault("E0101", f"there is no `{name.id}` in archc", name.span, help=_PYTHON[name.id])
    meant = words.statement_word(name.id)
    if meant:
        fix = Fix(name.span, meant)
        return fault("E0101", f"`{name.id}` starts no statement", name.span, help=f"did you mean `{meant}`?", fix=fix)
    return None


def inner_word(trouble: Trouble) -> Diagnostic | None:
    """``for i ni range(3)``, ``a adn b``: a word that is near to one that could stand here."""
    token, parser = trouble.token, trouble.parser
    if token.kind != "NAME" or not trouble.line:
        return None
    meant = words.keyword(token.text, parser.expected())
    if meant is None:
        return None
    fix = Fix(trouble.span, meant)
    return fault("E0101", f"`{token.text}` is no keyword", trouble.span, help=f"did you mean `{meant}`?", fix=fix)


def inner_lambda(trouble: Trouble) -> Diagnostic | None:
    last = trouble.parser.last
    if last is None or last.kind != "NAME" or last.text != "lambda":
        return None
    span = trouble.piece.span(last.start, last.end)
    return fault("E0101", "there is no `lambda` in archc", span, help=_PYTHON["lambda"])


def python_import(trouble: Trouble) -> Diagnostic | None:
    if trouble.token.kind != "IMPORT" or trouble.line:
        return None
    return fault("E0101", "an import says first what it is from", trouble.span, help=_PYTHON["import"])


def keyword_as_name(trouble: Trouble) -> Diagnostic | None:
    token = trouble.token
    if token.kind not in words.KEYWORD_KINDS or not trouble.parser.accepts("NAME") or not trouble.line:
        return None
    return fault(
        "E0101",
        f"`{token.text}` is a keyword, and no name",
        trouble.span,
        f"expected {words.expected(trouble.parser.expected())}",
    )


def lone_else(trouble: Trouble) -> Diagnostic | None:
    if trouble.token.kind not in ("ELSE", "ELIF") or trouble.line:
        return None
    help_ = "it stands right below the body of its `if`, with the same indentation"
    return fault("E0112", f"this `{trouble.token.text}` belongs to no `if`", trouble.span, help=help_)


def input_type(trouble: Trouble) -> Diagnostic | None:
    """``x: [B, T]: int``, ``x: [B, T] int``, ``(x)`` and ``x: _`` among a definition's tensors."""
    last, token, expected = trouble.parser.last, trouble.token, trouble.parser.expected()
    if trouble.head not in ("BLOCK", "NET", "EXTERN") or last is None:
        return None
    if last.kind == "RSQB" and (token.kind == "COLON" or token.text in _DTYPES) and "_COMMA" in expected:
        return fault(
            "E0101", "nothing more stands behind a shape", trouble.span, help=f"a dtype stands before it: {_TYPES}"
        )
    if last.kind == "NAME" and expected == ["COLON"]:
        what = "an input of a definition says its shape"
    elif last.kind == "NAME" and expected == ["LSQB"]:
        what = f"`{last.text}` is no shape"
    else:
        return None
    span = trouble.piece.span(last.start, last.end)
    return fault("E0101", what, span, help=f"write {_TYPES}; `[...]` is any shape")


_TYPES = "`x: [B, C]` for floats, `x: int[B]` or `x: bool[B]`"
_DTYPES = (*words.DTYPES, "float", "long", "int64", "float32")
"""What people write for a dtype."""


def one_list(trouble: Trouble) -> Diagnostic | None:
    """``block A(x: [B, C])``, and ``block A(n) -> [B]``."""
    if trouble.head not in ("BLOCK", "NET", "EXTERN"):
        return None
    expected = trouble.parser.expected()
    in_first = trouble.token.kind == "COLON" and "_COMMA" in expected and "ARROW" not in expected
    after_first = expected == ["LPAR"] and trouble.parser.last is not None and trouble.parser.last.kind == "RPAR"
    if not (in_first or after_first):
        return None
    word = trouble.line[0].text
    message = f"a {word} has two lists: its hyperparameters, then its tensors"
    help_ = f"write `{word} Name()(x: [B, C])` when it has no hyperparameters"
    if trouble.token.kind == "_NL":
        help_ = "the second list opens on the line where the first one ends"
    return fault("E0101", message, trouble.span, help=help_)
