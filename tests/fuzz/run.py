"""Coverage-guided fuzzing: ``python -m tests.fuzz.run --minutes 60``. Needs the extra ``fuzz`` (atheris).

Half of the mutations are libFuzzer's, of bytes; half are of words and lines. An input has 5 seconds of the process's own time and
512 MB. What reaches new code goes into ``corpus.json``, which the tests replay; what breaks something is printed, and goes there as
well.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.fuzz.target import LONGEST, corpus, keep

MOST_NEW = 200
"""So many of the shortest new inputs of a run are kept."""
LIMITS = ("-timeout=60", "-rss_limit_mb=512", f"-max_len={LONGEST}", "-print_final_stats=1", "-verbosity=1")


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        known, broken = folder / "known", folder / "broken"
        known.mkdir()
        broken.mkdir()
        before = corpus()
        for number, data in enumerate(before):
            (known / f"{number:04}").write_bytes(data)
        ending = _fuzz(
            f"-max_total_time={int(60 * given.minutes)}", f"-seed={given.seed}", f"-artifact_prefix={broken}/", known
        )
        print(ending)
        found = [path.read_bytes() for path in broken.iterdir()]
        for data in found:
            print("broken by", data)
        new = sorted({path.read_bytes() for path in known.iterdir()} - set(before), key=len)[:MOST_NEW]
        keep([*before, *new, *found])
        print(f"{len(new)} inputs more are kept, {len(found)} broke something")


def _fuzz(*arguments: object) -> str:
    """Run libFuzzer in a process of its own, which it ends; the last lines of what it says."""
    command = [sys.executable, "-m", "tests.fuzz.child", *LIMITS, *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, errors="replace", check=False)
    said = done.stderr.splitlines()
    return "\n".join(
        line[:300] for line in said if line.startswith(("stat::", "==", "Traceback", "Assert")) or " DONE " in line
    )


if __name__ == "__main__":
    main()
