"""Source and modules for whoever asks, with what can go wrong as diagnostics."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from archc.backends.torch.calls import EmissionError, ExternError
from archc.backends.torch.check import cross_check
from archc.backends.torch.load import load_module
from archc.backends.torch.source import emit_named
from archc.backends.torch.weights import load_weights
from archc.diagnostics.errors import ArchError
from archc.diagnostics.model import Diagnostic, Mark
from archc.ir.graph import Net
from archc.source import Source, Span

if TYPE_CHECKING:
    from torch import nn

Sources = Mapping[str, Source]


def build_source(net: Net, sources: Sources, *, allow_extern: bool = False, checked: bool = False) -> tuple[str, str]:
    """The net's PyTorch source, and the name of its class. Raises ``ArchError``."""
    with _emission(net, sources):
        return emit_named(net, allow_extern=allow_extern, checked=checked)


def build_module(
    net: Net, sources: Sources, emitted: tuple[str, str], weights: str | os.PathLike[str] | None = None
) -> nn.Module:
    """A new module of the net by its emitted source, with the weights of a file. Raises ``ArchError``, also without torch."""
    _need_torch(sources)
    with _extern_code(net, sources):
        module = load_module(*emitted)()
    if weights is not None:
        load_weights(module, Path(weights))
    return module


def verify(net: Net, sources: Sources, *, allow_extern: bool = False) -> None:
    """Compare the net with its real module on the meta device. Raises ``ArchError`` where they differ, and without torch."""
    _need_torch(sources)
    with _emission(net, sources), _extern_code(net, sources):
        found = cross_check(net, allow_extern=allow_extern)
    outside = _extern_span(net)
    if found and outside is not None:
        raise _error("E0805", f"{net.name} is not as its extern is declared", outside, sources, notes=tuple(found))
    if found:
        help_ = "this is a mistake of archc: please report it with the spec"
        message = f"PyTorch does not agree with what was predicted of {net.name}"
        raise _error("E0802", message, net.top.span, sources, notes=tuple(found), help=help_)


@contextmanager
def _emission(net: Net, sources: Sources) -> Iterator[None]:
    """Turn what emission refuses into a diagnostic."""
    try:
        yield
    except ExternError as error:
        help_ = "if you trust it, allow it: --allow-extern, or allow_extern=True in Python"
        raise _error("E0804", str(error), error.span or net.top.span, sources, help=help_) from None
    except EmissionError as error:
        message = f"{net.name} cannot be written as PyTorch source: {error}"
        raise _error("E0801", message, error.span or net.top.span, sources) from None


@contextmanager
def _extern_code(net: Net, sources: Sources) -> Iterator[None]:
    """Turn what the code of an extern raises into a diagnostic."""
    try:
        yield
    except (EmissionError, ArchError):
        raise
    except Exception as error:
        span = _extern_span(net)
        if span is None:
            raise
        message = f"the code of an extern of {net.name} fails: {type(error).__name__}: {error}".splitlines()[0]
        raise _error("E0805", message, span, sources) from error


def _extern_span(net: Net) -> Span | None:
    return next((child.span for module in net.modules for child in module.children if child.extern is not None), None)


def _need_torch(sources: Sources) -> None:
    if find_spec("torch") is None:
        help_ = 'install it: pip install "archc[torch]"'
        raise ArchError([Diagnostic("E0803", "a module needs PyTorch, which is not installed", help=help_)], sources)


def _error(
    code: str, message: str, span: Span, sources: Sources, *, notes: tuple[str, ...] = (), help: str | None = None
) -> ArchError:
    return ArchError([Diagnostic(code, message, (Mark(span, primary=True),), notes, help)], sources)
