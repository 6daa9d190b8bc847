"""Layout of emitted code: lines are broken at brackets, as a careful person would, and comments stand behind what they explain."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

WIDTH = 110
INDENT = "    "


def fit(text: str, indent: int = 0, width: int = WIDTH) -> list[str]:
    """A statement or an argument as lines, its brackets opened up where it is longer than the width."""
    pad = INDENT * indent
    if len(pad) + len(text) <= width:
        return [pad + text]
    spans = list(_brackets(text))
    if not spans:
        return [pad + text]
    start, end = next((span for span in reversed(spans) if len(pad) + span[0] < width), spans[0])
    parts = split_commas(text[start + 1 : end])
    return [
        pad + text[: start + 1],
        *_body(parts, indent + 1, width, text[start + 1 : end]),
        *_tail(text[end:], indent, width),
    ]


def _tail(text: str, indent: int, width: int) -> list[str]:
    """What follows from a closing bracket on."""
    first, *others = fit(text[1:], indent, width - 1) if len(text) > 1 else [INDENT * indent]
    return [INDENT * indent + text[0] + first[len(INDENT) * indent :], *others]


def _body(parts: Sequence[str], indent: int, width: int, text: str) -> Iterator[str]:
    """What stands between brackets: on one line if it fits, else an argument a line."""
    if len(parts) == 1:
        yield from fit(text, indent, width)
        return
    joined = ", ".join(parts)
    if len(INDENT) * indent + len(joined) <= width:
        yield INDENT * indent + joined
        return
    for part in parts:
        yield from fit(f"{part},", indent, width)


def with_comment(lines: Sequence[str], comment: str, width: int = WIDTH) -> list[str]:
    """The statement with its comment behind the last line, or above where there is no room; none that is wider."""
    if not comment:
        return list(lines)
    last = f"{lines[-1]}  # {comment}"
    if len(last) <= width:
        return [*lines[:-1], last]
    above = f"{lines[0][: len(lines[0]) - len(lines[0].lstrip())]}# {comment}"
    return [above, *lines] if len(above) <= width else list(lines)


def rows(items: Iterable[tuple[str, bool]], indent: int, width: int = WIDTH) -> Iterator[str]:
    """Items of a list, comma and all: a new line where an item asks for one, or where the line is full."""
    pad = INDENT * indent
    line = ""
    for text, starts in items:
        if line and (starts or len(pad) + len(line) + len(text) + 2 > width):
            yield pad + line
            line = ""
        piece = f"{text},"
        if not line and len(pad) + len(piece) > width:
            yield from fit(piece, indent, width)
            continue
        line = f"{line} {piece}" if line else piece
    if line:
        yield pad + line


def split_commas(text: str) -> list[str]:
    """The parts between the commas that stand in no bracket and no string; a trailing comma gives none."""
    parts, start = [], 0
    for index, character, depth in _code(text):
        if character == "," and depth == 0:
            parts.append(text[start:index].strip())
            start = index + 1
    rest = text[start:].strip()
    return [*parts, rest] if rest else parts


def _brackets(text: str) -> Iterator[tuple[int, int]]:
    """The outermost pairs of brackets that hold something."""
    start = 0
    for index, character, depth in _code(text):
        if character in "([{" and depth == 1:
            start = index
        elif character in ")]}" and depth == 0 and index > start + 1:
            yield start, index


def _code(text: str) -> Iterator[tuple[int, str, int]]:
    """The characters outside of strings, each with the depth of brackets after it."""
    depth, quote, escaped = 0, "", False
    for index, character in enumerate(text):
        if quote:
            if character == quote and not escaped:
                quote = ""
            escaped = character == "\\" and not escaped
            continue
        if character in "\"'":
            quote = character
            continue
        depth += (character in "([{") - (character in ")]}")
        yield index, character, depth
