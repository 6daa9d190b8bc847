"""A first look at a text: its brackets, strings and comments, and where each top-level statement begins.

What is wrong with these is found here and not by the parser, since one bracket that is never closed would otherwise swallow the
rest of the file. A statement that has such a fault is not parsed.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from archc.diagnostics.model import Diagnostic, Mark
from archc.source import Span
from archc.syntax.characters import foreign
from archc.syntax.fault import fault
from archc.syntax.tokens import Piece

MAX_BRACKETS = 100

# All of ASCII but quotes, brackets, `#` and line ends: what says nothing here is skipped at once.
_PLAIN = r"[\t !$%&*-Z\\^-~]*+"
_INTERESTING = re.compile(
    rf"""{_PLAIN}(?:
      \"\"\"(?:\\[\s\S]|[^\\])*?\"\"\"|'''(?:\\[\s\S]|[^\\])*?'''
    | "(?!"")(?:\\[^\n]|[^"\\\n])*"|'(?!'')(?:\\[^\n]|[^'\\\n])*'
    | (?P<unended>["'])
    | (?P<comment>\#[^\n]*)
    | (?P<pair>\({_PLAIN}\)|\[{_PLAIN}\])
    | (?P<opening>[(\[])
    | (?P<close>[)\]])
    | (?P<foreign>[^\x00-\x7f]\w*)
    | (?P<line>\n(?=[^\s\#]))  # a line that is not indented
    | (?P<statement>\n[ ]*(?=(?:return|def|assert|from|import|elif)\b(?![ \t]*:)))   # what never stands within brackets
    | \n | \Z
    )""",
    re.VERBOSE,
)
_DEFINITION = re.compile(
    r"(?:def|block|net|cfg|extern)[ \t]+[A-Za-z_]\w*[ \t]*\(|(?:return|assert|from|import|elif|def)\b"
)
_CLOSING = {"(": ")", "[": "]"}


class Scan(NamedTuple):
    """``pieces`` are the top-level statements without faults, in order; ``comments`` the places of all comments."""

    pieces: list[Piece]
    comments: list[Span]
    faults: list[Diagnostic]


class _Scanner:
    def __init__(self, text: str, file: str) -> None:
        self.text, self.file = text, file
        self.scan = Scan([], [], [])
        self.open: list[int] = []
        # Where the present statement begins.
        self.start: int | None = 0 if text and not text[0].isspace() and text[0] != "#" else None
        self.faulty = False

    def span(self, start: int, end: int) -> Span:
        return Span(self.file, start, end)

    def run(self) -> Scan:
        for match in _INTERESTING.finditer(self.text):
            kind = match.lastgroup
            if kind and getattr(self, kind)(*match.span(kind)) is False:
                break
        self.end_statement(len(self.text))
        return self.scan

    def add(self, found: Diagnostic) -> None:
        """Notes a fault; of the present statement only the first is told."""
        if not self.faulty:
            self.scan.faults.append(found)
        self.faulty = True

    def end_statement(self, end: int) -> None:
        if self.open and not self.faulty:
            self.unclosed()
        if self.start is not None and not self.faulty:
            self.scan.pieces.append(Piece(self.text, self.file, self.start, end))
        self.open.clear()
        self.start, self.faulty = None, False

    # --- what is found ------------------------------------------------------------------------------------------------

    def comment(self, start: int, end: int) -> None:
        self.scan.comments.append(self.span(start, end))

    def unended(self, start: int, end: int) -> bool:
        """A string without its end. One of three quotes takes the rest of the file with it."""
        quote = self.text[start]
        triple = self.text.startswith(quote * 3, start)
        line_end = self.text.find("\n", start)
        end = start + 3 if triple else len(self.text) if line_end < 0 else line_end
        quotes = quote * (3 if triple else 1)
        self.add(fault("E0111", "this string never ends", self.span(start, end), help=f"close it with `{quotes}`"))
        return not triple

    def foreign(self, start: int, end: int) -> None:
        self.add(foreign(self.text, start, self.span))

    def line(self, start: int, at: int) -> None:
        """An unindented line: the next statement, unless a bracket is open, or it goes on with an arrow."""
        if self.text.startswith("->", at) and self.start is not None:
            return
        if self.open and not self.faulty:
            definition = _DEFINITION.match(self.text, at)
            if not definition:
                return
            self.unclosed(definition)
        self.end_statement(at)
        self.start = at

    def statement(self, start: int, at: int) -> None:
        if self.open and not self.faulty:
            word = re.compile(r"\w+").match(self.text, at)
            self.unclosed(word)

    def pair(self, at: int, end: int) -> None:
        """Brackets with nothing in them that matters here: a list of names and numbers, most often."""
        if len(self.open) >= MAX_BRACKETS:
            self.opening(at, end)

    def opening(self, at: int, end: int) -> None:
        self.open.append(at)
        if len(self.open) > MAX_BRACKETS:
            help_ = "give the inner parts names of their own"
            self.add(
                fault(
                    "E0109", f"more than {MAX_BRACKETS} brackets within each other", self.span(at, at + 1), help=help_
                )
            )

    def close(self, at: int, end: int) -> None:
        bracket = self.text[at]
        if self.faulty:
            return
        if not self.open:
            self.add(fault("E0104", f"`{bracket}` closes no bracket", self.span(at, at + 1), "nothing is open here"))
            return
        opened = self.open.pop()
        wanted = _CLOSING[self.text[opened]]
        if bracket != wanted:
            other = Mark(self.span(opened, opened + 1), "opened here")
            message = f"expected `{wanted}`, found `{bracket}`"
            self.add(fault("E0104", message, self.span(at, at + 1), f"should be `{wanted}`", others=(other,)))

    def unclosed(self, stopped: re.Match[str] | None = None) -> None:
        opened = self.open[-1]
        bracket = self.text[opened]
        others = (Mark(self.span(*stopped.span()), "this cannot stand within brackets"),) if stopped else ()
        label = f"no `{_CLOSING[bracket]}` for it"
        self.add(fault("E0104", f"`{bracket}` is never closed", self.span(opened, opened + 1), label, others=others))


def scan(text: str, file: str) -> Scan:
    """Looks through a text."""
    return _Scanner(text, file).run()
