"""The catalogue: every code that archc can give, from the ``codes_*.py`` files of this package.

Only ``archc explain`` and the tests need these texts, so nothing else imports this module.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Mapping
from importlib import import_module
from pkgutil import iter_modules
from types import MappingProxyType

import archc.diagnostics
from archc.diagnostics.catalogue_model import CodeInfo
from archc.diagnostics.text import printable


def merged(parts: Iterable[Mapping[str, CodeInfo]]) -> dict[str, CodeInfo]:
    """One table of all parts, in the order of the codes. Raises ValueError for a code that two parts define."""
    table: dict[str, CodeInfo] = {}
    for part in parts:
        if twice := sorted(table.keys() & part.keys()):
            raise ValueError(f"defined twice in the catalogue: {', '.join(twice)}")
        table.update(part)
    return dict(sorted(table.items()))


def _parts() -> Iterable[Mapping[str, CodeInfo]]:
    for module in iter_modules(archc.diagnostics.__path__):
        if module.name.startswith("codes_"):
            yield import_module(f"archc.diagnostics.{module.name}").CODES


CATALOGUE: Mapping[str, CodeInfo] = MappingProxyType(merged(_parts()))


def explain(code: str) -> str:
    """The page of a code, as plain text. Raises KeyError for an unknown code."""
    info = CATALOGUE[code]
    parts = [
        f"{code}: {info.title}",
        _prose(info.explanation),
        "Wrong:",
        _spec(info.wrong),
        "Right:",
        _spec(info.right),
    ]
    return "\n\n".join(parts) + "\n"


def _prose(text: str) -> str:
    paragraphs = textwrap.dedent(text).strip().split("\n\n")
    return "\n\n".join(textwrap.fill(paragraph, 88) for paragraph in paragraphs)


def _spec(text: str) -> str:
    return textwrap.indent(printable(textwrap.dedent(text).strip("\n")), "    ")
