"""archc, a compiler for neural network architectures."""

from __future__ import annotations

from archc.version import __version__

__all__ = ["__version__"]
