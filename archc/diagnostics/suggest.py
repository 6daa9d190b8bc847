"""Guesses at what a misspelt word was meant to be."""

from __future__ import annotations

import re
from collections.abc import Iterable

_WORDS = {
    "bmm": "matmul",
    "cat": "concat",
    "clip": "clamp",
    "clone": "identity",
    "concatenate": "concat",
    "dense": "linear",
    "fc": "linear",
    "mm": "matmul",
    "movedim": "permute",
    "mv": "matmul",
    "size": "shape",
    "swapaxes": "transpose",
    "t": "transpose",
    "tile": "repeat",
    "view": "reshape",
}
"""Words of PyTorch and of others whose meaning has another name here, for which no likeness of letters would find it."""

_LONGEST = 64  # a longer word is no typo, and comparing words costs the product of their lengths


def closest(word: str, known: Iterable[str]) -> str | None:
    """The known word that ``word`` was most likely meant to be, or None when none is near.

    Case, underscores and a trailing ``1d``, ``2d`` or ``3d`` do not count, so ``BatchNorm2d`` finds ``batch_norm``.
    """
    names = set(known)
    if len(word) > _LONGEST:
        return None
    if _WORDS.get(word.casefold()) in names:
        return _WORDS[word.casefold()]
    ranked = [(rank, name) for name in names if name != word and (rank := _rank(word, name)) is not None]
    return min(ranked)[1] if ranked else None


def did_you_mean(word: str, known: Iterable[str]) -> str | None:
    """``closest`` as a sentence of help, or None."""
    name = closest(word, known)
    return None if name is None else f'did you mean "{name}"?'


def _plain(word: str) -> str:
    return re.sub(r"(?<=[a-z])[123]d$", "", word.casefold()).replace("_", "")


def _rank(word: str, name: str) -> tuple[int, ...] | None:
    """How far ``name`` is (less is nearer), or None when it is too far to be meant.

    A mistake in every third letter is still read as a typo. A word cut short or drawn out comes after the typos.
    """
    plain, other = _plain(word), _plain(name)
    if plain == other:
        return 0, distance(word, name)
    longer = abs(len(plain) - len(other))
    swapped = sorted(plain) == sorted(other)  # all the letters, in the wrong order: the best guess
    allowed = max(1, min(len(plain), len(other)) // 3)
    if longer <= allowed and (edits := distance(plain, other)) <= allowed:
        # Of a name of one or two letters too little is left by a mistake to guess it.
        return (edits, int(not swapped), longer) if swapped or max(len(plain), len(other)) > 2 else None
    if min(len(plain), len(other)) >= 3 and (plain.startswith(other) or other.startswith(plain)):
        return _LONGEST, longer
    return None


def distance(one: str, two: str) -> int:
    """Least number of letters inserted, dropped, replaced or swapped with their neighbour that turns one into two.

    The restricted Damerau-Levenshtein distance: no letter is edited twice.
    """
    before: list[int] = []
    previous = list(range(len(two) + 1))
    for i, a in enumerate(one):
        row = [i + 1]
        for j, b in enumerate(two):
            best = min(previous[j + 1] + 1, row[j] + 1, previous[j] + (a != b))
            if i and j and a == two[j - 1] and one[i - 1] == b:
                best = min(best, before[j - 1] + 1)
            row.append(best)
        before, previous = previous, row
    return previous[-1]
