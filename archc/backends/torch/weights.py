"""Weights from a file: they fit a net altogether, or nothing of them is loaded and every key that does not fit is named."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from difflib import SequenceMatcher
from itertools import takewhile
from pathlib import Path
from typing import TYPE_CHECKING

from archc.diagnostics.errors import ArchError
from archc.diagnostics.model import Diagnostic

if TYPE_CHECKING:
    from torch import Tensor, nn

COMPARED = 8
"""So many of the likeliest keys are compared letter by letter."""


def load_weights(module: nn.Module, path: Path) -> None:
    """Put the weights of a file into a module. Raises ``ArchError``, with the module as it was, where they do not fit."""
    found = read_weights(path)
    wanted = module.state_dict()
    _fill_shared(module, found)
    problems = [*mismatches(wanted, found)]
    if problems:
        message = f"the weights of {path} do not fit: {len(problems)} of their keys differ from the net's"
        help_ = "labels make the keys: rename those of the spec, or the keys of the file"
        raise ArchError([Diagnostic("E0807", message, notes=tuple(problems), help=help_)])
    module.load_state_dict(found, strict=True)


def read_weights(path: Path) -> dict[str, Tensor]:
    """The tensors of a file of safetensors, or of one that ``torch.save`` wrote; no code in it is run."""
    try:
        found = _safetensors(path) if path.suffix == ".safetensors" else _pickled(path)
    except Exception as error:  # noqa: BLE001  (whatever the two readers raise for a file that is not theirs)
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        help_ = "a file of weights is safetensors, or a state_dict that torch.save wrote"
        raise ArchError([Diagnostic("E0806", f"cannot read weights from {path}: {reason}", help=help_)]) from None
    return found


def _safetensors(path: Path) -> dict[str, Tensor]:
    from safetensors.torch import load_file

    return load_file(path)


def _pickled(path: Path) -> dict[str, Tensor]:
    import torch

    found = torch.load(path, map_location="cpu", weights_only=True)
    if not isinstance(found, Mapping) or not all(isinstance(value, torch.Tensor) for value in found.values()):
        raise TypeError("it holds no mapping of names to tensors")
    return dict(found)


def _fill_shared(module: nn.Module, found: dict[str, Tensor]) -> None:
    """A file need hold a tied parameter once only: give it its other names."""
    names: dict[int, list[str]] = {}
    for name, parameter in module.named_parameters(remove_duplicate=False):
        names.setdefault(id(parameter), []).append(name)
    for shared in names.values():
        present = next((name for name in shared if name in found), None)
        if present is not None:
            found.update({name: found[present] for name in shared if name not in found})


def mismatches(wanted: Mapping[str, Tensor], found: Mapping[str, Tensor]) -> Iterator[str]:
    """Every key that is missing, not of the net, or of another shape, with the key that it may have been meant for."""
    missing = {name: tuple(wanted[name].shape) for name in wanted if name not in found}
    extra = {name: tuple(found[name].shape) for name in found if name not in wanted}
    for name, shape in missing.items():
        yield f"missing: {name} {list(shape)}{_meant(name, shape, extra)}"
    for name, shape in extra.items():
        yield f"not of the net: {name} {list(shape)}{_meant(name, shape, missing)}"
    for name in wanted:
        if name in found and found[name].shape != wanted[name].shape:
            yield f"other shape: {name} is {list(found[name].shape)} in the file, {list(wanted[name].shape)} in the net"


def _meant(name: str, shape: tuple[int, ...], others: Mapping[str, tuple[int, ...]]) -> str:
    found = nearest(name, [other for other, size in others.items() if size == shape])
    return "" if found is None else f" (perhaps {found})"


def nearest(name: str, others: list[str]) -> str | None:
    """The key that is most like another: first by the parts of the path that they share, then by its letters."""
    likely = sorted(others, key=lambda other: -_shared_parts(name, other))[:COMPARED]
    ranked = [(SequenceMatcher(None, name, other).ratio(), other) for other in likely]
    ratio, best = max(ranked, default=(0.0, ""))
    return best if ratio >= 0.5 else None


def _shared_parts(one: str, other: str) -> int:
    """How many parts two paths have in common at their beginnings and ends."""
    left, right = one.split("."), other.split(".")
    return _shared_start(left, right) + _shared_start(left[::-1], right[::-1])


def _shared_start(left: Sequence[str], right: Sequence[str]) -> int:
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(left, right, strict=False)))
