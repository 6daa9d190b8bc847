"""Every input that fuzzing has kept ends in nets or in findings, in time and without much memory."""

from __future__ import annotations

import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

from tests.fuzz.target import corpus, mutated, survives

ROOT = Path(__file__).resolve().parents[2]
SECONDS = 5.0
MEGABYTES = 512


def test_the_corpus_breaks_nothing() -> None:
    seen: Counter[str] = Counter()
    for data in corpus():
        started = time.process_time()
        seen[survives(data)] += 1
        assert time.process_time() - started < SECONDS, data
    assert seen.total() >= 100
    assert seen["ok"] >= 20
    assert len(seen) >= 20, seen


def test_mutations_of_the_corpus_break_nothing() -> None:
    """A short run of what ``tests.fuzz.run`` does for hours, without its guide."""
    inputs = corpus()
    for seed in range(400):
        survives(mutated(inputs[seed % len(inputs)], inputs, seed))


LARGEST = """
import re, time
from pathlib import Path
from archc import driver
from archc.syntax import MAX_BYTES, MAX_WORDS, count_words
line = {line!r}
words = count_words(line * 2) - count_words(line)
text = {before!r} + line * (min(MAX_BYTES // len(line), MAX_WORDS // max(words, 1)) - 10)
started = time.process_time()
str(driver.check_text(text).diagnostics)
seconds = time.process_time() - started
print(seconds, int(re.search(r"VmHWM:\\s*(\\d+)", Path("/proc/self/status").read_text())[1]) // 1024)
"""
# Not what getrusage says: in a process that was just forked, it counts the parent's memory too.
LINES = {
    "assignments": ("", "a = 1\n"),
    "layers": ("net N()(x: [B, 4]) -> [B, 4]:\n", "    x = relu(x)\n"),
    "mistakes": ("net N()(x: [B, 4]) -> [B, 4]:\n", "    x = rleu(x)\n"),
    "brackets": ("", "(["),
    "letters": ("a = ", "a"),
    "comments": ("", "# a\n"),
    "operators": ("a = 1", "+1"),
    "blocks": ("", "block A()(x: [B, 4]) -> [B, 4]:\n    return relu(x)\n"),
}


def test_files_of_the_largest_size_stay_within_the_promise() -> None:
    """5 seconds of this process's own time and 512 MB, whatever the largest file holds."""
    for name, (before, line) in LINES.items():
        script = LARGEST.format(before=before, line=line)
        done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, cwd=ROOT)
        seconds, megabytes = done.stdout.split()
        assert float(seconds) < 2 * SECONDS, name  # twice, since machines that test are busy
        assert int(megabytes) < MEGABYTES, name
        print(name, seconds, megabytes)
