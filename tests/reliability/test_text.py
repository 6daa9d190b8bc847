"""What the spec's author wrote never becomes code: emitted source consists of what archc writes, names that were checked, and literals."""

from __future__ import annotations

import ast
import io
import tokenize

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.reliability.specs import accepted, errors, net, outcome

HOSTILE = (
    '""" + __import__(\'os\').system(\'id\') + """',
    "''' + evil() + '''",
    "ends with a backslash\\",
    'ends with a quote"',
    "a\\\nimport os",
    "# -*- coding: utf-7 -*-",
    "coding: rot13",
    "{evil()} %(evil)s \\N{DASH} \\x41",
    "a\x0cb\x0bc\x1c\x85\u2028\u2029",
)
ROOTS = {"nn", "F", "torch", "self", "super", "range", "math", "x", "A", "getattr", "setattr"}
"""What the source of these specs may call: PyTorch, Python's own, the input, and the block ``A``."""


def check_source(source: str) -> ast.Module:
    """The source read as a file of its bytes; everything that it calls is archc's own choice."""
    encoded = source.encode()
    assert tokenize.detect_encoding(io.BytesIO(encoded).readline)[0] == "utf-8"
    assert "\r" not in source
    assert "\0" not in source
    tree = ast.parse(encoded)
    assert all(isinstance(node, ast.Import | ast.ImportFrom | ast.ClassDef | ast.Expr) for node in tree.body)
    for node in ast.walk(tree):
        assert not isinstance(node, ast.JoinedStr | ast.Lambda | ast.Global | ast.Delete | ast.AsyncFunctionDef)
        if isinstance(node, ast.Import | ast.ImportFrom):
            names = {node.module} if isinstance(node, ast.ImportFrom) else {alias.name for alias in node.names}
            assert names <= {
                "torch",
                "torch.nn",
                "torch.nn.functional",
                "math",
                "__future__",
                "collections.abc",
                "typing",
            }
        if isinstance(node, ast.Call):
            root = node.func
            while isinstance(root, ast.Attribute | ast.Call | ast.Subscript):
                root = root.func if isinstance(root, ast.Call) else root.value
            assert isinstance(root, ast.Name | ast.Constant | ast.BinOp | ast.UnaryOp)
            assert not isinstance(root, ast.Name) or root.id in ROOTS, ast.unparse(node)
    return tree


def quoted(text: str) -> str:
    """The text as a string of a spec."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'


def readable(text: str) -> bool:
    """Whether a spec may hold the text at all."""
    return not errors(outcome(f"s = {quoted(text)}\n" + net("return x")))


@pytest.mark.parametrize("text", HOSTILE)
def test_docstrings_comments_and_messages(text: str) -> None:
    doc = '    """' + text.replace("\\", "\\\\").replace('"""', "'''").rstrip('"') + '."""\n'
    comment = "".join(f"# {line}\n" for line in text.split("\n"))
    block = f"{comment}block A(n)(x: [B, 8, H, W]) -> [...]:\n{doc}    return x -> a: conv(n, 1)\n"
    spec = net("return x -> a: A(4)", block)
    spec = spec.replace("-> [...]:\n    return x -> a: A", f"-> [...]:\n{doc}    return x -> a: A")
    if readable(text):
        tree = check_source(accepted(spec).nets["N"].source)
        assert len([node for node in tree.body if isinstance(node, ast.ClassDef)]) == 2
    else:
        assert {found.code for found in errors(outcome(spec))} <= {"E0107", "E0106", "E0111", "E0101", "E0112"}


# Every place where a string may stand in a spec and might reach the emitted source.
PLACES = (
    "return x -> a: conv(8, 1, padding_mode={})",
    "return x -> a: conv(8, 1, padding={})",
    "return x -> a: A({})",
    "return x -> a{{{}}}: conv(8, 1)",
    "return x -> {}: conv(8, 1)",
    "return rearrange(x, {})",
    "return einsum({}, x, x)",
    "return upsample(x, scale_factor=2, mode={})",
    "return x.reshape({}, -1)",
    "return x + {}",
    "return x.to({})",
    "assert H == 16, {}\nreturn x",
    "init {} ~ zeros\nreturn x -> a: conv(8, 1)",
    "init conv.weight ~ kaiming_normal(mode={})\nreturn x -> a: conv(8, 1)",
    "return gelu(x, approximate={})",
    "y = {}\nreturn x -> a: conv(len(y) + 1, 1)",
)
BLOCK = "block A(n)(x: [B, 8, H, W]) -> [...]:\n    return x -> a: conv(8, 1)\n"


@pytest.mark.parametrize("place", PLACES)
@settings(max_examples=12, deadline=None)
@given(st.text(max_size=12))
@example(HOSTILE[0])
@example(HOSTILE[1])
@example(HOSTILE[2])
@example("a.b'")
@example("1); evil(")
def test_strings_of_a_spec(place: str, text: str) -> None:
    report = outcome(net(place.format(quoted(text)), BLOCK))
    for made in report.nets.values():
        check_source(made.source)
