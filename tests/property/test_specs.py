"""Random specs of the whole language, and almost valid ones: what archc says of them is what PyTorch does."""

from __future__ import annotations

import os
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, seed, settings

from tests.property.judge import Disagreement, compiled, judge
from tests.property.mutants import Mutant, disagreement, mutants
from tests.property.specs import Spec, specs

VALID, ALMOST = 800, 1200
SHARES = 4
"""In so many tests, which run at once."""
COMMON = (
    "block ",
    "cfg ",
    "def ",
    "for i in",
    " if training",
    "is not None",
    "scan(",
    "tie ",
    "buffer(",
    "embedding",
    "conv(",
)
"""What each share must have."""


def some(count: int) -> settings:
    """The examples of one share: the same in every run."""
    return settings(
        max_examples=count // SHARES,
        deadline=None,
        database=None,
        phases=(Phase.explicit, Phase.generate, Phase.shrink),
        suppress_health_check=list(HealthCheck),
    )


@pytest.mark.parametrize("share", range(SHARES))
def test_specs_are_what_torch_makes_of_them(share: int) -> None:
    """Shapes, dtypes, parameters, buffers, FLOPs; the numbers are those of the IR run node by node; texts keep their meaning."""
    seen: Counter[str] = Counter()

    @seed(share)
    @some(VALID)
    @given(specs())
    def check(spec: Spec) -> None:
        judge(spec.text)
        seen.update(word for word in COMMON if word in spec.text)
        seen["specs"] += 1

    check()
    assert seen["specs"] >= VALID // SHARES
    assert min(seen[word] for word in COMMON) > 0, seen


@pytest.mark.parametrize("share", range(SHARES))
def test_almost_valid_specs_are_judged_as_torch_does(share: int) -> None:
    seen: Counter[str] = Counter()

    @seed(share)
    @some(ALMOST)
    @given(mutants())
    def check(mutant: Mutant) -> None:
        found = disagreement(mutant)
        assert found is None, f"{found}\n{mutant!r}"
        seen["specs"] += 1
        seen["refused" if refused(mutant.text) else "accepted"] += 1

    check()
    assert seen["specs"] >= ALMOST // SHARES
    assert min(seen["refused"], seen["accepted"]) >= ALMOST // SHARES // 10


def refused(text: str) -> bool:
    try:
        compiled(text)
    except Disagreement:
        return True
    return False


# --- the judge --------------------------------------------------------------------------------------------------------

SOUND = "net N()(x: [B=2, 4]) -> [B, 3]:\n    return x -> fc: linear(3) -> relu\n"


def test_the_judge_refuses_what_differs(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each check of the judge can fail."""
    judge(SOUND)
    with pytest.raises(Disagreement, match="refused"):
        judge(SOUND.replace("[B, 3]", "[B, 4]"))
    for name, value, message in (
        ("net_flops", lambda net: 5, "FLOPs"),
        ("cross_check", lambda net, factory: ["parameter x: not predicted"], "not predicted"),
        ("format_source", lambda source: source.text + "#", "idempotent"),
        ("shapes", lambda net, sizes: [(1,)], "found"),
        ("_seeded", lambda run, values: __import__("torch").randn(2, 3), "other numbers"),
    ):
        with monkeypatch.context() as patch:
            patch.setattr(f"tests.property.judge.{name}", value)
            with pytest.raises(Disagreement, match=message):
                judge(SOUND)


SCRIPT = """
from hypothesis import find, settings, given, seed, Phase, HealthCheck
from tests.property.specs import specs
from tests.property.judge import compiled
import hashlib
total = hashlib.sha256()
@seed(7)
@settings(max_examples=60, deadline=None, database=None, phases=[Phase.generate], suppress_health_check=list(HealthCheck))
@given(specs())
def check(spec):
    total.update(spec.text.encode())
    total.update(compiled(spec.text).source.encode())
check()
print(total.hexdigest())
"""


def test_sources_are_the_same_in_every_process() -> None:
    """Whatever the order of Python's sets."""
    root = Path(__file__).resolve().parents[2]
    found = {
        subprocess.run(
            [sys.executable, "-W", "ignore", "-c", SCRIPT],
            env=os.environ | {"PYTHONHASHSEED": hash_seed, "PYTHONPATH": str(root)},
            capture_output=True,
            text=True,
            check=True,
            cwd=root,
        ).stdout
        for hash_seed in ("1", "2")
    }
    assert len(found) == 1
