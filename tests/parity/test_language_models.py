"""BERT, GPT-2 and Llama against transformers' models with eager attention: the same keys, and the same numbers.

BERT's outputs are equal to the bit. GPT-2 and Llama leave to PyTorch's fused functions what transformers writes out (attention, GELU,
RMS norm), so the last digits differ: they are compared with transformers' own random weights, and with larger ones in double precision.
Transformers' RMS norm computes in single precision even then.
"""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import Tensor, nn

import archc
from tests.parity.compare import assert_same, copy, fill, gradients, integers, note_difference, on_meta, run
from tests.parity.test_initialisers import assert_drawn_alike

VOCAB, LENGTH = 96, 20
TOKENS = integers(VOCAB, 3, LENGTH)
TINY: dict[str, dict[str, Any]] = {
    "bert_base": {"dim": 48, "depth": 2, "heads": 4, "vocab": VOCAB, "positions": 32},
    "bert_large": {"dim": 48, "depth": 3, "heads": 6, "vocab": VOCAB, "positions": 32},
    "gpt2": {"dim": 48, "depth": 2, "heads": 4, "vocab": VOCAB, "positions": 32},
    "gpt2_medium": {"dim": 48, "depth": 3, "heads": 6, "vocab": VOCAB, "positions": 32},
    "gpt2_large": {"dim": 40, "depth": 3, "heads": 5, "vocab": VOCAB, "positions": 32},
    "gpt2_xl": {"dim": 50, "depth": 4, "heads": 5, "vocab": VOCAB, "positions": 32},
    "llama_7b": {"dim": 48, "depth": 2, "heads": 6, "hidden": 80, "vocab": VOCAB},
    "llama2_70b": {"dim": 48, "depth": 2, "heads": 6, "hidden": 80, "vocab": VOCAB, "groups": 2},
    "llama3_8b": {"dim": 48, "depth": 2, "heads": 6, "hidden": 80, "vocab": VOCAB, "groups": 3},
}


def bert(dim: int, depth: int, heads: int, vocab: int = 30522, positions: int = 512) -> nn.Module:
    from transformers import BertConfig, BertForPreTraining

    sizes = {"hidden_size": dim, "intermediate_size": 4 * dim, "num_hidden_layers": depth, "num_attention_heads": heads}
    config = BertConfig(vocab_size=vocab, max_position_embeddings=positions, attn_implementation="eager", **sizes)
    net: nn.Module = BertForPreTraining(config)
    return net


def gpt2(dim: int, depth: int, heads: int, vocab: int = 50257, positions: int = 1024) -> nn.Module:
    from transformers import GPT2Config, GPT2LMHeadModel

    sizes = {"n_embd": dim, "n_layer": depth, "n_head": heads, "vocab_size": vocab, "n_positions": positions}
    ends = {"bos_token_id": 0, "eos_token_id": 0}
    net: nn.Module = GPT2LMHeadModel(GPT2Config(attn_implementation="eager", use_cache=False, **sizes, **ends))
    return net


def llama(
    dim: int,
    depth: int,
    heads: int,
    hidden: int,
    groups: int = 0,
    vocab: int = 32000,
    theta: float = 1e4,
    eps: float = 1e-5,
) -> nn.Module:
    from transformers import LlamaConfig, LlamaForCausalLM

    sizes = {"hidden_size": dim, "num_hidden_layers": depth, "num_attention_heads": heads, "intermediate_size": hidden}
    config = LlamaConfig(
        vocab_size=vocab,
        num_key_value_heads=groups or heads,
        rope_parameters={"rope_type": "default", "rope_theta": theta},
        rms_norm_eps=eps,
        attn_implementation="eager",
        use_cache=False,
        **sizes,
    )
    net: nn.Module = LlamaForCausalLM(config)
    return net


OLD, LLAMA3 = {"eps": 1e-6}, {"groups": 8, "vocab": 128256, "theta": 500000.0}
NETS: dict[str, tuple[Any, tuple[int, ...], dict[str, Any]]] = {
    "bert_base": (bert, (768, 12, 12), {}),
    "bert_large": (bert, (1024, 24, 16), {}),
    "gpt2": (gpt2, (768, 12, 12), {}),
    "gpt2_medium": (gpt2, (1024, 24, 16), {}),
    "gpt2_large": (gpt2, (1280, 36, 20), {}),
    "gpt2_xl": (gpt2, (1600, 48, 25), {}),
    "llama_7b": (llama, (4096, 32, 32, 11008), OLD),
    "llama2_70b": (llama, (8192, 80, 64, 28672), {"groups": 8}),
    "llama3_8b": (llama, (4096, 32, 32, 14336), LLAMA3),
}


@pytest.mark.parametrize("name", NETS)
def test_a_net_has_the_keys_and_shapes_of_transformers(name: str) -> None:
    build, sizes, options = NETS[name]
    theirs = on_meta(lambda: build(*sizes, **options))
    ours = on_meta(lambda: archc.build(name))
    copy(ours, theirs)


def pair(name: str, large: bool = True) -> tuple[nn.Module, nn.Module]:
    """Our net and theirs, both small, with the same random weights: theirs, or larger ones."""
    build, _, options = NETS[name]
    torch.manual_seed(0)
    theirs = build(**{**options, **TINY[name]})
    if large:
        fill(theirs)
    ours = archc.build(name, sizes={"T": LENGTH}, **TINY[name])
    copy(ours, theirs)
    return ours.eval(), theirs.eval()


def assert_within(found: Tensor, wanted: Tensor, share: float) -> None:
    """No further from each other than this share of the largest number, or of 1."""
    assert found.shape == wanted.shape
    assert note_difference(found, wanted) <= share * max(1.0, wanted.abs().max().item())


DECODERS = [name for name in TINY if not name.startswith("bert")]
IN_DOUBLE = {**dict.fromkeys(TINY, 1e-12), **dict.fromkeys(("llama_7b", "llama2_70b", "llama3_8b"), 4e-6)}


@pytest.mark.parametrize("name", DECODERS)
def test_a_decoder_is_transformers(name: str) -> None:
    ours, theirs = pair(name, large=False)
    (found,), (wanted,) = run(ours, TOKENS), run(theirs, TOKENS)
    assert_within(found, wanted, 1e-6)


@pytest.mark.parametrize("name", DECODERS)
def test_a_decoder_is_transformers_in_double_precision(name: str) -> None:
    ours, theirs = (net.double() for net in pair(name))
    (found,), (wanted,) = run(ours, TOKENS), run(theirs, TOKENS)
    assert_within(found, wanted, IN_DOUBLE[name])


class Bert(nn.Module):
    """Theirs, with the inputs in our order."""

    def __init__(self, net: nn.Module) -> None:
        super().__init__()
        self.net = net

    def forward(self, tokens: Tensor, types: Tensor | None = None, mask: Tensor | None = None) -> Any:
        return self.net(tokens, token_type_ids=types, attention_mask=mask)


SEGMENTS = (torch.arange(LENGTH) >= 12).long().expand(3, -1)
SEEN = torch.arange(LENGTH) < torch.tensor([[20], [15], [6]])


@pytest.mark.parametrize("inputs", [(), (SEGMENTS,), (SEGMENTS, SEEN)], ids=["tokens", "types", "mask"])
@pytest.mark.parametrize("name", ["bert_base", "bert_large"])
def test_bert_is_transformers(name: str, inputs: tuple[Tensor, ...]) -> None:
    ours, theirs = pair(name)
    assert_same(run(ours, TOKENS, *inputs), run(Bert(theirs), TOKENS, *inputs))


@pytest.mark.parametrize("name", ["bert_base", "gpt2", "llama2_70b"])
def test_a_net_learns_as_transformers_does(name: str) -> None:
    ours, theirs = (gradients(net.double(), TOKENS) for net in pair(name))
    assert ours.keys() == theirs.keys()
    for key, wanted in theirs.items():
        assert_within(ours[key], wanted, IN_DOUBLE[name])


def test_a_head_is_tied_to_its_embedding() -> None:
    for name in ("bert_base", "gpt2"):
        ours, theirs = pair(name)
        (key,) = (key for key in theirs.state_dict() if key.endswith(("wte.weight", "word_embeddings.weight")))
        head = "lm_head.weight" if name == "gpt2" else "cls.predictions.decoder.weight"
        for net in (ours, theirs):
            assert net.state_dict()[head].data_ptr() == net.get_parameter(key).data_ptr()


@pytest.mark.parametrize("name", ["bert_base", "gpt2", "llama_7b"])
def test_a_net_starts_as_transformers_does(name: str) -> None:
    torch.manual_seed(0)
    build, _, options = NETS[name]
    wider = {**TINY[name], "dim": 192}
    ours = archc.build(name, sizes={"T": LENGTH}, **wider).state_dict()
    for key, value in build(**{**options, **wider}).state_dict().items():
        assert_drawn_alike(ours[key], value)
