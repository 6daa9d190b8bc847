"""Random uses of layers: inputs with batch, channels and spatial axes, and arguments that mostly fit them."""

from __future__ import annotations

from collections.abc import Callable
from math import prod
from typing import Any

from hypothesis import strategies as st

from archc.ir.fields import Field
from archc.ir.operator import OPERATORS, Operator
from archc.ir.site import Refusal
from archc.ir.types import TensorType
from tests.contract.draws import Case, field_values
from tests.contract.draws_vision import VISION
from tests.contract.harness import infer

Fields = dict[str, Any]
Tune = Callable[[st.DrawFn, Fields, TensorType], tuple[Fields, TensorType]]

RANKS = {
    "dropout1d": (1,),
    "dropout2d": (2,),
    "dropout3d": (3,),
    "pixel_shuffle": (2,),
    "pixel_unshuffle": (2,),
    "unfold": (2,),
    "fold": (2,),
    "batch_norm": (0, 1, 2, 3),
}
"""Spatial axes, where they are not one to three."""
SPATIAL_FIELDS = (
    "kernel_size",
    "stride",
    "padding",
    "dilation",
    "output_padding",
    "output_size",
    "size",
    "scale_factor",
)


@st.composite
def layer_cases(draw: st.DrawFn, cls: type[Operator]) -> Case:
    """Random fields, then what makes them fit the input more often."""
    axes = draw(st.sampled_from(RANKS.get(cls.name, (1, 2, 3))))
    sizes = [draw(st.integers(1, 12 if axes < 3 else 7)) for _ in range(axes)]
    x = TensorType((draw(st.integers(1, 3)), draw(st.integers(1, 6)), *sizes))
    fields = {name: draw(field_values(info.annotation)) for name, info in _chosen(draw, cls)}
    for name in SPATIAL_FIELDS:
        if isinstance(fields.get(name), tuple) and draw(st.integers(0, 9)):
            fields[name] = tuple(fields[name][i % len(fields[name])] for i in range(axes))
    if cls.name in TUNES:
        fields, x = TUNES[cls.name](draw, fields, x)
    return cls(**fields), (x,)


def _chosen(draw: st.DrawFn, cls: type[Operator]) -> list[tuple[str, Field]]:
    """All required fields and some of the others; sizes that are inferred are seldom given."""
    inferred = [name for name in cls.fields if name.startswith(("in_", "num_")) or name == "normalized_shape"]
    return [
        (name, info)
        for name, info in cls.fields.items()
        if info.is_required() or draw(st.integers(0, 5 if name in inferred else 1)) == 0
    ]


def _with_channels(x: TensorType, channels: int) -> TensorType:
    return x.with_shape(x.shape[0], channels, *x.shape[2:])


def _grouped(draw: st.DrawFn, fields: Fields, x: TensorType) -> tuple[Fields, TensorType]:
    """Channels that are multiples of the groups, most of the time; strides that go with ``"same"``."""
    if fields.get("padding") == "same" and draw(st.integers(0, 3)):
        fields.pop("stride", None)
    groups = fields.get("groups", 1)
    if draw(st.integers(0, 5)) == 0:
        return fields, x
    if "out_channels" in fields:
        fields["out_channels"] = groups * draw(st.integers(1, 3))
    return fields, _with_channels(x, groups * draw(st.integers(1, 3)))


def _narrow_padding(draw: st.DrawFn, fields: Fields, x: TensorType) -> tuple[Fields, TensorType]:
    """Padding of at most half the kernel, most of the time."""
    if "padding" in fields and draw(st.integers(0, 4)):
        kernel = fields["kernel_size"]
        narrowest = min(kernel) if isinstance(kernel, tuple) else kernel
        fields["padding"] = draw(st.integers(0, narrowest // 2))
    return fields, x


def _group_norm(draw: st.DrawFn, fields: Fields, x: TensorType) -> tuple[Fields, TensorType]:
    return fields, _with_channels(x, fields["num_groups"] * draw(st.integers(1, 3))) if draw(st.integers(0, 4)) else x


def _pixels(draw: st.DrawFn, fields: Fields, x: TensorType) -> tuple[Fields, TensorType]:
    """Channels that make whole squares, or squares that cover the image."""
    if draw(st.integers(0, 4)) == 0:
        return fields, x
    if (r := fields.get("upscale_factor")) is not None:
        return fields, _with_channels(x, r * r * draw(st.integers(1, 2)))
    r = fields["downscale_factor"]
    return fields, x.with_shape(*x.shape[:2], *(r * draw(st.integers(1, 3)) for _ in x.shape[2:]))


def _pads(draw: st.DrawFn, fields: Fields, x: TensorType) -> tuple[Fields, TensorType]:
    count = draw(st.integers(1, x.rank))
    low = -3 if fields.get("mode", "constant") == "constant" else draw(st.sampled_from([0, 0, 0, -1]))
    fields["pad"] = tuple(draw(st.integers(low, 4)) for _ in range(2 * count))
    if fields.get("mode", "constant") != "constant":
        fields["pad"] = fields["pad"][: 2 * (x.rank - 2)] if draw(st.integers(0, 4)) else fields["pad"]
        fields.pop("value", None)
    return fields, x


def _resizes(draw: st.DrawFn, fields: Fields, x: TensorType) -> tuple[Fields, TensorType]:
    """A size or a factor, and a mode for the number of axes."""
    fields.pop("scale_factor", None)
    fields.pop("size", None)
    if draw(st.booleans()):
        fields["size"] = draw(st.one_of(st.integers(0, 9), st.tuples(*[st.integers(1, 9)] * (x.rank - 2))))
    else:
        scale = st.sampled_from([2, 3, 0.5, 1.5, 0.3, 1.1, 2.7, 0.75, 1])
        fields["scale_factor"] = draw(st.one_of(scale, st.tuples(*[scale] * (x.rank - 2))))
    if draw(st.integers(0, 3)):
        tied = {3: ("linear",), 4: ("bilinear", "bicubic"), 5: ("trilinear",)}[x.rank]
        fields["mode"] = draw(st.sampled_from(["nearest", "nearest-exact", "area", *tied]))
    if fields.get("mode", "nearest") in ("nearest", "nearest-exact", "area") and draw(st.integers(0, 4)):
        fields.pop("align_corners", None)
        fields.pop("antialias", None)
    return fields, x


def _features(draw: st.DrawFn, fields: Fields, x: TensorType) -> tuple[Fields, TensorType]:
    """Sizes that are given are mostly the input's own."""
    if "in_features" in fields and draw(st.booleans()):
        fields["in_features"] = x.shape[-1]
    return fields, x


def _trailing(draw: st.DrawFn, fields: Fields, x: TensorType) -> tuple[Fields, TensorType]:
    if "normalized_shape" in fields and draw(st.integers(0, 3)):
        fields["normalized_shape"] = x.shape[draw(st.integers(0, x.rank - 1)) :]
    return fields, x


def _columns(draw: st.DrawFn, fields: Fields, x: TensorType) -> tuple[Fields, TensorType]:
    """The columns that ``unfold`` would give for the image, most of the time."""
    taps = fields["kernel_size"]
    fields["kernel_size"] = taps = tuple(taps[i % len(taps)] for i in (0, 1)) if isinstance(taps, tuple) else taps
    count = prod(taps) if isinstance(taps, tuple) else taps * taps
    size = fields["output_size"]
    pair = tuple(size[i % len(size)] for i in (0, 1)) if isinstance(size, tuple) else (size, size)
    shared = {k: v for k, v in fields.items() if k != "output_size"}
    try:
        unfolded, _ = infer(OPERATORS["unfold"](**shared), [TensorType((1, 1, *pair))])
    except Refusal:
        return fields, TensorType((2, count, 4))
    assert isinstance(unfolded, TensorType)
    return fields, TensorType((2, count * draw(st.integers(1, 2)), unfolded.shape[2]))


@st.composite
def _embeddings(draw: st.DrawFn, cls: type[Operator]) -> Case:
    """Tables of at least two rows: the inputs that are run hold ones."""
    shape = draw(st.lists(st.integers(1, 5), max_size=3))
    fields = {name: draw(field_values(info.annotation)) for name, info in _chosen(draw, cls)}
    fields["num_embeddings"] = draw(st.integers(2, 9))
    return cls(**fields), (TensorType(tuple(shape), draw(st.sampled_from(["int64", "int64", "float"]))),)


@st.composite
def _bilinear(draw: st.DrawFn, cls: type[Operator]) -> Case:
    lead = draw(st.lists(st.integers(1, 4), max_size=3))
    other = lead if draw(st.integers(0, 4)) else draw(st.lists(st.integers(1, 4), max_size=3))
    fields = {"out_features": draw(st.integers(1, 5)), "bias": draw(st.booleans())}
    first, second = TensorType((*lead, draw(st.integers(1, 5)))), TensorType((*other, draw(st.integers(1, 5))))
    return cls(**fields), (first, second)


TUNES: dict[str, Tune] = {
    "avg_pool": _narrow_padding,
    "channel_shuffle": _grouped,
    "conv": _grouped,
    "conv_transpose": _grouped,
    "fold": _columns,
    "group_norm": _group_norm,
    "interpolate": _resizes,
    "layer_norm": _trailing,
    "linear": _features,
    "max_pool": _narrow_padding,
    "pad": _pads,
    "pixel_shuffle": _pixels,
    "pixel_unshuffle": _pixels,
    "rms_norm": _trailing,
    "upsample": _resizes,
}
FAMILIES = ("convolution", "dropout", "linear", "normalization", "padding", "pooling", "rearrangement", "resizing")


def layer_draws(cls: type[Operator]) -> st.SearchStrategy[Case] | None:
    """A good draw for a layer, or None for what is no layer of these families."""
    if cls.name == "embedding":
        return _embeddings(cls)
    if cls.name == "bilinear":
        return _bilinear(cls)
    plain = cls.family in FAMILIES and len(cls.inputs) == 1 and cls.name not in VISION
    return layer_cases(cls) if plain else None
