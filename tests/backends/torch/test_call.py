"""Torch calls as text: what is rendered means what the call means."""

from __future__ import annotations

import ast
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archc.backends.torch.call import infix, literal, quoted, render
from archc.ir.dims import Dim, symbol
from archc.ir.operator import Input, TorchCall, TorchValue, Word

H = symbol("H")
X, Y = Input(0), Input(1)
HALF = H // 2
assert isinstance(HALF, Dim)


@pytest.mark.parametrize(
    ("call", "operands", "text"),
    [
        (TorchCall("F.relu", (X,)), {0: "x"}, "F.relu(x)"),
        (TorchCall("nn.Conv2d", (3, 64, (3, 5)), (("bias", False),)), {}, "nn.Conv2d(3, 64, (3, 5), bias=False)"),
        (TorchCall("nn.Conv2d", (3,), (("padding_mode", "zeros"),)), {}, 'nn.Conv2d(3, padding_mode="zeros")'),
        (TorchCall("torch.cat", ((X, Y),), (("dim", 1),)), {0: "x", 1: "y + z"}, "torch.cat((x, y + z), dim=1)"),
        (TorchCall("torch.cat", ((X,),)), {0: "x"}, "torch.cat((x,))"),
        (TorchCall(".flatten", (X, 1)), {0: "x"}, "x.flatten(1)"),
        (TorchCall(".flatten", (X, 1)), {0: "x + y"}, "(x + y).flatten(1)"),
        (TorchCall(".flatten", (X, 1)), {0: "-x"}, "(-x).flatten(1)"),
        (TorchCall(".flatten", (X, 1)), {0: "f(x)[0]"}, "f(x)[0].flatten(1)"),
        (TorchCall(".add", (1, X)), {0: "x"}, "(1).add(x)"),
        (TorchCall(".reshape", (X, H, HALF, 2)), {0: "x"}, "x.reshape(H, H // 2, 2)"),
        (TorchCall("*", (X, HALF)), {0: "x"}, "x * (H // 2)"),
        (TorchCall("*", (HALF, X)), {0: "x"}, "H // 2 * x"),
        (TorchCall("*", (X, Y)), {0: "a + b", 1: "c + d"}, "(a + b) * (c + d)"),
        (TorchCall("-", (X, Y)), {0: "a - b", 1: "c - d"}, "a - b - (c - d)"),
        (TorchCall("**", (X, Y)), {0: "a ** b", 1: "c ** d"}, "(a ** b) ** c ** d"),
        (TorchCall("**", (X, Y)), {0: "-a", 1: "-b"}, "(-a) ** -b"),
        (TorchCall("@", (X, Y)), {0: "a @ b", 1: "a @ b"}, "a @ b @ (a @ b)"),
        (TorchCall("<", (X, Y)), {0: "a < b", 1: "c"}, "(a < b) < c"),
        (TorchCall("neg", (X,)), {0: "a + b"}, "-(a + b)"),
        (TorchCall("neg", (X,)), {0: "a.b(c)"}, "-a.b(c)"),
        (TorchCall("+", (X, -1)), {0: "x"}, "x + -1"),
        (TorchCall("[]", (X, Word(":"), 0)), {0: "x"}, "x[:, 0]"),
        (TorchCall("[]", (X, Word("1:"))), {0: "a if b else c"}, "(a if b else c)[1:]"),
        (TorchCall("F.dropout", (X, 0.5, Word("self.training"))), {0: "x"}, "F.dropout(x, 0.5, self.training)"),
        (
            TorchCall("f", (Input("mask"), math.inf, -math.inf, None)),
            {"mask": "m"},
            'f(m, float("inf"), float("-inf"), None)',
        ),
    ],
)
def test_text(call: TorchCall, operands: dict[int | str, str], text: str) -> None:
    assert render(call, operands) == text


def test_symbols_are_written_by_the_caller() -> None:
    call = TorchCall(".reshape", (X, HALF))
    assert render(call, {0: "x"}, lambda name: f"image.shape[{len(name)}]") == "x.reshape(image.shape[1] // 2)"


@given(st.text())
def test_no_string_breaks_out(text: str) -> None:
    written = quoted(text)
    assert ast.literal_eval(written) == text
    assert written.isascii()
    assert written.isprintable()
    assert written.startswith('"')


CONSTANTS = st.recursive(
    st.integers() | st.booleans() | st.none() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3).map(tuple),
)


@given(CONSTANTS)
def test_literals_read_back(value: TorchValue) -> None:
    assert repr(ast.literal_eval(literal(value))) == repr(value)


def test_not_a_number() -> None:
    assert literal(math.nan) == 'float("nan")'


EXPRESSIONS = st.recursive(
    st.sampled_from(["a", "b", "2", "-3", "f(a)", "b[0]"]),
    lambda inner: st.tuples(st.sampled_from(["+", "-", "*", "/", "//", "%", "@", "**", "<", "==", "&"]), inner, inner),
    max_leaves=8,
)


def _write(tree: str | tuple[str, object, object]) -> str:
    return tree if isinstance(tree, str) else infix(tree[0], _write(tree[1]), _write(tree[2]))  # type: ignore[arg-type]


def _bracketed(tree: str | tuple[str, object, object]) -> str:
    if isinstance(tree, str):
        return f"({tree})"
    return f"({_bracketed(tree[1])} {tree[0]} {_bracketed(tree[2])})"  # type: ignore[arg-type]


@given(EXPRESSIONS)
def test_infix_means_what_full_brackets_mean(tree: str | tuple[str, object, object]) -> None:
    assert ast.dump(ast.parse(_write(tree))) == ast.dump(ast.parse(_bracketed(tree)))
