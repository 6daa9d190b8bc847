"""A long run of the properties: ``python -m tests.property.run --minutes 60 --seed 1``. Prints counts, and any disagreement.

``--keep`` writes the counts to ``docs/soundness.json``, from which the page on soundness is made.
"""

from __future__ import annotations

import argparse
import json
import time
import traceback
import warnings
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import seed as seeded
from hypothesis.strategies import SearchStrategy

from tests.property.chains import SIZES, Case, cases
from tests.property.judge import judge
from tests.property.mutants import Mutant, disagreement, mutants
from tests.property.specs import Spec, specs

KEPT = Path(__file__).resolve().parents[2] / "docs" / "soundness.json"
BATCH = 200
"""Specs of one seed; the seeds of a run follow each other."""


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--minutes", type=float, default=5)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--keep", action="store_true", help="write the counts to docs/soundness.json")
    given_ = parser.parse_args()
    seen: Counter[str] = Counter({"disagreements": 0})
    warnings.simplefilter("ignore")
    started = time.monotonic()
    last = given_.seed
    for last in _seeds(given_.seed, started + 60 * given_.minutes):
        for judge_batch in (valid, almost, domains):
            judge_batch(seen, last)
    found = {
        "seeds": [given_.seed, last],
        "minutes": round((time.monotonic() - started) / 60, 1),
        **dict(sorted(seen.items())),
    }
    print(json.dumps(found, indent=1))
    if given_.keep:
        KEPT.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")


def _seeds(first: int, end: float) -> Iterator[int]:
    number = first
    while number == first or time.monotonic() < end:
        yield number
        number += 1


def valid(seen: Counter[str], seed: int) -> None:
    """Random specs of the whole language."""

    def one(spec: Spec) -> None:
        seen["valid specs"] += 1
        seen["lines of valid specs"] += spec.text.count("\n")
        judge(spec.text)

    _batch(specs(), seed, one, seen)


def almost(seen: Counter[str], seed: int) -> None:
    """Specs with one mutation."""

    def one(mutant: Mutant) -> None:
        seen["almost valid specs"] += 1
        found = disagreement(mutant)
        assert found is None, f"{found}\n{mutant!r}"

    _batch(mutants(), seed, one, seen)


def _batch(examples: SearchStrategy[Any], seed: int, one: Callable[[Any], None], seen: Counter[str]) -> None:
    """Judge a batch; what fails is printed, shrunk, and counted once."""

    @seeded(seed)
    @settings(
        max_examples=BATCH,
        deadline=None,
        database=None,
        phases=(Phase.generate, Phase.shrink),
        suppress_health_check=list(HealthCheck),
    )
    @given(examples)
    def check(example: Any) -> None:
        one(example)

    try:
        check()
    except Exception:  # noqa: BLE001 - every way to fail is a finding
        seen["disagreements"] += 1
        print(f"seed {seed}:\n{traceback.format_exc()}", flush=True)


def domains(seen: Counter[str], seed: int) -> None:
    """For which sizes a net is defined, and what it gives there."""
    for case in cases(seed, BATCH // 4):
        if not isinstance(case, Case):
            seen["chains refused for every size"] += 1
            continue
        seen["chains"] += 1
        for size in SIZES:
            predicted, found = case.predicted(size), case.run(size)
            seen["sizes of chains defined" if found is not None else "sizes of chains not defined"] += 1
            if predicted != found:
                seen["disagreements"] += 1
                print(f"at H={size}: predicted {predicted}, torch gives {found}\n{case.text}", flush=True)


if __name__ == "__main__":
    main()
