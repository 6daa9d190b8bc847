"""Mutation testing of sizes and shape rules: ``python -m tests.mutation.run``.

One thing in one file is changed, and the tests of that file are run. A mutant that they do not notice survives: it is printed, to be
killed by a new test, or to be explained in ``explained.toml``. ``--keep`` writes the counts for ``docs/soundness.md``.
"""

from __future__ import annotations

import argparse
import importlib
import json
import os
import re
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any

from hypothesis import settings

from tests.mutation.changes import Mutant, mutants
from tests.mutation.trial import LATE, Tests, collected, forked, observed, tried, tried_at_import

ROOT = Path(__file__).resolve().parents[2]
KEPT = ROOT / "docs" / "mutants.json"
OPERATORS = "conv conv_transpose pool norm pad lstm gru rnn multihead flatten reshape add where message promotion"
"""Words in the names of tests that are about shape rules."""
TARGETS = {
    ("tests/ir",): ("ir/dims/*", "ir/decide"),
    ("tests/contract", "-k", f"refusal or reach or wording or layer or {' or '.join(OPERATORS.split())}"): (
        *("ops/_windows", "ops/_broadcast", "ops/conv", "ops/pool", "ops/norm"),
        *("ops/pad", "ops/recurrent", "ops/multihead", "ops/reshape"),
    ),
}
"""What pytest is given to collect the tests that have to notice, and what is changed."""
HEAVY = ("torch.utils.flop_counter", "networkx", "lark", "pydantic", "hypothesis.strategies")
"""Imported before the tests are collected once more, for a change of what runs when archc is imported."""


def targets() -> Iterator[tuple[tuple[str, ...], list[Path]]]:
    """Each choice of tests with the files that it is about."""
    for choice, patterns in TARGETS.items():
        found = [file for pattern in patterns for file in sorted((ROOT / "archc").glob(f"{pattern}.py"))]
        yield choice, [file for file in found if any(mutants(file))]


def outcomes(
    choice: tuple[str, ...], file: Path, chosen: list[Mutant], tests: Tests, swift: bool = True
) -> Iterator[tuple[str, str]]:
    """Try mutants of a file with some tests: what each one is, and what killed it. Unless it has to be ``swift``, archc and the tests
    are imported anew for each: some tests compute a part when they are imported."""
    inner = [mutant for mutant in chosen if mutant.within and swift]
    found = forked(lambda: collected(choice, lambda items: [*map(_told, tried(file, inner, tests, items))]))
    assert not isinstance(found, int), f"the tests of {file} end by {found}"
    yield from found
    for mutant in chosen:
        if mutant not in inner:
            yield _told(tried_at_import(mutant, file, choice, tests))


def _told(outcome: tuple[str, str]) -> tuple[str, str]:
    what, killer = outcome
    if "::" not in killer:
        print(f"{killer or 'survives'}: {what}", file=sys.__stdout__, flush=True)
    return outcome


def explained() -> dict[str, dict[str, str]]:
    """For each file the mutants that no test can kill, and why."""
    return tomllib.loads((Path(__file__).parent / "explained.toml").read_text(encoding="utf-8"))


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--only", default="", help="files whose path holds this pattern")
    parser.add_argument("--share", type=float, default=1.0, help="which part of each file's mutants is tried")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--again", action="store_true", help="what survived unexplained, with all imports made anew")
    parser.add_argument("--keep", action="store_true", help="write what is found for the documentation")
    given = parser.parse_args()
    _prepare()
    for choice, files in targets():
        wanted = [file for file in files if re.search(given.only, str(file))]
        tests = _observed(choice, wanted) if wanted else {}
        for file in wanted:
            _try(choice, file, tests, given)


def _prepare() -> None:
    os.chdir(ROOT)
    os.environ["OMP_NUM_THREADS"] = "1"
    for name in HEAVY:
        importlib.import_module(name)
    settings.register_profile("mutants", database=None, derandomize=True)
    settings.load_profile("mutants")


def _observed(choice: tuple[str, ...], files: list[Path]) -> Tests:
    tests = forked(lambda: collected(choice, lambda items: observed(files, items)))
    assert not isinstance(tests, int), f"the tests of {choice} end by {tests}"
    return tests


def _try(choice: tuple[str, ...], file: Path, tests: Tests, given: argparse.Namespace) -> None:
    name = file.relative_to(ROOT).as_posix()
    killers = list(outcomes(choice, file, _chosen(name, given), tests, not given.again))
    alive = [what for what, killer in killers if not killer]
    late = sum(killer == LATE for _, killer in killers)
    new = [what for what in alive if what not in explained().get(name, {})]
    print(f"{name}: {len(killers)} tried, {late} out of time, {len(alive)} alive, {len(new)} unexplained", flush=True)
    if given.keep:
        _keep(name, {"tried": len(killers), "late": late, "alive": alive}, given.again)


def _keep(name: str, found: dict[str, Any], again: bool) -> None:
    """Write down what was found of a file; of what was tried again, what became of the survivors."""
    if again:
        before = _kept()[name]
        there = {mutant.what for mutant in mutants(ROOT / name)}
        gone = [what for what in before["alive"] if what not in there]
        found["tried"] = before["tried"] - len(gone)
        found["late"] += before["late"]
        found["alive"] += [what for what in before["alive"] if what in explained().get(name, {})]
    KEPT.write_text(json.dumps(_kept() | {name: found}, indent=2) + "\n", encoding="utf-8")


def _chosen(name: str, given: argparse.Namespace) -> list[Mutant]:
    found = list(mutants(ROOT / name))
    if given.again:
        unexplained = set(_kept()[name]["alive"]) - set(explained().get(name, {}))
        return [mutant for mutant in found if mutant.what in unexplained]
    return Random(given.seed).sample(found, round(given.share * len(found)))


def _kept() -> dict[str, Any]:
    kept: dict[str, Any] = json.loads(KEPT.read_text(encoding="utf-8")) if KEPT.exists() else {}
    return kept


if __name__ == "__main__":
    main()
