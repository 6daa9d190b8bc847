"""``archc list``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from archc.cli.shell import Shell, json_option, shell


@click.command("list")
@click.argument("words", nargs=-1, metavar="[WORD]...")
@json_option
@shell
def command(shell: Shell, words: tuple[str, ...], as_json: bool) -> None:
    """List the nets that come with archc, by file; with WORDs, those of which the name, file or paper has them all."""
    from archc.reading import zoo_files

    found = [entry for file in zoo_files() if (entry := _matching(_entry(file), words))["nets"]]
    if as_json:
        shell.json(found)
        return
    for entry in found:
        shell.out.write(f"{entry['file']}  {entry['about']}\n    {'  '.join(entry['nets'])}\n")


def _entry(file: Path) -> dict[str, Any]:
    """A zoo file: what its first line of documentation says, and the nets that can be built."""
    from archc import driver

    doc, nets = driver.contents(file)
    return {"file": file.name, "about": (doc or "").strip().partition("\n")[0], "nets": nets}


def _matching(entry: dict[str, Any], words: tuple[str, ...]) -> dict[str, Any]:
    """The entry with those of its nets that all words speak of."""
    about = f"{entry['file']} {entry['about']}".casefold()
    nets = [net for net in entry["nets"] if all(word.casefold() in f"{net} {about}".casefold() for word in words)]
    return {**entry, "nets": nets}
