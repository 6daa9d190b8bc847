"""The public implementations that archc is measured against, on the device of the context, with inputs for them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import nn

Built = tuple[nn.Module, tuple[torch.Tensor, ...]]

OPTIONS: dict[str, dict[str, Any]] = {"googlenet": {"init_weights": False, "aux_logits": False}}


def bert_large() -> Built:
    """With transformers, whose import is a part of what a user waits for."""
    from transformers import BertConfig, BertForPreTraining

    config = BertConfig(hidden_size=1024, num_hidden_layers=24, num_attention_heads=16, intermediate_size=4096)
    return BertForPreTraining(config), (torch.zeros(1, 128, dtype=torch.int64),)


def transformer() -> Built:
    """PyTorch's own, as the zoo's ``Transformer``."""
    return nn.Transformer(batch_first=True), (torch.zeros(1, 32, 512), torch.zeros(1, 32, 512))


def lstm() -> Built:
    """Two layers, as ``benchmarks/specs/lstm.arch``."""
    return nn.LSTM(128, 256, 2, batch_first=True), (torch.zeros(1, 32, 128),)


def small() -> Built:
    """Something that a tool has seen before it is measured."""
    return nn.Sequential(nn.Conv2d(3, 8, 3), nn.ReLU()), (torch.zeros(1, 3, 8, 8),)


OTHERS: dict[str, Callable[[], Built]] = {"bert_large": bert_large, "transformer": transformer, "lstm": lstm}


def build(name: str) -> Built:
    """The public net of this name, and inputs of the size that the spec shows."""
    if name in OTHERS:
        return OTHERS[name]()
    import torchvision

    return getattr(torchvision.models, name)(**OPTIONS.get(name, {})), (torch.zeros(1, 3, 224, 224),)
