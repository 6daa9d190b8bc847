"""archc, a declarative architecture compiler for neural networks.

``load`` compiles a whole file, ``compile`` one net of it, ``Family`` many variants of a net, ``build`` makes the ``nn.Module``. Wrong
specs raise ``ArchError``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from archc.version import __version__

if TYPE_CHECKING:
    from archc.api import Family, build, compile, load
    from archc.diagnostics.errors import ArchError

__all__ = ["ArchError", "Family", "__version__", "build", "compile", "load"]


def __getattr__(name: str) -> Any:
    """Import what is asked for when it is asked for, so that ``import archc`` costs nothing."""
    if name == "ArchError":
        from archc.diagnostics.errors import ArchError

        return ArchError
    if name in ("Family", "build", "compile", "load"):
        from archc import api

        return getattr(api, name)
    raise AttributeError(f"module 'archc' has no attribute {name!r}")
