"""Attention without parameters."""

from __future__ import annotations

from typing import Annotated, Any

from archc.ir.dims import DimLike
from archc.ir.marks import Within
from archc.ir.operator import WHOLE, Example, Input, PositiveFloat, Reach, TorchCall, Word
from archc.ir.site import Refusal, Site
from archc.ir.types import TensorType, Type
from archc.ops._axes import need_float, need_rank, product
from archc.ops._broadcast import broadcast
from archc.ops._pure import Pure

Dropout = Annotated[float, Within(ge=0, lt=1)]


class ScaledDotProductAttention(Pure):
    """Attention of "Attention Is All You Need" (arXiv:1706.03762), section 3.2.1: ``softmax(query key^T * scale + mask) value``.

    Shapes: query ``[..., T, D]``, key ``[..., S, D]``, value ``[..., S, V]`` give ``[..., T, V]``; the leading dims, mostly batch
    and heads, are the same. ``attn_mask`` is stretched to ``[..., T, S]`` over literal sizes 1: booleans are true where a query
    sees a key, numbers are added.

    - ``dropout_p``: share of the weights dropped while training.
    - ``is_causal``: a query sees no later key; excludes a mask.
    - ``scale``: by default one over the root of ``D``.
    - ``enable_gqa``: key and value have fewer heads (the third dim from the end), each for a group of query heads.
    """

    name = "scaled_dot_product_attention"
    family = "attention"
    torch = ("torch.nn.functional.scaled_dot_product_attention",)
    inputs = ("query", "key", "value", "attn_mask")
    required = 3
    examples = (
        Example(
            "scaled_dot_product_attention(is_causal=True)",
            ("[B, 12, T, 64]", "[B, 12, T, 64]", "[B, 12, T, 64]"),
            "[B, 12, T, 64]",
        ),
    )

    dropout_p: Dropout = 0.0
    is_causal: bool = False
    scale: PositiveFloat | None = None
    enable_gqa: bool = False

    def infer(
        self, site: Site, query: TensorType, key: TensorType, value: TensorType, attn_mask: TensorType | None = None
    ) -> TensorType:
        for i, operand in enumerate((query, key, value)):
            need_float(self.name, operand, i)
            need_rank(self.name, operand, 4 if self.enable_gqa else 3, i)
            if operand.dtype != query.dtype or operand.rank != query.rank:
                message = f"{self.name} needs query, key and value alike, got {query} and {operand}"
                code = "E0301" if operand.rank != query.rank else "E0306"
                raise Refusal(code, message, inputs=(0, i))
        self._leading(site, query, key, value)
        self._equal(site, "query and key differ in their last size", query.shape[-1], key.shape[-1], (0, 1))
        self._equal(site, "key and value differ in their length", key.shape[-2], value.shape[-2], (1, 2))
        if attn_mask is not None:
            self._mask(site, query, key, attn_mask)
        return query.with_shape(*query.shape[:-1], value.shape[-1])

    def _equal(self, site: Site, what: str, a: DimLike, b: DimLike, positions: tuple[int, int]) -> None:
        site.equal(a, b, lambda: Refusal("E0302", f"{what}: {a} and {b}", inputs=positions))

    def _leading(self, site: Site, query: TensorType, key: TensorType, value: TensorType) -> None:
        batch = query.rank - 3 if self.enable_gqa else query.rank - 2
        for dim in range(batch):
            self._equal(site, f"query and key differ at dim {dim}", query.shape[dim], key.shape[dim], (0, 1))
        for dim in range(query.rank - 2):
            self._equal(site, f"key and value differ at dim {dim}", key.shape[dim], value.shape[dim], (1, 2))
        if self.enable_gqa:
            heads, groups = query.shape[-3], key.shape[-3]
            message = f"{heads} query heads are no multiple of {groups} key heads"
            site.equal(heads % groups, 0, Refusal("E0304", message, inputs=(0, 1)))

    def _mask(self, site: Site, query: TensorType, key: TensorType, mask: TensorType) -> None:
        if self.is_causal:
            raise Refusal("E0402", "is_causal excludes a mask", argument="is_causal", inputs=(3,))
        if mask.dtype not in ("bool", query.dtype):
            message = f"the mask is of booleans or of the query's dtype, got {mask} for {query}"
            raise Refusal("E0306", message, inputs=(3,))
        need_rank("a mask", mask, 2, 3)
        scores = query.with_shape(*query.shape[:-1], key.shape[-2])
        shape = broadcast(site, "the mask and the scores", [scores, mask])
        if len(shape) != scores.rank or any(a != b and a == 1 for a, b in zip(scores.shape, shape, strict=True)):
            raise Refusal("E0302", f"the mask {mask} does not fit the scores {scores}", inputs=(3,))

    def flops(self, inputs: tuple[Any, ...], output: Type) -> DimLike:
        query, key, value = inputs[:3]
        pairs = product((*query.shape[:-1], key.shape[-2]))
        return 2 * pairs * product(query.shape[-1:]) + 2 * pairs * product(value.shape[-1:])

    def reach(self, *inputs: Any) -> Reach:
        return WHOLE

    def function(self, inputs: tuple[Any, ...], output: Type) -> TorchCall | None:
        mask = (("attn_mask", Input(3)),) if len(inputs) > 3 and inputs[3] is not None else ()
        call = self.torch_call("F.scaled_dot_product_attention", *map(Input, range(3)), leave=("dropout_p",))
        dropout = (("dropout_p", Word(f"{self.dropout_p!r} if self.training else 0.0")),) if self.dropout_p else ()
        return TorchCall(call.fn, call.args, (*mask, *dropout, *call.kwargs))
