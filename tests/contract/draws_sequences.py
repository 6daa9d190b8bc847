"""Random uses of recurrent layers and cells and of multi-head attention: arguments that go together, inputs that mostly fit."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from archc.ir.operator import Operator
from archc.ir.site import Refusal
from archc.ir.types import TensorType, Type
from tests.contract.harness import infer

Case = tuple[Operator, tuple[Any, ...]]
SIZES = st.integers(1, 5)


@st.composite
def recurrences(draw: st.DrawFn, cls: type[Operator]) -> Case:
    """A layer or cell, mostly with a state that fits."""
    op = cls(**_fields(draw, cls))
    steps = () if cls.name.endswith("_cell") else (draw(st.integers(1, 3)),)
    x = TensorType((draw(SIZES), *steps, draw(SIZES)))
    try:
        output, _ = infer(op, [x])
    except Refusal:
        return op, (x,)
    assert isinstance(output, tuple) or cls.name.endswith("_cell")
    state = output if cls.name.endswith("_cell") else output[1]  # type: ignore[index]
    kind = draw(st.sampled_from(["none", "right", "right", "off", "bare"]))
    if kind == "none":
        return op, (x,)
    if kind == "off":
        return op, (x, _off(draw, state))
    if kind == "bare":
        return op, (x, state[0] if isinstance(state, tuple) else (state, state))
    return op, (x, state)


def _fields(draw: st.DrawFn, cls: type[Operator]) -> dict[str, Any]:
    layers = draw(st.integers(1, 3))
    several = layers > 1 or not draw(st.integers(0, 5))
    values = {
        "hidden_size": draw(SIZES) + 1,
        "num_layers": layers,
        "nonlinearity": draw(st.sampled_from(["tanh", "relu"])),
        "bias": draw(st.booleans()),
        "dropout": draw(st.sampled_from([0.0, 0.5, 1.0])) if several else 0.0,
        "bidirectional": draw(st.booleans()),
        "proj_size": draw(st.sampled_from([0, 0, 1, 2, 3])),
        "input_size": draw(st.sampled_from([None, None, None, 3])),
    }
    return {name: value for name, value in values.items() if name in cls.fields}


def _off(draw: st.DrawFn, state: Type) -> Type:
    """A state with one size changed, or with one dim more or less."""
    if isinstance(state, tuple):
        at = draw(st.integers(0, len(state) - 1))
        return tuple(_off(draw, part) if i == at else part for i, part in enumerate(state))
    shape = list(state.shape)
    dim = draw(st.integers(0, len(shape) - 1))
    change = draw(st.sampled_from(["size", "size", "more", "less"]))
    if change == "size":
        shape[dim] = draw(SIZES)
    elif change == "more":
        shape.insert(dim, 1)
    else:
        del shape[dim]
    return state.with_shape(*shape)


@st.composite
def head_attentions(draw: st.DrawFn, cls: type[Operator]) -> Case:
    """Query, key and value that mostly fit, at times with masks."""
    heads = draw(st.integers(1, 3))
    embed = heads * draw(st.integers(1, 3)) if draw(st.integers(0, 7)) else draw(SIZES)
    keys, values = (draw(st.sampled_from([embed, embed, embed, 4, 5])) for _ in range(2))
    batch, targets, sources = draw(SIZES), draw(SIZES), draw(SIZES)
    shapes = [(batch, targets, embed), (batch, sources, keys), (batch, sources, values)]
    masks = [(batch, sources), draw(st.sampled_from([(targets, sources), (batch * heads, targets, sources)]))]
    if not draw(st.integers(0, 6)):
        at = draw(st.integers(0, 2))
        shapes[at] = tuple(draw(st.sampled_from([size, size, 1, 2])) for size in shapes[at])  # type: ignore[assignment]
    given = [_mask(draw, shape) for shape in masks]
    weights = draw(st.booleans())
    fields = {
        "num_heads": heads,
        "dropout": draw(st.sampled_from([0.0, 0.5])),
        **{name: draw(st.integers(0, 3)) == 0 for name in ("add_bias_kv", "add_zero_attn")},
        "bias": draw(st.booleans()),
        "need_weights": weights,
        "average_attn_weights": draw(st.booleans()) if weights else draw(st.integers(0, 9)) > 0,
        "is_causal": draw(st.integers(0, 2 if given[1] else 9)) == 0,
        "embed_dim": draw(st.sampled_from([None, None, None, embed, embed, 4])),
    }
    inputs = (*map(TensorType, shapes), *given)
    return cls(**fields), inputs if draw(st.booleans()) else _shortened(inputs)


def _mask(draw: st.DrawFn, shape: tuple[int, ...]) -> TensorType | None:
    if draw(st.booleans()):
        return None
    if not draw(st.integers(0, 6)):
        shape = tuple(draw(st.sampled_from([size, 1])) for size in shape)
    return TensorType(shape, draw(st.sampled_from(["bool", "bool", "bool", "float", "float", "float", "int64"])))


def _shortened(inputs: tuple[Any, ...]) -> tuple[Any, ...]:
    """Less the absent inputs at the end."""
    while inputs[-1] is None:
        inputs = inputs[:-1]
    return inputs


SEQUENCES = {
    **dict.fromkeys(("rnn", "lstm", "gru", "rnn_cell", "lstm_cell", "gru_cell"), recurrences),
    "multihead_attention": head_attentions,
}
