"""Attention with parameters: several heads, each with projections of its own."""

from __future__ import annotations

from typing import Any

from archc.ir.dims import DimLike
from archc.ir.operator import WHOLE, Example, Input, Operator, Parameter, Positive, Probability, Reach, TorchCall
from archc.ir.site import Refusal, Site
from archc.ir.types import TensorType, Type
from archc.ops._windows import demand_divisor, demand_size, known_size, need_own_float

INPUTS = ("query", "key", "value", "key_padding_mask", "attn_mask")


class MultiheadAttention(Operator):
    """Attention of several heads with projections of query, key, value and output.

    Vaswani et al. 2017, arXiv:1706.03762, section 3.2.2: each of ``num_heads`` heads projects query, key and value to
    ``embed_dim / num_heads`` features and attends by ``softmax(q k^T / sqrt(features) + mask) v``; what they give is put side by side
    and projected again.

    Shape: query ``[B, T, embed_dim]``, key ``[B, S, K]`` and value ``[B, S, V]`` give ``[B, T, embed_dim]``; with
    ``need_weights=True`` a pair of that and the weights ``[B, T, S]``. Self-attention is ``(x, x, x) -> attn: multihead_attention(8)``.

    Two more inputs are optional. ``key_padding_mask`` ``[B, S]`` hides keys of an example, ``attn_mask`` ``[T, S]`` or
    ``[B * num_heads, T, S]`` hides keys from queries. Booleans are true where a key is hidden, numbers are added to the scores.

    - ``num_heads``: number of heads; divides ``embed_dim``.
    - ``dropout``: probability that a weight is dropped, while training.
    - ``bias``: whether the four projections add a vector.
    - ``add_bias_kv``: whether one more key and value, which are learnt, are attended to.
    - ``add_zero_attn``: whether one more key and value, both zero, are attended to.
    - ``need_weights``: whether the weights of the attention are given too; they then have a position for each of those that the two
      arguments before add.
    - ``average_attn_weights``: whether those weights are the mean over the heads; else they are ``[B, num_heads, T, S]``.
    - ``is_causal``: says that ``attn_mask`` hides exactly the later keys, so that a faster way may be taken.
    - ``embed_dim``, ``kdim``, ``vdim``: last sizes of query, key and value; only needed for a layer that is declared and never applied.

    Parameters: ``in_proj_weight`` ``[3 * embed_dim, embed_dim]``, or, where ``K`` or ``V`` is not ``embed_dim``, ``q_proj_weight``,
    ``k_proj_weight`` ``[embed_dim, K]`` and ``v_proj_weight`` ``[embed_dim, V]``; ``in_proj_bias`` ``[3 * embed_dim]``; ``bias_k`` and
    ``bias_v`` ``[1, 1, embed_dim]``; ``out_proj.weight`` ``[embed_dim, embed_dim]`` and ``out_proj.bias`` ``[embed_dim]``.
    PyTorch: ``torch.nn.MultiheadAttention`` with ``batch_first=True``.
    """

    name = "multihead_attention"
    family = "attention"
    torch = ("torch.nn.MultiheadAttention",)
    inputs = INPUTS
    required = 3
    examples = (
        Example("multihead_attention(8)", ("[B, T, 512]", "[B, T, 512]", "[B, T, 512]"), "[B, T, 512]"),
        Example(
            "multihead_attention(4, need_weights=True)",
            ("[B, T, 64]", "[B, S, 32]", "[B, S, 32]", "bool[B, S]"),
            "([B, T, 64], [B, T, S])",
        ),
        Example(
            "multihead_attention(8, dropout=0.1)",
            ("[B, T, 512]", "[B, T, 512]", "[B, T, 512]", "None", "[T, T]"),
            "[B, T, 512]",
        ),
    )

    num_heads: Positive
    dropout: Probability = 0.0
    bias: bool = True
    add_bias_kv: bool = False
    add_zero_attn: bool = False
    need_weights: bool = False
    average_attn_weights: bool = True
    is_causal: bool = False
    embed_dim: Positive | None = None
    kdim: Positive | None = None
    vdim: Positive | None = None

    def infer(
        self,
        site: Site,
        query: TensorType,
        key: TensorType,
        value: TensorType,
        key_padding_mask: TensorType | None = None,
        attn_mask: TensorType | None = None,
    ) -> Type:
        self._demand_arguments(attn_mask)
        given = ((query, self.embed_dim, "embed_dim"), (key, self.kdim, "kdim"), (value, self.vdim, "vdim"))
        for position, (operand, size, argument) in enumerate(given):
            self._demand_operand(operand, position)
            demand_size(site, self.name, operand.shape[2], size, argument, position)
        demand_divisor(site, self.num_heads, self._sizes((query, key, value))[0], "embed_dim", "num_heads", (0,))
        self._demand_alike(site, query, key, value)
        batch, targets, sources = query.shape[0], query.shape[1], key.shape[1]
        if key_padding_mask is not None:
            self._demand_mask(site, key_padding_mask, ((batch, sources),), 3)
        if attn_mask is not None:
            wanted = (targets, sources), (batch * self.num_heads, targets, sources)
            self._demand_mask(site, attn_mask, wanted, 4)
        return (query, self._weights(query, sources)) if self.need_weights else query

    def _demand_arguments(self, attn_mask: TensorType | None) -> None:
        if not self.need_weights and not self.average_attn_weights:
            message = "average_attn_weights speaks of the weights, which are given with need_weights=True only"
            raise Refusal("E0402", message, argument="average_attn_weights")
        if self.is_causal and attn_mask is None:
            message = "is_causal describes attn_mask, which is not given"
            raise Refusal("E0402", message, argument="is_causal", help="give the causal mask as attn_mask")
        if self.is_causal and (self.add_bias_kv or self.add_zero_attn):
            message = "is_causal does not go with keys that are added: they come last, so no query would see them"
            raise Refusal("E0402", message, argument="is_causal", help="leave is_causal out; attn_mask does it all")

    def _demand_operand(self, x: TensorType, position: int) -> None:
        if x.rank != 3:
            message = f"{self.name} needs {INPUTS[position]} [B, T, features], got {x}"
            raise Refusal("E0301", message, inputs=(position,))
        need_own_float(self.name, x, position)

    def _demand_alike(self, site: Site, query: TensorType, key: TensorType, value: TensorType) -> None:
        batch = f"{self.name} needs one batch of query and key, got {query} and {key}"
        site.equal(query.shape[0], key.shape[0], Refusal("E0302", batch, inputs=(0, 1)))
        both = f"{self.name} needs a value for each key, got {key} and {value}"
        for one, other in zip(key.shape[:2], value.shape[:2], strict=True):
            site.equal(one, other, Refusal("E0302", both, inputs=(1, 2)))

    def _demand_mask(
        self, site: Site, mask: TensorType, wanted: tuple[tuple[DimLike, ...], ...], position: int
    ) -> None:
        shapes = " or ".join(str(TensorType(shape)) for shape in wanted)
        message = f"{self.name} needs {INPUTS[position]} {shapes}, got {mask}"
        if mask.dtype not in ("bool", "float"):
            raise Refusal("E0306", f"{message}: it must be of booleans or of the model's float", inputs=(position,))
        shape = next((shape for shape in wanted if len(shape) == mask.rank), None)
        if shape is None:
            raise Refusal("E0301", message, inputs=(position,))
        for found, expected in zip(mask.shape, shape, strict=True):
            site.equal(found, expected, Refusal("E0302", message, inputs=(position,)))

    def _keys(self, sources: DimLike) -> DimLike:
        """How many keys there are with those that are added."""
        return sources + int(self.add_bias_kv) + int(self.add_zero_attn)

    def _weights(self, query: TensorType, sources: DimLike) -> TensorType:
        heads = () if self.average_attn_weights else (self.num_heads,)
        return query.with_shape(query.shape[0], *heads, query.shape[1], self._keys(sources))

    def parameters(self, *inputs: Any) -> tuple[Parameter, ...]:
        embed, keys, values = self._sizes(inputs)
        found = [Parameter("in_proj_weight", (3 * embed, embed))]
        if (keys, values) != (embed, embed):
            columns = zip("qkv", (embed, keys, values), strict=True)
            found = [Parameter(f"{letter}_proj_weight", (embed, size)) for letter, size in columns]
        found += [Parameter("in_proj_bias", (3 * embed,))] if self.bias else []
        found += [Parameter(f"bias_{letter}", (1, 1, embed)) for letter in "kv"] if self.add_bias_kv else []
        found.append(Parameter("out_proj.weight", (embed, embed)))
        return (*found, Parameter("out_proj.bias", (embed,))) if self.bias else tuple(found)

    def flops(self, inputs: tuple[Any, ...], output: Type) -> DimLike:
        """The four projections, and for every query the scores and the mixture of all keys."""
        embed, keys, values = self._sizes(inputs)
        batch, targets, _ = inputs[0].shape
        sources: DimLike = inputs[1].shape[1]
        projections = 2 * embed * targets + (keys + values) * sources
        total: DimLike = 2 * batch * embed * (projections + 2 * targets * self._keys(sources))
        return total

    def reach(self, *inputs: Any) -> Reach:
        return WHOLE

    def module(self, *inputs: Any) -> TorchCall | None:
        embed, keys, values = self._sizes(inputs)
        call = self.torch_call("nn.MultiheadAttention", embed, positional=1, leave=_NOT_TORCHS)
        others = tuple((name, size) for name, size in (("kdim", keys), ("vdim", values)) if size != embed)
        return TorchCall(call.fn, call.args, (*call.kwargs, *others, ("batch_first", True)))

    def applied(self, inputs: tuple[Any, ...], output: Type) -> TorchCall | None:
        """PyTorch's module gives a pair in any case, and computes the weights unless told otherwise."""
        masks = tuple((INPUTS[i], Input(i)) for i in range(3, len(INPUTS)) if i < len(inputs) and inputs[i] is not None)
        average = () if self.average_attn_weights else (("average_attn_weights", False),)
        causal = (("is_causal", True),) if self.is_causal else ()
        kwargs = (*masks, ("need_weights", self.need_weights), *average, *causal)
        return TorchCall("()", (Input("self"), *map(Input, range(3))), kwargs, None if self.need_weights else 0)

    def function(self, inputs: tuple[Any, ...], output: Type) -> TorchCall | None:
        return None

    def stand_in(self) -> tuple[Any, ...] | None:
        if self.embed_dim is None:
            return None
        sizes = (self.embed_dim, self.kdim or self.embed_dim, self.vdim or self.embed_dim)
        return tuple(TensorType((2, 2, size)) for size in sizes)

    def _sizes(self, inputs: tuple[Any, ...]) -> tuple[int, int, int]:
        """Last sizes of query, key and value."""
        query, key, value = (x.shape[2] for x in inputs[:3])
        return known_size(query, self.embed_dim), known_size(key, self.kdim), known_size(value, self.vdim)


_NOT_TORCHS = ("need_weights", "average_attn_weights", "is_causal", "embed_dim", "kdim", "vdim")
"""What ``nn.MultiheadAttention`` takes at the call, or is written by hand."""
