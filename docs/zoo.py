"""Writes ``zoo.md``: every net that comes with archc, what it is judged by and how it did. Run by ``make docs``.

Counts come from the specs, keys and differences from the last kept run of ``tests/parity`` (``parity.json``).
"""

from __future__ import annotations

import json
from pathlib import Path

from archc import driver
from archc.reading import zoo_files

HERE = Path(__file__).resolve().parent
INTRO = """# The zoo

Every net that comes with archc, by file. Sizes are those that the net takes (`archc sizes NET` lists them). Where *compared* says how
many keys, the net has been built, has loaded the random weights of the public or hand-written reference strictly, with these keys of
the `state_dict`, and its outputs differed by no more than *difference*; 0 is equality to the bit. `pytest tests/parity` does it again
and prints this table.
"""


def page() -> str:
    """The whole page."""
    found = json.loads((HERE / "parity.json").read_text(encoding="utf-8"))
    return "\n".join([INTRO, *(section for file in zoo_files() if (section := _section(file, found)))])


def _section(file: Path, found: dict[str, dict[str, float]]) -> str:
    report = driver.load(file)
    if not report.nets:
        return ""
    text = file.read_text(encoding="utf-8")
    about = text.split('"""')[1].strip().partition("\n\n")[0].replace("\n", " ")
    lines = sum(bool(line.strip()) for line in text.splitlines())
    head = [f"## {file.name}", "", f"{about} ({lines} lines)", ""]
    table = ["| net | parameters | sizes | compared | difference |", "| --- | ---: | --- | ---: | ---: |"]
    if len(report.nets) == 1:  # its file's name stands for it
        found = dict.fromkeys(report.nets, found.get(file.stem, {})) | found
    return "\n".join([*head, *table, *(_row(name, net, found.get(name)) for name, net in report.nets.items()), ""])


def _row(name: str, net: driver.Compiled, row: dict[str, float] | None) -> str:
    sizes = ", ".join(net.domain.conditions()) or "any"
    compared = " | "
    if row:
        compared = f"{row['keys']:.0f} keys | " + (f"{row['difference']:g}" if "difference" in row else "keys only")
    return f"| `{name}` | {net.params:,} | {sizes} | {compared} |"
