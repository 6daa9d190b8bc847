"""The explorer's page, as a user has it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from selenium import webdriver
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.ui import WebDriverWait

SECONDS = 30


@dataclass
class Page:
    browser: webdriver.Chrome

    def open(self, place: Path | str) -> None:
        self.browser.get(place.as_uri() if isinstance(place, Path) else place)

    def find(self, selector: str) -> WebElement:
        return self.browser.find_element(By.CSS_SELECTOR, selector)

    def count(self, selector: str) -> int:
        return len(self.browser.find_elements(By.CSS_SELECTOR, selector))

    def run(self, script: str, *arguments: object) -> Any:
        return self.browser.execute_script(f"return {script}", *arguments)

    def wait(self, condition: Callable[[], object]) -> None:
        WebDriverWait(self.browser, SECONDS, poll_frequency=0.05).until(lambda _: condition())

    def press(self, *keys: str) -> None:
        ActionChains(self.browser).send_keys(*keys).perform()

    def key_of(self, path: str) -> str:
        """The key of a row: that of a layer or block of this path."""
        return str(self.run("page.rows.find(row => row.full === arguments[0]).key", path))

    def drawn(self, path: str) -> WebElement:
        return self.find(f'#drawing [data-key="{self.key_of(path)}"]')

    def shown(self, path: str) -> bool:
        """Whether it stands in the drawing, and its row in the table."""
        key = self.key_of(path)
        rows = self.find(f'#rows [data-key="{key}"]').is_displayed()
        assert rows == (self.count(f'#drawing [data-key="{key}"]') == 1)
        return rows

    def marked(self, element: WebElement, name: str) -> bool:
        """Whether an element is of a class."""
        return name in (element.get_attribute("class") or "").split()

    def messages(self) -> list[Any]:
        """What the console said since it was asked last."""
        said: list[Any] = self.browser.execute("getLog", {"type": "browser"})["value"]
        return said

    @property
    def selected(self) -> str:
        return str(self.run("page.byKey.get(page.selected).full"))
