"""Writes ``zoo.md``: every net that comes with archc, what it is judged by and how it did. Run by ``make docs``.

Counts come from the specs, keys and differences from the last kept run of ``tests/parity`` (``parity.json``). The site also has a
page for each file, with its picture and its history (``history.py``).
"""

from __future__ import annotations

import json
import re
from functools import cache
from pathlib import Path
from typing import NamedTuple

from archc import driver
from archc.reading import zoo_files
from docs import draw
from docs.history import HISTORY

HERE = Path(__file__).resolve().parent
INTRO = """# The zoo

Every net that comes with archc, by file. Sizes are those that the net takes (`archc sizes NET` lists them). Where *compared* says how
many keys, the net has been built, has loaded the random weights of the public or hand-written reference strictly, with these keys of
the `state_dict`, and its outputs differed by no more than *difference*; 0 is equality to the bit. `pytest tests/parity` does it again
and prints this table.
"""

Nets = dict[str, driver.Compiled]


class Architecture(NamedTuple):
    """What the site shows of a file of the zoo."""

    page: str
    picture: bytes


def page() -> str:
    """The page of all files."""
    return "\n".join([INTRO, *(section for file in zoo_files() if (section := _section(file)))])


def architecture(file: Path) -> Architecture | None:
    """The page and the picture of a file; nothing of one that has no nets of its own."""
    nets = _nets(file)
    if not nets:
        return None
    past, text = HISTORY[file.stem], file.read_text(encoding="utf-8")
    drawn, way, picture = nets[past.drawn], draw.direction(past.drawn), f"{file.stem}.svg"
    about = re.sub(r"arXiv:(\d+\.\d+)", r"[arXiv:\1](https://arxiv.org/abs/\1)", _docstring(text))
    parts = [
        *(f"# {past.title}", about, past.text),
        *("## Nets", "\n".join(_table(file, nets))),
        *("## Spec", f"`{file.name}`, {_lines(text)} lines without the empty ones.", f"```arch\n{text}```"),
        *("## Diagram", f"`archc diagram {past.drawn} --direction {way}`; what repeats is folded."),
        f"[![{past.drawn}]({picture})]({picture})",
        *("## Layers", f"`archc summary {past.drawn} --depth 2`", f"```text\n{drawn.summary(depth=2)}```"),
    ]
    return Architecture("\n\n".join(parts) + "\n", drawn.diagram("svg", direction=way))


@cache
def _nets(file: Path) -> Nets:
    return driver.load(file).nets


def _section(file: Path) -> str:
    nets = _nets(file)
    if not nets:
        return ""
    text = file.read_text(encoding="utf-8")
    about = _docstring(text).partition("\n\n")[0].replace("\n", " ")
    head = [f"## {file.name}", "", f"{about} ([the spec](../specs/{file.name}), {_lines(text)} lines)", ""]
    return "\n".join([*head, *_table(file, nets), ""])


def _docstring(text: str) -> str:
    return text.split('"""')[1].strip()


def _lines(text: str) -> int:
    return sum(bool(line.strip()) for line in text.splitlines())


def _table(file: Path, nets: Nets) -> list[str]:
    found = json.loads((HERE / "parity.json").read_text(encoding="utf-8"))
    if len(nets) == 1:  # its file's name stands for it
        found = dict.fromkeys(nets, found.get(file.stem, {})) | found
    head = ["| net | parameters | sizes | compared | difference |", "| --- | ---: | --- | ---: | ---: |"]
    return [*head, *(_row(name, net, found.get(name)) for name, net in nets.items())]


def _row(name: str, net: driver.Compiled, row: dict[str, float] | None) -> str:
    sizes = ", ".join(net.domain.conditions()) or "any"
    compared = " | "
    if row:
        compared = f"{row['keys']:.0f} keys | " + (f"{row['difference']:g}" if "difference" in row else "keys only")
    return f"| `{name}` | {net.params:,} | {sizes} | {compared} |"
