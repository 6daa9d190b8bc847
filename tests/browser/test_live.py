"""``archc view``: the page follows the file, and shows what is wrong with it in its place."""

from __future__ import annotations

import http.client
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

import click
import pytest
from selenium.webdriver.common.keys import Keys

from archc.cli.live import Live
from archc.cli.shell import compiled
from archc.driver import compile
from tests.browser.pages import Page

SPEC = """net Small(width=16)(image: [B, 3, H=32, W=32]) -> [B, 10]:
    return image -> conv1: conv(width, 3) -> relu -> adaptive_avg_pool(1) -> flatten -> fc: linear(10)
"""


@pytest.fixture
def spec(tmp_path: Path) -> Path:
    path = tmp_path / "small.arch"
    path.write_text(SPEC)
    return path


@pytest.fixture
def url(spec: Path) -> Iterator[str]:
    """Where ``archc view`` serves the spec."""
    with serving(spec) as found:
        yield found


@contextmanager
def serving(spec: Path) -> Iterator[str]:
    command = [sys.executable, "-m", "archc", "view", str(spec)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        found = re.match(r"(http://127\.0\.0\.1:\d+/) ", process.stdout.readline())
        assert found is not None
        yield found[1]
        process.terminate()


def test_the_page_follows_the_file(page: Page, spec: Path, url: str) -> None:
    page.open(url)
    assert "Parameters: 618" in page.find("#footer").text
    page.drawn("fc").click()
    spec.write_text(SPEC.replace("width=16", "width=32"))
    page.wait(lambda: "Parameters: 1,226" in page.find("#footer").text)
    assert page.selected == "fc"
    assert "width=32" in page.find("#text").text


def test_mistakes_are_shown_in_their_place(page: Page, spec: Path, url: str) -> None:
    page.open(url)
    spec.write_text(SPEC.replace("conv(width, 3)", "conv(width, 33)"))
    page.wait(lambda: page.find("#errors").is_displayed())
    assert page.find("#errors").text.startswith("error[E0303]: ")
    assert page.run("document.querySelector('#text .finding.error').previousElementSibling.dataset.line") == "2"
    assert "33" in page.find("#text mark.error").text
    assert page.drawn("conv1").is_displayed()  # what was known last
    spec.write_text(SPEC)
    page.wait(lambda: not page.find("#errors").is_displayed())
    assert page.count("#text .finding.error") == 0


def test_a_spec_that_is_wrong_from_the_start(page: Page, spec: Path) -> None:
    spec.write_text(SPEC.replace("relu", "relo"))
    with serving(spec) as url:
        page.open(url)
        assert page.find("#title").text.endswith("small.arch")
        assert "relu" in page.find("#text .finding.error").text
        page.press("e", "f", "+", Keys.ARROW_DOWN, Keys.ENTER)
        spec.write_text(SPEC)
        page.wait(lambda: page.count("#drawing .cell") > 0)
        assert page.shown("conv1")


def test_a_file_that_is_gone_and_comes_back(page: Page, spec: Path, url: str) -> None:
    page.open(url)
    spec.unlink()
    page.wait(lambda: page.find("#errors").is_displayed())
    assert "E0701" in page.find("#errors").text
    spec.write_text(SPEC)
    page.wait(lambda: not page.find("#errors").is_displayed())


def ask(url: str, path: str, host: str | None = None) -> tuple[int, str]:
    address = urlsplit(url)
    connection = http.client.HTTPConnection(str(address.hostname), address.port, timeout=30)
    connection.request("GET", path, headers={"Host": host or str(address.netloc)})
    with closing(connection):
        answer = connection.getresponse()
        return answer.status, answer.read().decode()


def test_only_this_machine_under_its_own_name_is_answered(url: str) -> None:
    assert ask(url, "/")[0] == 200
    assert ask(url, "/", f"localhost:{urlsplit(url).port}")[0] == 200
    for host in ("evil.example", f"evil.example:{urlsplit(url).port}", "127.0.0.1", "localhost:1"):
        status, text = ask(url, "/state", host)
        assert (status, "Small" in text) == (403, False)
    assert ask(url, "/../small.arch")[0] == 404


def test_a_size_of_the_command_line_that_is_there_no_longer(spec: Path) -> None:
    with pytest.raises(click.UsageError, match="no size 'K'"):
        Live(partial(compiled, str(spec), [], ["K=8"]), {})
    live = Live(partial(compiled, str(spec), [], ["H=8"]), {"H": 8})
    assert live.state()["net"]["title"].endswith("at B=1, H=8, W=32")
    spec.write_text(SPEC.replace("H=32", "16"))
    assert live.state()["net"] is None
    assert "Small has no size 'H'" in live.state()["refused"]
    spec.write_text(SPEC)
    assert "refused" not in live.state()


def test_nothing_is_compiled_while_nothing_changes(spec: Path) -> None:
    runs: list[int] = []

    def counting() -> object:
        runs.append(1)
        return compile(spec)

    live = Live(counting, {})  # type: ignore[arg-type]  # a Compiled
    first = live.state()
    assert live.state() == first
    assert len(runs) == 1
    spec.write_text(SPEC + "\n")
    assert live.state()["version"] != first["version"]
