"""The script of mutation testing changes what it says, and notices what the tests notice."""

from __future__ import annotations

from pathlib import Path

from tests.mutation.run import files, killed, mutants


def test_each_mutant_changes_one_thing() -> None:
    found = [(what, text) for _, what, text in mutants("x = a + 1 if b < 2 and c else -d\n")]
    assert ("a + 1 -> a - 1", "x = a - 1 if b < 2 and c else -d") in found
    assert ("b < 2 -> b <= 2", "x = a + 1 if b <= 2 and c else -d") in found
    assert ("1 -> 2", "x = a + 2 if b < 2 and c else -d") in found
    assert any(text == "x = a + 1 if not (b < 2 and c) else -d" for _, text in found)
    assert len({text for _, text in found}) == len(found) == 6


def test_a_failing_test_kills(tmp_path: Path) -> None:
    (tmp_path / "test_it.py").write_text("def test_it():\n    assert 1 + 1 == 2\n")
    assert not killed(tmp_path, ("test_it.py",))
    (tmp_path / "test_it.py").write_text("def test_it():\n    assert 1 - 1 == 2\n")
    assert killed(tmp_path, ("test_it.py",))


def test_all_targets_exist() -> None:
    assert len([*files()]) > 15
