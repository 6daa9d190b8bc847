"""Dtype promotion against torch's own table, and the wording of what the tensor algebra refuses."""

from __future__ import annotations

from itertools import product
from typing import Any

import pytest
import torch

from archc.ir.operator import OPERATORS
from archc.ir.site import Refusal
from archc.ir.types import DType, TensorType
from archc.ops import operators
from archc.ops._broadcast import promote
from tests.contract.harness import DTYPES, infer, read_call, read_type

NAMES: tuple[DType, ...] = ("float", "float32", "float32+", "float16", "bfloat16", "float64", "int64", "bool")
TENSORS = [TensorType(shape, dtype) for shape in ((), (2,)) for dtype in NAMES]


@pytest.mark.parametrize("model", [torch.float32, torch.float64, torch.float16, torch.bfloat16], ids=str)
@pytest.mark.parametrize("first", TENSORS, ids=str)
def test_promotion_is_torchs(first: TensorType, model: torch.dtype) -> None:
    """For all pairs of dtypes, of tensors with and without dims, and for numbers, in a model of each dtype. Refused is only what
    depends on the model's."""
    real = DTYPES | {"float": model, "float32+": torch.promote_types(model, torch.float32)}
    for second in (*TENSORS, 2, 0.5):
        values: list[Any] = [
            torch.ones(x.rank * (2,), dtype=real[x.dtype]) if isinstance(x, TensorType) else x for x in (first, second)
        ]
        expected = torch.result_type(*values)
        try:
            found = promote("add", (first, second))
        except Refusal as refusal:
            pair = {first.dtype, getattr(second, "dtype", None)}
            assert refusal.code == "E0306"
            assert "float" in pair and pair & {"float16", "bfloat16"}
        else:
            assert real[found] == expected, f"{first} and {second}"


def test_every_sign_has_one_operator() -> None:
    signs = [sign for cls in operators().values() if (sign := getattr(cls, "infix", ""))]
    assert sorted(signs) == sorted(["+", "-", "*", "/", "//", "%", "**", "==", "!=", "<", "<=", ">", ">="])


MESSAGES = [
    (
        "add",
        ["[B, 64, H, W]", "[B, 128, H, W]"],
        "E0302",
        "add of [B, 64, H, W] and [B, 128, H, W]: sizes at dim 1 differ, 64 and 128",
    ),
    ("add", ["[B, T]", "[B, T + 1]"], "E0305", "add of [B, T] and [B, T + 1]: sizes at dim 1 differ, T and T + 1"),
    ("add", ["[B, 3]", "[4]"], "E0302", "add of [B, 3] and [4]: sizes at dim -1 differ, 3 and 4"),
    ("add", ["bool[B]", "bool[B]"], "E0306", "add of bool[B] and bool[B]: booleans are not added"),
    ("div", ["[B]", "0"], "E0401", "div by the number 0"),
    ("where", ["bool[B]", str(2**63), "0"], "E0401", "an integer of 64 bits does not fit the 64 that torch has"),
    ("pow", ["int[B]", "-1"], "E0401", "pow of int[B] by -1: integers take no negative exponent"),
    ("relu", ["int[B]"], "E0306", "relu needs a float tensor, got int[B]"),
    ("softmax(dim=2)", ["[B, T]"], "E0307", "dim 2 is out of range for 2 dims"),
    ("glu(dim=1)", ["[B, 7]"], "E0304", "glu halves dim 1, but its size 7 is odd"),
    ("flatten(2, 1)", ["[B, C, H]"], "E0402", "start_dim 2 comes after end_dim 1 in [B, C, H]"),
    ("reshape(B, 5)", ["[B, 6]"], "E0308", "[B, 6] has 6 * B elements, but (B, 5) has 5 * B"),
    (
        "reshape(4, -1)",
        ["[2, 5]"],
        "E0308",
        "[2, 5] has 10 elements, which do not fill (4, -1): 10 is no multiple of 4",
    ),
    ("reshape(-1, -1)", ["[2, 5]"], "E0401", "only one size may be -1"),
    ("permute(0, 1)", ["[B, C, H]"], "E0403", "permute names 2 dims, but [B, C, H] has 3"),
    ("permute(0, 1, 1)", ["[B, C, H]"], "E0401", "dim 1 is named twice"),
    ("squeeze(1)", ["[B, 3]"], "E0302", "squeeze drops dims of size 1, but dim 1 of [B, 3] is 3"),
    ("expand(B, 4)", ["[B, 3]"], "E0302", "expand of [B, 3]: size 1 is 3, which does not stretch to 4"),
    ("concat(dim=1)", ["[B, 3]", "[B, 3, 1]"], "E0301", "concat needs tensors of equal rank, got [B, 3] and [B, 3, 1]"),
    ("concat(dim=1)", ["[2, 3]", "[4, 3]"], "E0302", "concat of [2, 3] and [4, 3]: sizes at dim 0 differ, 2 and 4"),
    ("split((3, 4), dim=1)", ["[B, 8]"], "E0302", "split sizes (3, 4) add up to 7, but dim 1 of [B, 8] is 8"),
    (
        "split(2, dim=1)",
        ["[B, T]"],
        "E0401",
        "the number of parts must be fixed, but split cuts dim 1 of [B, T], whose size T is not",
    ),
    (
        "chunk(3, dim=1)",
        ["[B, 8]"],
        "E0304",
        "chunk cuts dim 1 of [B, 8] into 3 equal parts, but 8 is no multiple of 3",
    ),
    ("matmul", ["[B, 3, 4]", "[B, 5, 6]"], "E0302", "matmul of [B, 3, 4] and [B, 5, 6]: inner sizes differ, 4 and 5"),
    ("index((5,))", ["[4, T]"], "E0307", "position 5 is out of range: dim 0 of [4, T] has size 4"),
    ('index((("slice", 3, 3, None),))', ["[4]"], "E0303", "the slice 3:3 takes nothing of dim 0 of [4]"),
    ("mean(dim=())", ["[B, T]"], "E0401", "dim names no dim; leave it out for all of them"),
    ("masked_fill(0.0)", ["[B, T]", "[B, T]"], "E0306", "masked_fill needs a mask of booleans, got [B, T]"),
    ('einsum("ij,jk->ik")', ["[2, 3]", "[4, 5]"], "E0302", 'einsum "ij,jk->ik": dim j of [4, 5] is 4, but was 3'),
]


@pytest.mark.parametrize(("call", "inputs", "code", "message"), MESSAGES, ids=lambda value: str(value)[:40])
def test_wording(call: str, inputs: list[str], code: str, message: str) -> None:
    values: list[Any] = [read_type(text) for text in inputs]
    with pytest.raises(Refusal) as caught:
        infer(read_call(call), values)
    assert (caught.value.code, caught.value.message) == (code, message)


def test_undecided_sizes_are_noted() -> None:
    """What holds for some sizes only is a constraint with both sides; it is neither an error nor forgotten."""
    output, constraints = infer(OPERATORS["add"](), [read_type("[B, T]"), read_type("[B, S]")])
    assert str(output) == "[B, T]"
    assert list(map(str, constraints)) == ["T == S"]


def test_a_symbol_does_not_broadcast_but_a_literal_1_does() -> None:
    one = infer(OPERATORS["mul"](), [read_type("[B, T, 1]"), read_type("[1, S]")])
    assert (str(one[0]), one[1]) == ("[B, T, S]", [])
    _, demanded = infer(OPERATORS["mul"](), [read_type("[B, T]"), read_type("[B, 8]")])
    assert list(map(str, demanded)) == ["T == 8"]


def test_numbers_are_weak() -> None:
    for dtype, number in product(("float", "float16", "bfloat16", "float64"), (2, 0.5)):
        assert str(infer(OPERATORS["mul"](), [TensorType((3,), dtype), number])[0]) == str(TensorType((3,), dtype))  # type: ignore[arg-type]
