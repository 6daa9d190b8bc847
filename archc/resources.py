"""The files that archc brings along: its grammar and its zoo of specs.

A wheel carries them inside the package. In a checkout, an editable install or an unpacked source archive they stand
beside the package. The inside is looked at first: only there can no other project's folder of the same name stand.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent


def _folder(name: str) -> Path:
    inside, beside = _PACKAGE / name, _PACKAGE.parent / name
    return inside if inside.is_dir() else beside


def grammar_text() -> str:
    """The Lark grammar of the language (``grammars/arch.lark``). Raises OSError when the installation is broken."""
    return (_folder("grammars") / "arch.lark").read_text(encoding="utf-8")


@cache
def zoo_root() -> Path:
    """The folder of the specs that come with archc (``specs``), which stays where it is."""
    return _folder("specs")
