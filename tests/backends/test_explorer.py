"""The explorer's data: what it shows adds up, and no text of a spec leaves its place."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from archc import driver
from archc.backends.explorer import data
from archc.backends.explorer.colours import coloured
from archc.backends.explorer.page import embedded
from archc.driver import check_text


def rooms(room: dict[str, Any]) -> list[dict[str, Any]]:
    return [room, *(inner for one in room["rooms"] for inner in rooms(one))]


@pytest.mark.parametrize("name", ["vgg16", "resnet50", "googlenet", "swin_t", "seq2seq:BahdanauAttention"])
def test_every_layer_is_in_one_box_and_costs_add_up(name: str) -> None:
    net = driver.compile(name)
    shown = net.explored()["net"]
    boxed = [number for room in rooms(shown["tree"]) for box in room["boxes"] for number in box]
    assert sorted(boxed) == list(range(len(shown["nodes"])))
    assert sum(node["parameters"] for node in shown["nodes"]) == net.params
    macs = json.loads(net.summary(format="json"))["macs"]
    assert sum(node["macs"] for node in shown["nodes"]) == macs
    assert {end for edge in shown["edges"] for end in edge[:2]} <= set(boxed)


def test_shapes_are_numbers_and_formulas() -> None:
    shown = driver.compile("resnet18").explored({"H": 64, "W": 64})["net"]
    conv = next(node for node in shown["nodes"] if node["label"] == "conv1")
    assert (conv["shape"], conv["formula"]) == ("[1, 64, 32, 32]", "[B, 64, (H + 1) // 2, (W + 1) // 2]")
    file, start, end, line = conv["place"]
    text = next(one["text"] for one in driver.compile("resnet18").explored()["files"] if one["file"] == file)
    assert "conv1: conv(64" in text.split("\n")[line - 1]
    assert text[start:end] in text.split("\n")[line - 1]


def test_the_emitted_source_stands_beside_the_spec() -> None:
    files = driver.compile("LeNet5").explored()["files"]
    assert [file["file"].split("/")[-1] for file in files] == ["lenet.arch", "LeNet5.py"]
    assert "class LeNet5(nn.Module)" in files[1]["text"]


def test_what_a_spec_says_ends_no_script() -> None:
    spec = 'net N(a="</script><script>alert(1)//")(x: [B, 8]) -> [B, 8]:\n    """<!-- </script> $data"""\n    return relu(x)\n'
    page = check_text(spec).raise_errors().nets["N"].page()
    assert page.count("</script>") == page.count("<script")
    assert "alert(1)" in page
    inside = re.search(r'id="data">(.*?)</script>', page, re.DOTALL)
    assert inside is not None
    assert json.loads(inside[1])["files"][0]["text"] == spec


def test_embedded_json_is_ascii_and_the_same_value() -> None:
    value = {"a": "é<>&\u2028</script>"}
    assert embedded(value).isascii()
    assert not set("<>&") & set(embedded(value))
    assert json.loads(embedded(value)) == value


def test_the_deepest_blocks_of_a_very_large_net_stay_folded(monkeypatch: pytest.MonkeyPatch) -> None:
    net = driver.compile("resnet50")
    monkeypatch.setattr(data, "MOST", 40)
    nodes = net.explored()["net"]["nodes"]
    assert "block" in {node["kind"] for node in nodes}
    assert len(nodes) <= 40
    assert sum(node["parameters"] for node in nodes) == net.params


def test_text_has_its_colours() -> None:
    text = 'net N()(x: [B, 8]) -> [B, 8]:\n    """One."""\n    return x -> fc: linear(8)  # end\n'
    found = [(text[start:end], kind) for start, end, kind in coloured("n.arch", text)]
    assert ("net", "keyword") in found and ('"""One."""', "string") in found and ("# end", "comment") in found
    assert ("fc", "label") in found and ("linear", "called") in found and ("N", "defined") in found
    assert ("class", "keyword") in [("class M:"[start:end], kind) for start, end, kind in coloured("m.py", "class M:")]


def test_equal_layers_beside_each_other_have_one_label() -> None:
    net = driver.compile("MDNet")
    labels = [node["label"] for node in data.net_data(net.ir, {})["nodes"]]
    assert [label for label in labels if label.startswith("fc6")] == ["fc6.0-57"]
