"""What the page is given: a net, or what is wrong with its spec, and the files that either comes from."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from archc.backends.explorer.colours import coloured
from archc.backends.explorer.data import net_data
from archc.backends.torch.building import build_source
from archc.diagnostics.errors import ArchError
from archc.diagnostics.model import Diagnostic
from archc.diagnostics.render import to_json
from archc.ir.graph import Net
from archc.source import Source


def net_state(
    net: Net, sources: Mapping[str, Source], *, sizes: Mapping[str, int] | None = None, allow_extern: bool = False
) -> dict[str, Any]:
    """A net with its spec's files, and the PyTorch source beside them."""
    text, diagnostics = _torch(net, sources, allow_extern)
    emitted = [_file(f"{net.name}.py", text)] if text else []
    return {
        "net": net_data(net, sources, sizes=sizes),
        "files": [*_files(sources), *emitted],
        "diagnostics": [to_json(found, sources) for found in diagnostics],
    }


def mistakes_state(error: ArchError) -> dict[str, Any]:
    """A spec with mistakes: there is no net."""
    found = [to_json(one, error.sources) for one in error.diagnostics]
    return {"net": None, "files": _files(error.sources), "diagnostics": found}


def _files(sources: Mapping[str, Source]) -> list[dict[str, Any]]:
    """The text of files, as far as they have any."""
    return [_file(source.name, source.text) for source in sources.values() if source.text]


def _file(name: str, text: str) -> dict[str, Any]:
    return {"file": name, "text": text, "colours": coloured(name, text)}


def _torch(net: Net, sources: Mapping[str, Source], allow_extern: bool) -> tuple[str, Iterable[Diagnostic]]:
    """The emitted source, or why there is none."""
    try:
        return build_source(net, sources, allow_extern=allow_extern, checked=False)[0], ()
    except ArchError as error:
        return "", error.diagnostics
