"""Tries on the nets of the zoo what ``tests.zoo.modules`` checks of emitted modules.

``python -m tests.zoo.behaviour [NET ...]`` tries the nets that have no result yet; those named, or with ``--again`` all, are tried anew.
``--keep`` writes each net's results to ``docs/modules.json`` as soon as they are there.
"""

from __future__ import annotations

import argparse
import ast
import json
import re
import sys
import time
import tomllib
import warnings
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

from archc import driver
from archc.driver import Compiled
from archc.resources import zoo_root
from tests.zoo.modules import CHEAP, CHECKS, Trial
from tests.zoo.nets import SPECS, report

KEPT = Path(__file__).resolve().parents[2] / "docs" / "modules.json"
AFFORDED = 100_000_000
"""Nets of more parameters are tried at the hyperparameters of SMALL, where their file has some; or are left to a net that makes the
same calls, where there is one."""
SMALL: dict[str, dict[str, Any]] = {
    "bert": {"dim": 48, "depth": 2, "heads": 4, "vocab": 97, "positions": 128},
    "gpt2": {"dim": 48, "depth": 2, "heads": 4, "vocab": 97, "positions": 64},
    "llama": {"dim": 64, "depth": 2, "heads": 16, "hidden": 80, "vocab": 97},
    "transformer": {"dim": 48, "depth": 2, "heads": 4, "ff": 80, "vocab": 97},
    "vision_transformer": {"dim": 48, "depth": 2, "heads": 4, "mlp": 80},
}
CODED = ("LeNet5", "resnet18", "densenet121", "SRCNN", "SelfAttention", "gpt2", "llama2_70b", "VanillaRNN")
"""Nets that inductor is tried on, one of each kind of architecture: it takes a minute where others take seconds."""
REASONS = {
    (check, net): text
    for net, reasons in tomllib.loads(Path(__file__).with_name("reasons.toml").read_text(encoding="utf-8")).items()
    for check, text in reasons.items()
}
"""Why a check of a net fails that torch itself cannot do, by check and net."""

COLOURS = re.compile("\x1b\\[[0-9;]*m")
Results = dict[str, dict[str, dict[str, str]]]
"""By file, net and check: ``ok``; for a compiler ``as NET``, which makes the same calls and was tried; or what was raised."""


@cache
def zoo() -> dict[str, dict[str, Compiled]]:
    """All nets by file and name."""
    return {spec.stem: report(spec).nets for spec in SPECS}


def net_of(file: str, name: str) -> Compiled:
    """A net of a file of the zoo, small where it is large and its family has hyperparameters for that."""
    large = report(zoo_root() / f"{file}.arch").nets[name].params > AFFORDED
    return driver.compile(f"{file}:{name}", **SMALL.get(file, {}) if large else {})


def calls(source: str) -> frozenset[str]:
    """What a module calls, and the operators it writes; not how often, nor with which numbers."""
    found = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call | ast.operator)]
    texts = (ast.unparse(node.func) if isinstance(node, ast.Call) else type(node).__name__ for node in found)
    return frozenset(re.sub(r"\(.*|\d+", "", text) for text in texts if text != "range")


def alike(nets: dict[str, Compiled]) -> dict[str, str]:
    """For each net of a file the smallest that makes the same calls: what compilers do with one they do with all of them."""
    first: dict[frozenset[str], str] = {}
    ordered = sorted(nets, key=lambda name: nets[name].params)
    return {name: first.setdefault(calls(nets[name].source), name) for name in ordered}


def attempt(check: str, trial: Trial) -> str:
    """``ok``, with reservations behind a colon; or in one line what is wrong."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            reservations = CHECKS[check](trial)
        except Exception as error:  # noqa: BLE001 - whatever is raised is the finding
            plain = COLOURS.sub("", f"{type(error).__name__}: {error}")
            return " ".join(plain.split())[:160]
    return f"ok: {reservations}" if reservations else "ok"


def attempts(net: Compiled, stands: str, chosen: Iterable[str]) -> Iterator[tuple[str, str, float]]:
    """Checks of a net with their results and seconds; ``stands`` is the net that compilers are tried on in its place."""
    trial = Trial(net)
    for check in chosen:
        started = time.monotonic()
        if check == "inductor" and net.name not in CODED:
            continue
        own = stands == net.name or (check in CHEAP and net.params <= AFFORDED)
        yield check, attempt(check, trial) if own else f"as {stands}", time.monotonic() - started


def kept() -> Results:
    """The results that were written last."""
    return json.loads(KEPT.read_text(encoding="utf-8")) if KEPT.is_file() else {}


def keep(file: str, name: str, results: dict[str, str]) -> None:
    """Write a net's results beside the others; of those that it has, what was not tried now stays."""
    found = kept()
    found.setdefault(file, {}).setdefault(name, {}).update(results)
    ordered = {
        file: {name: found[file][name] for name in nets if name in found[file]}
        for file, nets in zoo().items()
        if file in found
    }
    KEPT.write_text(json.dumps(ordered, indent=1) + "\n", encoding="utf-8")


def unexplained(results: Results) -> list[str]:
    """Failures for which no reason is stated, and reasons of checks that do not fail."""
    found = {(check, net): result for nets in results.values() for net in nets for check, result in nets[net].items()}
    failed = {key: result for key, result in found.items() if not passed(result)}
    missing = [f"{net}: {check}: {failed[check, net]}" for check, net in failed.keys() - REASONS.keys()]
    stale = REASONS.keys() & found.keys() - failed.keys()
    return sorted([*missing, *(f"{net}: {check}: a reason is stated for what passes" for check, net in stale)])


def passed(result: str) -> bool:
    return result == "ok" or result.startswith(("ok: ", "as "))


def todo(given: argparse.Namespace) -> Iterator[tuple[str, Compiled, str]]:
    """Each net to try with its file, and the net that compilers are tried on in its place."""
    for file, names in zoo().items():
        done = () if given.nets or given.again else kept().get(file, {})
        chosen = [name for name in names if name not in done and (name in given.nets or not given.nets)]
        nets = {name: net_of(file, name) for name in names} if chosen else {}
        stands = alike(nets)
        yield from ((file, nets[name], stands[name]) for name in chosen)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("nets", nargs="*")
    parser.add_argument("--again", action="store_true", help="also the nets that have results")
    parser.add_argument("--check", action="append", choices=list(CHECKS))
    parser.add_argument("--keep", action="store_true", help="write the results to docs/modules.json")
    given, wrong = parser.parse_args(), []
    for file, net, stands in todo(given):
        print(f"{net.name}:", end="", flush=True)
        results = dict(shown(attempts(net, stands, given.check or CHECKS)))
        wrong += unexplained({file: {net.name: results}})
        if given.keep:
            keep(file, net.name, results)
    sys.exit("\n".join(wrong))


def shown(found: Iterator[tuple[str, str, float]]) -> Iterator[tuple[str, str]]:
    """The results, written as they come."""
    for check, result, seconds in found:
        print(f" {check} {seconds:.1f}s" + ("" if result == "ok" else f" [{result}]"), end="", flush=True)
        yield check, result
    print()


if __name__ == "__main__":
    main()
