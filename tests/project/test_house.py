"""The house rules that a machine can check: the imports' direction, what is imported late, small rooms."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
MODULES = sorted((ROOT / "archc").rglob("*.py"))

# A module imports from its own layer and from those before it. What is not listed here is the package's surface, on top of all.
LAYERS = (
    "source",
    "diagnostics",
    "syntax",
    "ir",
    "ops",
    "elaborate",
    "analysis",
    "pygments_lexer",
    "backends",
    "reading",
    "driver",
    "cli",
)
# These import nothing of archc, and may be imported from everywhere.
GROUND = ("version", "resources", "files", "records", "collector")
# Imported inside the function that uses them, so that `archc check` starts fast.
LATE = {
    "torch",
    "torchvision",
    "numpy",
    "safetensors",
    "networkx",
    "graphviz",
    "rich",
    "svglib",
    "reportlab",
    "pypdfium2",
}


def name_of(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


def is_for_types(node: ast.AST) -> bool:
    return isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test)


def imports(node: ast.AST, *, inside_functions: bool) -> Iterator[str]:
    """The modules that a module imports when it runs (not those for the type checker)."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.Import):
            yield from (alias.name for alias in child.names)
        elif isinstance(child, ast.ImportFrom) and child.module:
            yield from (f"{child.module}.{alias.name}" for alias in child.names)
        elif not is_for_types(child) and (
            inside_functions or not isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef)
        ):
            yield from imports(child, inside_functions=inside_functions)


def layer(module: str) -> int:
    """Where a module of archc stands; the surface is above all layers, the ground below."""
    part = module.split(".")[1] if "." in module else ""
    return -1 if part in GROUND else LAYERS.index(part) if part in LAYERS else len(LAYERS)


def wrong_imports(module: str, tree: ast.Module) -> list[str]:
    own = [name for name in imports(tree, inside_functions=True) if name.split(".")[0] == "archc"]
    return [name for name in own if layer(name) > layer(module)]


def early_imports(tree: ast.Module) -> list[str]:
    return [name for name in imports(tree, inside_functions=False) if name.split(".")[0] in LATE]


def long_functions(tree: ast.Module, most: int) -> list[str]:
    functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]
    return [node.name for node in functions if (node.end_lineno or 0) - node.lineno >= most]


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_a_module_keeps_the_house_rules(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    tree = ast.parse(text)
    assert wrong_imports(name_of(path), tree) == []
    assert early_imports(tree) == []
    assert text.count("\n") <= 420
    assert long_functions(tree, 50) == []


def test_the_rules_can_be_broken() -> None:
    tree = ast.parse(
        "import archc.cli.terminal\n"
        "if TYPE_CHECKING:\n    import torch\n"
        "class A:\n    import networkx as nx\n"
        "def f():\n    import rich\n    from archc.driver import build\n" + "    pass\n" * 60
    )
    assert wrong_imports("archc.ir.dims", tree) == ["archc.cli.terminal", "archc.driver.build"]
    assert wrong_imports("archc.cli.build", tree) == []
    assert early_imports(tree) == ["networkx"]
    assert long_functions(tree, 50) == ["f"]
    assert wrong_imports("archc.resources", ast.parse("import archc.source")) == ["archc.source"]
