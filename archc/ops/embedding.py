"""Embedding: a table of vectors, looked up by number."""

from __future__ import annotations

from typing import Any

from archc.ir.operator import (
    Example,
    Operator,
    Parameter,
    Positive,
    PositiveFloat,
    Reach,
    TorchCall,
    keeping,
    uncounted,
)
from archc.ir.site import Refusal, Site
from archc.ir.types import TensorType, Type


class Embedding(Operator):
    """Replaces each integer by its row of a table that is learnt.

    Shape: ``int[...]`` to ``[..., embedding_dim]``. The integers must lie from 0 to ``num_embeddings - 1``; that is only seen at run
    time.

    - ``num_embeddings``: number of rows.
    - ``embedding_dim``: length of a row.
    - ``padding_idx``: a row that stays zero and is not trained; negative counts from the end.
    - ``max_norm``: rows longer than this are shortened to it when they are looked up.
    - ``norm_type``: which norm ``max_norm`` means.
    - ``scale_grad_by_freq``: whether a row's gradient is divided by how often the row occurs in the batch.
    - ``sparse``: whether gradients are sparse tensors.

    Parameters: ``weight`` ``[num_embeddings, embedding_dim]``. PyTorch: ``torch.nn.Embedding``.
    """

    name = "embedding"
    family = "embedding"
    torch = ("torch.nn.Embedding",)
    examples = (Example("embedding(50257, 768)", ("int[B, T]",), "[B, T, 768]"),)

    num_embeddings: Positive
    embedding_dim: Positive
    padding_idx: int | None = None
    max_norm: PositiveFloat | None = None
    norm_type: PositiveFloat = 2.0
    scale_grad_by_freq: bool = False
    sparse: bool = False

    def infer(self, site: Site, x: TensorType) -> TensorType:
        if x.dtype != "int64":
            message = f"embedding needs integers, got {x}"
            raise Refusal(
                "E0306", message, inputs=(0,), help="declare the input as int[...], or convert it with .long()"
            )
        if self.padding_idx is not None and not -self.num_embeddings <= self.padding_idx < self.num_embeddings:
            message = f"padding_idx {self.padding_idx} is not a row of {self.num_embeddings}"
            raise Refusal("E0402", message, argument="padding_idx")
        return TensorType((*x.shape, self.embedding_dim))

    def parameters(self, *inputs: Any) -> tuple[Parameter, ...]:
        return (Parameter("weight", (self.num_embeddings, self.embedding_dim)),)

    def stand_in(self) -> tuple[Any, ...] | None:
        return (TensorType((1,), "int64"),)

    flops = uncounted

    def reach(self, *inputs: Any) -> Reach:
        return keeping(*range(inputs[0].rank), None)

    def module(self, *inputs: Any) -> TorchCall | None:
        return self.torch_call("nn.Embedding", positional=2)

    def function(self, inputs: tuple[Any, ...], output: Type) -> TorchCall | None:
        return None
