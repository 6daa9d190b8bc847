"""Text that is written when it is read."""

from __future__ import annotations

import pickle

import pytest
from pydantic import TypeAdapter, ValidationError

import archc
from archc.ir.late import LateText


def test_text_is_written_once_and_only_when_it_is_read() -> None:
    written: list[str] = []

    def write() -> str:
        written.append("now")
        return "H // 2"

    text = LateText(write)
    assert written == []
    assert f"{text} and {text}" == "H // 2 and H // 2"
    assert written == ["now"]


def test_texts_are_compared_by_what_they_say() -> None:
    assert LateText("a") == LateText(lambda: "a") != LateText("b")
    assert {LateText("a"), LateText(lambda: "a")} == {LateText("a")}
    assert LateText("a") != "a"
    assert repr(LateText(lambda: "a")) == "LateText('a')"


def test_a_text_is_a_string_in_json() -> None:
    adapter = TypeAdapter(LateText)
    assert adapter.dump_json(LateText(lambda: "a")) == b'"a"'
    assert adapter.validate_json('"a"') == LateText("a")
    assert adapter.json_schema() == adapter.json_schema(mode="serialization") == {"type": "string"}
    with pytest.raises(ValidationError):
        adapter.validate_json("1")


def test_a_net_can_be_sent_to_another_process() -> None:
    """It has demands whose reasons nobody has read yet."""
    net = archc.compile("vgg16").ir
    assert pickle.loads(pickle.dumps(net)) == net
