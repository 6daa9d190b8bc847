"""The formatter: one style for all specs. It moves space and line ends and changes quotes, so that the tree stays the same."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterator
from typing import NamedTuple

from archc.source import Source
from archc.syntax.driver import Parser
from archc.syntax.fault import SpecSyntaxError
from archc.syntax.files import ended, parse
from archc.syntax.literals import reindented
from archc.syntax.rows import STEP, rows, text
from archc.syntax.scan import scan
from archc.syntax.spacing import COMMENT, Item, items
from archc.syntax.tokens import Piece, Token

_HEADERS = {"DEF", "BLOCK", "NET", "CFG", "IF", "ELIF", "ELSE", "FOR"}
_DEFINITIONS = {"DEF", "BLOCK", "NET", "CFG"}
_LAYOUT = {"_NL", "_INDENT", "_DEDENT"}
_WIDEST_PATTERN = 16  # the right sides of a cfg's rows are aligned when no left side is wider


class Line(NamedTuple):
    """A logical line with the comments in and behind it, or a comment alone; ``depth`` counts the bodies around it."""

    tokens: list[Token]
    depth: int

    @property
    def kind(self) -> str:
        return self.tokens[0].kind

    @property
    def opens(self) -> bool:
        """Whether a body follows."""
        return self.kind in _HEADERS


def format_source(source: Source) -> str:
    """The spec in the house style. Raises SpecSyntaxError for one that cannot be parsed."""
    _, found = parse(source)
    if found:
        raise SpecSyntaxError(found[0])
    text = ended(source.text)
    out: list[str] = []
    before: Line | None = None
    widest = 0
    lines = list(_lines(text, source.name))
    for number, line in enumerate(lines):
        if before and _blank(before, line, text):
            out.append("")
        if line.depth == 0:
            widest = 0
        if line.kind == "CFG":
            widest = _widest(lines[number + 1 :], text)
        out += _formatted(line, text, widest)
        before = line
    return "\n".join([*out, ""]) if out else ""


def _formatted(line: Line, source: str, widest: int) -> list[str]:
    found = _items(line, source)
    if widest and line.depth:
        found = _aligned(found, widest)
    return rows(found, line.depth * STEP, header=line.opens)


def _items(line: Line, source: str) -> list[Item]:
    found = [item._replace(text=_braces(item)) for item in items(line.tokens, source)]
    if line.kind == "STRING":
        found[0] = found[0]._replace(text=reindented(found[0].text, line.depth * STEP))
    return found


def _blank(before: Line, line: Line, source: str) -> bool:
    """Whether an empty line stands between two lines: as the author has it, and around definitions."""
    if before.opens:
        return False
    if line.depth == 0 and (before.depth or (line.kind in _DEFINITIONS and before.kind != COMMENT)):
        return True
    return source.count("\n", before.tokens[-1].end, line.tokens[0].start) > 1


# --- lines ------------------------------------------------------------------------------------------------------------


def _tokens(piece: Piece, start: str) -> list[Token]:
    parser = Parser(None, start)
    parser.run(piece)
    return parser.tokens


def _braces(item: Item) -> str:
    """A label's text, the expressions in its braces formatted."""
    if "{" not in item.text or item.kind not in ("LABEL", "QUOTED_LABEL", "PATH"):
        return item.text
    return re.sub(r"\{([^{}]*)\}", lambda match: "{" + _inline(match[1]) + "}", item.text)


def _inline(expression: str) -> str:
    tokens = _tokens(Piece(expression, "", 0, len(expression)), "expression")
    return text(items(tokens, expression, quotes=False))


def _lines(source: str, file: str) -> Iterator[Line]:
    """The logical lines of a file, and the comments between them, in order."""
    seen = scan(source, file)
    comments = deque(Token(COMMENT, source[span.start : span.end], span.start, span.end) for span in seen.comments)
    margins = [0]  # where the lines of each depth start, down to the depth of the last line
    for line in _code(seen.pieces):
        while comments and comments[0].start < line.tokens[0].start:
            yield _alone(comments.popleft(), line.depth, margins, source)
        last = line.tokens[-1].end
        while comments and (comments[0].start < last or "\n" not in source[last : comments[0].start]):
            line.tokens.append(comments.popleft())
        line.tokens.sort(key=lambda token: token.start)
        margins[line.depth :] = [_column(line.tokens[0], source)]
        yield line
    while comments:
        yield _alone(comments.popleft(), 0, margins, source)


def _code(pieces: list[Piece]) -> Iterator[Line]:
    for piece in pieces:
        depth = 0
        line: list[Token] = []
        for token in _tokens(piece, "statement"):
            depth += (token.kind == "_INDENT") - (token.kind == "_DEDENT")
            if token.kind not in _LAYOUT:
                line.append(token)
            elif line:
                yield Line(line, depth)
                line = []


def _alone(comment: Token, least: int, margins: list[int], source: str) -> Line:
    """A comment on a line of its own: of the bodies that may still go on there, it belongs to the one that it is aligned with."""
    column = _column(comment, source)
    fitting = [depth for depth in range(least, len(margins)) if margins[depth] <= column]
    return Line([comment], max(fitting, default=least))


def _column(token: Token, source: str) -> int:
    return token.start - source.rfind("\n", 0, token.start) - 1


# --- cfg --------------------------------------------------------------------------------------------------------------


def _pattern(found: list[Item]) -> int | None:
    """How wide the left side of a cfg's row is, its colon included."""
    for index, item in enumerate(found):
        if item.kind == "COLON" and not item.depth:
            return len(text(found[: index + 1]))
    return None


def _widest(lines: list[Line], source: str) -> int:
    """How wide the left sides of the rows below a cfg's header are to be; 0 when they are not to be aligned."""
    widths = []
    for line in lines:
        if line.depth == 0 and line.kind != COMMENT:
            break
        width = _pattern(items(line.tokens, source)) if line.kind not in (COMMENT, "STRING") else None
        widths.append(width or 0)
    widest = max(widths, default=0)
    return widest if widest <= _WIDEST_PATTERN else 0


def _aligned(found: list[Item], widest: int) -> list[Item]:
    width = _pattern(found)
    if width is None:
        return found
    index = next(index for index, item in enumerate(found) if item.kind == "COLON" and not item.depth) + 1
    return [*found[:index], found[index]._replace(space=" " * (1 + widest - width)), *found[index + 1 :]]
