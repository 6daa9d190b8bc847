"""Resizing of the spatial axes: interpolation to a size, or by a factor."""

from __future__ import annotations

from fractions import Fraction
from math import floor
from typing import Any, Literal, TypeAlias

from archc.ir.dims import Dim, DimLike, exact_div
from archc.ir.operator import WHOLE, Example, Input, Positive, PositiveFloat, Reach, TorchCall
from archc.ir.site import Refusal, Site
from archc.ir.types import TensorType, Type
from archc.ops._axes import need_float
from archc.ops._pure import Pure
from archc.ops._windows import SPATIAL, spatial_rank, spatial_reach
from archc.source import Span

Scale: TypeAlias = Positive | PositiveFloat
Mode: TypeAlias = Literal["nearest", "nearest-exact", "linear", "bilinear", "bicubic", "trilinear", "area"]

RANKS = {"linear": (1,), "bilinear": (2,), "bicubic": (2,), "trilinear": (3,)}
"""The spatial axes of modes that are tied to a number of them."""
SUPPORT = {"linear": 1, "bilinear": 1, "trilinear": 1, "bicubic": 2}
"""How far from its own place an output position looks, in input positions, when nothing is scaled down."""
LARGEST = 2**31


class Resize(Pure):
    """What ``upsample`` and ``interpolate`` share."""

    family = "resizing"

    size: DimLike | tuple[DimLike, ...] | None = None
    scale_factor: Scale | tuple[Scale, ...] | None = None
    mode: Mode = "nearest"
    align_corners: bool | None = None
    recompute_scale_factor: bool | None = None

    @property
    def smooths(self) -> bool:
        """Whether what lies between the positions of a smaller output counts too (``antialias``)."""
        return False

    def infer(self, site: Site, x: TensorType) -> TensorType:
        count = spatial_rank(f'{self.name} with mode="{self.mode}"', x, RANKS.get(self.mode, (1, 2, 3)))
        need_float(self.name, x)
        self._refuse_combinations()
        return x.with_shape(*x.shape[:2], *self._sizes(site, x.shape[2:], count))

    def _refuse_combinations(self) -> None:
        if (self.size is None) == (self.scale_factor is None):
            found = "neither" if self.size is None else "both"
            message = f"{self.name} needs one of size and scale_factor, got {found}"
            raise Refusal("E0402", message, argument=None if self.size is None else "scale_factor")
        if self.align_corners is not None and self.mode not in RANKS:
            modes = ", ".join(f'"{mode}"' for mode in RANKS)
            message = f'align_corners is for the modes {modes}, not for mode="{self.mode}"'
            raise Refusal("E0402", message, argument="align_corners")
        if self.recompute_scale_factor and self.size is not None:
            message = "recompute_scale_factor goes with scale_factor, not with size"
            raise Refusal("E0402", message, argument="recompute_scale_factor")

    def _sizes(self, site: Site, sizes: tuple[DimLike, ...], count: int) -> tuple[DimLike, ...]:
        if self.size is not None:
            wanted: tuple[DimLike, ...] = _each("size", self.size, count)
            for size in wanted:
                site.at_least(size, 1, Refusal("E0401", f"size {size} must be at least 1", argument="size"))
            return wanted
        scales = _each("scale_factor", self.scale_factor, count)
        return tuple(self._scaled(site, size, scale) for size, scale in zip(sizes, scales, strict=True))

    def _scaled(self, site: Site, size: DimLike, scale: int | float) -> DimLike:
        out = scaled(size, scale)
        message = f"{self.name} by {scale} leaves nothing of the input's size {size}"
        notes = (f"the output's size would be floor({size} * {scale}) = {out}",)
        refusal = Refusal("E0303", message, argument="scale_factor", inputs=(0,), notes=notes)
        site.at_least(out, 1, refusal)
        return out

    def reach(self, *inputs: Any) -> Reach:
        count = inputs[0].rank - 2
        ratios = self._ratios(inputs[0].shape[2:], count)
        if ratios is None or self.align_corners:
            return WHOLE
        return spatial_reach((ratio, *self._seen(ratio)) for ratio in ratios)

    def _ratios(self, sizes: tuple[DimLike, ...], count: int) -> tuple[Fraction, ...] | None:
        """Input positions per output position, where they are known."""
        if self.scale_factor is not None and self.mode != "area" and not self.recompute_scale_factor:
            return tuple(
                1 / Fraction(scale).limit_denominator(1024) for scale in _each("scale_factor", self.scale_factor, count)
            )
        pairs = tuple(zip(sizes, self._sizes(Site(Span("", 0, 0)), sizes, count), strict=True))
        known = tuple(ratio for pair in pairs if (ratio := _ratio(*pair)) is not None)
        return known if len(known) == count else None

    def _seen(self, ratio: Fraction) -> tuple[Fraction, Fraction]:
        """The first and last position that output position 0 sees. Those on the border of an open interval have no weight."""
        grid = Fraction(1, 2 * ratio.denominator)
        if self.mode == "nearest":
            return 2 * grid - 1, Fraction(0)
        if self.mode == "nearest-exact":
            return ratio / 2 + grid - 1, ratio / 2
        if self.mode == "area":
            return 2 * grid - 1, ratio - 2 * grid
        width = SUPPORT[self.mode] * (max(ratio, Fraction(1)) if self.smooths else 1)
        return (ratio - 1) / 2 - width + grid, (ratio - 1) / 2 + width - grid

    def function(self, inputs: tuple[Any, ...], output: Type) -> TorchCall | None:
        return self.torch_call("F.interpolate", Input(0))

    def module(self, *inputs: Any) -> TorchCall | None:
        sizes = self.size if isinstance(self.size, tuple) else (self.size,)
        if self.smooths or any(isinstance(size, Dim) for size in sizes):
            return None
        return self.torch_call("nn.Upsample")


def _ratio(old: DimLike, new: DimLike) -> Fraction | None:
    """Input positions per output position, where no size has to be known for it."""
    for upper, lower, flipped in ((old, new, False), (new, old, True)):
        quotient = 1 if upper == lower else exact_div(upper, lower)
        if isinstance(quotient, int):
            return 1 / Fraction(quotient) if flipped else Fraction(quotient)
    return Fraction(old, new) if isinstance(old, int) and isinstance(new, int) else None


def _each(argument: str, value: Any, count: int) -> tuple[Any, ...]:
    if not isinstance(value, tuple):
        return (value,) * count
    if len(value) != count:
        message = f"{argument} has {len(value)} entries, but the input {SPATIAL[count]} has {count} spatial axes"
        raise Refusal("E0403", message, argument=argument, help="one number stands for every axis")
    return value


def scaled(size: DimLike, scale: int | float) -> DimLike:
    """``floor(size * scale)``. PyTorch multiplies in double precision, and a symbolic size can follow it where that is exact."""
    factor = Fraction(scale)
    if factor.numerator // factor.denominator >= LARGEST:
        raise Refusal("E0401", f"scale_factor {scale} is too large", argument="scale_factor")
    if isinstance(size, int):
        return floor(size * float(scale))
    if factor.denominator > 1024:
        raise Refusal(
            "E0401",
            f"scale_factor {scale} has no exact binary value, so the size {size} * {scale} would be rounded by chance",
            argument="scale_factor",
            help="use an integer, a fraction such as 0.5 or 1.25, or give size=...",
        )
    return size * factor.numerator // factor.denominator


class Upsample(Resize):
    """Resizes the spatial axes to a size or by a factor.

    Shape: ``[B, C, *sizes]`` to ``[B, C, *size]``, or with each size multiplied by ``scale_factor`` and rounded down. On a symbolic
    size the factor must be an integer or a fraction that is exact in binary (0.5, 1.25).

    - ``size``: one integer for all spatial axes, or a tuple of one for each.
    - ``scale_factor``: one factor for all spatial axes, or a tuple of one for each.
    - ``mode``: ``"nearest"``, ``"nearest-exact"``, ``"area"``, or by the number of spatial axes ``"linear"`` (1), ``"bilinear"`` and
      ``"bicubic"`` (2), ``"trilinear"`` (3).
    - ``align_corners``: whether the first and last positions of input and output fall together, for the linear and cubic modes.
    - ``recompute_scale_factor``: whether the factor that is used is the output's size by the input's.

    PyTorch: ``torch.nn.Upsample``.
    """

    name = "upsample"
    torch = ("torch.nn.Upsample", "torch.nn.functional.interpolate")
    examples = (
        Example("upsample(scale_factor=2)", ("[B, 64, H, W]",), "[B, 64, 2 * H, 2 * W]"),
        Example(
            "upsample(scale_factor=2, mode='bilinear', align_corners=True)", ("[B, 64, 28, 28]",), "[B, 64, 56, 56]"
        ),
    )


class Interpolate(Resize):
    """Resizes the spatial axes, as ``upsample``, with a size that may be computed from other tensors' sizes.

    Shape: ``[B, C, *sizes]`` to ``[B, C, *size]``, or with each size multiplied by ``scale_factor`` and rounded down.

    - ``size``, ``scale_factor``, ``mode``, ``align_corners``, ``recompute_scale_factor``: as for ``upsample``.
    - ``antialias``: whether to smooth before shrinking, for the modes ``"bilinear"`` and ``"bicubic"``.

    PyTorch: ``torch.nn.functional.interpolate``.
    """

    name = "interpolate"
    torch = ("torch.nn.functional.interpolate", "torch.nn.Upsample")
    examples = (
        Example("interpolate(size=(2*H, 2*W), mode='bilinear')", ("[B, 64, H, W]",), "[B, 64, 2 * H, 2 * W]"),
        Example("interpolate(scale_factor=0.5, mode='bicubic', antialias=True)", ("[B, 3, 32, 32]",), "[B, 3, 16, 16]"),
    )

    antialias: bool = False

    @property
    def smooths(self) -> bool:
        return self.antialias

    def _refuse_combinations(self) -> None:
        super()._refuse_combinations()
        if self.antialias and self.mode not in ("bilinear", "bicubic"):
            message = f'antialias is for the modes "bilinear" and "bicubic", not for mode="{self.mode}"'
            raise Refusal("E0402", message, argument="antialias")
