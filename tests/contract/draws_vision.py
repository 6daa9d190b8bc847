"""Random uses of operators on images that have several inputs: weights, indices and grids that mostly fit."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from archc.ir.operator import Operator
from archc.ir.types import TensorType
from tests.contract.draws import SIZES, Case, operators_of

FITTING = st.sampled_from([True, True, True, False])


def _image(draw: st.DrawFn, channels: int, axes: int) -> TensorType:
    return TensorType((draw(st.integers(1, 3)), channels, *(draw(st.integers(2, 9)) for _ in range(axes))))


def _per_axis(draw: st.DrawFn, fields: dict[str, Any], axes: int) -> None:
    """Tuples of one size for each axis."""
    for name, value in fields.items():
        if isinstance(value, tuple):
            fields[name] = tuple(value[i % len(value)] for i in range(axes)) if draw(FITTING) else value


def _changed(draw: st.DrawFn, x: TensorType) -> TensorType:
    """At times another size or dtype."""
    if draw(st.integers(0, 5)):
        return x
    shape = list(x.shape)
    shape[draw(st.integers(0, x.rank - 1))] = draw(SIZES)
    return TensorType(tuple(shape), draw(st.sampled_from([x.dtype, "int64"])))


@st.composite
def weights(draw: st.DrawFn, cls: type[Operator]) -> Case:
    """An image, a weight and perhaps a bias, in groups."""
    axes, groups = draw(st.integers(1, 3)), draw(st.sampled_from([1, 1, 2, 3]))
    ins, outs = groups * draw(st.integers(1, 2)), draw(st.integers(1, 2))
    op = draw(operators_of(cls))
    fields = dict(op.defined())
    fields["groups"] = groups if draw(FITTING) else draw(st.integers(-1, 3))
    _per_axis(draw, fields, axes)
    kernel = tuple(draw(st.integers(1, 3)) for _ in range(axes))
    lead = (ins, outs) if "transpose" in cls.name else (groups * outs, ins // groups)
    given = [_image(draw, ins, axes), _changed(draw, TensorType((*lead, *kernel)))]
    bias = [_changed(draw, TensorType((groups * outs,)))] if draw(st.booleans()) else []
    return cls(**fields), (*given, *bias)


@st.composite
def matrices(draw: st.DrawFn, cls: type[Operator]) -> Case:
    """Features, a matrix and perhaps a bias."""
    features, outs = draw(SIZES), draw(SIZES)
    x = TensorType((*draw(st.lists(SIZES, max_size=2)), features))
    bias = [_changed(draw, TensorType((outs,)))] if draw(st.booleans()) else []
    return cls(), (_changed(draw, x), _changed(draw, TensorType((outs, features))), *bias)


@st.composite
def unpoolings(draw: st.DrawFn, cls: type[Operator]) -> Case:
    """Numbers and their indices; at times the size that the pooling had."""
    axes = draw(st.integers(1, 3))
    x = _image(draw, draw(st.integers(1, 3)), axes)
    kernel = draw(st.integers(1, 3))
    fields: dict[str, Any] = {"kernel_size": kernel}
    if draw(st.booleans()):
        fields["output_size"] = tuple(kernel * n + draw(st.integers(-2, 2)) for n in x.shape[2:] if isinstance(n, int))
    if not draw(FITTING):
        fields |= {"stride": draw(st.integers(1, 3)), "padding": draw(st.integers(0, 3))}
    return cls(**fields), (x, _changed(draw, TensorType(x.shape, "int64")))


@st.composite
def grids(draw: st.DrawFn, cls: type[Operator]) -> Case:
    """An image and the places that are read."""
    axes = draw(st.sampled_from([2, 2, 3]))
    x = _image(draw, draw(st.integers(1, 3)), axes)
    grid = TensorType((x.shape[0], *(draw(SIZES) for _ in range(axes)), axes))
    return draw(operators_of(cls)), (x, _changed(draw, grid))


@st.composite
def maps(draw: st.DrawFn, cls: type[Operator]) -> Case:
    """Affine maps, and the shape of an image."""
    axes = draw(st.sampled_from([2, 2, 3]))
    size = _image(draw, 2, axes).shape if draw(FITTING) else tuple(draw(st.integers(-1, 4)) for _ in range(axes + 2))
    op = cls(size=size, align_corners=draw(st.booleans()))
    return op, (_changed(draw, TensorType((size[0], axes, axes + 1))),)


@st.composite
def vectors(draw: st.DrawFn, cls: type[Operator]) -> Case:
    """Some vectors."""
    given = [_changed(draw, TensorType((draw(SIZES),))) for _ in range(draw(st.integers(2, 3)))]
    return cls(indexing=draw(st.sampled_from(["ij", "xy"]))), tuple(given)


VISION = {
    **dict.fromkeys(("functional_conv", "functional_conv_transpose"), weights),
    "functional_linear": matrices,
    "max_unpool": unpoolings,
    "grid_sample": grids,
    "affine_grid": maps,
    "meshgrid": vectors,
}
