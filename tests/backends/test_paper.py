"""Volumes: to scale, in the order of the dataflow, and with texts that do not overlap."""

from __future__ import annotations

import itertools
import re
import sys
import xml.etree.ElementTree as ElementTree

import pytest

from archc import driver
from archc.backends.graphviz import PNG_DPI, EngineMissing
from archc.backends.paper import LETTER, paper_svg
from archc.driver import check_text


def front_sizes(svg: str) -> dict[str, tuple[float, float]]:
    """Width and height of the front of each volume, by the shape below it, the first of each."""
    root = ElementTree.fromstring(svg)
    polygons = [element.attrib["points"] for element in root.iter() if element.tag.endswith("polygon")]
    fronts = [[tuple(map(float, point.split(","))) for point in points.split()] for points in polygons[::3]]
    shapes = [text for text in texts(root) if text[3][0].isdigit()]
    found: dict[str, tuple[float, float]] = {}
    for ((x, y), (right, _), (_, top), _), shape in zip(
        fronts, [s for s in shapes if "×" in s[3] or s[3].isdigit()], strict=True
    ):
        found.setdefault(shape[3], (right - x, y - top))
    return found


def texts(root: ElementTree.Element) -> list[tuple[float, float, float, str]]:
    """The upright texts: where their column is, and from where to where they reach."""
    found = []
    for element in root.iter():
        place = re.match(r"translate\(([-\d.]+) ([-\d.]+)\)", element.get("transform", ""))
        if place:
            x, y, text = float(place[1]), float(place[2]), "".join(element.itertext())
            found.append((x, y, y + LETTER * len(text), text))
    return found


def test_maps_and_channels_are_to_scale() -> None:
    sizes = front_sizes(paper_svg(driver.compile("vgg16").ir))
    (w64, h224), (w128, h112), (w512, h28) = (sizes[name] for name in ("64×224×224", "128×112×112", "512×28×28"))
    assert (w128 / w64, w512 / w64) == pytest.approx((2, 8), rel=0.02)
    assert (h224 / h112, h224 / h28) == pytest.approx((2, 8), rel=0.02)


def test_vectors_are_bars_of_one_height() -> None:
    sizes = front_sizes(paper_svg(driver.compile("vgg16").ir))
    assert sizes["25088"] == sizes["4096"] == sizes["1000"]


@pytest.mark.parametrize("name", ["vgg16", "resnet18", "googlenet", "unet", "LeNet5", "transformer_base"])
def test_no_text_overlaps_another(name: str) -> None:
    found = texts(ElementTree.fromstring(paper_svg(driver.compile(name).ir)))
    assert len(found) > 10
    near = [(a, b) for a, b in itertools.combinations(found, 2) if abs(a[0] - b[0]) < 9 and a[1] < b[2] and b[1] < a[2]]
    assert near == []


def test_what_skips_levels_is_an_arc() -> None:
    assert paper_svg(driver.compile("vgg16").ir).count("C") == 0
    assert len(re.findall(r"<path d=\"M[^\"]*C", paper_svg(driver.compile("unet").ir))) == 4


def test_text_of_a_spec_is_text() -> None:
    spec = 'block A(w)(x: [B, 8]) -> [B, 8]:\n    return relu(x)\n\nnet N()(x: [B, 8]) -> [B, 8]:\n    return x -> a: A("<b>&")\n'
    svg = paper_svg(check_text(spec).raise_errors().nets["N"].ir, depth=1)
    ElementTree.fromstring(svg)
    assert "&lt;b&gt;&amp;" in svg


def test_pdf() -> None:
    assert driver.compile("LeNet5").volumes("pdf").startswith(b"%PDF-")


def test_png(monkeypatch: pytest.MonkeyPatch) -> None:
    net = driver.compile("LeNet5")
    png = net.volumes("png")
    assert png.startswith(b"\x89PNG\r\n\x1a\n")
    points = re.search(r'<svg [^>]*width="(\d+)pt"', net.volumes("svg").decode())
    assert points is not None
    assert int.from_bytes(png[16:20]) == pytest.approx(int(points[1]) * PNG_DPI / 72, abs=3)
    monkeypatch.setitem(sys.modules, "pypdfium2", None)
    with pytest.raises(EngineMissing, match=r"pip install 'archc\[pdf\]'"):
        net.volumes("png")
