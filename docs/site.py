"""Builds the site, offline: ``make site``. What it shows is made anew from the pages, the specs and the operators.

The first page is the README. Each file of the zoo gets a page and a picture, which stand in the site only. The pages are gathered in
``build/site/pages``, in the form that the generator wants, and become ``build/site/html``.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

from archc.reading import zoo_files
from docs import zoo

ROOT = Path(__file__).resolve().parents[1]
BUILD = ROOT / "build" / "site"
STYLE = ROOT / "docs" / "site.css"
NAVIGATION = {
    "Learn": ("tutorial.md", "cookbook.md", "lessons/index.md"),
    "Zoo": ("zoo.md",),
    "Reference": ("language.md", "operators/index.md", "errors.md", "sizes.md", "ir.md"),
    "Tools": ("cli.md", "explorer.md", "diagrams.md", "api.md"),
    "Project": ("architecture.md", "performance.md", "soundness.md", "security.md", "contributing.md", "changelog.md"),
}
"""The sections. Behind a page stand the pages of its folder that it links to, in its order, as a section where it is not alone."""


# --- pages ------------------------------------------------------------------------------------------------------------


def gather(folder: Path) -> None:
    """Put all pages and pictures into a folder."""
    for source in [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "docs").rglob("*.svg"), STYLE]:
        put(folder, place(source), adapted(source) if source.suffix == ".md" else source.read_bytes())
    for file in zoo_files():
        if about := zoo.architecture(file):
            put(folder, place(file), about.page)
            put(folder, f"zoo/{file.stem}.svg", about.picture)


def place(source: Path) -> str:
    """Where something of the checkout stands in the site; nowhere is the empty text."""
    path = source.relative_to(ROOT).as_posix()
    if path == "README.md":
        return "index.md"
    if source.parent == ROOT and source.suffix == ".md":
        return path.lower()
    if source.parent.name == "specs":
        return f"zoo/{source.stem}.md"
    return path.removeprefix("docs/") if path.startswith("docs/") else ""


def put(folder: Path, name: str, content: str | bytes) -> None:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content.encode() if isinstance(content, str) else content)


def adapted(source: Path) -> str:
    """A page as the site has it: without what only tests see, with the names of files over them, and with the site's links."""
    page = re.sub(r"^<!--.*?-->\n+", "", source.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)
    page = re.sub(r"^```arch (\w+\.arch).*$", r'```arch title="\1"', page, flags=re.MULTILINE)
    page = re.sub(r"^```arch (error|note).*$", "```arch", page, flags=re.MULTILINE)
    prose = re.compile(r"^```.*?^```$|\[([^\[\]]*)\]\(([^)\s#:]+)(#[^)\s]*)?\)", re.MULTILINE | re.DOTALL)
    page = prose.sub(lambda match: link(source, *match.groups("")) if match[2] else match[0], page)
    return page.replace('src="docs/', 'src="')


def link(source: Path, text: str, target: str, anchor: str) -> str:
    """A link of a page as the site has it; one to source code, which the site has not, becomes its text."""
    there = place((source.parent / target).resolve())
    return f"[{text}]({os.path.relpath(there, Path(place(source)).parent)}{anchor})" if there else text


# --- navigation -------------------------------------------------------------------------------------------------------


def navigation(folder: Path) -> str:
    """The sections as a line of TOML."""
    sections = [{name: list(listed(folder, pages))} for name, pages in NAVIGATION.items()]
    return f"nav = {toml([{'Home': 'index.md'}, *sections])}\n"


def listed(folder: Path, pages: tuple[str, ...]) -> Iterable[object]:
    """The entries of a section."""
    for page in pages:
        text = (folder / page).read_text(encoding="utf-8")
        below = [path for path in linked(page, text) if (folder / path).is_file()]
        title = text.partition("\n")[0].removeprefix("# ")
        if below and len(pages) > 1:
            yield {title: [page, *below]}
        else:
            yield from [page, *below]


def linked(page: str, text: str) -> list[str]:
    """The pages that an index links to, once each: those beside it, or in the folder that has its name."""
    path = Path(page)
    inside = "" if path.name == "index.md" else f"{path.stem}/"
    links = re.findall(rf"\]\({inside}(\w+\.md)\)", text) if inside or path.parent.name else []
    below = path.parent / inside
    return [(below / link).as_posix() for link in dict.fromkeys(links)]


def toml(value: object) -> str:
    """Lists, tables and strings on one line."""
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{json.dumps(key)} = {toml(item)}" for key, item in value.items()) + " }"
    if isinstance(value, list):
        return f"[{', '.join(map(toml, value))}]"
    return json.dumps(value)


# --- the site ---------------------------------------------------------------------------------------------------------


def build(folder: Path = BUILD) -> Path:
    """Build the site below a folder, and say where it is."""
    shutil.rmtree(folder, ignore_errors=True)
    gather(folder / "pages")
    settings = (ROOT / "docs" / "site.toml").read_text(encoding="utf-8")
    (folder / "zensical.toml").write_text(settings + navigation(folder / "pages"), encoding="utf-8")
    subprocess.run([sys.executable, "-m", "zensical", "build", "--strict"], cwd=folder, check=True)
    return folder / "html"


if __name__ == "__main__":
    print(build() / "index.html")
