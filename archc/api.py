"""The Python API: what ``import archc`` offers."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from archc import driver
from archc.driver import Compiled, Report
from archc.family import Family as Family

if TYPE_CHECKING:
    from torch import nn


def load(spec: str | os.PathLike[str], *, sizes: Mapping[str, int] | None = None) -> Report:
    """Parse, elaborate, infer and prove a whole file, without torch.

    ``spec`` is a path, or a name from the zoo. ``sizes`` replaces example sizes (``{"H": 256}``). The result has ``nets``, by name,
    and ``diagnostics``, the notes. Raises ``ArchError`` with every mistake found.
    """
    return driver.load(spec, sizes=sizes)


def compile(
    spec: str | os.PathLike[str],
    *,
    sizes: Mapping[str, int] | None = None,
    allow_extern: bool = False,
    checked: bool = False,
    **arguments: Any,
) -> Compiled:
    """One net: ``"vgg16"``, ``"vgg.arch"``, ``"vgg.arch:vgg13_bn"``; ``arguments`` change its hyperparameters. No torch.

    The result has ``summary() shapes params graph source module() diagram()``; the code that ``extern`` statements name is used in
    ``source`` and ``module()`` only with ``allow_extern``. With ``checked`` the module's ``forward`` begins with checks of the sizes
    that come in. Raises ``ArchError``.
    """
    return driver.compile(spec, sizes=sizes, allow_extern=allow_extern, checked=checked, **arguments)


def build(
    spec: str | os.PathLike[str],
    *,
    sizes: Mapping[str, int] | None = None,
    allow_extern: bool = False,
    checked: bool = False,
    weights: str | os.PathLike[str] | None = None,
    **arguments: Any,
) -> nn.Module:
    """The net as an ``nn.Module``, initialised, checked against its prediction on the meta device.

    With ``weights`` it has those of a file of safetensors, or of a ``state_dict`` that ``torch.save`` wrote: all of them, or
    ``ArchError`` names every key that does not fit. Other arguments as for ``compile``. The module runs the very source that
    ``compile(...).source`` shows. Raises ``ArchError``.
    """
    return compile(spec, sizes=sizes, allow_extern=allow_extern, checked=checked, **arguments).module(weights)
