"""The site is built offline, has a page for each architecture, and its links lead somewhere."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape
from pathlib import Path

import pytest

from archc.reading import zoo_files
from docs import site
from docs.history import HISTORY

_LINK = re.compile(r'<(a|img|link|script)\b[^>]*?\s(?:href|src)="([^"]*)"')


@pytest.fixture(scope="module")
def html(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return site.build(tmp_path_factory.mktemp("site"))


def broken(page: Path) -> Iterator[str]:
    """The links of a built page that lead nowhere, and what it would load from elsewhere."""
    for tag, target in _LINK.findall(page.read_text(encoding="utf-8")):
        path, _, anchor = unescape(target).partition("#")
        if ":" in path:
            if tag != "a":
                yield target
            continue
        file = page.parent / path if path else page
        file = file / "index.html" if file.is_dir() else file
        if not file.is_file() or (anchor and f'id="{anchor}"' not in file.read_text(encoding="utf-8")):
            yield target


def test_links_lead_somewhere_and_nothing_is_loaded_from_elsewhere(html: Path) -> None:
    pages = [page for page in html.rglob("*.html") if page.name != "404.html"]  # that one is served at any path
    found = {page.relative_to(html).as_posix(): wrong for page in pages if (wrong := list(broken(page)))}
    assert len(pages) > 80
    assert found == {}


def test_broken_links_are_found(tmp_path: Path) -> None:
    page = tmp_path / "a.html"
    page.write_text(
        '<h1 id="one">x</h1><a href="#one">x</a><a href="#two">x</a><a href="b.html">x</a>'
        '<a href="https://c">x</a><script src="https://d"></script>'
    )
    assert list(broken(page)) == ["#two", "b.html", "https://d"]


def test_the_first_page_shows_spec_error_summary_and_diagram(html: Path) -> None:
    text = (html / "index.html").read_text(encoding="utf-8")
    assert "net TinyResNet" in re.sub("<[^>]*>", "", text)
    assert "error[E0302]" in re.sub("<[^>]*>", "", text)
    assert "Parameters: 78,330" in re.sub("<[^>]*>", "", text)
    assert 'src="pictures/resnet50.svg"' in text


def test_specs_have_the_colours_of_the_language(html: Path) -> None:
    first = (html / "index.html").read_text(encoding="utf-8")
    assert '<span class="kd">block</span>' in first and '<span class="nl">downsample</span>' in first
    pages = [page.read_text(encoding="utf-8") for page in (html / "zoo").glob("*.html")]
    assert all('<span class="kd">net</span>' in page for page in pages)


def test_readers_choose_light_or_dark(html: Path) -> None:
    first = (html / "index.html").read_text(encoding="utf-8")
    found = re.findall(r'data-md-color-media="([^"]*)" data-md-color-scheme="(\w+)"', first)
    assert found[-2:] == [("(prefers-color-scheme: light)", "default"), ("(prefers-color-scheme: dark)", "slate")]


def test_every_page_is_in_the_navigation(html: Path) -> None:
    pages = html.parent / "pages"
    listed = set(re.findall(r'"([\w/]+\.md)"', site.navigation(pages)))
    there = {page.relative_to(pages).as_posix() for page in pages.rglob("*.md")}
    assert there - listed == set(), "NAVIGATION in docs/site.py names them, or an index that links to them"


def test_files_have_their_names_and_what_only_tests_see_is_not_shown(html: Path) -> None:
    text = (html / "index.html").read_text(encoding="utf-8")
    assert '<span class="filename">tiny.arch</span>' in text
    assert "mistake.arch error" not in text and "&lt;!--" not in text


def test_every_architecture_has_a_page_with_its_picture(html: Path) -> None:
    assert {page.stem for page in (html / "zoo").glob("*.html")} == set(HISTORY)
    files = {file.stem: file.read_text(encoding="utf-8") for file in zoo_files()}
    for name, past in HISTORY.items():
        text = unescape(re.sub("<[^>]*>", "", (html / "zoo" / f"{name}.html").read_text(encoding="utf-8")))
        assert files[name] in text, name
        assert past.text in text, name
        assert "Parameters: " in text, name
        assert past.drawn in (html / "zoo" / f"{name}.svg").read_text(encoding="utf-8"), name


def test_links_to_sources_become_text() -> None:
    page = site.ROOT / "docs" / "architecture.md"
    assert site.link(page, "driver", "../archc/driver.py", "") == "driver"
    assert site.link(page, "tests", "../CONTRIBUTING.md", "#tests") == "[tests](contributing.md#tests)"
    assert site.link(page, "VGG", "../specs/vgg.arch", "") == "[VGG](zoo/vgg.md)"
