"""The table of a net with a mistake goes up to and including the layer that fails."""

from __future__ import annotations

from pathlib import Path

import pytest

from archc import driver
from archc.analysis.stopped import Stopped
from archc.backends.summary import Summary, summarize, summary
from archc.diagnostics.errors import ArchError
from tests.suite.sections import Section, read_sections

SUITE = Path(__file__).parents[1] / "suite"
SECTIONS = [section for file in sorted(SUITE.glob("*.arch.txt")) for section in read_sections(file)]
BLOCK = """
block Basic(c)(x: [B, cin, H, W]) -> [B, c, _, _]:
    y = x -> conv1: conv(c, 3, padding=1) -> bn1: batch_norm -> relu
    y = y -> conv2: conv(c, 3) -> bn2: batch_norm
    return (x + y) -> relu

net Small()(x: [B, 3, H=32, W=32]):
    x = x -> conv1: conv(8, 3, padding=1) -> pool: max_pool(2)
    x = x -> layer1: [Basic(8), Basic(8)]
    return x -> head: [adaptive_avg_pool(1), flatten, linear(10)]
"""


def stopped(text: str, folder: Path, **options: object) -> Stopped | None:
    path = folder / "a.arch"
    path.write_text(text, encoding="utf-8")
    return driver.until_mistake(path, **options)  # type: ignore[arg-type]


def table(text: str, folder: Path, **options: object) -> Summary:
    found = stopped(text, folder, **options)
    assert found is not None
    return summarize(found.net, stopped=found)


def rows(data: Summary) -> list[tuple[str, str, str]]:
    return [(".".join(line.row.path), line.type, line.output) for line in data.lines]


def test_blocks_that_were_being_made_unfold_to_the_layer_that_fails(tmp_path: Path) -> None:
    data = table(BLOCK, tmp_path)
    assert rows(data)[-8:] == [
        ("pool", "max_pool(2)", "[1, 8, 16, 16]"),
        ("layer1.0", "Basic(c=8)", ""),
        ("layer1.0.conv1", "conv(8, 3, padding=1)", "[1, 8, 16, 16]"),
        ("layer1.0.bn1", "batch_norm", "[1, 8, 16, 16]"),
        ("layer1.0", "relu", "[1, 8, 16, 16]"),
        ("layer1.0.conv2", "conv(8, 3)", "[1, 8, 14, 14]"),
        ("layer1.0.bn2", "batch_norm", "[1, 8, 14, 14]"),
        ("layer1.0", "add", "fails here"),
    ]
    assert data.title.endswith("at B=1, H=32, W=32, up to its first mistake")
    assert data.footer == ("Up to the mistake: 1,424 parameters, 481,536 MACs",)
    assert sum(line.row.totals.parameters for line in data.lines if len(line.last) == 1) == 1424


def test_what_came_before_is_as_in_the_net_without_the_mistake(tmp_path: Path) -> None:
    wrong = table(
        BLOCK.replace("conv(c, 3) ->", "conv(c, 3, padding=1) ->").replace("10)]", "10), conv(3, 3)]"), tmp_path
    )
    right = summarize(driver.check_text(BLOCK.replace("conv(c, 3) ->", "conv(c, 3, padding=1) ->")).nets["Small"].ir)
    assert [row for row in rows(wrong)[:-1] if row[1]] == [row for row in rows(right) if row[1]]
    assert rows(wrong)[-1] == ("head.3", "conv(3, 3)", "fails here")


def test_a_net_that_fails_at_its_example_sizes_shows_them(tmp_path: Path) -> None:
    data = table("net A()(x: [B, 3, H=8, W=8]):\n    return x -> [max_pool(4), max_pool(4)]\n", tmp_path)
    assert rows(data)[1:] == [("0", "max_pool(4)", "[1, 3, 2, 2]"), ("1", "max_pool(4)", "fails here")]


def test_a_net_that_admits_too_much_is_shown_at_the_size_that_it_should_not(tmp_path: Path) -> None:
    data = table("net A()(x: [B, 3, H=64]) where H >= 4:\n    return x -> [max_pool(4), a: conv(8, 3)]\n", tmp_path)
    assert rows(data)[1:] == [("0", "max_pool(4)", "[1, 3, 1]"), ("a", "conv(8, 3)", "fails here")]


@pytest.mark.parametrize(
    ("step", "row"),
    [
        ("conv(8, 3, strid=2)", ("", "conv(8, 3, strid=2)", "fails here")),
        ("max_pool(2) -> c.d: conv(8, 3, strid=2)", ("c.d", "conv(8, 3, strid=2)", "fails here")),
        ("c: nothing(8)", ("c", "nothing(8)", "fails here")),
        ("c: [conv(8, 3, padding=1), conv(8, 3, padding=1), conv(8, 3, strid=1)]", ("", "strid", "fails here")),
        ("c: Box(8)", ("c", "Box(size=8)", "fails here")),
    ],
)
def test_what_is_no_layer_is_shown_as_it_is_written(step: str, row: tuple[str, str, str], tmp_path: Path) -> None:
    block = "block Box(size)(x: [N, C]) -> [N, C]:\n    return x\n\n"
    data = table(f"{block}net A()(x: [B, 3, 8, 8]):\n    return x -> {step}\n", tmp_path)
    assert rows(data)[-1] == row


def test_what_stands_before_a_step_that_has_no_value_is_in_the_table(tmp_path: Path) -> None:
    step = "x -> a: conv(4, 3) -> relu -> b: conv(8, 3, strid=2) -> c: conv(4, 3, paddin=1)"
    found = stopped(f"net A()(x: [B, 3, 8, 8]):\n    return {step}\n", tmp_path)
    assert found is not None
    data = summarize(found.net, stopped=found)
    assert [row[0] for row in rows(data)] == ["x", "a", "", "b"]
    with pytest.raises(ArchError) as error:
        driver.compile(tmp_path / "a.arch")
    assert [one.code for one in error.value.diagnostics] == ["E0203", "E0203"]


def test_a_mistake_elsewhere_has_no_table(tmp_path: Path) -> None:
    assert stopped("net A()(x: [B, 3]):\n    return x\n", tmp_path) is None
    assert stopped("a = 1 + nothing\nnet A()(x: [B, 3]):\n    return x\n", tmp_path) is None
    assert stopped("net A(:", tmp_path) is None


@pytest.mark.parametrize("section", SECTIONS, ids=lambda section: section.title)
def test_every_wrong_spec_of_the_suite(section: Section, tmp_path: Path) -> None:
    """Each has a table that can be written in every form, and ends at its mistake."""
    path = tmp_path / "a.arch"
    path.write_text(section.spec, encoding="utf-8")
    try:
        names = driver.contents(path)[1]
    except ArchError:
        return  # nothing of it can be read
    for name in names:
        found = driver.until_mistake(f"{path}:{name}")
        if found is not None:
            for form in ("text", "markdown", "json"):
                assert summary(found.net, stopped=found, format=form)
            last = summarize(found.net, stopped=found, field=True, memory=True).lines[-1]
            assert (last.row.kind, last.output) == ("failed", "fails here")
