"""Runs tests on mutants fast: they are collected once, and each mutant is tried in a fork of that process.

There the code of the changed file's functions is replaced, and the tests that execute the changed statement are run: first those
that killed most mutants of the file so far, then the fast ones. What runs at the import is changed before archc is imported.
"""

from __future__ import annotations

import ast
import builtins
import functools
import gc
import multiprocessing
import os
import signal
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import redirect_stdout
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader
from pathlib import Path
from types import CodeType, FunctionType
from typing import Any, NamedTuple, TypeVar

import pytest
from _pytest.runner import runtestprotocol
from hypothesis.internal.conjecture.shrinker import Shrinker

from tests.mutation.changes import Mutant

Shrinker.shrink = lambda self: None  # type: ignore[method-assign]  # that a property fails is enough

T = TypeVar("T")
LATE = "timeout"
SEEN = "_lines_that_ran"
PATIENCE = 10
"""A test may take so many seconds, and so many times as long as it does without a change."""


class Usual(NamedTuple):
    """What a test does when nothing is changed."""

    seconds: float
    lines: frozenset[tuple[str, int]]
    """The statements that it executes: file and line."""


Tests = dict[str, Usual]


def forked(work: Callable[[], T]) -> T | int:
    """What ``work`` gives in a process of its own, or the number of the signal that ended it."""
    fork = multiprocessing.get_context("fork")
    receiver, sender = fork.Pipe(duplex=False)
    process = fork.Process(target=lambda: sender.send(work()))
    process.start()
    sender.close()
    try:
        result: T = receiver.recv()
    except EOFError:
        process.join()
        return -(process.exitcode or 0)
    process.join()
    return result


class _Plugin:
    """Gives what pytest has collected to ``work`` instead of running it."""

    def __init__(self, work: Callable[[list[pytest.Item]], Any]) -> None:
        self.work = work

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        assert not session.testsfailed, "the tests cannot be collected"
        self.result = self.work(session.items)
        return True

    def pytest_internalerror(self, excrepr: object) -> None:
        print(excrepr, file=sys.__stderr__)


def collected(choice: tuple[str, ...], work: Callable[[list[pytest.Item]], T]) -> T:
    """What ``work`` makes of the collected tests; pytest itself stays silent."""
    plugin = _Plugin(work)
    with open(os.devnull, "w", encoding="utf-8") as nowhere, redirect_stdout(nowhere):
        pytest.main(["-q", "-s", "--assert=plain", "-p", "no:cacheprovider", *choice], plugins=[plugin])
    result: T = plugin.result
    return result


def passes(item: pytest.Item) -> bool:
    return all(report.outcome == "passed" for report in runtestprotocol(item, log=False, nextitem=None))


# --- what the tests execute -------------------------------------------------------------------------------------------


def observed(files: list[Path], items: list[pytest.Item]) -> Tests:
    """What each test executes of the files; a test that fails is left out."""
    seen: set[tuple[str, int]] = set()
    setattr(builtins, SEEN, seen)
    for file in files:
        replace(file, compile(_marked(file), str(file), "exec"))
    tests: Tests = {}
    for item in items:
        forget()
        seen.clear()
        start = time.monotonic()
        if passes(item):
            tests[item.nodeid] = Usual(time.monotonic() - start, frozenset(seen))
    return tests


def _marked(file: Path) -> ast.Module:
    """The file with a note of its own line before each statement of a function."""
    tree = ast.parse(file.read_text(encoding="utf-8"))
    functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]
    for node in {inner for function in functions for inner in ast.walk(function)}:
        for field in ("body", "orelse", "finalbody"):
            statements = getattr(node, field, None)
            if isinstance(statements, list):
                marked = [part for statement in statements for part in (_note(file, statement), statement)]
                setattr(node, field, marked)
    return ast.fix_missing_locations(tree)


def _note(file: Path, statement: ast.stmt) -> ast.stmt:
    note = ast.parse(f"{SEEN}.add(({str(file)!r}, {statement.lineno}))").body[0]
    for node in ast.walk(note):
        ast.copy_location(node, statement)
    return note


# --- replacing code ---------------------------------------------------------------------------------------------------


def replace(file: Path, code: CodeType) -> None:
    """Give all functions of the file that there are the code that they have in ``code``."""
    codes = {(part.co_qualname, part.co_firstlineno): part for part in _parts(code)}
    for function in _functions(file):
        function.__code__ = codes[function.__code__.co_qualname, function.__code__.co_firstlineno]
    forget()


@functools.cache
def _functions(file: Path) -> list[FunctionType]:
    functions = [found for found in gc.get_objects() if type(found) is FunctionType]
    return [function for function in functions if function.__code__.co_filename == str(file)]


def _parts(code: CodeType) -> Iterator[CodeType]:
    yield code
    for part in code.co_consts:
        if isinstance(part, CodeType):
            yield from _parts(part)


@functools.cache
def _caches() -> list[Any]:
    """The caches of the checkout's own functions."""
    found = [found for found in gc.get_objects() if type(found) is functools._lru_cache_wrapper]
    files = [getattr(sys.modules.get(cache.__module__), "__file__", None) or "" for cache in found]
    return [cache for cache, file in zip(found, files, strict=True) if file.startswith(str(Path.cwd()))]


def forget() -> None:
    """Empty the caches, which hold what the code gave before it was changed."""
    for cache in _caches():
        cache.cache_clear()


class _Finder:
    """Imports one module with other code."""

    def __init__(self, file: Path, code: CodeType) -> None:
        self.name = ".".join(file.relative_to(Path.cwd()).with_suffix("").parts)
        self.code = code

    def find_spec(self, name: str, path: list[str] | None, target: object = None) -> ModuleSpec | None:
        if name != self.name:
            return None
        spec = PathFinder.find_spec(name, path)
        assert spec and isinstance(spec.loader, SourceFileLoader)
        spec.loader.get_code = lambda fullname: self.code  # type: ignore[method-assign]
        return spec


# --- trying -----------------------------------------------------------------------------------------------------------


def tried(file: Path, mutants: list[Mutant], tests: Tests, items: list[pytest.Item]) -> Iterator[tuple[str, str]]:
    """Of each mutant of a function, what killed it: a test, or the way in which the process ended, or nothing."""
    _functions(file), _caches()  # found once, before the process is copied
    gc.freeze()
    kills: Counter[str] = Counter()
    sound = [item for item in items if item.nodeid in tests]
    for mutant in mutants:
        concerned = [item for item in sound if (str(file), mutant.line) in tests[item.nodeid].lines]
        concerned.sort(key=lambda item: (-kills[item.nodeid], tests[item.nodeid].seconds))

        def work(mutant: Mutant = mutant, concerned: list[pytest.Item] = concerned) -> str:
            replace(file, mutant.code)
            return first_failing(concerned, tests)

        killer = _named(forked(work))
        kills[killer] += 1
        yield mutant.what, killer


def tried_at_import(mutant: Mutant, file: Path, choice: tuple[str, ...], tests: Tests) -> tuple[str, str]:
    """The same of a mutant of what runs when the file is imported, which must not have happened yet. All tests are run, first those
    that execute something of the file."""
    own = {name for name, usual in tests.items() if any(line[0] == str(file) for line in usual.lines)}

    def concerned(items: list[pytest.Item]) -> str:
        known = [item for item in items if item.nodeid in tests]
        known.sort(key=lambda item: (item.nodeid not in own, tests[item.nodeid].seconds))
        return first_failing(known, tests)

    def work() -> str:
        sys.meta_path.insert(0, _Finder(file, mutant.code))  # type: ignore[arg-type]
        return collected(choice, concerned)

    return mutant.what, _named(forked(work))


def first_failing(items: list[pytest.Item], tests: Tests) -> str:
    """The name of the first test that fails, or nothing. Where one takes too long, SIGALRM ends the process."""
    for item in items:
        signal.alarm(int(PATIENCE + PATIENCE * tests[item.nodeid].seconds))
        if not passes(item):
            return item.nodeid
    signal.alarm(0)
    return ""


def _named(result: str | int) -> str:
    if not isinstance(result, int):
        return result
    return LATE if result == signal.SIGALRM else f"ended by {result}"
