"""Which net is meant by what a user writes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from archc.diagnostics.errors import ArchError
from archc.driver import check, compile

TWO = """\
net A(n)(x: [B, 8]) -> [B, n]:
    return x -> fc: linear(n)

small = A(4)
large = A(16)
"""


@pytest.fixture
def spec(tmp_path: Path) -> Path:
    path = tmp_path / "two.arch"
    path.write_text(TWO)
    return path


def refusal(target: str, **arguments: Any) -> tuple[str, str, str | None]:
    with pytest.raises(ArchError) as caught:
        compile(target, **arguments)
    (found,) = caught.value.diagnostics
    return found.code, found.message, found.help


def test_a_net_is_named_after_a_colon(spec: Path) -> None:
    assert compile(f"{spec}:small").params == 36
    assert compile(f"{spec}:A", n=2).params == 18


def test_a_file_with_several_nets_needs_a_choice(spec: Path) -> None:
    assert refusal(str(spec)) == (
        "E0704",
        "two.arch has 2 nets: say which",
        "write two.arch:NET with one of small, large",
    )


def test_a_misspelt_net_gets_a_suggestion(spec: Path) -> None:
    assert refusal(f"{spec}:smal") == ("E0704", "two.arch has no net 'smal'", 'did you mean "small"?')


def test_a_file_without_a_net_that_is_complete(tmp_path: Path) -> None:
    path = tmp_path / "none.arch"
    path.write_text(TWO.split("\nsmall")[0])
    code, message, _ = refusal(str(path))
    assert (code, message) == ("E0704", "none.arch has no net that can be built")


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    assert refusal(str(tmp_path / "none.arch"))[0] == "E0701"


def test_the_zoo_is_found_by_net_by_file_and_with_the_suffix() -> None:
    for name in ("vgg16", "vgg16.arch", "vgg:vgg16", "vgg.arch:vgg16"):
        assert compile(name).params == 138_357_544


def test_a_misspelt_net_of_the_zoo() -> None:
    assert refusal("vgg61")[2] == 'did you mean "vgg16"?'


def test_a_net_is_asked_for_without_the_others(spec: Path) -> None:
    """Mistakes of other nets are found by a check of the file."""
    spec.write_text(TWO + "wrong = A(1 // 0)\nname, other = 3, A(5)\n")
    assert compile(f"{spec}:small").params == 36
    assert compile(f"{spec}:other").params == 45
    assert refusal(f"{spec}:wrong")[0] == "E0212"
    assert [found.code for found in check(spec).diagnostics] == ["E0212"]


def test_a_name_of_no_net_is_told_from_the_others(spec: Path) -> None:
    spec.write_text(TWO + "def two():\n    return 2\n")
    assert refusal(str(spec))[2] == "write two.arch:NET with one of small, large"
    spec.write_text(TWO + "size = 3\n")
    assert refusal(f"{spec}:size")[:2] == ("E0704", "two.arch has no net 'size'")


def test_what_was_meant_may_be_what_is_not_asked_for(spec: Path) -> None:
    spec.write_text(TWO + "WIDE = 3\nwide = A(WIDF)\n")
    assert refusal(f"{spec}:wide") == ("E0201", "unknown name 'WIDF'", 'did you mean "WIDE"?')
