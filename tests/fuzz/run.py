"""Coverage-guided fuzzing: ``python -m tests.fuzz.run --minutes 60``. Needs the extra ``fuzz`` (atheris).

Half of the mutations are libFuzzer's, of bytes; half are of words and lines. An input has 5 seconds of the process's own time and
512 MB. What reaches new code goes into ``corpus.json``, which the tests replay; what breaks something is printed, and goes there as
well. ``--keep`` adds the counts of the run to ``docs/fuzzing.json``, from which the page on soundness is made.
"""

from __future__ import annotations

import argparse
import json
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests.fuzz.target import LONGEST, corpus, keep

KEPT = Path(__file__).resolve().parents[2] / "docs" / "fuzzing.json"
MOST_NEW = 200
"""So many of the shortest new inputs of a run are kept."""
STATISTICS = ("number_of_executed_units", "peak_rss_mb")
LIMITS = ("-timeout=60", "-rss_limit_mb=512", f"-max_len={LONGEST}", "-print_final_stats=1", "-verbosity=1")


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--keep", action="store_true", help="add the counts to docs/fuzzing.json")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        known, broken = folder / "known", folder / "broken"
        known.mkdir()
        broken.mkdir()
        before = corpus()
        for number, data in enumerate(before):
            (known / f"{number:04}").write_bytes(data)
        started = time.monotonic()
        ending = _fuzz(
            f"-max_total_time={int(60 * given.minutes)}", f"-seed={given.seed}", f"-artifact_prefix={broken}/", known
        )
        minutes = round((time.monotonic() - started) / 60, 1)
        print(ending)
        found = [path.read_bytes() for path in broken.iterdir()]
        for data in found:
            print("broken by", data)
        new = sorted({path.read_bytes() for path in known.iterdir()} - set(before), key=len)[:MOST_NEW]
        keep([*before, *new, *found])
        print(f"{len(new)} inputs more are kept, {len(found)} broke something")
    if given.keep:
        _add(minutes, ending, len(found))


def _fuzz(*arguments: object) -> str:
    """Run libFuzzer in a process of its own, which it ends; the last lines of what it says."""
    command = [sys.executable, "-m", "tests.fuzz.child", *LIMITS, *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, errors="replace", check=False)
    said = done.stderr.splitlines()
    return "\n".join(
        line[:300] for line in said if line.startswith(("stat::", "==", "Traceback", "Assert")) or " DONE " in line
    )


def _add(minutes: float, ending: str, broken: int) -> None:
    """Add the counts of a run to those of the runs before it."""
    tried, peak = (int(re.findall(rf"stat::{name}:\s+(\d+)", ending)[0]) for name in STATISTICS)
    before = json.loads(KEPT.read_text(encoding="utf-8")) if KEPT.exists() else {}
    after = {
        "minutes": round(before.get("minutes", 0) + minutes, 1),
        "inputs": before.get("inputs", 0) + tried,
        "peak memory in MB": max(before.get("peak memory in MB", 0), peak),
        "broken": before.get("broken", 0) + broken,
    }
    KEPT.write_text(json.dumps(after, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
