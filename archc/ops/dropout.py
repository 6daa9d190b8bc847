"""Dropout in all its forms, the identity except in training; and the draw that a form of one's own is written with."""

from __future__ import annotations

from typing import Any, ClassVar

from archc.ir.operator import Example, Input, Probability, TorchCall, Word
from archc.ir.site import Site
from archc.ir.types import TensorType, Type
from archc.ops._axes import need_float, need_rank
from archc.ops._pure import Pure, torch_name
from archc.ops._windows import spatial_rank


class DropoutBase(Pure):
    """Keeps dtype and shape. ``spatial`` is the number of spatial axes, for the forms that are tied to one."""

    family = "dropout"
    spatial: ClassVar[int | None] = None

    p: Probability = 0.5

    def infer(self, site: Site, x: TensorType) -> TensorType:
        if self.spatial is not None:
            spatial_rank(self.name, x, (self.spatial,))
        need_float(self.name, x)
        return x

    def module(self, *inputs: Any) -> TorchCall | None:
        return self.call(torch_name(self.torch[0]))

    def function(self, inputs: tuple[Any, ...], output: Type) -> TorchCall | None:
        return TorchCall(torch_name(self.torch[1]), (Input(0), self.p), (("training", Word("self.training")),))


class Dropout(DropoutBase):
    """Sets each number to zero with probability ``p``, and divides the others by ``1 - p`` (Srivastava et al. 2014).

    Shape: kept. Acts in training only.

    - ``p``: probability that a number is dropped, from 0 to 1.

    PyTorch: ``torch.nn.Dropout``.
    """

    name = "dropout"
    torch = ("torch.nn.Dropout", "torch.nn.functional.dropout")
    examples = (Example("dropout(0.1)", ("[B, T, 512]",), "[B, T, 512]"),)


class Dropout1d(DropoutBase):
    """Drops whole channels of a ``[B, C, L]`` input: all of a channel's positions or none (Tompson et al. 2014, arXiv:1411.4280).

    Shape: kept. Acts in training only.

    - ``p``: probability that a channel is dropped, from 0 to 1.

    PyTorch: ``torch.nn.Dropout1d``.
    """

    name = "dropout1d"
    torch = ("torch.nn.Dropout1d", "torch.nn.functional.dropout1d")
    spatial = 1
    examples = (Example("dropout1d(0.2)", ("[B, 64, T]",), "[B, 64, T]"),)


class Dropout2d(DropoutBase):
    """Drops whole channels of a ``[B, C, H, W]`` input: all of a channel's positions or none (Tompson et al. 2014, arXiv:1411.4280).

    Shape: kept. Acts in training only.

    - ``p``: probability that a channel is dropped, from 0 to 1.

    PyTorch: ``torch.nn.Dropout2d``.
    """

    name = "dropout2d"
    torch = ("torch.nn.Dropout2d", "torch.nn.functional.dropout2d")
    spatial = 2
    examples = (Example("dropout2d(0.2)", ("[B, 64, H, W]",), "[B, 64, H, W]"),)


class Dropout3d(DropoutBase):
    """Drops whole channels of a ``[B, C, D, H, W]`` input: all of a channel's positions or none.

    Shape: kept. Acts in training only.

    - ``p``: probability that a channel is dropped, from 0 to 1.

    PyTorch: ``torch.nn.Dropout3d``.
    """

    name = "dropout3d"
    torch = ("torch.nn.Dropout3d", "torch.nn.functional.dropout3d")
    spatial = 3
    examples = (Example("dropout3d(0.2)", ("[B, 64, D, H, W]",), "[B, 64, D, H, W]"),)


class AlphaDropout(DropoutBase):
    """Dropout that keeps mean 0 and variance 1, for networks of SELUs (Klambauer et al. 2017, arXiv:1706.02515, section 3).

    Shape: kept. Acts in training only.

    - ``p``: probability that a number is set to SELU's lower limit, from 0 to 1.

    PyTorch: ``torch.nn.AlphaDropout``.
    """

    name = "alpha_dropout"
    torch = ("torch.nn.AlphaDropout", "torch.nn.functional.alpha_dropout")
    examples = (Example("alpha_dropout(0.05)", ("[B, 256]",), "[B, 256]"),)


class FeatureAlphaDropout(DropoutBase):
    """``alpha_dropout`` of whole channels.

    Shape: kept; at least a batch and a channel dim. Acts in training only.

    - ``p``: probability that a channel is set to SELU's lower limit, from 0 to 1.

    PyTorch: ``torch.nn.FeatureAlphaDropout``.
    """

    name = "feature_alpha_dropout"
    torch = ("torch.nn.FeatureAlphaDropout", "torch.nn.functional.feature_alpha_dropout")
    examples = (Example("feature_alpha_dropout(0.05)", ("[B, 32, H, W]",), "[B, 32, H, W]"),)

    def infer(self, site: Site, x: TensorType) -> TensorType:
        need_rank(self.name, x, 2)
        return super().infer(site, x)


class Bernoulli(Pure):
    """Draws each number anew: 1 with probability ``p``, else 0. Only the shape and the dtype of the input matter.

    Shape: kept. It draws in evaluation as well, so it mostly stands under ``if training``.

    - ``p``: probability of a 1, from 0 to 1.

    PyTorch: ``torch.bernoulli``.
    """

    name = "bernoulli"
    family = "dropout"
    torch = ("torch.bernoulli",)
    examples = (Example("bernoulli(0.9)", ("[B, 1, 1]",), "[B, 1, 1]"),)

    p: Probability

    def infer(self, site: Site, x: TensorType) -> TensorType:
        need_float(self.name, x)
        return x

    def function(self, inputs: tuple[Any, ...], output: Type) -> TorchCall | None:
        return TorchCall("torch.bernoulli", (Input(0), self.p))
