"""What refusals of shape rules say, and where they point, word by word: ``tests/golden/expected/refusals.txt``."""

from __future__ import annotations

import pytest

from archc.ir.site import Refusal
from tests.conftest import Golden
from tests.contract.harness import infer, read_call, read_type

USES = """
conv(8, 3) of [B, 10]
conv(8, (3, 3)) of [B, 3, L]
conv(8, (3, 3, 3)) of [B, 3, H, W]
conv(8, 3) of int[B, 3, 9]
conv(8, 3) of [B, C, 9, 9]
conv(8, 3, in_channels=4) of [B, 3, 9, 9]
conv(8, 3, groups=2) of [B, 5, 9, 9]
conv(9, 3, groups=2) of [B, 4, 9, 9]
conv(8, 7) of [B, 3, 5, 5]
conv(8, 3, dilation=3, padding=1, stride=2) of [B, 3, 9, 4]
conv(8, (1, 4), padding='same', dilation=4, padding_mode='reflect') of [B, 3, 2, 6]
conv(8, 3, padding=5, padding_mode='circular') of [B, 3, 4]
conv(8, 3, stride=2, padding='same') of [B, 3, 9, 9]
conv(8, 3, stride=2, padding='same') of [B, 3, 9]
conv(8, 3, stride=(1, 2), padding='same') of [B, 3, 9, 9]
conv_transpose(8, 3, stride=2, output_padding=2) of [B, 3, 9]
conv_transpose(8, 3, dilation=3, output_padding=3) of [B, 3, 9]
conv_transpose(8, 3, padding=4, stride=2, dilation=2) of [B, 3, 2]
conv_transpose(8, 3, groups=2) of [B, 5, 9, 9]
conv_transpose(9, 3, groups=2) of [B, 4, 9, 9]
max_pool(3, padding=2) of [B, 3, 9]
max_pool(5, padding=(1, 3)) of [B, 3, 9, 9]
max_pool(5, stride=2, dilation=2, ceil_mode=True) of [B, 3, 6]
avg_pool(3, padding=1) of [B, 3, 4, 4, 2]
avg_pool(2, divisor_override=3) of [B, 3, 9]
lp_pool(2, 3) of [B, 3, 2]
layer_norm of int[B, 3]
layer_norm of [B, T]
layer_norm(normalized_shape=4) of [B, 3]
layer_norm(normalized_shape=(4, 5)) of [B, 4, 6]
layer_norm(normalized_shape=(4, 5)) of [5]
rms_norm(elementwise_affine=False) of []
group_norm(2) of [6]
group_norm(2) of [B, 3, 9]
group_norm(2) of [B, C, 9]
group_norm(2, num_channels=4) of [B, 6, 9]
group_norm(4) of [1, 4]
local_response_norm(2) of [B, 3]
local_response_norm(2) of int[B, 3, 4]
pad((1, 2, 3)) of [B, 3]
pad(()) of [B, 3]
pad((1, 2, 1, 1)) of [3]
pad((1, 2, 1, 1, 1, 1)) of [B, 3]
pad((1, 2), value=0.5) of int[B]
pad((1, 2), value=2) of bool[B]
pad((1, 2), mode='reflect', value=1) of [B, 4]
pad((1, 2), mode='reflect') of int[B, 4]
pad((1, 2, 1, 1, 1, 1, 1, 1), mode='reflect') of [B, C, 4, 4, 4, 4]
pad((1, 2), mode='circular') of [4]
pad((1, 2), mode='circular') of [B, 4, 4, 4]
pad((1, -2), mode='replicate') of [B, 4]
pad((1, 4), mode='reflect') of [B, 4]
pad((5, 4), mode='circular') of [B, 4]
pad((1, -6)) of [B, 4]
pad((-5, 3)) of [B, 4]
pad((-2, -2)) of [B, 4]
rnn(4) of [B, 3]
rnn(4) of [B, 3, F]
rnn(4, input_size=5) of [B, 3, 6]
gru(4, dropout=0.5) of [B, 3, 6]
lstm(4, proj_size=4) of [B, 3, 6]
multihead_attention(2) of [B, 4]; [B, 5, 4]; [B, 5, 4]
multihead_attention(2) of [B, 3, 4]; [B, 5, 4]; int[B, 5, 4]
multihead_attention(2) of [B, 3, 4]; [B, 5, K]; [B, 5, 4]
multihead_attention(2, vdim=5) of [B, 3, 4]; [B, 5, 4]; [B, 5, 4]
multihead_attention(3) of [B, 3, 4]; [B, 5, 4]; [B, 5, 4]
multihead_attention(2) of [2, 3, 4]; [3, 5, 4]; [3, 5, 4]
multihead_attention(2) of [B, 3, 4]; [B, 5, 4]; [B, 6, 4]
multihead_attention(2) of [2, 3, 4]; [2, 5, 4]; [2, 5, 4]; bool[2, 6]
multihead_attention(2) of [2, 3, 4]; [2, 5, 4]; [2, 5, 4]; int[2, 5]
multihead_attention(2) of [2, 3, 4]; [2, 5, 4]; [2, 5, 4]; None; bool[5]
multihead_attention(2) of [2, 3, 4]; [2, 5, 4]; [2, 5, 4]; None; [3, 4]
multihead_attention(2) of [2, 3, 4]; [2, 5, 4]; [2, 5, 4]; None; [3, 3, 5]
multihead_attention(2, average_attn_weights=False) of [2, 3, 4]; [2, 5, 4]; [2, 5, 4]
multihead_attention(2, is_causal=True) of [2, 3, 4]; [2, 5, 4]; [2, 5, 4]
multihead_attention(2, is_causal=True, add_zero_attn=True) of [2, 3, 4]; [2, 3, 4]; [2, 3, 4]; None; [3, 3]
reshape(-1, -1) of [2, 5]
reshape(0, 5) of [2, 5]
reshape(3, 5) of [2, 5]
reshape(4, -1) of [2, 5]
flatten(2, 1) of [B, C, H]
flatten(3) of [B, C, H]
flatten(1, 3) of [B, C, H]
unflatten(1, ()) of [B, 4]
unflatten(2, (2, 2)) of [B, 4]
unflatten(1, (3, -1)) of [B, 4]
add of [B, 3]; [4]
add of [B, 64, H, W]; [B, 128, H, W]
add of [B, T]; [B, T + 1]
add of [B, T + 8]; [B, 3]
where of bool[3]; [1]; [B, 4]
add of [B]; float16[B]
"""
"""Calls with the types of their inputs, each of them impossible."""


def test_what_refusals_say(golden: Golden) -> None:
    golden("refusals.txt", "\n".join(map(told, USES.strip().splitlines())))


def told(use: str) -> str:
    """All that a refusal holds, a line for each thing."""
    call, _, inputs = use.partition(" of ")
    with pytest.raises(Refusal) as caught:
        infer(read_call(call), [read_type(text) for text in inputs.split("; ")])
    found = caught.value
    places = {"argument": found.argument, "inputs": found.inputs, "dim": found.dim, "help": found.help}
    lines = [f"{found.code}: {found.message}", *found.notes]
    lines += [f"{name}: {value}" for name, value in places.items() if value not in (None, ())]
    return "\n    ".join([use, *lines]) + "\n"
