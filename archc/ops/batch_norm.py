"""Normalisation of channels with statistics of the batch, or of each example: batch norm and instance norm."""

from __future__ import annotations

from functools import lru_cache
from typing import Any, ClassVar

from archc.ir.dims import DimLike
from archc.ir.operator import (
    POINT,
    WHOLE,
    Example,
    Input,
    Operator,
    Parameter,
    Positive,
    PositiveFloat,
    Probability,
    Reach,
    TorchCall,
    uncounted,
)
from archc.ir.site import Refusal, Site
from archc.ir.types import TensorType, Type
from archc.ops._axes import need_float, product
from archc.ops._pure import torch_name
from archc.ops._windows import demand_size, known_size, need_own_float, spatial_rank


class ChannelNorm(Operator):
    """Both kinds own the same: a scale and a shift for each channel, and running statistics; or neither."""

    family = "normalization"
    ranks: ClassVar[tuple[int, ...]] = (1, 2, 3)

    eps: PositiveFloat = 1e-5
    momentum: Probability | None = 0.1
    affine: bool = True
    track_running_stats: bool = True
    num_features: Positive | None = None

    def infer(self, site: Site, x: TensorType) -> TensorType:
        spatial_rank(self.name, x, self.ranks)
        if self._owns:
            need_own_float(self.name, x)
        need_float(self.name, x)
        if self._owns or self.num_features is not None:
            demand_size(site, self.name, x.shape[1], self.num_features, "num_features")
        self._demand_several(site, x)
        return x

    @property
    def _owns(self) -> bool:
        return self.affine or self.track_running_stats

    def _demand_several(self, site: Site, x: TensorType) -> None:
        raise NotImplementedError

    def parameters(self, *inputs: Any) -> tuple[Parameter, ...]:
        if not self._owns:
            return ()
        return _owned(self._features(inputs), self.affine, self.track_running_stats)

    flops = uncounted

    def module(self, *inputs: Any) -> TorchCall | None:
        if not self._owns and self.num_features is None and not isinstance(inputs[0].shape[1], int):
            return None
        fn = torch_name(self.torch[max(inputs[0].rank - 3, 0)])
        return self.torch_call(fn, self._features(inputs), leave=("num_features",))

    def _features(self, inputs: tuple[Any, ...]) -> int:
        return known_size(inputs[0].shape[1], self.num_features)


@lru_cache(maxsize=1 << 8)
def _owned(features: int, affine: bool, running: bool) -> tuple[Parameter, ...]:
    shape = (features,)
    scale = (Parameter("weight", shape), Parameter("bias", shape)) if affine else ()
    statistics = (
        Parameter("running_mean", shape, buffer=True),
        Parameter("running_var", shape, buffer=True),
        Parameter("num_batches_tracked", (), dtype="int64", buffer=True),
    )
    return (*scale, *statistics) if running else scale


def demand_two(site: Site, name: str, count: DimLike, of: str) -> None:
    """Statistics of a single number are no statistics: PyTorch refuses them, and so do we."""
    message = "{} needs at least 2 numbers for each {} to normalise, got {}"
    site.at_least(count, 2, lambda: Refusal("E0303", message.format(name, of, count), inputs=(0,)))


class BatchNorm(ChannelNorm):
    """Normalises each channel to mean 0 and variance 1 over the batch, then scales and shifts it.

    Ioffe and Szegedy 2015, arXiv:1502.03167, algorithm 1. In training the batch's own statistics are used and running ones kept;
    in evaluation the running ones are used.

    Shape: ``[B, C]``, ``[B, C, L]``, ``[B, C, H, W]`` or ``[B, C, D, H, W]``; kept.

    - ``eps``: added to the variance; above 0.
    - ``momentum``: weight of the newest batch in the running statistics; ``None`` takes the plain mean of all batches.
    - ``affine``: whether there are a scale and a shift for each channel.
    - ``track_running_stats``: whether there are running statistics; without, the batch's own are used in evaluation too.
    - ``num_features``: the input's channels; they are known without, and checked with.

    Parameters: ``weight`` and ``bias`` ``[C]``. Buffers: ``running_mean`` and ``running_var`` ``[C]``, ``num_batches_tracked``.
    PyTorch: ``torch.nn.BatchNorm1d``, ``BatchNorm2d``, ``BatchNorm3d``.
    """

    name = "batch_norm"
    torch = ("torch.nn.BatchNorm1d", "torch.nn.BatchNorm2d", "torch.nn.BatchNorm3d")
    ranks = (0, 1, 2, 3)
    examples = (
        Example("batch_norm", ("[B, 64, H, W]",), "[B, 64, H, W]"),
        Example("batch_norm(eps=0.001, momentum=0.01)", ("[B, 32]",), "[B, 32]"),
    )

    def _demand_several(self, site: Site, x: TensorType) -> None:
        if not self.track_running_stats:
            demand_two(site, self.name, product((x.shape[0], *x.shape[2:])), "channel")

    def reach(self, *inputs: Any) -> Reach:
        """That of evaluation, where running statistics are constants."""
        return POINT if self.track_running_stats else WHOLE

    def function(self, inputs: tuple[Any, ...], output: Type) -> TorchCall | None:
        if self._owns:
            return None
        call = self.torch_call("F.batch_norm", Input(0), None, None, leave=_MODULE_ONLY)
        return TorchCall(call.fn, call.args, (("training", True), *call.kwargs))


class InstanceNorm(ChannelNorm):
    """Normalises each channel of each example to mean 0 and variance 1 over its positions (Ulyanov et al. 2016, arXiv:1607.08022).

    Shape: ``[B, C, L]``, ``[B, C, H, W]`` or ``[B, C, D, H, W]`` with at least two positions; kept.

    - ``eps``: added to the variance; above 0.
    - ``momentum``: weight of the newest batch in the running statistics.
    - ``affine``: whether there are a scale and a shift for each channel.
    - ``track_running_stats``: whether there are running statistics, used in evaluation.
    - ``num_features``: the input's channels; they are known without, and checked with.

    Parameters and buffers, where asked for: as for ``batch_norm``.
    PyTorch: ``torch.nn.InstanceNorm1d``, ``InstanceNorm2d``, ``InstanceNorm3d``.
    """

    name = "instance_norm"
    torch = ("torch.nn.InstanceNorm1d", "torch.nn.InstanceNorm2d", "torch.nn.InstanceNorm3d")
    examples = (Example("instance_norm(affine=True)", ("[B, 64, H, W]",), "[B, 64, H, W]"),)

    affine: bool = False
    track_running_stats: bool = False

    def _demand_several(self, site: Site, x: TensorType) -> None:
        demand_two(site, self.name, product(x.shape[2:]), "channel of an example")

    def reach(self, *inputs: Any) -> Reach:
        return WHOLE

    def function(self, inputs: tuple[Any, ...], output: Type) -> TorchCall | None:
        return None if self._owns else self.torch_call("F.instance_norm", Input(0), leave=_MODULE_ONLY)


_MODULE_ONLY = ("momentum", "affine", "track_running_stats", "num_features")
