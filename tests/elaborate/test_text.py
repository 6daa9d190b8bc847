"""Bytes to text."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archc.elaborate.errors import Mistake
from archc.elaborate.text import MAX_BYTES, NotText, decoded
from archc.source import Source


def text(data: bytes) -> Source:
    return decoded(data, "x.arch", None, None)


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"", ""),
        (b"a\nb", "a\nb"),
        (b"a\r\nb\rc\n\rd\r\r\ne", "a\nb\nc\n\nd\n\ne"),
        (b"\xef\xbb\xbfa", "a"),
        ("é日".encode(), "é日"),
    ],
)
def test_text_has_one_kind_of_line_end(data: bytes, expected: str) -> None:
    assert text(data).text == expected


@pytest.mark.parametrize(
    ("data", "place", "note"),
    [
        (b"ab\xff", (1, 3), "byte 2 is 0xff: invalid start byte"),
        (b"a\r\nb\xc3", (2, 2), "byte 4 is 0xc3: unexpected end of data"),
        (b"\xed\xa0\x80", (1, 1), "byte 0 is 0xed: invalid continuation byte"),
        ("é\n".encode() + b"\x00", (2, 1), "byte 3 is 0x00"),
        (b"\x00\xff", (1, 2), "byte 1 is 0xff: invalid start byte"),
    ],
)
def test_what_is_no_text_is_refused_at_its_place(data: bytes, place: tuple[int, int], note: str) -> None:
    with pytest.raises(NotText) as caught:
        text(data)
    span = caught.value.diagnostic.span
    assert span is not None
    assert (caught.value.diagnostic.code, caught.value.diagnostic.notes) == ("E0704", (note,))
    assert caught.value.source.position(span.start) == place


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be"])
def test_utf_16_is_named_when_it_says_so(encoding: str) -> None:
    with pytest.raises(NotText) as caught:
        text("net A".encode(encoding))
    help = "it is UTF-16: save it as UTF-8" if encoding == "utf-16" else None
    assert caught.value.diagnostic.help == help


def test_the_limit_is_in_bytes() -> None:
    assert len(text(b"\xef\xbb\xbf" + b"a" * (MAX_BYTES - 3)).text) == MAX_BYTES - 3
    with pytest.raises(Mistake) as caught:
        text(b"a" * (MAX_BYTES + 1))
    assert caught.value.diagnostic.code == "E0703"


@given(st.binary(max_size=40))
def test_any_bytes_are_text_or_refused(data: bytes) -> None:
    try:
        source = text(data)
    except NotText as fault:
        assert fault.diagnostic.span is not None
        assert fault.diagnostic.span.start < max(len(fault.source.text), 1)
    else:
        assert "\r" not in source.text
        assert "\0" not in source.text
