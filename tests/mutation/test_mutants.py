"""The script of mutation testing changes what it says, and notices what the tests notice."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from docs.soundness import mutants_table
from tests.mutation.changes import mutants
from tests.mutation.run import ROOT, explained, targets

SOURCE = "LIMIT = 2\n\n\ndef f(a, b):\n    if a < LIMIT and b:\n        return a + 1\n    return a // b\n"
TEST = """from small import f


def test_it():
    assert f(1, 1) == 2
    assert f(4, 2) == 2
"""
TRY = """
from pathlib import Path
from tests.mutation.changes import mutants
from tests.mutation.run import outcomes
from tests.mutation.trial import collected, forked, observed

file = Path("small.py").resolve()
tests = forked(lambda: collected(("test_small.py",), lambda items: observed([file], items)))
for what, killer in outcomes(("test_small.py",), file, list(mutants(file)), tests):
    print("found:", what, "by", killer)
"""


def test_each_mutant_changes_one_thing(tmp_path: Path) -> None:
    file = tmp_path / "small.py"
    file.write_text(SOURCE)
    found = {mutant.what: mutant for mutant in mutants(file)}
    assert list(found) == [
        ": LIMIT = 2 -> LIMIT = 3",
        "f: if a < LIMIT and b: -> if not (a < LIMIT and b):",
        "f: if a < LIMIT and b: -> if a < LIMIT or b:",
        "f: if a < LIMIT and b: -> if a <= LIMIT and b:",
        "f: return a + 1 -> return a - 1",
        "f: return a + 1 -> return a + 2",
        "f: return a // b -> return a * b",
    ]
    changed: dict[str, object] = {}
    exec(found["f: return a // b -> return a * b"].code, changed)
    assert changed["f"](4, 2) == 8  # type: ignore[operator]


def test_what_the_tests_notice_is_killed(tmp_path: Path) -> None:
    """At the import and in functions; what they do not look at survives."""
    (tmp_path / "small.py").write_text(SOURCE)
    (tmp_path / "test_small.py").write_text(TEST)
    program = f"import sys\nsys.path[:0] = [{str(ROOT)!r}, {str(tmp_path)!r}]\n{TRY}"
    done = subprocess.run([sys.executable, "-c", program], cwd=tmp_path, capture_output=True, text=True, check=True)
    found = dict(line.removeprefix("found: ").split(" by ") for line in done.stdout.splitlines() if "found:" in line)
    killer = "test_small.py::test_it"
    assert found == {
        "f: if a < LIMIT and b: -> if not (a < LIMIT and b):": killer,
        "f: if a < LIMIT and b: -> if a < LIMIT or b:": killer,
        "f: if a < LIMIT and b: -> if a <= LIMIT and b:": "",
        "f: return a + 1 -> return a - 1": killer,
        "f: return a + 1 -> return a + 2": killer,
        "f: return a // b -> return a * b": killer,
        ": LIMIT = 2 -> LIMIT = 3": "",
    }


def test_what_is_explained_is_there() -> None:
    """An explanation goes when the code that it is about has gone."""
    files = {file.relative_to(ROOT).as_posix(): file for _, files in targets() for file in files}
    assert len(files) > 20
    for name, reasons in explained().items():
        assert not set(reasons) - {mutant.what for mutant in mutants(files[name])}, name


def test_the_documentation_counts() -> None:
    kept = {
        "archc/a.py": {"tried": 9, "late": 1, "alive": ["f: 1 -> 2", "f: 2 -> 3"]},
        "archc/b.py": {"tried": 3, "late": 0, "alive": []},
    }
    rows = mutants_table(kept, {"archc/a.py": {"f: 2 -> 3": "as good"}})
    assert rows == [
        "| `archc/a.py` | 9 | 7 | 1 | 1 | 1 |",
        "| `archc/b.py` | 3 | 3 | 0 | 0 | 0 |",
        "| all | 12 | 10 | 1 | 1 | 1 |",
    ]
