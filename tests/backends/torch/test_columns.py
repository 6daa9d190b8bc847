"""Arguments of classes: constants that differ become hyperparameters, expressions of them, sizes of the input, or their own."""

from __future__ import annotations

import ast
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archc.backends.torch import cross_check
from archc.backends.torch.columns import Column, _expression
from tests.backends.torch.compiling import compiled, source


def classes(text: str) -> dict[str, ast.ClassDef]:
    assert cross_check(compiled(text)) == []
    return {node.name: node for node in ast.parse(source(text)).body if isinstance(node, ast.ClassDef)}


def signature(text: str, name: str) -> str:
    """The arguments of a class's constructor, without ``self``."""
    for node in classes(text)[name].body:
        if isinstance(node, ast.FunctionDef) and node.name == "__init__":
            return ast.unparse(node.args).removeprefix("self").removeprefix(", ")
    raise AssertionError(name)


def net(block: str, *calls: str, shape: str = "[B, 16, H=8, W=8]") -> str:
    return (
        f"{block}\n\nnet Net()(x: {shape}):\n    return x"
        + "".join(f" -> l{i}: {c}" for i, c in enumerate(calls))
        + "\n"
    )


WIDE = """
block Wide(width, stride=1, act=True)(x: [B, C, H, W]) -> [B, 2 * width, _, _]:
    x = x -> a: conv(width, 3, stride=stride, padding=1) -> b: conv(2 * width, 1, bias=False)
    return relu(x) if act else x
"""


@pytest.mark.parametrize(
    ("calls", "expected"),
    [
        (("Wide(8)",), ""),
        (("Wide(8)", "Wide(8)"), ""),
        (("Wide(32)", "Wide(64)"), "in_channels: int, width: int"),
        (("Wide(32)", "Wide(64)", "Wide(64)", "Wide(64, stride=2)"), "in_channels: int, width: int, stride: int=1"),
        (("Wide(8)", "Wide(8, stride=2)", "Wide(8, stride=4)"), "stride: int"),
    ],
)
def test_arguments_are_what_differs(calls: tuple[str, ...], expected: str) -> None:
    text = net(WIDE, *calls, shape="[B, 16, H=32, W=32]")
    assert signature(text, "Wide") == expected


def test_expressions_of_hyperparameters() -> None:
    text = source(net(WIDE, "Wide(32)", "Wide(64)", "Wide(128)"))
    assert "nn.Conv2d(width, 2 * width, 1, bias=False)" in text
    assert "# [B, 2 * width, H, W]" in text
    assert "Wide(16, 32)" in text


def test_other_code_is_another_class() -> None:
    found = classes(net(WIDE, "Wide(8)", "Wide(8, act=False)"))
    assert list(found) == ["Wide", "Wide2", "Net"]


def test_the_label_that_only_one_has_names_it() -> None:
    block = """
block Res(width)(x: [B, C, H, W]):
    y = x -> conv: conv(width, 1)
    if C != width:
        x = x -> shortcut: conv(width, 1)
    return x + y
"""
    assert list(classes(net(block, "Res(8)", "Res(8)", "Res(4)"))) == ["ResShortcut", "Res", "Net"]


def test_a_constant_that_nothing_explains_is_an_argument_of_its_own() -> None:
    block = """
block Odd(mode)(x: [B, C, H, W]):
    return x -> fc: conv(17 if mode == "a" else 23, 1) -> norm: batch_norm(eps=0.5 if mode == "a" else 0.25)
"""
    text = net(block, 'Odd("a")', 'Odd("b")')
    assert "fc_out_channels" in signature(text, "Odd")
    assert "norm_eps: float" in signature(text, "Odd")


def test_numbers_in_forward_become_attributes() -> None:
    block = """
block Scale(p, factor)(x: [B, T, D]):
    return dropout(x * factor, p) -> fc: linear(D)
"""
    text = net(block, "Scale(0.5, 2)", "Scale(0.25, 3)", shape="[B, T=5, 8]")
    assert signature(text, "Scale") == "p: float, factor: int"
    assert "self.factor = factor" in source(text)
    assert "F.dropout(x * self.factor, self.p, training=self.training)" in source(text)


def test_names_that_would_hide_something_are_changed() -> None:
    block = """
block Bad(nn, len, training_, forward, i)(x: [B, T, D]):
    return (x * nn + len) * forward + i -> fc: linear(D)
"""
    block = block.replace("(x * nn + len) * forward + i ->", "((x * nn + len) * forward + i) ->")
    text = net(block, "Bad(2, 3, 1, 5, 6)", "Bad(3, 4, 1, 6, 7)", shape="[B, T=5, 8]")
    names = {argument.split(":")[0] for argument in signature(text, "Bad").split(", ")}
    assert names.isdisjoint({"nn", "len", "forward", "i"})
    assert len(names) == 4


NUMBERS = st.lists(st.integers(1, 64), min_size=3, max_size=3).map(tuple)


@given(NUMBERS, st.lists(NUMBERS, min_size=1, max_size=4), st.booleans())
def test_an_expression_gives_the_column(column: Column, values: list[Column], sizes: bool) -> None:
    known = [(f"n{i}", v) for i, v in enumerate(values)]
    found = _expression(column, known, sizes=sizes)
    if found is not None:
        for row, wanted in enumerate(column):
            assert eval(found.text(), {name: v[row] for name, v in known}) == wanted  # noqa: S307  (our own text)


@pytest.mark.parametrize(("factor", "first"), list(product((2, 3, 4), (8, 16))))
def test_multiples_are_found(factor: int, first: int) -> None:
    column = (first, 3 * first, 5 * first)
    found = _expression(tuple(factor * n for n in column), [("n", column)], sizes=True)
    assert found is not None
    assert found.text() == f"{factor} * n"
