"""A long run of the domain properties: ``python -m tests.property.run --nets 5000 --seed 1``. Prints counts, and any disagreement."""

from __future__ import annotations

import argparse
from collections import Counter

from tests.property.chains import SIZES, Case, cases


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--nets", type=int, default=5000)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    seen: Counter[str] = Counter()
    for case in cases(given.seed, given.nets):
        if not isinstance(case, Case):
            seen["refused for every size"] += 1
            continue
        seen["nets"] += 1
        for size in SIZES:
            predicted, found = case.predicted(size), case.run(size)
            seen["defined" if found is not None else "not defined"] += 1
            if predicted != found:
                seen["disagreements"] += 1
                print(f"at H={size}: predicted {predicted}, torch gives {found}\n{case.text}")
    print(
        f"seed {given.seed}: {seen['nets']:,} nets at {len(SIZES)} sizes each, {seen['defined']:,} defined, "
        f"{seen['not defined']:,} not, {seen['disagreements']} disagreements; "
        f"{seen['refused for every size']:,} specs refused for every size"
    )


if __name__ == "__main__":
    main()
