"""``archc check``."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from archc.cli.shell import (
    MISTAKES,
    MISUSE,
    Shell,
    diagnostics_json,
    json_option,
    mistakes_shown,
    read_sizes,
    refuse,
    shell,
)

if TYPE_CHECKING:
    from archc.driver import Report

PATIENCE = 3
"""With fewer files than this there is no progress to show."""


@click.command("check")
@click.argument("paths", nargs=-1, required=True)
@click.option("--dim", "dims", multiple=True, metavar="NAME=SIZE", help="Check assertions at this size.")
@json_option
@shell
def command(shell: Shell, paths: tuple[str, ...], dims: tuple[str, ...], as_json: bool) -> None:
    """Check files, folders of specs, or names from the zoo.

    Ends with 0 when all is right, 1 when a spec has mistakes, 2 when there is nothing to check.
    """
    from archc import driver

    sizes = read_sizes(dims)
    with mistakes_shown(shell, as_json=as_json):
        specs = list(specs_in(paths))
        reports = []
        for number, spec in enumerate(specs, start=1):
            _progress(shell, f"[{number}/{len(specs)}] {spec}" if len(specs) >= PATIENCE else "")
            reports.append(driver.check(spec, sizes=sizes))
            _progress(shell, "")
            if not as_json:
                _show(shell, reports[-1])
    if as_json:
        shell.json({"ok": all(report.ok for report in reports), "files": list(map(_json, reports))})
    if not all(report.ok for report in reports):
        raise SystemExit(MISUSE if all(map(_missing, reports)) else MISTAKES)


def specs_in(paths: Iterable[str]) -> Iterator[str]:
    """The specs that paths name, those in folders in the order of their names; each once."""
    seen: set[str] = set()
    for path in paths:
        found = sorted(map(str, Path(path).rglob("*.arch"))) if Path(path).is_dir() else [path]
        if not found:
            refuse(f"there is no .arch file in {path!r}")
        for spec in found:
            if spec not in seen:
                seen.add(spec)
                yield spec


def _progress(shell: Shell, text: str) -> None:
    """A line that the next one replaces, where somebody looks at it."""
    if shell.err.interactive:
        shell.err.write("\r\x1b[K" + text[: shell.err.width - 1])


def _show(shell: Shell, report: Report) -> None:
    shell.findings(report.diagnostics, report.sources)
    errors = sum(found.severity == "error" for found in report.diagnostics)
    nets = f"{len(report.nets)} net{'' if len(report.nets) == 1 else 's'}"
    verdict = f"{errors} error{'' if errors == 1 else 's'}" if errors else f"ok, {nets}"
    shell.out.write(f"{report.name}: {verdict}\n")


def _missing(report: Report) -> bool:
    """Whether there was no file to check."""
    return not report.ok and not report.sources and all(not found.marks for found in report.diagnostics)


def _json(report: Report) -> dict[str, Any]:
    return {
        "file": report.name,
        "ok": report.ok,
        "nets": {name: {"parameters": net.params} for name, net in report.nets.items()},
        "diagnostics": diagnostics_json(report.diagnostics, report.sources),
    }
