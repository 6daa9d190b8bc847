"""``rearrange`` moves every number where its pattern says, checked number by number."""

from __future__ import annotations

from itertools import product
from math import prod
from typing import Any

import pytest
import torch

from archc.ir.site import Refusal, Site
from archc.ir.types import TensorType
from archc.ops.rearrange import Rearrange
from tests.contract.harness import SPAN, infer, read_type, run

CASES: list[tuple[list[list[str]], list[list[str]], dict[str, int]]] = [
    ([["b"], ["h", "w"], ["c"]], [["b"], ["c"], ["h"], ["w"]], {"b": 2, "h": 3, "w": 4, "c": 5}),
    ([["b"], ["t"], ["n", "d"]], [["b"], ["n"], ["t"], ["d"]], {"b": 2, "t": 3, "n": 4, "d": 2}),
    (
        [["b"], ["c"], ["h", "p"], ["w", "q"]],
        [["b"], ["h", "w"], ["p", "q", "c"]],
        {"b": 2, "c": 3, "h": 2, "p": 2, "w": 3, "q": 2},
    ),
    ([["a"], ["b"]], [["b", "a"], []], {"a": 3, "b": 4}),
    ([["a", "b"]], [["b"], ["a"]], {"a": 3, "b": 4}),
    ([["a"], ["b"]], [["a"], ["b"]], {"a": 3, "b": 4}),
]


def written(side: list[list[str]]) -> str:
    return " ".join(group[0] if len(group) == 1 else f"({' '.join(group)})" for group in side)


def place(side: list[list[str]], at: dict[str, int], sizes: dict[str, int]) -> tuple[int, ...]:
    """Where a number stands, given the position along each name."""
    found = []
    for group in side:
        position = 0
        for name in group:
            position = position * sizes[name] + at[name]
        found.append(position)
    return tuple(found)


@pytest.mark.parametrize(
    ("left", "right", "sizes"), CASES, ids=lambda value: written(value) if isinstance(value, list) else ""
)
def test_every_number_is_where_the_pattern_says(left: Any, right: Any, sizes: dict[str, int]) -> None:
    given = tuple((name, size) for name, size in sizes.items() if any(name in group[:-1] for group in left))
    op = Rearrange(pattern=f"{written(left)} -> {written(right)}", sizes=given)
    shape = tuple(prod(sizes[name] for name in group) for group in left)
    x = torch.arange(prod(shape)).reshape(shape)
    y = x
    for step in op.short_for(Site(SPAN), TensorType(shape)):
        fields = next(iter(step.defined().values()))
        y = y.reshape(fields) if step.name == "reshape" else y.permute(fields)
    for positions in product(*(range(size) for size in sizes.values())):
        at = dict(zip(sizes, positions, strict=True))
        assert y[place(right, at, sizes)] == x[place(left, at, sizes)]
    assert infer(op, [TensorType(shape)])[0] == TensorType(tuple(y.shape))
    assert len(run(op, [TensorType(shape)], (), "meta")) == 1


@pytest.mark.parametrize(
    ("pattern", "type_", "message"),
    [
        ("a b", "[B, T]", 'the pattern "a b" is not of the form'),
        ("a b -> a", "[B, T]", "does not have the same names on both sides"),
        ("a a -> a a", "[B, T]", "has a name twice on one side"),
        ("a b c -> a b c", "[B, T]", "names 3 dims, but the input has 2"),
        ("(a b) c -> a b c", "[B, T]", "needs the size of a or b"),
        ("a b-c -> a", "[B, T]", "is made of names, brackets and one ..."),
        ("2 a -> a", "[2, T]", "has a number"),
    ],
)
def test_patterns_that_say_nothing(pattern: str, type_: str, message: str) -> None:
    with pytest.raises(Refusal) as caught:
        infer(Rearrange(pattern=pattern), [read_type(type_)])
    assert message in caught.value.message
    assert caught.value.argument == "pattern"


def test_sizes_that_do_not_fit() -> None:
    with pytest.raises(Refusal) as caught:
        infer(Rearrange(pattern="(a b) -> a b", sizes=(("a", 5),)), [TensorType((12,))])
    assert caught.value.message == "rearrange: dim 0 of [12] is 12, no multiple of 5"


def test_a_size_of_1_is_demanded() -> None:
    assert infer(Rearrange(pattern="a 1 -> a"), [TensorType((3, 1))])[0] == TensorType((3,))
    with pytest.raises(Refusal) as caught:
        infer(Rearrange(pattern="a 1 -> a"), [TensorType((3, 2))])
    assert caught.value.message == "rearrange: the sizes of dim 1 of [3, 2] give 1, not 2"
