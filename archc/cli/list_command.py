"""``archc list``."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
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
    tree = _tree(file)
    about = (tree.doc or "").strip().partition("\n")[0]
    return {"file": file.name, "about": about, "nets": list(_ready(tree, file))}


@cache
def _tree(file: Path) -> ast.File:
    from archc.source import Source
    from archc.syntax import parse

    tree, _ = parse(Source(file.name, file.read_text(encoding="utf-8"), file))
    assert tree is not None  # the zoo is tested
    return tree


def _matching(entry: dict[str, Any], words: tuple[str, ...]) -> dict[str, Any]:
    """The entry with those of its nets that all words speak of."""
    about = f"{entry['file']} {entry['about']}".casefold()
    nets = [net for net in entry["nets"] if all(word.casefold() in f"{net} {about}".casefold() for word in words)]
    return {**entry, "nets": nets}


def _ready(tree: ast.File, file: Path) -> Iterator[str]:
    """Nets with a default for every hyperparameter, and names that are given a net: ``vgg16 = VGG(...)``."""
    nets = _nets(tree, file)
    for statement in tree.statements:
        if isinstance(statement, ast.Block):
            if statement.name in nets and all(param.default is not None for param in statement.params):
                yield statement.name
        elif isinstance(statement, ast.Assign) and isinstance(statement.target, ast.Name):
            yield from nets & {statement.target.id}


def _nets(tree: ast.File, file: Path) -> set[str]:
    """All names of a file that are nets: defined, imported, or made from another, by itself or by a function that gives one."""
    nets: set[str] = set()
    makers: set[str] = set()
    for statement in tree.statements:
        if isinstance(statement, ast.Block) and statement.kind == "net":
            nets.add(statement.name)
        elif isinstance(statement, ast.Import):
            there = file.with_name(f"{statement.zoo}.arch") if statement.zoo else file.parent / (statement.path or "")
            theirs = _nets(_tree(there), there)
            nets |= {item.alias or item.name for item in statement.names if item.name in theirs}
        elif isinstance(statement, ast.Def):
            if any(isinstance(one, ast.Return) and _called(one.value) in nets | makers for one in statement.body):
                makers.add(statement.name)
        elif isinstance(statement, ast.Assign) and isinstance(statement.target, ast.Name):
            nets |= {statement.target.id} if _called(statement.value) in nets | makers else set()
    return nets


def _called(value: ast.Expr) -> str | None:
    """The name of what an expression calls."""
    return value.func.id if isinstance(value, ast.Call) and isinstance(value.func, ast.Name) else None
