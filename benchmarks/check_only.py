"""Check the specs that are named, many times over, so that the work outweighs the imports; without names, only import."""

from __future__ import annotations

import sys

from archc import driver
from archc.ops import operators

TIMES = 20


def main() -> None:
    for name in ("conv", "batch_norm", "relu", "add", "adaptive_avg_pool", "flatten", "linear"):
        operators()[name]
    for path in sys.argv[1:]:
        for _ in range(TIMES):
            driver.load(path)


if __name__ == "__main__":
    main()
