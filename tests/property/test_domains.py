"""For which sizes a net is defined, and what it gives there: what is predicted for all sizes is what torch does at each."""

from __future__ import annotations

from collections import Counter

from tests.property.chains import SIZES, Case, cases

NETS = 600
PAIRS = 20_000


def test_domains_and_formulas_agree_with_torch_at_every_size() -> None:
    seen: Counter[bool] = Counter()
    for case in cases(seed=20_261, count=NETS):
        if not isinstance(case, Case):
            continue
        assert not case.domain.open and not case.domain.joint, case.text
        for size in SIZES:
            predicted, found = case.predicted(size), case.run(size)
            assert predicted == found, f"at H={size}: predicted {predicted}, torch gives {found}\n{case.text}"
            seen[found is not None] += 1
    print(f"{seen.total():,} sizes of nets: {seen[True]:,} defined, {seen[False]:,} not, no disagreement")
    assert seen.total() >= PAIRS
    assert min(seen.values()) >= PAIRS // 20
