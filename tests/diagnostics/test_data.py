"""Diagnostics as JSON, and as an exception."""

from __future__ import annotations

import json
import pickle

import pytest

from archc.diagnostics.errors import ArchError
from archc.diagnostics.model import Fix, Mark
from archc.diagnostics.render import render_all, to_json
from archc.source import Span
from tests.diagnostics.helpers import FILE, cover, found, primary, sources

TEXT = "net A:\n    return (x\n    + y)\n"


def test_json_has_lines_columns_and_offsets() -> None:
    finding = found(
        Mark(cover(TEXT, "(x\n    + y)"), "this", primary=True),
        notes=("why",),
        help="how",
        fix=Fix(cover(TEXT, "x"), "z"),
    )
    assert to_json(finding, sources(TEXT)) == {
        "code": "E0301",
        "severity": "error",
        "message": "something is wrong",
        "marks": [
            {
                "file": FILE,
                "start": 18,
                "end": 29,
                "line": 2,
                "column": 12,
                "end_line": 3,
                "end_column": 9,
                "text": "this",
                "primary": True,
            }
        ],
        "notes": ["why"],
        "help": "how",
        "fix": {
            "file": FILE,
            "start": 19,
            "end": 20,
            "line": 2,
            "column": 13,
            "end_line": 2,
            "end_column": 14,
            "text": "z",
        },
    }


def test_json_of_a_file_that_is_not_at_hand() -> None:
    place = to_json(found(Mark(Span("gone", 3, 4))), {})["marks"][0]
    assert (place["start"], place["end"], place["line"], place["end_column"]) == (3, 4, None, None)


def test_json_is_json_whatever_the_text() -> None:
    finding = found(Mark(Span("\ud800", 0, 1), "\x00\u202e", primary=True))
    assert json.loads(json.dumps(to_json(finding, {}))) == to_json(finding, {})


def test_the_exception_shows_what_the_renderer_shows() -> None:
    error = ArchError([found(primary(TEXT, "x"))], sources(TEXT))
    assert str(error) + "\n" == render_all(error.diagnostics, sources(TEXT), color=False)
    assert repr(error) == "ArchError(E0301)"


def test_the_exception_can_be_pickled() -> None:
    error = ArchError([found(primary(TEXT, "x"))], sources(TEXT))
    again = pickle.loads(pickle.dumps(error))
    assert (str(again), again.diagnostics, again.sources) == (str(error), error.diagnostics, error.sources)


def test_the_exception_can_be_raised_and_caught() -> None:
    with pytest.raises(ArchError, match="something is wrong"):
        raise ArchError([found()])
