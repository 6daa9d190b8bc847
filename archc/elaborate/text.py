"""Bytes of a spec to text: UTF-8, one kind of line end, nothing that is no text."""

from __future__ import annotations

import codecs
import re
from pathlib import Path

from archc.diagnostics.model import Diagnostic, Mark
from archc.elaborate.errors import Mistake
from archc.source import Source, Span

MAX_BYTES = 1_000_000
"""A spec is written by hand; the largest of the zoo has some thousands."""

_OTHER_ENCODINGS = {codecs.BOM_UTF16_LE: "UTF-16", codecs.BOM_UTF16_BE: "UTF-16"}


class NotText(Mistake):
    """Bytes that are no text. ``source`` is what can be shown of them; the diagnostic points into it."""

    def __init__(self, diagnostic: Diagnostic, source: Source) -> None:
        super().__init__(diagnostic)
        self.source = source


def decoded(data: bytes, name: str, path: Path | None, where: Span | None) -> Source:
    """The source that ``data`` is, without a byte-order mark, its line ends ``\\n``.

    Raises ``Mistake`` (E0703, E0704): too long, not UTF-8, with a NUL. ``where`` is the import that led here.
    """
    marks = () if where is None else (Mark(where, "imported here"),)
    if len(data) > MAX_BYTES:
        note = f"it has {len(data):,} bytes; a spec has at most {MAX_BYTES:,}"
        primary = tuple(Mark(mark.span, mark.text, primary=True) for mark in marks)
        raise Mistake(Diagnostic("E0703", f'"{name}" is too large', primary, (note,)))
    data = data.removeprefix(codecs.BOM_UTF8)
    source = Source(name, _one_line_end(data.decode("utf-8", "replace")), path)
    found = _not_utf8(data) or _nul(data)
    if found is None:
        return source
    offset, message, note = found
    start = len(_one_line_end(data[:offset].decode("utf-8", "replace")))
    place = Mark(Span(name, start, start + 1), "", primary=True)
    help = next(
        (f"it is {kind}: save it as UTF-8" for bom, kind in _OTHER_ENCODINGS.items() if data.startswith(bom)), None
    )
    raise NotText(Diagnostic("E0704", f'"{name}" is no text: {message}', (place, *marks), (note,), help), source)


def _one_line_end(text: str) -> str:
    return re.sub("\r\n?", "\n", text)


def _not_utf8(data: bytes) -> tuple[int, str, str] | None:
    try:
        data.decode("utf-8")
    except UnicodeDecodeError as error:
        return error.start, "it is not UTF-8", f"byte {error.start:,} is 0x{data[error.start]:02x}: {error.reason}"
    return None


def _nul(data: bytes) -> tuple[int, str, str] | None:
    offset = data.find(0)
    return None if offset < 0 else (offset, "it has a NUL character", f"byte {offset:,} is 0x00")
