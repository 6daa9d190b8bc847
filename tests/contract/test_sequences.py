"""Recurrent layers, cells and multi-head attention beside torch, with states, masks and symbols; and numbers that are equal."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest
import torch
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from archc.ir.dims import symbol
from archc.ir.operator import OPERATORS, Operator
from archc.ir.site import Refusal
from archc.ir.types import TensorType, show
from archc.ops import operators
from tests.contract.draws_sequences import SEQUENCES
from tests.contract.harness import agree, assert_symbolic, flat, infer, make, read_call, read_type
from tests.contract.strictness import stricter

operators()
every_one = pytest.mark.parametrize("name", sorted(SEQUENCES))

WORK = settings(
    max_examples=80,
    deadline=None,
    derandomize=True,
    database=None,
    phases=(Phase.explicit, Phase.generate, Phase.shrink),
    suppress_health_check=list(HealthCheck),
)


@every_one
def test_agrees_with_torch(name: str) -> None:
    """Shapes, dtypes, parameters, FLOPs and refusals are torch's."""
    accepted: Counter[bool] = Counter()

    @WORK
    @given(SEQUENCES[name](OPERATORS[name]))
    def check(case: tuple[Operator, tuple[Any, ...]]) -> None:
        op, inputs = case
        accepted[agree(op, *inputs, stricter=stricter(name, "E0306")) is not None] += 1

    check()
    assert accepted[True] >= 25
    assert accepted[False] >= 3


@every_one
def test_symbols_agree_with_numbers(name: str) -> None:
    """With symbols for sizes the same shapes follow, and demands that hold just where the sizes are accepted."""
    taken: Counter[bool] = Counter()

    @WORK
    @given(SEQUENCES[name](OPERATORS[name]), st.data())
    def check(case: tuple[Operator, tuple[Any, ...]], data: st.DataObject) -> None:
        op, inputs = case
        sizes: dict[str, int] = {}
        symbolic = [named(value, data, sizes) for value in inputs]
        if sizes:
            taken[assert_symbolic(op, symbolic, sizes)] += 1

    check()
    assert taken[True] >= 20


def named(value: Any, data: st.DataObject, sizes: dict[str, int]) -> Any:
    """An input with symbols for some of its sizes but the last: equal sizes share one, unless it is changed."""
    if isinstance(value, tuple):
        return tuple(named(part, data, sizes) for part in value)
    if value is None:
        return None

    def one(size: int) -> Any:
        if data.draw(st.booleans()):
            return size
        name = f"S{size}{data.draw(st.sampled_from(['', '', '', 'x']))}"
        sizes[name] = size + len(name) - len(f"S{size}")
        return symbol(name)

    return value.with_shape(*map(one, value.shape[:-1]), value.shape[-1])


# --- numbers ------------------------------------------------------------------------------------------------------------

LAYERS = [
    ("rnn(5, num_layers=2, nonlinearity='relu')", torch.nn.RNN(3, 5, 2, "relu", batch_first=True)),
    ("lstm(5, bidirectional=True, bias=False)", torch.nn.LSTM(3, 5, bias=False, bidirectional=True, batch_first=True)),
    ("lstm(5, proj_size=2)", torch.nn.LSTM(3, 5, proj_size=2, batch_first=True)),
    ("gru(4, num_layers=2, dropout=0.5)", torch.nn.GRU(3, 4, 2, dropout=0.5, batch_first=True)),
]


@pytest.mark.parametrize(("call", "reference"), LAYERS, ids=[call for call, _ in LAYERS])
@pytest.mark.filterwarnings("ignore:LSTM with projections is not supported with oneDNN")
def test_recurrent_numbers(call: str, reference: torch.nn.Module) -> None:
    """The module that archc makes computes, with the same weights, what the one written by hand does."""
    op = read_call(call)
    layer = make(op, [TensorType((2, 6, 3))], "cpu")
    assert layer is not None
    layer.load_state_dict(reference.state_dict())
    x = torch.randn(2, 6, 3)
    state = reference.eval()(x)[1]
    for inputs in ((x,), (x, state)):
        assert all(map(torch.equal, flat(layer.eval()(*inputs)), flat(reference.eval()(*inputs))))


def test_batch_comes_first() -> None:
    """Reversing the batch reverses the outputs' batch, and the states'."""
    layer = make(read_call("gru(4, num_layers=2)"), [TensorType((2, 6, 3))], "cpu")
    assert layer is not None
    x = torch.randn(2, 6, 3)
    (y, h), (z, g) = layer(x), layer(x.flip(0))
    torch.testing.assert_close(y, z.flip(0))
    torch.testing.assert_close(h, g.flip(1))


# --- wording ------------------------------------------------------------------------------------------------------------

REFUSALS = [
    ("rnn(8)", "[B, 3]", "E0301", "rnn needs [B, T, features], got [B, 3]"),
    ("gru(8)", "[B, T, D]", "E0313", "the parameters of gru would depend on the size D"),
    ("lstm(8, dropout=0.5)", "[B, T, 3]", "E0402", "dropout=0.5 acts between layers, but num_layers is 1"),
    ("lstm(8, proj_size=8)", "[B, T, 3]", "E0402", "proj_size must be below hidden_size=8, got 8"),
    ("gru(8)", "[B, T, 3]; [1, B, 4]", "E0302", "gru needs a state [1, B, 8], got [1, B, 4]"),
    ("lstm(8)", "[B, T, 3]; [1, B, 8]", "E0301", "lstm needs a state ([1, B, 8], [1, B, 8]), got [1, B, 8]"),
    ("lstm_cell(8)", "[B, 3]; [B, 8]", "E0301", "lstm_cell needs a state ([B, 8], [B, 8]), got [B, 8]"),
    ("gru_cell(8)", "int[B, 3]", "E0306", "gru_cell has parameters of the model's own float dtype, got int[B, 3]"),
    (
        "multihead_attention(5)",
        "[B, T, 8]; [B, T, 8]; [B, T, 8]",
        "E0304",
        "embed_dim 8 must be a multiple of num_heads=5",
    ),
    (
        "multihead_attention(2)",
        "[B, T, 8]; [B, 4, 8]; [B, 5, 8]",
        "E0302",
        "multihead_attention needs a value for each key, got [B, 4, 8] and [B, 5, 8]",
    ),
    (
        "multihead_attention(2)",
        "[B, 3, 8]; [B, 4, 8]; [B, 4, 8]; None; [4, 3]",
        "E0302",
        "multihead_attention needs attn_mask [3, 4] or [2 * B, 3, 4], got [4, 3]",
    ),
    (
        "multihead_attention(2, is_causal=True)",
        "[B, T, 8]; [B, T, 8]; [B, T, 8]",
        "E0402",
        "is_causal describes attn_mask, which is not given",
    ),
]


@pytest.mark.parametrize(("call", "inputs", "code", "message"), REFUSALS, ids=[f"{r[0]} {r[1]}" for r in REFUSALS])
def test_wording(call: str, inputs: str, code: str, message: str) -> None:
    with pytest.raises(Refusal) as caught:
        infer(read_call(call), [read_type(text) for text in inputs.split("; ")])
    assert (caught.value.code, caught.value.message) == (code, message)


# --- attention ----------------------------------------------------------------------------------------------------------


def test_attention_demands_of_symbols() -> None:
    """Sizes that meet are demanded to be equal, with the mask's among them."""
    types = [read_type(text) for text in ("[B, T, 8]", "[C, S, 8]", "[C, S, 8]", "bool[B, S]", "[T, U]")]
    output, constraints = infer(read_call("multihead_attention(2)"), types)
    assert show(output) == "[B, T, 8]"
    assert sorted(map(str, constraints)) == ["B == C", "U == S"]


def test_layers_that_are_never_applied_have_their_keys() -> None:
    for call, sizes in (("lstm(8, input_size=3)", 3), ("gru_cell(8, input_size=3)", 3)):
        op = read_call(call)
        types = op.stand_in()
        assert types is not None
        infer(op, types)
        assert op.parameters(*types)[0].shape[1] == sizes
    op = read_call("multihead_attention(2, embed_dim=8, kdim=6)")
    types = op.stand_in()
    assert types is not None
    infer(op, types)
    shapes = {p.name: p.shape for p in op.parameters(*types)}
    assert shapes["k_proj_weight"] == (8, 6)
    assert shapes["v_proj_weight"] == (8, 8)
    assert read_call("lstm(8)").stand_in() is None
