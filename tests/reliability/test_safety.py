"""The promise behind hostile specs, as far as the package's own text shows it: nothing is unpickled, and one place runs code."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch

from tests.reliability.specs import accepted

PACKAGE = Path(__file__).resolve().parents[2] / "archc"
FILES = sorted(PACKAGE.rglob("*.py"))
DANGEROUS = {
    "pickle",
    "cPickle",
    "marshal",
    "shelve",
    "dill",
    "ctypes",
    "code",
    "runpy",
    "socket",
    "urllib",
    "http",
    "requests",
}
MAY_SERVE = {"archc/cli/serving.py"}
"""The explorer of the author's own spec, on the loopback interface; it sends to no one who has not asked."""
MAY_RUN = {"archc/backends/torch/load.py": {"exec", "compile"}, "archc/api.py": {"compile"}}
"""The emitted source, which archc wrote, becomes a module in the one, and nowhere else; the other calls its own ``compile``."""


def imported(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name.split(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module.split(".")[0]


def runs_code(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Name)
            and node.func.id in ("eval", "exec", "compile")
        ):
            yield node.func.id
        if isinstance(node, ast.keyword) and node.arg == "weights_only" and ast.unparse(node.value) != "True":
            yield "weights_only=False"
        if isinstance(node, ast.keyword) and node.arg == "shell" and ast.unparse(node.value) != "False":
            yield "shell=True"


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.relative_to(PACKAGE.parent).as_posix())
def test_a_file_unpickles_nothing_and_runs_no_text(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    name = path.relative_to(PACKAGE.parent).as_posix()
    assert set(imported(tree)).isdisjoint(DANGEROUS - ({"http", "urllib"} if name in MAY_SERVE else set()))
    assert set(runs_code(tree)) <= MAY_RUN.get(name, set())


def test_the_search_finds_what_it_looks_for() -> None:
    tree = ast.parse("import pickle\neval('1')\ntorch.load(f, weights_only=False)\nrun(a, shell=True)")
    assert "pickle" in set(imported(tree))
    assert set(runs_code(tree)) == {"eval", "weights_only=False", "shell=True"}


WATCHED = """
import sys
import torch, networkx
from archc import driver
from archc.ops import operators
seen = []
def watch(event, arguments):
    kinds = ("open", "exec", "compile", "import", "os.", "subprocess.", "socket.", "ctypes.", "pickle.", "shutil.")
    if event.startswith(kinds):
        seen.append((event, arguments))
list(operators().values())
sys.addaudithook(watch)
report = driver.check(sys.argv[1])
assert [found.code for found in report.diagnostics if found.severity == "error"] == [], report.diagnostics
(net,) = report.nets.values()
net.summary(), net.graph, net.params
import archc.backends.torch.source
for event, arguments in seen:
    text = getattr(arguments[0], "co_filename", arguments[0]) if arguments else ""
    print(event, text, arguments[1] if event == "open" else "")
"""
HOSTILE = """
extern Evil(path="x")(x: [B, C]) -> [B, C] from "evil_module:Evil"
from "blocks.arch" import Pure

net N()(x: [B, 4]) -> [B, 4]:
    \'\'\'__import__("os").system("touch owned")\'\'\'
    return x -> a: Pure -> evil: Evil("__import__(\'os\').system(\'touch owned\')")
"""


def test_compiling_a_strangers_spec_runs_and_reads_nothing_of_his(tmp_path: Path) -> None:
    """Python's audit events while a spec is compiled: no module that it names is imported, only its own files are read."""
    (tmp_path / "spec.arch").write_text(HOSTILE)
    (tmp_path / "blocks.arch").write_text("block Pure()(x: [B, 4]) -> [B, 4]:\n    return x -> fc: linear(4)\n")
    (tmp_path / "evil_module.py").write_text("open('owned', 'w')\n")
    command = [sys.executable, "-B", "-c", WATCHED, "spec.arch"]
    environment = os.environ | {"PYTHONPATH": f"{PACKAGE.parent}{os.pathsep}{tmp_path}"}
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    events = [line.split(" ") for line in done.stdout.splitlines()]
    ours = [sys.prefix, sys.base_prefix, str(PACKAGE), *(str(Path(torch.__file__).parents[1]),)]
    for event, text, mode, *_ in events:
        if event == "open":
            assert mode in ("r", "rb", "None"), (text, mode)
        if event in ("open", "exec") and "/" in text and not text.startswith(tuple(ours)):
            assert Path(text).resolve().parent in (tmp_path.resolve(), PACKAGE.parent / "specs"), (event, text)
        assert not event.startswith(("subprocess", "socket", "ctypes", "pickle", "shutil")), event
        assert "evil" not in text
    assert any("spec.arch" in text for event, text, *_ in events if event == "open")
    assert not (tmp_path / "owned").exists()


COMPILED = """
block Gate(width)(x: [B, C, H, W]) -> [B, C, H, W]:
    y = x -> a: conv(width, 1) -> gelu -> b: conv(C, 1)
    return x * sigmoid(y)

net N()(x: [B, 3, H=8, W=8]) -> [B, 5]:
    x = x -> stem: conv(4, 3, padding=1) -> body: ([Gate(4)] * 3)
    for i in range(2):
        x = x + (x -> more.{i}: conv(4, 1))
    return x.mean(dim=(2, 3)) -> head: linear(5)
"""


def test_torch_compiles_a_module_as_one_graph() -> None:
    net = accepted(COMPILED).nets["N"].module().eval()
    compiled = torch.compile(net, fullgraph=True, backend="eager", dynamic=True)
    for size in (8, 12):
        x = torch.randn(2, 3, size, size)
        assert torch.equal(compiled(x), net(x))
