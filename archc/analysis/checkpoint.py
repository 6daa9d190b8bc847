"""Which keys of one net's checkpoint load into another net."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import partial
from itertools import takewhile

from archc.analysis.parameters import named_parameters
from archc.ir.graph import Net
from archc.records import record

Shape = tuple[int, ...]


@record
class Loading:
    """A checkpoint's keys against those that a net has.

    ``loads`` are in both with the same shape, ``missing`` only in the net, ``extra`` only in the checkpoint, ``misshaped`` in both
    with two shapes (the checkpoint's first). ``nearest`` are keys of the net that do not load, each with a key of the checkpoint
    that goes nowhere, has the right shape, and the most similar name.
    """

    loads: tuple[str, ...]
    missing: tuple[str, ...]
    extra: tuple[str, ...]
    misshaped: Mapping[str, tuple[Shape, Shape]]
    nearest: Mapping[str, str]

    @property
    def strict(self) -> bool:
        """Whether ``load_state_dict`` takes the checkpoint with ``strict=True``."""
        return not (self.missing or self.extra or self.misshaped)


def loading(checkpoint: Net, net: Net) -> Loading:
    """How a checkpoint of the first net loads into the second."""
    there, here = _shapes(checkpoint), _shapes(net)
    misshaped = {key: (there[key], shape) for key, shape in here.items() if key in there and there[key] != shape}
    missing = tuple(key for key in here if key not in there)
    extra = tuple(key for key in there if key not in here)
    changed = {*missing, *extra, *misshaped}
    loads = tuple(key for key in here if key not in changed)
    near = nearest(_beside(here, changed), _beside(there, changed))
    return Loading(loads, missing, extra, misshaped, {key: other for key, other in near.items() if key in changed})


def _shapes(net: Net) -> dict[str, Shape]:
    return {key: parameter.shape for key, parameter in named_parameters(net)}


def _beside(keys: Mapping[str, Shape], changed: set[str]) -> dict[str, Shape]:
    """All keys of the layers of which one does not load: where indices have shifted, a bias may fit by chance."""
    labels = {_split(key)[0] for key in changed}
    return {key: shape for key, shape in keys.items() if _split(key)[0] in labels}


def nearest(wanted: Mapping[str, Shape], idle: Mapping[str, Shape]) -> dict[str, str]:
    """For wanted keys the idle ones that were most likely meant, each used once.

    A layer is looked for that owns the same names and shapes. What is left is looked for by itself, unless it has one dim or none:
    a bias of 64 numbers is like any other.
    """
    layers = _closest(_layers(wanted), _layers(idle))
    found = {f"{here}{name}": f"{there}{name}" for here, (there, names) in layers.items() for name in names}
    used = set(found.values())
    alone = _closest(_alone(wanted, set(found)), _alone(idle, used))
    return found | {f"{here}{name}": f"{there}{name}" for here, (there, (name,)) in alone.items()}


Signature = tuple[tuple[str, Shape], ...]


def _layers(keys: Mapping[str, Shape]) -> dict[str, Signature]:
    """What each layer owns, by its label with the dot behind it."""
    owned: dict[str, list[tuple[str, Shape]]] = {}
    for key, shape in keys.items():
        label, name = _split(key)
        owned.setdefault(label, []).append((name, shape))
    return {label: tuple(names) for label, names in owned.items()}


def _alone(keys: Mapping[str, Shape], but: set[str]) -> dict[str, Signature]:
    left = {key: shape for key, shape in keys.items() if key not in but and len(shape) > 1}
    return {_split(key)[0]: ((_split(key)[1], shape),) for key, shape in left.items()}


def _split(key: str) -> tuple[str, str]:
    label, dot, name = key.rpartition(".")
    return label + dot, name


def _closest(wanted: Mapping[str, Signature], idle: Mapping[str, Signature]) -> dict[str, tuple[str, tuple[str, ...]]]:
    """For each wanted label the idle one with the same signature and the most similar name, and what both own."""
    free: dict[Signature, list[str]] = {}
    for label, signature in idle.items():
        free.setdefault(signature, []).append(label)
    found: dict[str, tuple[str, tuple[str, ...]]] = {}
    for label, signature in wanted.items():
        candidates = free.get(signature)
        if candidates:
            best = max(candidates, key=partial(_similarity, label))
            candidates.remove(best)
            found[label] = best, tuple(name for name, _ in signature)
    return found


def _similarity(one: str, other: str) -> int:
    """How many parts of two labels agree from their ends and their starts. Of equally good ones ``max`` takes the first."""
    here, there = one.split("."), other.split(".")
    return 2 * _common(here[::-1], there[::-1]) + _common(here, there)


def _common(one: Iterable[str], other: Iterable[str]) -> int:
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(one, other, strict=False)))
