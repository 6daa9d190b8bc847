"""From the bytes of a file to a source: UTF-8, of bounded size, with one kind of line end."""

from __future__ import annotations

import re
from itertools import islice
from pathlib import Path

from archc.diagnostics.model import Diagnostic
from archc.source import Source, Span
from archc.syntax.characters import forbidden
from archc.syntax.fault import fault

MAX_BYTES = 2**20 + 2**16
"""A spec of a megabyte, and some slack; none is that large."""
MAX_WORDS = 300_000
"""What takes time is words and signs, not bytes: any file with so many is read in 5 seconds."""

_WORD = re.compile(r"\w+(?:\.\w+)*|->|[^\w\s]")

_SPLIT = "split it into files and import from them"
_BOM = b"\xef\xbb\xbf"


def read_text(data: bytes, name: str, path: Path | None = None) -> Source | Diagnostic:
    """The source that ``data`` holds, or why it is none: too large, no UTF-8, or characters that no spec may have.

    A byte-order mark is dropped, and CRLF and CR become line feeds, before anything is counted. The spans of a finding count in
    the text as far as it could be read.
    """
    if len(data) > MAX_BYTES:
        return too_large(name, len(data))
    data = data.removeprefix(_BOM)
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        return _no_utf8(data, name, error)
    source = Source(name, line_feeds(text), path)
    return forbidden(source.text, name) or source


def too_large(name: str, size: int) -> Diagnostic:
    """The finding for a file of ``size`` bytes, of which not more than MAX_BYTES need have been read."""
    return Diagnostic("E0108", f"{name} is larger than {MAX_BYTES:,} bytes ({size:,})", help=_SPLIT)


def too_dense(source: Source) -> Diagnostic | None:
    """The finding for a text of too many words and signs, at the first of them that is too many."""
    if len(source.text) <= MAX_WORDS:
        return None
    word = next(islice(_WORD.finditer(source.text), MAX_WORDS, None), None)
    if word is None:
        return None
    message = f"{source.name} has more than {MAX_WORDS:,} words and signs"
    return fault("E0108", message, Span(source.name, *word.span()), help=_SPLIT)


def count_words(text: str) -> int:
    """How many words and signs a text has, about as many as tokens."""
    return sum(1 for _ in _WORD.finditer(text))


def line_feeds(text: str) -> str:
    """The text with one kind of line end."""
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _no_utf8(data: bytes, name: str, error: UnicodeDecodeError) -> Diagnostic:
    offset = len(line_feeds(data[: error.start].decode("utf-8")))
    shown = " ".join(f"0x{byte:02x}" for byte in data[error.start : error.end])
    help_ = "save it as UTF-8"
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        help_ = "it looks like UTF-16: save it as UTF-8"
    return fault("E0107", f"this is not UTF-8: {shown}", Span(name, offset, offset + 1), help=help_)
