"""Coverage-guided fuzzing: ``python -m tests.fuzz.run --minutes 60``. Needs the extra ``fuzz`` (atheris).

Half of the mutations are libFuzzer's, of bytes; half are of words and lines. An input has 5 seconds and 512 MB. What reaches new code
goes into ``corpus.json``, which the tests replay; what breaks something is printed, and goes there as well.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.fuzz.target import LONGEST, corpus, keep

MOST_KEPT = 500
LIMITS = ("-timeout=5", "-rss_limit_mb=512", f"-max_len={LONGEST}", "-print_final_stats=1", "-verbosity=1")


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        known, smaller, broken = (folder / part for part in ("known", "smaller", "broken"))
        for part in (known, smaller, broken):
            part.mkdir()
        for number, data in enumerate(corpus()):
            (known / f"{number:04}").write_bytes(data)
        ending = _fuzz(
            f"-max_total_time={int(60 * given.minutes)}", f"-seed={given.seed}", f"-artifact_prefix={broken}/", known
        )
        print(ending)
        _fuzz("-merge=1", smaller, known)
        found = [path.read_bytes() for path in broken.iterdir()]
        for data in found:
            print("broken by", data)
        kept = sorted((path.read_bytes() for path in smaller.iterdir()), key=len)[:MOST_KEPT]
        keep([*kept, *found])
        print(f"{len(kept)} inputs kept, {len(found)} broke something")


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
