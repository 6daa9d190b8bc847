"""``python -m benchmarks.parsing PATH``: the time of a check of a spec, and of Lark's LALR parser making a tree of the same text."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import lark
from lark.indenter import Indenter

from archc import driver
from archc.syntax import generate
from archc.syntax.scan import scan
from benchmarks.timing import took


class Bodies(Indenter):
    """The layout of lines, as Lark's own lexer has it."""

    NL_type = "_NL"
    OPEN_PAREN_types = ["LPAR", "LSQB"]  # noqa: RUF012 -- as Lark declares it
    CLOSE_PAREN_types = ["RPAR", "RSQB"]  # noqa: RUF012
    INDENT_type = "_INDENT"
    DEDENT_type = "_DEDENT"
    tab_len = 8


def main() -> None:
    text = Path(sys.argv[1]).read_text(encoding="utf-8")
    driver.check("resnet")
    parser = generate.build()
    parser.parser.lexer.postlexer = Bodies()
    pieces = [lark.TextSlice(text, piece.start, piece.end) for piece in scan(text, "").pieces]
    theirs = took(lambda: [parser.parse(piece, start="statement") for piece in pieces])
    ours = took(lambda: driver.check_text(text).raise_errors())
    print(json.dumps({"archc": ours, "lark": theirs}))


if __name__ == "__main__":
    main()
