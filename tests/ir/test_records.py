"""Records: what the type checker sees to, and what holds at run time."""

from __future__ import annotations

from dataclasses import replace

import pytest

from archc.records import record


@record
class Place:
    line: int
    column: int = 1


@record(eq=False)
class Mark:
    line: int


@record(kw_only=True)
class Named:
    name: str = ""
    line: int


def test_records_are_compared_by_what_they_hold() -> None:
    assert Place(3) == Place(3, 1) != Place(3, 2)
    assert {Place(3): "a"}[Place(3, 1)] == "a"
    assert replace(Place(3), column=2) == Place(3, 2)
    assert repr(Place(3)) == "Place(line=3, column=1)"


def test_a_record_without_equality_equals_only_itself() -> None:
    mark = Mark(3)
    assert mark == mark
    assert mark != Mark(3)
    assert len({mark, Mark(3)}) == 2


def test_fields_by_name_alone() -> None:
    assert Named(line=3) == Named(name="", line=3)
    with pytest.raises(TypeError):
        Named("a", 3)  # type: ignore[call-arg]


def test_a_record_has_its_fields_and_no_others() -> None:
    with pytest.raises(AttributeError):
        Place(3).text = "x"  # type: ignore[attr-defined]
