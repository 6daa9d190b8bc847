"""Bags of embeddings: the rows of a table that several integers name, reduced to one."""

from __future__ import annotations

from typing import Any, Literal

from archc.ir.operator import (
    Example,
    Input,
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
from archc.ops._windows import need_own_float


class EmbeddingBag(Operator):
    """Replaces each row of integers by the mean, sum or maximum of their rows of a learnt table.

    Shape: ``int[B, T]`` to ``[B, embedding_dim]``. A second input weighs the rows that are summed: ``[B, T]``, with ``mode="sum"``.

    - ``num_embeddings``: number of rows.
    - ``embedding_dim``: length of a row.
    - ``max_norm``: rows longer than this are shortened to it when they are looked up.
    - ``norm_type``: which norm ``max_norm`` means.
    - ``scale_grad_by_freq``: whether a row's gradient is divided by how often the row occurs in the batch; not with ``"max"``.
    - ``mode``: ``"mean"``, ``"sum"`` or ``"max"``.
    - ``sparse``: whether gradients are sparse tensors; not with ``"max"``.
    - ``padding_idx``: an integer that is left out of the bags, whose row is not trained; negative counts from the end.

    Parameters: ``weight`` ``[num_embeddings, embedding_dim]``. PyTorch: ``torch.nn.EmbeddingBag`` of a matrix.
    """

    name = "embedding_bag"
    family = "embedding"
    torch = ("torch.nn.EmbeddingBag",)
    inputs = ("input", "per_sample_weights")
    examples = (
        Example("embedding_bag(50257, 64)", ("int[B, T]",), "[B, 64]"),
        Example("embedding_bag(1000, 16, mode='sum')", ("int[B, T]", "[B, T]"), "[B, 16]"),
    )

    num_embeddings: Positive
    embedding_dim: Positive
    max_norm: PositiveFloat | None = None
    norm_type: PositiveFloat = 2.0
    scale_grad_by_freq: bool = False
    mode: Literal["mean", "sum", "max"] = "mean"
    sparse: bool = False
    padding_idx: int | None = None

    def infer(self, site: Site, x: TensorType, weights: TensorType | None = None) -> TensorType:
        if x.dtype != "int64":
            help_ = "declare the input as int[...], or convert it with .long()"
            raise Refusal("E0306", f"embedding_bag needs integers, got {x}", inputs=(0,), help=help_)
        if x.rank != 2:
            raise Refusal("E0301", f"embedding_bag needs [B, T], got {x}", inputs=(0,))
        self._check_arguments()
        if weights is not None:
            self._check_weights(site, x, weights)
        return TensorType((x.shape[0], self.embedding_dim))

    def _check_arguments(self) -> None:
        if self.padding_idx is not None and not -self.num_embeddings <= self.padding_idx < self.num_embeddings:
            message = f"padding_idx {self.padding_idx} is not a row of {self.num_embeddings}"
            raise Refusal("E0402", message, argument="padding_idx")
        for name in ("scale_grad_by_freq", "sparse"):
            if self.mode == "max" and getattr(self, name):
                raise Refusal("E0402", f'embedding_bag has no {name} with mode="max"', argument=name)

    def _check_weights(self, site: Site, x: TensorType, weights: TensorType) -> None:
        if self.mode != "sum":
            raise Refusal("E0402", f'weights need mode="sum", got mode="{self.mode}"', argument="mode", inputs=(1,))
        need_own_float(self.name, weights, 1)
        message = f"embedding_bag needs a weight for each integer, got {x} and {weights}"
        if weights.rank != 2:
            raise Refusal("E0301", message, inputs=(0, 1))
        for size, given in zip(x.shape, weights.shape, strict=True):
            site.equal(size, given, Refusal("E0302", message, inputs=(0, 1)))

    def parameters(self, *inputs: Any) -> tuple[Parameter, ...]:
        return (Parameter("weight", (self.num_embeddings, self.embedding_dim)),)

    def stand_in(self) -> tuple[Any, ...] | None:
        return (TensorType((1, 1), "int64"),)

    flops = uncounted

    def reach(self, *inputs: Any) -> Reach:
        return keeping(0, None)

    def module(self, *inputs: Any) -> TorchCall | None:
        return self.torch_call("nn.EmbeddingBag", positional=2)

    def applied(self, inputs: tuple[Any, ...], output: Type) -> TorchCall | None:
        if len(inputs) < 2:
            return None
        return TorchCall("()", (Input("self"), Input(0)), (("per_sample_weights", Input(1)),))

    def function(self, inputs: tuple[Any, ...], output: Type) -> TorchCall | None:
        return None
