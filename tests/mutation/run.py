"""Mutation testing of sizes and shape rules: ``python -m tests.mutation.run --count 40``.

One thing in one file is changed (a sign, a comparison, a number, a condition), in a copy of the checkout, and the tests of that file
are run there. A mutant that they do not notice survives: it is printed, to be killed by a new test or to be explained.
"""

from __future__ import annotations

import argparse
import ast
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from copy import deepcopy
from pathlib import Path
from random import Random

ROOT = Path(__file__).resolve().parents[2]
TARGETS = {
    "archc/ir/dims": ("tests/ir",),
    "archc/ir/decide.py": ("tests/ir",),
    "archc/ops/_windows.py": ("tests/contract/test_layers.py",),
    "archc/ops/conv.py": ("tests/contract/test_layers.py",),
    "archc/ops/pool.py": ("tests/contract/test_layers.py",),
    "archc/ops/norm.py": ("tests/contract/test_layers.py",),
    "archc/ops/pad.py": ("tests/contract/test_layers.py",),
    "archc/ops/recurrent.py": ("tests/contract/test_sequences.py",),
    "archc/ops/multihead.py": ("tests/contract/test_sequences.py",),
    "archc/ops/reshape.py": ("tests/contract/test_registry.py",),
    "archc/ops/_broadcast.py": ("tests/contract/test_registry.py",),
}
"""What is changed, and the tests that have to notice."""
SIGNS: dict[type[ast.AST], type[ast.AST]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Add,
    ast.FloorDiv: ast.Mult,
    ast.Mod: ast.FloorDiv,
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.And: ast.Or,
    ast.Or: ast.And,
}


def mutants(text: str) -> Iterator[tuple[int, str, str]]:
    """The line, what was done there, and the changed text, for each thing that can be changed."""
    tree = ast.parse(text)
    for number, node in enumerate(ast.walk(tree)):
        if (change := changed(node)) is not None:
            other = deepcopy(tree)
            target = list(ast.walk(other))[number]
            vars(target).update(change)
            yield getattr(node, "lineno", 0), f"{ast.unparse(node)} -> {ast.unparse(target)}", ast.unparse(other)


def changed(node: ast.AST) -> dict[str, object] | None:
    """The fields of a node to be changed, and to what."""
    if isinstance(node, ast.BinOp | ast.BoolOp) and type(node.op) in SIGNS:
        return {"op": SIGNS[type(node.op)]()}
    if isinstance(node, ast.Compare) and type(node.ops[0]) in SIGNS:
        return {"ops": [SIGNS[type(node.ops[0])](), *node.ops[1:]]}
    if isinstance(node, ast.Constant) and type(node.value) is int:
        return {"value": node.value + 1}
    if isinstance(node, ast.If | ast.IfExp):
        return {"test": ast.UnaryOp(ast.Not(), node.test)}
    return None


def killed(folder: Path, tests: tuple[str, ...]) -> bool:
    """Whether the tests fail in this copy."""
    command = [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", *tests]
    environment = os.environ | {"PYTHONPATH": str(folder), "PYTHONDONTWRITEBYTECODE": "1", "OMP_NUM_THREADS": "1"}
    try:
        return bool(subprocess.run(command, cwd=folder, env=environment, capture_output=True, timeout=900).returncode)
    except subprocess.TimeoutExpired:
        return True


def files() -> Iterator[tuple[Path, tuple[str, ...]]]:
    """The files that are changed, each with its tests."""
    for name, tests in TARGETS.items():
        path = ROOT / name
        for file in sorted(path.rglob("*.py")) if path.is_dir() else [path]:
            yield file.relative_to(ROOT), tests


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--count", type=int, default=40, help="how many mutants are tried, of all that there are")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", default="", help="files whose path holds this")
    given = parser.parse_args()
    everything = [
        (file, tests, mutant)
        for file, tests in files()
        if given.only in str(file)
        for mutant in mutants((ROOT / file).read_text(encoding="utf-8"))
    ]
    chosen = Random(given.seed).sample(everything, min(given.count, len(everything)))
    survivors = 0
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "copy"
        shutil.copytree(ROOT, folder, ignore=shutil.ignore_patterns(".git", "*cache*", "__pycache__", ".hypothesis"))
        for file, tests, (line, what, text) in chosen:
            (folder / file).write_text(text, encoding="utf-8")
            if not killed(folder, tests):
                survivors += 1
                print(f"survives: {file}:{line}: {what}", flush=True)
            shutil.copy(ROOT / file, folder / file)
    print(f"{len(chosen)} of {len(everything)} mutants tried, {len(chosen) - survivors} killed, {survivors} survive")


if __name__ == "__main__":
    main()
