"""Transformers that are not in the zoo, written from the documentation alone, against transformers' own: the same keys and numbers.

Each is small and random, with eager attention. They are equal to the bit, but where the spec adds up in another order: all experts at
once (Mixtral), the bias of distance before the product (BLOOM).
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor, nn

import archc
from tests.parity.compare import assert_same, copy, fill, integers, normal, note_difference, run

SPECS = Path(__file__).parent / "specs"
VOCAB = 50
TOKENS, TARGET, MASK = integers(VOCAB, 2, 9), integers(VOCAB, 2, 7), torch.ones(2, 9, dtype=torch.int64)
MASK[1, 6:] = 0
MEL, IMAGE = normal(2, 8, 40), normal(2, 3, 64, 96)
DECODER: dict[str, Any] = {"vocab_size": VOCAB, "hidden_size": 32, "num_hidden_layers": 2, "use_cache": False}
PAIR: dict[str, Any] = {
    "d_model": 32, "encoder_layers": 2, "decoder_layers": 2, "encoder_attention_heads": 4, "decoder_attention_heads": 4,
    "encoder_ffn_dim": 64, "decoder_ffn_dim": 64,
}  # fmt: skip


def t5() -> Any:
    from transformers import T5Config, T5ForConditionalGeneration

    sizes = {"d_model": 32, "d_kv": 8, "d_ff": 64, "num_layers": 2, "num_heads": 4, "vocab_size": VOCAB}
    buckets = {"relative_attention_num_buckets": 8, "relative_attention_max_distance": 20}
    return T5ForConditionalGeneration(T5Config(use_cache=False, attn_implementation="eager", **sizes, **buckets))


def mixtral() -> Any:
    from transformers import MixtralConfig, MixtralForCausalLM

    heads = {"num_attention_heads": 4, "num_key_value_heads": 2, "sliding_window": 4, "rope_theta": 1e6}
    experts = {"num_local_experts": 4, "num_experts_per_tok": 2, "intermediate_size": 24}
    return MixtralForCausalLM(MixtralConfig(attn_implementation="eager", **DECODER, **heads, **experts))


def bloom() -> Any:
    from transformers import BloomConfig, BloomForCausalLM

    return BloomForCausalLM(BloomConfig(n_head=4, attn_implementation="eager", **DECODER))


def mamba() -> Any:
    from transformers import MambaConfig, MambaForCausalLM

    return MambaForCausalLM(MambaConfig(state_size=8, time_step_rank=4, **DECODER))


def whisper() -> Any:
    from transformers import WhisperConfig, WhisperForConditionalGeneration

    sizes = {"vocab_size": VOCAB, "num_mel_bins": 8, "max_source_positions": 20, "max_target_positions": 16}
    ends = {"pad_token_id": 0, "bos_token_id": 1, "eos_token_id": 2, "decoder_start_token_id": 1}
    config = WhisperConfig(use_cache=False, attn_implementation="eager", **PAIR, **sizes, **ends)
    return WhisperForConditionalGeneration(config)


def detr() -> Any:
    from transformers import DetrConfig, DetrForObjectDetection, ResNetConfig

    trunk = ResNetConfig(
        embedding_size=8, hidden_sizes=[8, 16, 16, 32], depths=[1] * 4, layer_type="basic", out_features=["stage4"]
    )
    sizes = {"num_queries": 5, "num_labels": 7, "use_timm_backbone": False, "use_pretrained_backbone": False}
    config = DetrConfig(backbone=None, backbone_config=trunk, attn_implementation="eager", **sizes, **PAIR)
    return DetrForObjectDetection(config)


NETS: dict[str, tuple[Any, tuple[Tensor, ...], tuple[str, ...], tuple[str, ...]]] = {
    "t5": (t5, (TOKENS, TARGET), ("input_ids", "decoder_input_ids"), ("logits",)),
    "mixtral": (mixtral, (TOKENS,), ("input_ids",), ("logits",)),
    "bloom": (bloom, (TOKENS, MASK), ("input_ids", "attention_mask"), ("logits",)),
    "mamba": (mamba, (TOKENS,), ("input_ids",), ("logits",)),
    "whisper": (whisper, (MEL, TARGET), ("input_features", "decoder_input_ids"), ("logits",)),
    "detr": (detr, (IMAGE,), ("pixel_values",), ("logits", "pred_boxes")),
}
"""What builds theirs, the inputs, what they are called there, and what the outputs are."""

ROUNDED = ("mixtral", "bloom")


class Named(nn.Module):
    """Theirs, with inputs by position and the outputs that are compared."""

    def __init__(self, net: nn.Module, inputs: tuple[str, ...], outputs: tuple[str, ...]) -> None:
        super().__init__()
        self.net, self.inputs, self.outputs = net, inputs, outputs

    def forward(self, *given: Tensor) -> tuple[Tensor, ...]:
        found = self.net(**dict(zip(self.inputs, given, strict=True)))
        return tuple(getattr(found, name) for name in self.outputs)


@pytest.mark.parametrize("name", NETS)
def test_a_net_is_transformers(name: str) -> None:
    build, inputs, names, outputs = NETS[name]
    torch.manual_seed(0)
    theirs = fill(build())
    ours = archc.build(SPECS / f"{name}.arch")
    copy(ours, theirs, ordered=False)
    found, wanted = run(ours.eval(), *inputs), run(Named(theirs, names, outputs).eval(), *inputs)
    if name not in ROUNDED:
        assert_same(found, wanted)
        return
    difference = note_difference(found[0][MASK.bool()], wanted[0][MASK.bool()])
    assert difference <= 1e-6 * wanted[0].abs().max()
