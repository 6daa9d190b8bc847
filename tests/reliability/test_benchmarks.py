"""The harness of the benchmarks measures what it says."""

from __future__ import annotations

import gc
from pathlib import Path
from time import sleep

import pytest

from archc import driver
from benchmarks.__main__ import table
from benchmarks.cases import lengths
from benchmarks.lines import code_lines
from benchmarks.measure import cost, in_turn
from benchmarks.nets import WARM, alone, spec
from benchmarks.rows import compared
from benchmarks.specs import resnet
from benchmarks.timing import took
from tests.reliability.specs import accepted


def test_a_process_is_measured_and_nothing_else() -> None:
    lazy, busy, fat = (
        cost(["-c", code])
        for code in (
            "import time; time.sleep(0.5)",
            "import time\nwhile time.process_time() < 0.5: pass",
            "x = b'x' * (200 << 20)",
        )
    )
    assert lazy.wall > 0.5 > busy.cpu - 0.5 > lazy.cpu - 0.5
    assert lazy.cpu < 0.4 < busy.cpu
    assert fat.peak > 200
    with pytest.raises(RuntimeError, match="ZeroDivisionError"):
        cost(["-c", "1 / 0"])


def test_commands_take_turns(tmp_path: Path) -> None:
    log = tmp_path / "log"
    write = f"open({str(log)!r}, 'a').write('{{}}')"
    in_turn({name: ["-c", write.format(name)] for name in "ab"}, repeats=2)
    assert log.read_text() == "ababab"


def test_a_run_within_a_process_is_measured_beside_what_was_before() -> None:
    settled: list[int] = []
    lazy = took(lambda: sleep(0.3), after=lambda: settled.append(1))
    fat = took(lambda: bytearray(b"x" * (60 << 20)))
    gc.unfreeze()  # this process goes on
    assert settled == [1]
    assert lazy.wall >= 0.3 > lazy.cpu
    assert fat.memory > 50 > lazy.memory
    assert fat.each(2) == (fat.cpu / 2, fat.wall / 2, fat.memory / 2)


def test_lines_of_code_are_counted() -> None:
    assert code_lines('"""Doc.\n\nMore."""\n\n# no\nx = 1\n\ndef f():\n    """One."""\n    return x  # yes\n') == 3


def test_emitted_source_is_hardly_longer_than_what_one_writes() -> None:
    for row in lengths(Path(), 1):
        assert row.held, row
        assert row.ratio > 0.5


def test_the_table_says_when_a_target_is_missed() -> None:
    text = table([compared("a", "b", 1.0, 10.0, "CPU", "s", 0.2), compared("a", "b", 3.0, 10.0, "CPU", "s", 0.2)])
    assert "| CPU | a: 1.00 s | b: 10.00 s | 0.1 | at most 0.2 | held |" in text
    assert "| 0.3 | at most 0.2 | **missed** |" in text
    assert "| a: 0 MB | b: 0 MB |  |" in table([compared("a", "b", 0.0, 0.0, "memory", "MB", None)])


def test_the_resnets_have_the_blocks_that_they_are_named_by() -> None:
    few, many = (accepted(resnet(blocks)).nets["ResNet"].shapes for blocks in (10, 1000))
    assert sum(name.count(".") == 1 for name in few) == 10
    assert sum(name.count(".") == 1 for name in many) == 1000


@pytest.mark.parametrize("name", WARM)
def test_a_net_alone_is_the_net_of_its_file(name: str) -> None:
    text, net = alone(name)
    found, wanted = accepted(text).nets[net], driver.compile(spec(name))
    assert (found.params, found.shapes) == (wanted.params, wanted.shapes)
