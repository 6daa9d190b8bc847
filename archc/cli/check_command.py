"""``archc check``."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from archc.cli.sharing import results
from archc.cli.shell import (
    MISTAKES,
    MISUSE,
    Shell,
    diagnostics_json,
    findings_text,
    json_option,
    mistakes_shown,
    read_sizes,
    refuse,
    shell,
)
from archc.records import record

if TYPE_CHECKING:
    from archc.diagnostics.model import Fix
    from archc.driver import Compiled, Report

PATIENCE = 3
"""With fewer files than this there is no progress to show."""


@click.command("check")
@click.argument("paths", nargs=-1, required=True)
@click.option("--dim", "dims", multiple=True, metavar="NAME=SIZE", help="Check assertions at this size.")
@click.option("--domain", "domains", is_flag=True, help="Show for which sizes each net is defined.")
@click.option("--strict", is_flag=True, help="Also demand a where of every net that takes some sizes only.")
@click.option("--fix", "fixing", is_flag=True, help="Write the missing where into the specs.")
@json_option
@shell
def command(
    shell: Shell,
    paths: tuple[str, ...],
    dims: tuple[str, ...],
    domains: bool,
    strict: bool,
    fixing: bool,
    as_json: bool,
) -> None:
    """Check files, folders of specs, or names from the zoo.

    Ends with 0 when all is right, 1 when a spec has mistakes (with --strict: or lacks a where), 2 when there is nothing to check.
    """
    from archc import driver  # noqa: F401 -- before the work is shared, so that it is imported once

    wanted = Wanted(read_sizes(dims), fixing, domains, as_json, shell.err.color, shell.err.width)
    with mistakes_shown(shell, as_json=as_json):
        specs = list(specs_in(paths))
        found: list[Found] = []
        for number, one in enumerate(results(partial(look, wanted), specs), start=1):
            found.append(one)
            _progress(shell, "")
            shell.err.write(one.findings)
            shell.out.write(one.verdict)
            _progress(shell, f"[{number}/{len(specs)}] {specs[number - 1]}" if PATIENCE <= len(specs) > number else "")
    right = all(one.ok and not (strict and one.lacking) for one in found)
    if as_json:
        shell.json({"ok": right, "files": [one.facts for one in found]})
    if not right:
        raise SystemExit(MISUSE if all(one.missing for one in found) else MISTAKES)


@record
class Wanted:
    """What is wanted of each file."""

    sizes: Mapping[str, int]
    fixing: bool
    domains: bool
    as_json: bool
    color: bool
    width: int


@record
class Found:
    """What a check found, ready to be shown."""

    ok: bool
    lacking: bool
    missing: bool
    findings: str = ""
    verdict: str = ""
    facts: Any = None


def look(wanted: Wanted, spec: str) -> Found:
    """Check one file."""
    from archc import driver

    report = driver.check(spec, sizes=wanted.sizes)
    if wanted.fixing and _fixed(report):
        report = driver.check(spec, sizes=wanted.sizes)
    found = Found(report.ok, lacking(report), _missing(report))
    if wanted.as_json:
        return replace(found, facts=_json(report))
    return replace(found, findings=_findings(report, wanted), verdict=_verdict(report, domains=wanted.domains))


def lacking(report: Report) -> bool:
    """Whether a net of the report takes some sizes only and does not say so."""
    return bool(report.advice) or any(found.severity == "note" for found in report.diagnostics)


def _fixed(report: Report) -> bool:
    """Write what the advice says into the file that was checked; tells whether anything was written."""
    from archc.files import write_atomically

    by_file: dict[str, list[Fix]] = {}
    for found in report.advice:
        if found.fix is not None:
            by_file.setdefault(found.fix.span.file, []).append(found.fix)
    for name, fixes in by_file.items():
        source = report.sources[name]
        if source.path is None:
            continue
        text = source.text
        for fix in sorted(fixes, key=lambda fix: fix.span.start, reverse=True):
            text = text[: fix.span.start] + fix.text + text[fix.span.end :]
        write_atomically(source.path, text)
    return bool(by_file)


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


def _findings(report: Report, wanted: Wanted) -> str:
    found = (*report.diagnostics, *(() if wanted.domains else report.advice))
    return findings_text(found, report.sources, color=wanted.color, width=wanted.width)


def _verdict(report: Report, *, domains: bool) -> str:
    errors = sum(found.severity == "error" for found in report.diagnostics)
    nets = f"{len(report.nets)} net{'' if len(report.nets) == 1 else 's'}"
    verdict = f"{errors} error{'' if errors == 1 else 's'}" if errors else f"ok, {nets}"
    nets_shown = [f"  {name}: {describe(net)}\n" for name, net in report.nets.items()] if domains else []
    return "".join([f"{report.name}: {verdict}\n", *nets_shown])


def describe(net: Compiled) -> str:
    """The sizes that a net takes, in a line."""
    return ", ".join(net.domain.conditions()) or "any size"


def _missing(report: Report) -> bool:
    """Whether there was no file to check."""
    return not report.ok and not report.sources and all(not found.marks for found in report.diagnostics)


def _json(report: Report) -> dict[str, Any]:
    return {
        "file": report.name,
        "ok": report.ok,
        "nets": {
            name: {"parameters": net.params, "domain": net.domain.conditions()} for name, net in report.nets.items()
        },
        "diagnostics": diagnostics_json((*report.diagnostics, *report.advice), report.sources),
    }
