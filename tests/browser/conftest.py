"""Headless Chromium, one for all tests of a worker. It is looked for on the PATH; `.ci/run` installs it."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from selenium import webdriver
from selenium.webdriver.chrome.service import Service

from archc import driver
from tests.browser.pages import Page

FLAGS = (
    *("--headless=new", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-dev-shm-usage"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync", "--window-size=1400,1000"),
)


@pytest.fixture(scope="session")
def chromium() -> Iterator[webdriver.Chrome]:
    options = webdriver.ChromeOptions()
    programs = (shutil.which("chromium"), shutil.which("chromedriver"))
    assert all(programs), "install Chromium: apt-get install chromium chromium-driver"
    options.binary_location = str(programs[0])
    for flag in FLAGS:
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    browser = webdriver.Chrome(options=options, service=Service(str(programs[1])))
    yield browser
    browser.quit()


@pytest.fixture
def page(chromium: webdriver.Chrome) -> Iterator[Page]:
    """A page without mistakes: what the browser's console says fails the test."""
    page = Page(chromium)
    page.messages()
    yield page
    assert page.messages() == []
    page.open("about:blank")


@pytest.fixture(scope="session")
def resnet50(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("pages") / "resnet50.html"
    path.write_text(driver.compile("resnet50").page(), encoding="utf-8")
    return path
