"""The DOT text: boxes, clusters, folded repeats, and that nothing of a spec's text can break out."""

from __future__ import annotations

import re

import pytest

from archc import driver
from archc.analysis.expanding import NoSuchBlock
from archc.analysis.graph import to_networkx
from archc.backends.boxes import stacks
from archc.backends.dot import escaped, quoted, short_number, shortened, to_dot
from archc.backends.graphviz import render
from archc.backends.palette import CLUSTERS, DARK, FAMILIES, NOTE, OTHER, PAGE, PAGE_NOTE, PAGE_TEXT, TEXT, fill
from archc.backends.runs import _is_series, series_text
from archc.driver import check_text
from archc.ops import operators
from tests.analysis.nets import Body, inception, op, resnet, vgg16
from tests.conftest import Golden


@pytest.mark.parametrize(("name", "depth"), [("LeNet5", None), ("resnet18", 2), ("googlenet", 1)])
def test_text(name: str, depth: int | None, golden: Golden) -> None:
    golden(f"dot/{name}.dot", to_dot(driver.compile(name).ir, depth=depth))


def test_the_text_is_the_same_every_time() -> None:
    assert to_dot(inception()) == to_dot(inception())


def test_what_keeps_the_shape_joins_the_box_before() -> None:
    boxes = stacks(to_networkx(vgg16()))
    assert ["features.0", "features.1"] in boxes
    assert ["classifier.0", "classifier.1", "classifier.2"] in boxes
    assert ["features.4"] in boxes
    assert sorted(node for box in boxes for node in box) == sorted(to_networkx(vgg16()))


def test_a_box_never_swallows_what_others_use() -> None:
    body = Body([], x="B, 8")
    x = body.layer("fc", op("linear", out_features=8), body.input())
    y = body.apply(op("relu"), x)
    net = body.net("N", body.apply(op("add"), x, y), {"B": 1})
    assert ["fc"] in stacks(to_networkx(net))


def test_repeats_and_blocks_are_named_on_their_clusters() -> None:
    text = to_dot(resnet(), depth=2)
    assert text.count("subgraph cluster_") == 12
    assert '<B>1-5 × 5</B><BR ALIGN="LEFT"/>Bottleneck<BR ALIGN="LEFT"/>' in text
    assert ">planes=256, stride=1</FONT>" in text
    assert "<B>layer3</B>" in text


def test_a_folded_block_says_how_many_it_is() -> None:
    text = to_dot(resnet(), depth=1)
    assert ">1-5</FONT>" in text
    assert "<B>× 5</B>" in text


def test_edges_carry_shapes_and_keep_the_batch() -> None:
    assert '[label=" [B, 3, 224, 224] ", weight=150]' in to_dot(vgg16())
    assert '[label=" [B, 3, 64, 64] ", weight=150]' in to_dot(vgg16(), sizes={"H": 64, "W": 64})
    assert '[label=" [B, 64, H // 2, W // 2] ", weight=150]' in to_dot(vgg16(), symbolic=True)


def test_what_goes_to_several_places_has_its_shape_once() -> None:
    text = to_dot(inception(), depth=2)
    assert text.count("[B, 256, 28, 28]") == 1  # from the first block to four branches; the pooling of one keeps it


def test_an_arrow_behind_what_keeps_the_shape_has_none() -> None:
    text = drawn("net N()(x: [B, 8]) -> [B, 8]:\n    return x -> a: linear(8) -> exp -> b: linear(4) -> c: linear(8)\n")
    assert text.count("[B, 8]") == 1 + 1  # of the input, and behind c
    assert text.count("[B, 4]") == 1


def test_arrows_of_one_shape_between_two_boxes_are_one() -> None:
    text = drawn(
        "net N()(x: [B, T=4, 8]) -> [B, T, 8]:\n"
        "    y = x -> fc: linear(8)\n    return (y, y, y) -> attn: multihead_attention(2)\n"
    )
    assert text.count(" -> ") == 3
    assert 'label=" × 3 "' in text


def test_equal_layers_beside_each_other_are_one() -> None:
    text = to_dot(driver.compile("MDNet").ir)
    assert text.count("<B>linear</B> 2</FONT>") == 0
    assert "fc6.0-57</FONT>" in text
    assert "<B>linear</B> 2  <B>× 58</B>" in text
    assert ">59.5K</FONT>" in text


def test_a_title_is_at_the_upper_right() -> None:
    net = resnet()
    text = to_dot(net, depth=1)
    name = re.search(r't(n\d+) \[label=<<B>layer1</B><BR ALIGN="LEFT"/>>\];', text)
    assert name is not None
    assert f"{{ rank=same; {name[1]} -> t{name[1]} [style=invis]; }}" in text  # beside what is at the top
    assert "labeljust=r, labelloc=t" in to_dot(net, depth=2)  # above what has its top box in a cluster within
    assert "labeljust=r, labelloc=b" in to_dot(net, depth=2, direction="up")  # which Graphviz turns


def test_where_branches_part_and_meet_is_in_a_line() -> None:
    assert text_of_edges(to_dot(inception(), depth=2)).count("style=invis, weight=3") == 2
    assert text_of_edges(to_dot(resnet(), depth=2)).count("style=invis, weight=3") == 0  # a shortcut leads there itself


def test_a_block_does_not_say_again_what_the_one_around_it_says() -> None:
    text = to_dot(driver.compile("transformer_base").ir, depth=3)
    assert text.count("heads=8") == 1


def drawn(spec: str) -> str:
    return to_dot(check_text(spec).raise_errors().nets["N"].ir)


def text_of_edges(text: str) -> str:
    return "\n".join(line for line in text.splitlines() if " -> " in line)


def test_the_direction_is_the_rank() -> None:
    assert "rankdir=TB" in to_dot(vgg16())
    assert "rankdir=LR" in to_dot(vgg16(), direction="right")


def test_blocks_unfold_while_they_fit_a_page() -> None:
    assert "Bottleneck" in to_dot(resnet((1,)))
    assert "conv3" in to_dot(resnet((1,)))
    assert "conv3" not in to_dot(resnet())


def test_text_of_a_spec_cannot_break_out() -> None:
    assert escaped('<B>"&\n\x1b') == "&lt;B&gt;&quot;&amp;\n\\u{1b}"
    assert quoted('a"b\\c\nd') == '"a\\"b\\\\c d"'
    report = check_text(
        "block A(w)(x: [B, 8]) -> [B, 8]:\n    return relu(x -> fc: linear(8)) -> other: linear(8)\n\n"
        'net N(w="<b>\\"]; }")(x: [B, 8]) -> [B, 8]:\n    return x -> a: A(w)\n'
    )
    text = to_dot(report.raise_errors().nets["N"].ir)
    assert "&lt;b&gt;" in text
    assert "<b>" not in text
    assert "&lt;b&gt;" in render(text, "svg").decode()


def test_colours_have_six_digits_and_text_on_them_can_be_read() -> None:
    colors = {fill(family) for family in FAMILIES} | {OTHER, *CLUSTERS}
    assert all(re.fullmatch("#[0-9a-f]{6}", color) for color in colors)
    light = [color for family, color in FAMILIES.items() if family not in ("input", "output")]
    assert min(contrast(color, TEXT) for color in [*light, OTHER]) > 7
    assert min(contrast(color, NOTE) for color in [*light, OTHER]) > 4.5


def test_a_dark_page_is_as_readable_as_a_light_one() -> None:
    for backs in ((PAGE, *CLUSTERS), (DARK[PAGE], DARK[CLUSTERS[0]], DARK[CLUSTERS[1]])):
        texts = (PAGE_TEXT, PAGE_NOTE) if backs[0] == PAGE else (DARK[PAGE_TEXT], DARK[PAGE_NOTE])
        assert min(contrast(back, text) for back in backs for text in texts) > 4.5
    assert not set(DARK) & {*FAMILIES.values(), OTHER, TEXT, NOTE}  # boxes stay as they are


def test_families_with_colours_are_families_of_operators() -> None:
    own = {"block", "parameter", "input", "output", "recurrent"}
    assert set(FAMILIES) - own <= {operator.family for operator in operators().values()}


def contrast(one: str, other: str) -> float:
    """The contrast ratio of WCAG 2.1."""
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def luminance(color: str) -> float:
    parts = [int(color[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return sum(weight * part for weight, part in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def test_short_numbers() -> None:
    shown = {
        0: "0",
        999: "999",
        1000: "1K",
        36_928: "36.9K",
        999_499: "999K",
        999_500: "1M",
        2_359_808: "2.36M",
        7 * 10**9: "7G",
    }
    assert {number: short_number(number) for number in shown} == shown


def test_what_tells_blocks_apart_is_said() -> None:
    text = to_dot(driver.compile("resnet152").ir)
    assert "planes=64, stride=1" in text
    assert "groups" not in text
    assert "heads=8" in to_dot(driver.compile("transformer_base").ir, depth=2)


def test_blocks_unfold_by_their_labels() -> None:
    def clusters(*labels: str) -> int:
        return to_dot(resnet(), depth=1, expand=labels).count("subgraph cluster_") - len(("layer1", "2", "3", "4"))

    assert clusters() == 0
    assert clusters("layer3.1-5") == clusters("layer3.1") == clusters("layer3.4") == 1
    assert clusters("layer3.0", "layer4.0") == 2
    with pytest.raises(NoSuchBlock) as caught:
        clusters("layer3.9")
    assert (caught.value.label, "layer3.0" in caught.value.known) == ("layer3.9", True)


def test_what_is_around_an_expanded_block_unfolds_too() -> None:
    net = driver.compile("transformer_base").ir
    text = to_dot(net, depth=1, expand=["transformer.decoder.layers.2"])
    assert "multihead_attn" in text
    assert "EncoderLayer" in text  # folded


def test_a_table_of_constants_is_one_box() -> None:
    text = to_dot(driver.compile("transformer_base").ir, depth=1)
    assert "<B>constant</B> triu" in text  # of ones, triu, bool
    assert "<B>constant</B> div, pow,<BR/>sin, cos" in text
    assert "<B>sin</B>" not in text


def test_sizes_and_numbers_among_arguments_are_shown() -> None:
    assert "<B>pad</B> (-4, -4, -4, -4)" in to_dot(driver.compile("unet").ir)
    assert "<B>mul</B> 22.63" in to_dot(driver.compile("transformer_base").ir, depth=1)
    assert shortened("drop=0.018181818181818184, p=0.1, eps=1.2345678e-12") == "drop=0.01818, p=0.1, eps=1.235e-12"


def test_equal_boxes_that_follow_one_another_fold() -> None:
    text = to_dot(driver.compile("vgg16").ir)
    assert text.count("<B>conv</B> 512, 3, padding=1") == 3
    assert re.search(r"24, 26, 28</FONT>.*7\.08M</FONT>.*25, 27, 29</FONT>.*<B>× 3</B>", text)
    assert text.count("× 2") == 2
    assert "max_pool</B> 2</FONT></TD></TR>" in text  # owns nothing, and is not folded


def test_equal_boxes_stay_apart_where_something_else_uses_one() -> None:
    spec = "net N()(x: [B, 8]) -> [B, 8]:\n    y = x -> a: linear(8)\n    return (y -> b: linear(8)){}\n"
    shown = [to_dot(check_text(spec.format(more)).raise_errors().nets["N"].ir) for more in ("", " + y")]
    assert ["× 2" in text for text in shown] == [True, False]


def test_blocks_that_differ_in_a_number_that_rises_fold() -> None:
    text = to_dot(driver.compile("convnext_base").ir)
    assert "5.0 … 26</FONT>" in text
    assert "<B>CNBlock</B> drop=0.08571 … 0.4571  <B>× 27</B>" in text
    alternating = to_dot(driver.compile("swin_t").ir)
    assert alternating.count("<B>Block</B> shift=3") == 6
    assert "…" not in alternating


def test_series_of_arguments() -> None:
    assert series_text("drop=0.1, stride=1", "drop=0.25, stride=1") == "drop=0.1 … 0.25, stride=1"
    assert _is_series(["drop=0.1, k=3", "drop=0.2, k=3", "drop=0.3, k=3"])
    assert not _is_series(["shift=0", "shift=3", "shift=0"])
    assert not _is_series(["drop=0.1", "stride=0.2"])
