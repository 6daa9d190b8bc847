"""Engines: found beside Python first, bounded in time, and never a traceback."""

from __future__ import annotations

import itertools
import os
import re
import shutil
import stat
import sys
import sysconfig
import xml.etree.ElementTree as ElementTree
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from archc import driver
from archc.backends.dot import Direction
from archc.backends.graphviz import EngineFailed, EngineMissing, diagram, find_engine, render
from archc.backends.paper import paper_svg
from archc.driver import check_text
from tests.analysis.nets import inception, resnet, vgg16

PICTURES = (
    *("vgg16", "resnet18", "resnet152", "googlenet", "unet", "transformer_base", "swin_t", "bert_base"),
    *("densenet121", "Seq2Seq"),
)
TEXT = "digraph { a -> b }"


@pytest.fixture
def only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that is the only place where engines are looked for."""
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(sysconfig, "get_path", lambda name: str(tmp_path / "scripts"))
    return tmp_path


def program(path: Path, body: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{body}\n")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return path


@pytest.mark.parametrize("make", [vgg16, resnet, inception])
def test_a_net_is_drawn_as_well_formed_svg(make: object) -> None:
    assert callable(make)
    root = ElementTree.fromstring(diagram(make(), "svg", depth=3))
    assert root.tag.endswith("svg")
    shown = "".join(root.itertext())
    assert "conv" in shown


def test_png_is_png() -> None:
    assert diagram(vgg16(), "png").startswith(b"\x89PNG\r\n\x1a\n")


def test_a_net_without_inputs_is_drawn() -> None:
    net = check_text("net N()() -> [3]:\n    return ones(3)\n").raise_errors().nets["N"].ir
    assert b"ones" in diagram(net, "svg")
    assert b"polygon" in paper_svg(net).encode()


def test_dot_is_text() -> None:
    assert diagram(vgg16(), "dot").startswith(b'digraph "vgg" {')


def test_the_engine_beside_python_comes_first_then_the_path_then_dot(only: Path) -> None:
    dot = program(only / "dot", "cat")
    assert find_engine("svg") == dot
    on_path = program(only / "graphviz-pure", "cat")
    assert find_engine("svg") == on_path
    beside = program(only / "scripts" / "graphviz-pure", "cat")
    assert find_engine("svg") == beside
    assert find_engine("pdf") == dot


def test_without_an_engine_the_error_says_what_to_install(only: Path) -> None:
    with pytest.raises(EngineMissing, match="install graphviz-pure with pip, or Graphviz"):
        render(TEXT, "svg")
    with pytest.raises(EngineMissing, match="install graphviz-pure"):
        render(TEXT, "pdf")


def test_pdf_without_dot_comes_from_the_svg(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", without_dot(shutil.which))
    pdf = diagram(inception(), "pdf")
    assert pdf.startswith(b"%PDF-")
    assert len(pdf) > 5_000
    monkeypatch.setitem(sys.modules, "svglib.svglib", None)
    with pytest.raises(EngineMissing, match=r"or `pip install 'archc\[pdf\]'`"):
        diagram(inception(), "pdf")


def without_dot(which: Callable[..., str | None]) -> Callable[..., str | None]:
    return lambda name, path=None: None if name == "dot" else which(name, path=path)


@pytest.mark.parametrize("name", PICTURES)
def test_no_text_overlaps_another(name: str) -> None:
    assert overlapping(diagram(driver.compile(name).ir)) == []
    assert overlapping(diagram(driver.compile(name).ir, direction="right")) == []


def overlapping(svg: bytes) -> list[tuple[str, str]]:
    """Pairs of texts of different nodes or edges of a drawing whose boxes meet, with letters about as wide as Arial's."""
    kinds = ("node", "edge", "cluster", "graph")
    groups = [group for group in ElementTree.fromstring(svg).iter() if group.get("class") in kinds]
    texts = [
        (*box(text), "".join(text.itertext()).strip(), number)
        for number, group in enumerate(groups)
        for text in (group if group.get("class") == "graph" else group.iter())
        if text.tag.endswith("text")
    ]
    return [(a[4], b[4]) for a, b in itertools.combinations(texts, 2) if a[5] != b[5] and a[4] and b[4] and meets(a, b)]


def box(text: ElementTree.Element) -> tuple[float, float, float, float]:
    size, x, y = (float(text.attrib[name]) for name in ("font-size", "x", "y"))
    wide = size * sum(0.28 if letter in " ,.:;'|ijlt()[]" else 0.55 for letter in "".join(text.itertext()).strip())
    left = x - wide / 2 if text.attrib["text-anchor"] == "middle" else x
    return left, y - 0.7 * size, left + wide, y


Placed = tuple[float, float, float, float, str, int]


def meets(a: Placed, b: Placed) -> bool:
    return a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]


def test_overlaps_are_found() -> None:
    text = '<g class="node"><text x="0" y="{}" font-size="10" text-anchor="start">four</text></g>'
    page = "<svg xmlns='http://www.w3.org/2000/svg'>{}</svg>"
    assert overlapping(page.format(text.format(0) + text.format(5)).encode()) == [("four", "four")]
    assert overlapping(page.format(text.format(0) + text.format(9)).encode()) == []


@pytest.mark.parametrize("name", PICTURES)
@pytest.mark.parametrize("direction", ["down", "up"])
def test_no_arrow_runs_over_a_title(name: str, direction: Direction) -> None:
    assert crossed(diagram(driver.compile(name).ir, direction=direction)) == []


def crossed(svg: bytes) -> list[str]:
    """The titles of clusters that an arrow runs over."""
    groups = list(ElementTree.fromstring(svg).iter())
    titles = [
        (*box(text), "".join(text.itertext()))
        for group in groups
        if group.get("class") == "cluster" or (group.get("class") == "node" and title_of(group).startswith("t"))
        for text in group.iter()
        if text.tag.endswith("text")
    ]
    ways = [
        path.attrib["d"]
        for group in groups
        if group.get("class") == "edge"
        for path in group.iter()
        if "d" in path.attrib
    ]
    points = [point for way in ways for point in along(way)]
    return [
        text
        for left, top, right, bottom, text in titles
        if any(left < x < right and top < y < bottom for x, y in points)
    ]


def title_of(group: ElementTree.Element) -> str:
    return next("".join(one.itertext()) for one in group if one.tag.endswith("title"))


def along(way: str) -> Iterator[tuple[float, float]]:
    """Points along a path of cubic curves, as Graphviz writes it: ``M x,y C x,y x,y x,y ...``."""
    numbers = [float(number) for number in re.findall(r"-?[\d.]+", way)]
    points = list(zip(numbers[::2], numbers[1::2], strict=True))
    for start in range(0, len(points) - 3, 3):
        curve = points[start : start + 4]
        for step in range(21):
            t = step / 20
            weights = ((1 - t) ** 3, 3 * t * (1 - t) ** 2, 3 * t**2 * (1 - t), t**3)
            x, y = (sum(weight * point[axis] for weight, point in zip(weights, curve, strict=True)) for axis in (0, 1))
            yield x, y


def test_arrows_over_titles_are_found() -> None:
    page = (
        "<svg><g class='cluster'><text x='0' y='10' font-size='10' text-anchor='start'>title</text></g>"
        "<g class='edge'><path d='M{0},-50C{0},-20 {0},20 {0},50'/></g></svg>"
    )
    assert crossed(page.format(10).encode()) == ["title"]
    assert crossed(page.format(90).encode()) == []


def test_an_svg_has_colours_for_dark_pages() -> None:
    assert b"@media (prefers-color-scheme:dark)" in diagram(vgg16(), "svg")


def test_an_engine_that_hangs_is_stopped(only: Path) -> None:
    program(only / "dot", f"exec {os.defpath.split(':')[-1]}/sleep 60")
    with pytest.raises(EngineFailed, match=r"dot did not finish in 0\.2 seconds"):
        render(TEXT, "svg", seconds=0.2)


def test_a_drawing_with_exit_code_1_is_a_drawing(only: Path) -> None:
    program(only / "dot", "echo '<svg/>'; echo warning >&2; exit 1")
    assert render(TEXT, "png") == b"<svg/>\n"


def test_an_engine_that_draws_nothing_is_quoted(only: Path) -> None:
    program(only / "dot", "echo 'Error: syntax' >&2; exit 1")
    with pytest.raises(EngineFailed, match="dot drew nothing: Error: syntax"):
        render(TEXT, "svg")


def test_an_engine_that_cannot_be_run(only: Path) -> None:
    (program(only / "dot", "")).write_text("#!/no/such/interpreter\n")
    with pytest.raises(EngineFailed, match="dot cannot be run"):
        render(TEXT, "svg")
