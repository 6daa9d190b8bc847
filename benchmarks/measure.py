"""Costs of whole processes. A machine is never quiet, so what is compared runs in turn, in one session, and medians are given."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from resource import RUSAGE_SELF, getrusage
from statistics import median
from time import perf_counter
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
_UNIT = 2**20 if sys.platform == "darwin" else 2**10


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
        [sys.executable, *arguments],
        cwd=ROOT,
        env=_as_installed(),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stderr is not None
    said = process.stderr.read()
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)  # it has been waited for
    process.stderr.close()
    if process.returncode:
        raise RuntimeError(f"{' '.join(arguments)} ended with {process.returncode}:\n{said}")
    return Cost(used.ru_utime + used.ru_stime, perf_counter() - started, used.ru_maxrss / _UNIT)


_STATUS, _FORGET = Path("/proc/self/status"), Path("/proc/self/clear_refs")


def peak() -> float:
    """The most memory that this process has held, in MB; on Linux, since ``settled_peak``."""
    if not _STATUS.exists():
        return getrusage(RUSAGE_SELF).ru_maxrss / _UNIT
    (line,) = [line for line in _STATUS.read_text().splitlines() if line.startswith("VmHWM:")]
    return int(line.split()[1]) / 2**10


def settled_peak() -> float:
    """The memory that this process holds now, in MB, which counts as the most so far from here on. Elsewhere than on Linux, the most
    that it has held."""
    with contextlib.suppress(OSError):
        _FORGET.write_text("5")  # see proc(5)
    return peak()


def told(module: str, *arguments: str) -> Any:
    """What a child says as JSON on its last line; ``module`` is one of this package."""
    command = [sys.executable, "-W", "ignore", "-m", f"benchmarks.{module}", *arguments]
    run = subprocess.run(command, cwd=ROOT, env=_as_installed(), capture_output=True, text=True, check=False)
    if run.returncode:
        raise RuntimeError(f"{' '.join(command)} ended with {run.returncode}:\n{run.stderr}")
    return json.loads(run.stdout.splitlines()[-1])


def _as_installed() -> dict[str, str]:
    """The environment, in which modules are compiled once, as pip compiles what it installs; and one thread, which is easy to compare."""
    return {**os.environ, "PYTHONDONTWRITEBYTECODE": "", "OMP_NUM_THREADS": "1"}


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
