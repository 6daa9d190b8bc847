"""``archc diff``: how it ends, and what it compares."""

from __future__ import annotations

import json
from pathlib import Path

from tests.cli.running import NET, run


def test_diff_ends_as_diff_does(spec: Path) -> None:
    assert (run("diff", "small.arch", "small.arch").exit_code, run("diff", "small.arch", "resnet18").exit_code) == (
        0,
        1,
    )
    assert run("diff", "small.arch:Small", "small.arch").stdout == "small.arch:Small → small.arch, at B=1: equal\n"
    assert run("diff", "small.arch", "-D", "n=4").exit_code == 0
    shown = run("diff", "small.arch", "-D", "n=5")
    assert (shown.exit_code, "fc.weight  [4, 8] → [5, 8]" in shown.stdout) == (1, True)


def test_diff_needs_two_nets(spec: Path) -> None:
    alone = run("diff", "small.arch")
    assert (alone.exit_code, "nothing to compare with" in alone.stderr) == (2, True)
    assert run("diff", "small.arch", "smal.arch").exit_code == 2


def test_diff_changes_both_nets(spec: Path) -> None:
    spec.write_text(NET + "\ntwice = Small(n=2)\n")
    assert run("diff", "small.arch:Small", "small.arch:twice").exit_code == 1
    assert run("diff", "small.arch:Small", "small.arch:twice", "-D", "n=5").exit_code == 0
    assert json.loads(run("diff", "small.arch:Small", "small.arch:twice", "--json").stdout)["equal"] is False
