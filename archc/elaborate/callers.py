"""What a caller gives in Python: turned into values of the language, with places of its own for diagnostics to point at."""

from __future__ import annotations

from collections.abc import Mapping
from reprlib import Repr
from typing import Any

from archc.elaborate.calls import Arguments
from archc.elaborate.values import PLAIN
from archc.source import Span

PLACE = "<arguments>"
"""The file name of spans in what a caller gives, rather than in a spec."""

_EXACT = {int: int.__int__, float: float.__float__, str: str.__str__}


def given(arguments: Mapping[str, Any]) -> tuple[Arguments, str]:
    """A caller's arguments, and the text that their spans are of."""
    text, found = "", Arguments(Span(PLACE, 0, 0))
    for name, value in arguments.items():
        exact = _exact(value, {})
        start = len(text)
        text += f"{name}={_shown(exact)}"
        found.names[name] = Span(PLACE, start, start + len(name))
        found.keywords[name] = (exact, Span(PLACE, start + len(name) + 1, len(text)))
        text += " "
    return found, text


def _exact(value: Any, known: dict[int, Any]) -> Any:
    """The value of the language that a caller's own kind of number, text, list or tuple equals (``torch.Size``, an ``IntEnum``).
    What is held twice is looked at once, for a list may hold itself."""
    if type(value) in PLAIN:
        return value
    if id(value) in known:
        return known[id(value)]
    if isinstance(value, list):
        made = known[id(value)] = []
        made += [_exact(item, known) for item in value]
        return made
    if isinstance(value, tuple):
        known[id(value)] = tuple([_exact(item, known) for item in value])
        return known[id(value)]
    exact = next((exact for kind, exact in _EXACT.items() if isinstance(value, kind)), None)
    return value if exact is None else exact(value)


def _shown(value: Any) -> str:
    """A value for the snippet below a diagnostic, cut short: a list may hold itself, or more than memory can."""
    shortened = Repr()
    shortened.maxlevel = 3  # 40 items, each of 40, each of 40
    shortened.maxlist = shortened.maxtuple = shortened.maxdict = 40
    shortened.maxstring = shortened.maxother = shortened.maxlong = 200
    try:
        return shortened.repr(value)
    except ValueError:  # an integer of more digits than Python writes
        return "..."
