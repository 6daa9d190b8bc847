"""What is different between two nets, as text and as JSON."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict
from typing import Any

from archc.analysis.checkpoint import Loading, loading
from archc.analysis.compare import Change, Facts, Place, Sides
from archc.analysis.domain import domain
from archc.analysis.parameters import Totals, count
from archc.diagnostics.text import printable
from archc.ir.graph import Net
from archc.records import record

ARROW = " → "
SIGNS = {"added": "+", "removed": "-", "changed": "~", "rewired": "~"}
_NUMBER = re.compile(r"\d+", re.ASCII)


@record
class Sums:
    """A net's totals. ``flops`` is None where it could not be worked out."""

    name: str
    totals: Totals
    flops: int | None
    domain: tuple[str, ...]


@record
class Comparison:
    """Two nets and what is different between them."""

    before: Sums
    after: Sums
    sizes: Mapping[str, int]
    changes: tuple[Change, ...]
    loading: Loading

    @property
    def equal(self) -> bool:
        """Whether both compute the same of the same inputs, with the same parameters."""
        return not self.changes and self.loading.strict and self.before.domain == self.after.domain


def compare(before: Net, after: Net, names: tuple[str, str], sizes: Mapping[str, int] | None = None) -> Comparison:
    """The differences of two nets; costs are at the first one's example sizes, or at ``sizes``."""
    sides = Sides.of(before, after, sizes)
    places = zip(names, (sides.before, sides.after), strict=True)
    old, new = (_sums(name, place) for name, place in places)
    return Comparison(old, new, sides.sizes, tuple(sides.changes()), loading(before, after))


def _sums(name: str, place: Place) -> Sums:
    net = place.side.net
    return Sums(name, count(net), place.net_flops(), tuple(domain(net).conditions()))


def to_json(found: Comparison) -> dict[str, Any]:
    """The differences as JSON values; every change and key by itself."""
    keys = asdict(found.loading)
    return {
        "equal": found.equal,
        "before": _sums_json(found.before),
        "after": _sums_json(found.after),
        "sizes": dict(found.sizes),
        "changes": [
            {
                "kind": change.kind,
                "label": change.label,
                "where": change.where or None,
                "before": change.before and asdict(change.before),
                "after": change.after and asdict(change.after),
            }
            for change in found.changes
        ],
        "checkpoint": {"strict": found.loading.strict, **keys},
    }


def _sums_json(sums: Sums) -> dict[str, Any]:
    totals = {"parameters": sums.totals.parameters, **asdict(sums.totals)}
    return {"net": sums.name, **totals, "flops": sums.flops, "domain": list(sums.domain)}


# --- text -------------------------------------------------------------------------------------------------------------


def to_text(found: Comparison) -> str:
    """The differences for people: what is alike for layers of consecutive numbers is one line."""
    at = ", ".join(f"{name}={size}" for name, size in found.sizes.items())
    title = f"{found.before.name}{ARROW}{found.after.name}" + (f", at {at}" if at else "")
    if found.equal:
        return printable(f"{title}: equal") + "\n"
    parts = [[title], _aligned(list(map(_row, _folded(found.changes)))), _totals(found), _keys(found)]
    return "\n\n".join("\n".join(map(printable, part)) for part in parts if part) + "\n"


def _folded(changes: tuple[Change, ...]) -> list[list[Change]]:
    """Changes that are alike but for numbers in their labels, together."""
    alike: dict[object, list[Change]] = {}
    for change in changes:
        pattern = _NUMBER.sub("#", change.label)
        alike.setdefault((change.kind, pattern, change.before, change.after, change.where), []).append(change)
    return list(alike.values())


def _row(alike: list[Change]) -> tuple[str, ...]:
    change = alike[0]
    where = " ".join(filter(None, [change.where if change.path else "", folded_labels([one.label for one in alike])]))
    told = f"{SIGNS[change.kind]} {where}" if where else SIGNS[change.kind]
    what = _both(change, lambda facts: facts.what)
    times = f" × {len(alike)}" if len(alike) > 1 else ""
    rewired = ", fed by others" if change.kind == "rewired" else ""
    parameters = _both(change, lambda facts: f"{facts.parameters:,}" if facts.parameters else "")
    flops = _both(change, lambda facts: "" if not facts.flops else f"{facts.flops:,}")
    return (
        told,
        f"{what}{times}{rewired}",
        _both(change, lambda facts: facts.output or ""),
        f"params {parameters}" if parameters else "",
        f"FLOPs {flops}" if flops else "",
    )


def _both(change: Change, read: Callable[[Facts], str]) -> str:
    """What is said of both sides, once where it is the same."""
    texts = [read(facts) for facts in (change.before, change.after) if facts is not None]
    return texts[0] if len(set(texts)) == 1 else ARROW.join(text or "none" for text in texts)


def folded_labels(labels: list[str]) -> str:
    """Labels that are alike but for numbers: ``layer3.6-22``, ``features.34,37,40``, ``layer1.0.bn1 to layer4.2.bn1``."""
    numbers = [_NUMBER.findall(label) for label in labels]
    moving = [place for place, values in enumerate(zip(*numbers, strict=True)) if len(set(values)) > 1]
    if not moving:
        return labels[0]
    if len(moving) > 1:
        return f"{labels[0]} to {labels[-1]}"
    found = list(_NUMBER.finditer(labels[0]))[moving[0]]
    return labels[0][: found.start()] + _ranges([int(row[moving[0]]) for row in numbers]) + labels[0][found.end() :]


def _ranges(numbers: list[int]) -> str:
    """``2-5`` for numbers that follow one another, else all of them."""
    if numbers == list(range(numbers[0], numbers[0] + len(numbers))):
        return f"{numbers[0]}-{numbers[-1]}"
    return ",".join(map(str, numbers))


def _totals(found: Comparison) -> list[str]:
    before, after = found.before, found.after
    rows: list[tuple[str, ...]] = [("", before.name, after.name, "difference")]
    for name, old, new in (
        ("Parameters", before.totals.parameters, after.totals.parameters),
        ("Frozen", before.totals.frozen, after.totals.frozen),
        ("Buffers", before.totals.buffers, after.totals.buffers),
        ("FLOPs", before.flops, after.flops),
    ):
        if old or new:
            rows.append((name, _number(old), _number(new), "" if old is None or new is None else f"{new - old:+,}"))
    if before.domain != after.domain:
        rows.append(("Sizes", *(", ".join(sums.domain) or "any" for sums in (before, after)), ""))
    return _aligned(rows, right=(1, 2, 3))


def _number(value: int | None) -> str:
    return "too large to say" if value is None else f"{value:,}"


def _keys(found: Comparison) -> list[str]:
    keys = found.loading
    here = len(keys.loads) + len(keys.missing) + len(keys.misshaped)
    title = f"A checkpoint of {found.before.name} in {found.after.name}: {len(keys.loads)} of {here} keys load"
    rows = [
        *_misshaped(keys),
        *((f"  missing    {told}",) for told in _folded_keys(keys.missing, keys.nearest)),
        *((f"  extra      {told}",) for told in _folded_keys(keys.extra, {})),
    ]
    return [title + ("" if rows else ", with strict=True"), *_aligned(rows)]


def _misshaped(keys: Loading) -> Iterator[tuple[str, ...]]:
    for key, (old, new) in keys.misshaped.items():
        near = f"as {keys.nearest[key]} has it" if key in keys.nearest else ""
        yield f"  misshaped  {key}", f"{list(old)}{ARROW}{list(new)}", near


def _folded_keys(keys: tuple[str, ...], nearest: Mapping[str, str]) -> Iterator[str]:
    """Keys, those of one layer together, and layers that are alike but for their numbers."""
    layers: dict[tuple[str, str], list[str]] = {}
    for key in keys:
        label, dot, name = key.rpartition(".")
        layers.setdefault((label + dot, nearest.get(key, "").removesuffix(name)), []).append(name)
    alike: dict[tuple[str, str, tuple[str, ...]], list[str]] = {}
    for (label, near), names in layers.items():
        pattern = label if near else _NUMBER.sub("#", label)
        alike.setdefault((pattern, near, tuple(names)), []).append(label)
    for (_, near, owned), labels in alike.items():
        shown = owned[0] if len(owned) == 1 else f"{{{', '.join(owned)}}}"
        if len(labels) > 1:
            yield f"{folded_labels([label.removesuffix('.') for label in labels])} × {len(labels)}: {', '.join(owned)}"
        else:
            yield f"{labels[0]}{shown}" + (f", perhaps {near}{shown}" if near else "")


def _aligned(rows: list[tuple[str, ...]], right: tuple[int, ...] = ()) -> list[str]:
    """Rows in columns."""
    widths: dict[int, int] = {}
    for row in rows:
        for place, text in enumerate(row):
            widths[place] = max(widths.get(place, 0), len(text))
    return [
        "  ".join(
            text.rjust(widths[place]) if place in right else text.ljust(widths[place]) for place, text in enumerate(row)
        ).rstrip()
        for row in rows
    ]
