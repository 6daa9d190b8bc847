"""Rearrangements of channels: pixel shuffle and its inverse, channel shuffle."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from archc.ir.operator import Example, Input, Positive, Reach, TorchCall
from archc.ir.site import Site
from archc.ir.types import TensorType, Type
from archc.ops._axes import mixing, need_rank
from archc.ops._pure import Pure, torch_name
from archc.ops._windows import demand_divisor, spatial_rank, spatial_reach


class Shuffle(Pure):
    """Moves numbers and changes none, so every dtype will do."""

    family = "rearrangement"

    def module(self, *inputs: Any) -> TorchCall | None:
        return self.call(torch_name(self.torch[0]))

    def function(self, inputs: tuple[Any, ...], output: Type) -> TorchCall | None:
        return self.call(torch_name(self.torch[1]), Input(0))


class PixelShuffle(Shuffle):
    """Turns channels into pixels: each group of ``r*r`` channels becomes a square of ``r`` by ``r`` positions.

    Shi et al. 2016, arXiv:1609.05158.

    Shape: ``[B, C*r*r, H, W]`` to ``[B, C, H*r, W*r]`` with ``r = upscale_factor``.

    - ``upscale_factor``: how many times the height and the width grow.

    PyTorch: ``torch.nn.PixelShuffle``.
    """

    name = "pixel_shuffle"
    torch = ("torch.nn.PixelShuffle", "torch.nn.functional.pixel_shuffle")
    examples = (Example("pixel_shuffle(2)", ("[B, 64, H, W]",), "[B, 16, 2 * H, 2 * W]"),)

    upscale_factor: Positive

    def infer(self, site: Site, x: TensorType) -> TensorType:
        spatial_rank(self.name, x, (2,))
        r = self.upscale_factor
        batch, channels, height, width = x.shape
        demand_divisor(site, r * r, channels, "the input's channels", "upscale_factor", (0,), "upscale_factor**2")
        return x.with_shape(batch, channels // (r * r), height * r, width * r)

    def reach(self, *inputs: Any) -> Reach:
        r = self.upscale_factor
        return spatial_reach([(Fraction(1, r), Fraction(1 - r, r), Fraction(0))] * 2)


class PixelUnshuffle(Shuffle):
    """Turns pixels into channels: each square of ``r`` by ``r`` positions becomes ``r*r`` channels. Undoes ``pixel_shuffle``.

    Shape: ``[B, C, H, W]`` to ``[B, C*r*r, H/r, W/r]`` with ``r = downscale_factor``.

    - ``downscale_factor``: how many times the height and the width shrink.

    PyTorch: ``torch.nn.PixelUnshuffle``.
    """

    name = "pixel_unshuffle"
    torch = ("torch.nn.PixelUnshuffle", "torch.nn.functional.pixel_unshuffle")
    examples = (Example("pixel_unshuffle(2)", ("[B, 3, 32, 32]",), "[B, 12, 16, 16]"),)

    downscale_factor: Positive

    def infer(self, site: Site, x: TensorType) -> TensorType:
        spatial_rank(self.name, x, (2,))
        r = self.downscale_factor
        batch, channels, height, width = x.shape
        for size, what in ((height, "the input's height"), (width, "the input's width")):
            demand_divisor(site, r, size, what, "downscale_factor", (0,))
        return x.with_shape(batch, channels * r * r, height // r, width // r)

    def reach(self, *inputs: Any) -> Reach:
        r = self.downscale_factor
        return spatial_reach([(Fraction(r), Fraction(0), Fraction(r - 1))] * 2)


class ChannelShuffle(Shuffle):
    """Deals the channels of all groups out in turn, so that later groups see all of them (Zhang et al. 2017, arXiv:1707.01083).

    Shape: ``[B, C, ...]`` with at least three dims, ``C`` a multiple of ``groups``; kept.

    - ``groups``: number of groups that the channels are split into.

    PyTorch: ``torch.nn.ChannelShuffle``.
    """

    name = "channel_shuffle"
    torch = ("torch.nn.ChannelShuffle", "torch.nn.functional.channel_shuffle")
    examples = (Example("channel_shuffle(4)", ("[B, 64, H, W]",), "[B, 64, H, W]"),)

    groups: Positive

    def infer(self, site: Site, x: TensorType) -> TensorType:
        need_rank(self.name, x, 3)
        demand_divisor(site, self.groups, x.shape[1], "the input's channels", "groups", (0,))
        return x

    def reach(self, *inputs: Any) -> Reach:
        return mixing(inputs[0], 1)
