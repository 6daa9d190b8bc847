"""The explorer in a browser: unfolding, hovering, search, keys, and that it needs nothing but itself."""

from __future__ import annotations

from pathlib import Path

import pytest
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

from archc import driver
from tests.browser.pages import Page

BLOCK, LAYER = "layer3.1-5", "layer3.1.conv2"


def test_the_page_is_small_and_needs_nothing_else(page: Page, resnet50: Path) -> None:
    page.open(resnet50)
    assert resnet50.stat().st_size < 400_000
    assert page.run("performance.getEntriesByType('resource').length") == 0
    assert page.find("#title").text.startswith("resnet50 = ResNet(")
    assert "Parameters: 25,557,032" in page.find("#footer").text


def test_a_block_unfolds_and_folds(page: Page, resnet50: Path) -> None:
    page.open(resnet50)
    assert page.shown(BLOCK)
    assert not page.shown(LAYER)
    before = page.drawn(BLOCK).rect
    page.drawn(BLOCK).find_element(By.CSS_SELECTOR, "text.name").click()
    assert page.shown(LAYER)
    after = page.drawn(BLOCK).rect
    assert (abs(before["x"] - after["x"]) < 2, abs(before["y"] - after["y"]) < 2) == (
        True,
        True,
    )  # it stays where it was
    page.drawn(BLOCK).find_element(By.CSS_SELECTOR, ".title").click()
    assert not page.shown(LAYER)


def test_a_layer_under_the_pointer_says_what_it_is(page: Page, resnet50: Path) -> None:
    page.open(resnet50)
    ActionChains(page.browser).move_to_element(page.drawn("conv1")).perform()
    tip = page.find("#tip").text.split("\n")
    assert tip[0] == "conv1"
    said = dict(zip(tip[2::2], tip[3::2], strict=True))
    assert tip[1] == "conv(64, 7, stride=2, padding=3, bias=False)"
    assert said["shape"] == "[1, 64, 112, 112]"
    assert said["formula"] == "[B, 64, (H + 1) // 2, (W + 1) // 2]"
    assert said["parameters"] == "9,408"
    file, _, line = said["source"].rpartition(":")
    assert file.endswith("resnet.arch")
    assert "conv1: conv(64, 7" in page.find(f'#text [data-line="{line}"].lit').text
    assert page.count("#rows tr.hover") == 1


def test_table_and_drawing_are_linked(page: Page, resnet50: Path) -> None:
    page.open(resnet50)
    page.find(f'#rows [data-key="{page.key_of("fc")}"]').click()
    assert page.selected == "fc"
    assert page.marked(page.drawn("fc"), "selected")
    page.drawn("conv1").click()
    assert page.marked(page.find(f'#rows [data-key="{page.key_of("conv1")}"]'), "selected")


def test_search_unfolds_what_it_finds(page: Page, resnet50: Path) -> None:
    page.open(resnet50)
    page.press("/")
    page.press("conv2 256,")
    assert page.find("#found").text == "2 found"
    page.press(Keys.ENTER, Keys.ENTER)
    assert page.selected == LAYER
    assert page.shown(LAYER)
    assert page.find("#found").text == "2 of 2"
    page.press(Keys.ESCAPE)
    assert page.count(".match") == 0


def test_the_keyboard_is_enough(page: Page, resnet50: Path) -> None:
    page.open(resnet50)
    page.press("c", *[Keys.ARROW_DOWN] * 6)
    assert page.selected == "layer1"
    page.press(Keys.ARROW_RIGHT, Keys.ARROW_RIGHT, Keys.ENTER, Keys.ARROW_DOWN)
    assert page.selected == "layer1.0.conv1"
    page.press(Keys.ARROW_LEFT)
    assert page.selected == "layer1.0"
    page.press(Keys.ARROW_LEFT)
    assert not page.shown("layer1.0.conv1")
    page.press("e")
    assert page.shown(LAYER)
    assert page.run("document.activeElement.getAttribute('data-key')") == page.key_of("layer1.0")
    scale = page.run("page.view.scale")
    page.press("+")
    assert page.run("page.view.scale") == pytest.approx(1.25 * scale)
    page.press("f")
    assert page.run("page.view.scale") < 1.25 * scale
    page.press("?")
    assert page.find("#help").is_displayed()
    page.press(Keys.ESCAPE)
    assert not page.find("#help").is_displayed()


def test_the_drawing_is_dragged_and_scrolled(page: Page, resnet50: Path) -> None:
    page.open(resnet50)
    x, y = page.run("[page.view.x, page.view.y]")
    ActionChains(page.browser).move_to_element_with_offset(
        page.find("#picture"), 200, 200
    ).click_and_hold().move_by_offset(30, -40).release().perform()
    assert page.run("[page.view.x, page.view.y]") == pytest.approx([x + 30, y - 40])
    assert page.run("page.selected") is None


# Two that unfold deep, one with several ways, one with a scan.
@pytest.mark.parametrize("name", ["transformer_base", "bert_base", "googlenet", "unet", "seq2seq:BahdanauAttention"])
def test_texts_stay_in_their_boxes_and_boxes_apart(page: Page, name: str, tmp_path: Path) -> None:
    path = tmp_path / "page.html"
    path.write_text(driver.compile(name).page(), encoding="utf-8")
    page.open(path)
    page.press("e")
    assert page.count("#drawing .cell") > 10
    assert page.run(OUTSIDE) == []
    assert page.run(TOGETHER) == []


def test_what_is_tied_says_to_what(page: Page, tmp_path: Path) -> None:
    path = tmp_path / "page.html"
    path.write_text(driver.compile("gpt2").page(), encoding="utf-8")
    page.open(path)
    cells = [
        cell.text
        for cell in page.find(f'#rows [data-key="{page.key_of("lm_head")}"]').find_elements(By.CSS_SELECTOR, "td")
    ]
    assert cells[1:] == [
        "linear(50257, bias=False), tied to transformer.wte.weight",
        *("[1, 64, 50257]", "shared", "2,470,232,064"),
    ]
    assert "shared" in str(page.drawn("lm_head").get_attribute("textContent"))


def test_the_source_has_the_colours_of_the_language(page: Page, resnet50: Path) -> None:
    page.open(resnet50)
    lines = page.run(
        "[...document.querySelectorAll('#text .line')].map(line => line.textContent.replace('\\u200b', ''))"
    )
    assert "\n".join(lines) == page.run("page.state.files[0].text")
    assert {"block", "return", "if"} <= set(page.run(COLOURED, "keyword"))
    assert "downsample" in page.run(COLOURED, "label")
    page.find("#tabs button:nth-child(2)").click()
    assert "class" in page.run(COLOURED, "keyword")


COLOURED = "[...document.querySelectorAll('#text .' + arguments[0])].map(one => one.textContent)"


def test_ways_without_branches_are_straight(page: Page, tmp_path: Path) -> None:
    path = tmp_path / "page.html"
    path.write_text(driver.compile("gpt2").page(), encoding="utf-8")
    page.open(path)
    page.press("e")
    assert page.run(ALONE) > 20
    assert len(page.run(ASIDE)) < 0.1 * page.run(ALONE)  # some have to make room for a long arrow


ALONE_LINKS = """page.flow.rooms.flatMap(({ links }) => links.filter(({ from, to }) =>
    links.filter(other => other.from === from).length === 1 && links.filter(other => other.to === to).length === 1))"""
ALONE = f"{ALONE_LINKS}.length"
ASIDE = f"{ALONE_LINKS}.map(({{ points }}) => points.at(-1)[0] - points[0][0]).filter(aside => Math.abs(aside) > 1)"

OUTSIDE = """[...document.querySelectorAll('.cell > text:not(.sign), .folded > text')].filter(text => {
    const box = text.parentElement.querySelector('rect').getBBox(), own = text.getBBox();
    return own.x < box.x - 1 || own.x + own.width > box.x + box.width + 1;
}).map(text => text.textContent)"""

TOGETHER = """(() => {
    const boxes = [...document.querySelectorAll('.frame, .cell > circle')].map(one => one.getBBox());
    const apart = (a, b) => a.x + a.width <= b.x || b.x + b.width <= a.x || a.y + a.height <= b.y || b.y + b.height <= a.y;
    return boxes.flatMap((a, i) => boxes.slice(i + 1).filter(b => !apart(a, b)).map(b => [a.x, a.y, b.x, b.y]));
})()"""


def test_what_goes_wrong_in_the_page_is_noticed(page: Page, resnet50: Path) -> None:
    page.open(resnet50)
    page.run("setTimeout(() => { throw new Error('on purpose') }, 0)")
    page.wait(lambda: any("on purpose" in one["message"] for one in page.messages()))
