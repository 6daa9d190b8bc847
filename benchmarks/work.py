"""``python -m benchmarks.work PATH [TIMES]``: the time of one check of a spec, after the imports; the mean of so many."""

from __future__ import annotations

import json
import sys

from archc import driver
from benchmarks.timing import took


def main() -> None:
    path, times = sys.argv[1], int((*sys.argv[2:], "1")[0])
    for zoo in ("resnet", "gpt2", "llama"):
        driver.check(zoo)  # imports, and nothing of the spec that is measured
    print(json.dumps({"check": took(lambda: [driver.load(path) for _ in range(times)]).each(times)}))


if __name__ == "__main__":
    main()
