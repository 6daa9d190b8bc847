"""``python -m benchmarks``: measure, print one table, and with ``--write`` keep it in docs/performance.md."""

from __future__ import annotations

import argparse
import platform
import sys
from collections.abc import Sequence
from importlib.metadata import version
from math import isnan
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.cases import GROUPS, rows
from benchmarks.measure import ROOT
from benchmarks.rows import Row

PAGE = ROOT / "docs" / "performance.md"
TEXT = """# Performance

Measured by `python -m benchmarks --write`. Each figure of a whole process is the median of {repeats} runs, figures in process of up
to as many; what is compared ran in turn, so that a busy machine slows both; of modules it is the turn whose ratio is the middle one.
CPU is the time on the processor, of all threads; peak memory is the most that the process held, and in process the most beside what it
held before: nothing, where there was room in that. "In process" is without the start of Python and without imports: every tool has just
been at work, archc on the rest of the zoo, the others on a small net, and sees the net, and archc its file, for the first time in the
process. Beside torchinfo, fx and export the spec has that net alone, less its docstring and its assertions. Lines are lines of code,
without blank ones, comments and docstrings.

A profile of the work alone is flat: no function takes a tenth of it. A tenth to two fifths is parsing, about 4 microseconds for each
word and sign; half is elaboration, about 30 microseconds for each layer that is not like one before, of which a fourth is its shape
rule; the rest are shapes, parameters and FLOPs. Of a cold check of VGG-16 a third is the start of Python and Click, and half the import
of archc's own modules: each of its records takes 0.25 ms to be made, each class of an operator 0.02 ms. Pydantic is imported only for
arguments that are not plainly right, and to read or write a net as JSON.

{table}

{machine}
"""


def table(found: Sequence[Row]) -> str:
    """The rows as a Markdown table."""
    lines = ["| what | archc | compared with | ratio | target | |", "|---|---|---|---|---|---|"]
    return "\n".join([*lines, *map(line, found)])


def line(row: Row) -> str:
    """A row as a line of the table."""
    most = "" if row.most is None else f"at most {row.most:.3g}"
    verdict = "" if row.most is None else "held" if row.held else "**missed**"
    ratio = "" if isnan(row.ratio) else f"{row.ratio:.2g}"
    return f"| {row.what} | {row.ours} | {row.theirs} | {ratio} | {most} | {verdict} |"


def machine() -> str:
    """What it was measured on."""
    packages = ", ".join(f"{name} {version(name)}" for name in ("archc", "torch", "torchinfo", "pydantic"))
    return f"{platform.machine()}, {platform.system()}, Python {platform.python_version()}, {packages}."


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--repeats", type=int, default=9, help="runs of each process (9)")
    parser.add_argument("--only", dest="groups", action="append", choices=GROUPS, help="measure these rows only")
    parser.add_argument("--write", action="store_true", help=f"write {PAGE.relative_to(ROOT)}")
    options = parser.parse_args()
    with TemporaryDirectory() as folder:
        found = []
        for row in rows(Path(folder), options.repeats, options.groups or list(GROUPS)):
            found.append(row)
            print(line(row), flush=True)
    if options.write:
        text = TEXT.format(repeats=options.repeats, table=table(found), machine=machine())
        PAGE.write_text(text, encoding="utf-8")
    return 0 if all(row.held for row in found) else 1


if __name__ == "__main__":
    sys.exit(main())
