"""``archc list``."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click

from archc.cli.shell import Shell, json_option, shell
from archc.syntax import ast


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
    from archc.source import Source
    from archc.syntax import parse

    source = Source(file.name, file.read_text(encoding="utf-8"), file)
    tree, _ = parse(source)
    assert tree is not None  # the zoo is tested
    about = (tree.doc or "").strip().partition("\n")[0]
    return {"file": file.name, "about": about, "nets": list(_nets(tree))}


def _matching(entry: dict[str, Any], words: tuple[str, ...]) -> dict[str, Any]:
    """The entry with those of its nets that all words speak of."""
    about = f"{entry['file']} {entry['about']}".casefold()
    nets = [net for net in entry["nets"] if all(word.casefold() in f"{net} {about}".casefold() for word in words)]
    return {**entry, "nets": nets}


def _nets(tree: ast.File) -> Iterator[str]:
    """Nets with a default for every hyperparameter, and names that are given a net: ``vgg16 = VGG(...)``."""
    known: set[str] = set()
    for statement in tree.statements:
        if isinstance(statement, ast.Block) and statement.kind == "net":
            known.add(statement.name)
            if all(param.default is not None for param in statement.params):
                yield statement.name
        elif isinstance(statement, ast.Assign) and isinstance(statement.target, ast.Name):
            value = statement.value
            if isinstance(value, ast.Call) and isinstance(value.func, ast.Name) and value.func.id in known:
                known.add(statement.target.id)
                yield statement.target.id
