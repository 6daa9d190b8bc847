"""Costs of whole processes. A machine is never quiet, so what is compared runs in turn, in one session, and medians are given."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from time import perf_counter

ROOT = Path(__file__).resolve().parents[1]


@dataclass(frozen=True, slots=True)
class Cost:
    """Of one process: time on the processor and on the clock in seconds, and the most memory it held in MB."""

    cpu: float
    wall: float
    peak: float


def cost(arguments: Sequence[str]) -> Cost:
    """Run Python with these arguments. Raises ``RuntimeError`` with what it said when it fails."""
    started = perf_counter()
    process = subprocess.Popen(
        [sys.executable, *arguments], cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
    )
    assert process.stderr is not None
    said = process.stderr.read()
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)  # it has been waited for
    process.stderr.close()
    if process.returncode:
        raise RuntimeError(f"{' '.join(arguments)} ended with {process.returncode}:\n{said}")
    unit = 2**20 if sys.platform == "darwin" else 2**10
    return Cost(used.ru_utime + used.ru_stime, perf_counter() - started, used.ru_maxrss / unit)


def in_turn(commands: Mapping[str, Sequence[str]], repeats: int) -> dict[str, Cost]:
    """The median cost of each command. One run of each comes first and is not counted: it fills the caches."""
    runs: dict[str, list[Cost]] = {name: [] for name in commands}
    for turn in range(repeats + 1):
        for name, arguments in commands.items():
            found = cost(arguments)
            if turn:
                runs[name].append(found)
    return {name: _middle(found) for name, found in runs.items()}


def _middle(costs: Sequence[Cost]) -> Cost:
    return Cost(median(one.cpu for one in costs), median(one.wall for one in costs), median(one.peak for one in costs))
