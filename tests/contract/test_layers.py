"""Layers with windows, channels and parameters beside torch, and the wording of their refusals.

``test_registry`` tries every operator on anything; here the arguments mostly fit, so that the arithmetic of shapes is what is tested.
"""

from __future__ import annotations

import warnings
from collections import Counter
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from archc.ir.operator import OPERATORS, Operator
from archc.ir.site import Refusal
from archc.ops import operators
from tests.contract.draws_layers import layer_draws
from tests.contract.harness import agree, assert_symbolic, infer, read_call, read_type
from tests.contract.strictness import stricter
from tests.contract.symbols import with_symbols

LAYERS = sorted(name for name, cls in operators().items() if layer_draws(cls) is not None)
every_layer = pytest.mark.parametrize("name", LAYERS)

WORK = settings(
    max_examples=120,
    deadline=None,
    derandomize=True,
    database=None,
    phases=(Phase.explicit, Phase.generate, Phase.shrink),
    suppress_health_check=list(HealthCheck),
)


def draws(name: str) -> st.SearchStrategy[tuple[Operator, tuple[Any, ...]]]:
    """Random uses of a layer."""
    strategy = layer_draws(OPERATORS[name])
    assert strategy is not None
    return strategy


@every_layer
def test_agrees_with_torch(name: str) -> None:
    """Shapes, dtypes, parameters, FLOPs and refusals are torch's."""
    accepted: Counter[bool] = Counter()

    @WORK
    @given(draws(name))
    def check(case: tuple[Operator, tuple[Any, ...]]) -> None:
        op, inputs = case
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", "Using padding='same' with even kernel lengths")
            output = agree(op, *inputs, stricter=stricter(name, "E0306", "E0403"))
        accepted[output is not None] += 1

    check()
    assert accepted[True] >= 30


@every_layer
def test_symbols_agree_with_numbers(name: str) -> None:
    """With symbols for sizes the same shapes follow, and demands that hold just where the sizes are accepted."""
    taken: Counter[bool] = Counter()

    @WORK
    @given(draws(name), st.data())
    def check(case: tuple[Operator, tuple[Any, ...]], data: st.DataObject) -> None:
        op, inputs = case
        symbolic, sizes = with_symbols(data, inputs)
        if sizes:
            taken[assert_symbolic(op, symbolic, sizes)] += 1

    check()
    assert taken[True] >= 20


# --- wording ------------------------------------------------------------------------------------------------------------

REFUSALS = [
    ("conv(8, 7)", "[B, 3, 5, 5]", "E0303", "conv's kernel 7 does not fit the input's size 5 at dim 2"),
    ("conv(8, 3)", "[B, 10]", "E0301", "conv needs [B, C, L] or [B, C, H, W] or [B, C, D, H, W], got [B, 10]"),
    ("conv(8, (3, 3))", "[B, 3, L]", "E0403", "kernel_size has 2 sizes, but the input [B, C, L] has 1 spatial axis"),
    ("conv(8, 3, groups=2)", "[B, 3, 9, 9]", "E0304", "the input's channels 3 must be a multiple of groups=2"),
    ("conv(8, 3, stride=2, padding='same')", "[B, 3, 9, 9]", "E0402", 'padding="same" needs stride 1, got stride=2'),
    ("conv(8, 3)", "[B, C, 9, 9]", "E0313", "the parameters of conv would depend on the size C"),
    ("conv(8, 3, in_channels=4)", "[B, 3, 9, 9]", "E0302", "conv is declared with in_channels=4, got 3"),
    ("linear(10)", "int[B, 4]", "E0306", "linear has parameters of the model's own float dtype, got int[B, 4]"),
    (
        "max_pool(3, padding=2)",
        "[B, 3, 9]",
        "E0402",
        "padding 2 is more than half of the kernel 3, so a window could see nothing but padding",
    ),
    ("interpolate(scale_factor=0.3)", "[B, 3, 2]", "E0303", "interpolate by 0.3 leaves nothing of the input's size 2"),
    ("pad((1, -6))", "[B, 4]", "E0303", "pad cuts off more than the input's size 4: 4 + 1 + -6 = -1"),
    ("embedding(10, 3)", "[B, 4]", "E0306", "embedding needs integers, got [B, 4]"),
]


@pytest.mark.parametrize(("call", "input_", "code", "message"), REFUSALS, ids=[call for call, *_ in REFUSALS])
def test_wording(call: str, input_: str, code: str, message: str) -> None:
    with pytest.raises(Refusal) as caught:
        infer(read_call(call), [read_type(input_)])
    assert (caught.value.code, caught.value.message) == (code, message)


def test_formula_of_a_window() -> None:
    """The formula of the output's size is shown with its numbers."""
    with pytest.raises(Refusal) as caught:
        infer(read_call("conv(8, 7)"), [read_type("[B, 3, 5, 5]")])
    assert tuple(caught.value.notes) == ("the output's size would be floor((5 + 2*0 - 1*(7-1) - 1)/1) + 1 = -1",)


def test_demands_on_symbols() -> None:
    """A kernel that fits some sizes only is noted with those sizes."""
    _, constraints = infer(read_call("conv(8, 7, padding=1)"), [read_type("[B, 3, H, 5]")])
    assert [str(constraint) for constraint in constraints] == ["H >= 5"]


@pytest.mark.parametrize(
    ("call", "input_"),
    [
        ("pad((3, 0, 0, 2), mode='reflect')", "[1, 2, 3, 4]"),
        ("pad((4, 1, 0, 3), mode='circular')", "[1, 2, 3, 4]"),
        ("pad((-2, -1))", "[2, 4]"),
        ("pad((1, 1, 1, 1, 1, 1))", "[1, 2, 3]"),
        ("pad((-4, 1))", "[2, 4]"),
        ("pad((1, 1), value=1)", "bool[2]"),
        ("conv(2, 3, padding=3, padding_mode='reflect')", "[1, 2, 4]"),
        ("conv(2, 3, padding=4, padding_mode='circular')", "[1, 2, 4]"),
        ("conv(2, 3, dilation=2)", "[1, 2, 5]"),
        ("conv_transpose(2, 3, stride=2, dilation=3, output_padding=2)", "[1, 2, 1]"),
        ("conv_transpose(2, 3, padding=1)", "[1, 2, 1]"),
        ("max_pool(4, padding=2)", "[1, 2, 1]"),
        ("max_pool(3, stride=2, ceil_mode=True)", "[1, 2, 2]"),
        ("avg_pool(3, padding=1)", "[1, 2, 3, 3, 3]"),
        ("avg_pool(2, divisor_override=3)", "[1, 2, 2, 2]"),
        ("layer_norm(normalized_shape=(4, 5))", "[4, 5]"),
        ("group_norm(2)", "[1, 4]"),
        ("local_response_norm(2)", "[1, 2, 3]"),
    ],
)
def test_the_last_that_is_taken(call: str, input_: str) -> None:
    """One more or less, and torch refuses, or the sizes do not fit: see the refusals."""
    assert agree(read_call(call), read_type(input_)) is not None


NEVER_APPLIED = {
    "linear(50257, bias=False, in_features=768)": {"weight": (50257, 768)},
    "bilinear(4, in1_features=2, in2_features=3)": {"weight": (4, 2, 3), "bias": (4,)},
    "conv(8, (3, 3), dilation=2, padding=4, padding_mode='reflect', in_channels=4)": {
        "weight": (8, 4, 3, 3),
        "bias": (8,),
    },
    "conv_transpose(8, (3, 5), padding=2, groups=2, in_channels=4)": {"weight": (4, 4, 3, 5), "bias": (8,)},
    "layer_norm(normalized_shape=(4, 5), bias=False)": {"weight": (4, 5)},
    "group_norm(2, num_channels=4)": {"weight": (4,), "bias": (4,)},
    "embedding(10, 4)": {"weight": (10, 4)},
}


@pytest.mark.parametrize("call", NEVER_APPLIED)
def test_a_layer_that_is_never_applied_has_its_keys(call: str) -> None:
    op = read_call(call)
    types = op.stand_in()
    assert types is not None
    agree(op, *types)
    assert {p.name: p.shape for p in op.parameters(*types)} == NEVER_APPLIED[call]


@pytest.mark.parametrize(
    "call", ["linear(10)", "conv(8, 3, in_channels=4)", "batch_norm(num_features=4)", "group_norm(2)"]
)
def test_a_layer_that_is_never_applied_needs_its_sizes(call: str) -> None:
    assert read_call(call).stand_in() is None
