"""Finding specs: a path, ``path:net``, or a name from the zoo."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from archc.diagnostics.errors import ArchError
from archc.diagnostics.model import Diagnostic
from archc.diagnostics.suggest import did_you_mean
from archc.records import record
from archc.resources import zoo_root

SUFFIX = ".arch"
_NET = re.compile(r"^(?:net[ \t]+([A-Za-z_]\w*)|([A-Za-z_]\w*)[ \t]*=(?!=))", re.MULTILINE)


@record
class Target:
    """What a user named: a file, and perhaps a net in it."""

    path: Path
    net: str | None
    zoo: bool


def no_such(message: str, code: str, help: str | None = None) -> ArchError:
    """The error of a file or net that is not there; it has no place to point at."""
    return ArchError([Diagnostic(code, message, help=help)])


def locate(spec: str | os.PathLike[str]) -> Target:
    """The file and net that a path, ``path:net`` or a zoo name means. A file in the current folder comes first."""
    text = os.fspath(spec)
    path, colon, net = text.rpartition(":")
    if not colon or not re.fullmatch(r"\w+", net):
        path, net = text, ""
    if os.path.lexists(path):
        return Target(Path(path), net or None, zoo=False)
    name = path.removesuffix(SUFFIX)
    if os.sep not in name:
        found = _in_zoo(name, net)
        if found is not None:
            return found
    known = [*zoo_names(), *(file.stem for file in zoo_files())]
    raise no_such(f"there is no file {path!r}, and no net of this name in the zoo", "E0701", did_you_mean(name, known))


def _in_zoo(name: str, net: str) -> Target | None:
    for file in zoo_files():
        if file.stem == name and (net or name not in _nets_in(file)):
            return Target(file, net or None, zoo=True)
    if not net:
        for file in zoo_files():
            if name in _nets_in(file):
                return Target(file, name, zoo=True)
    return None


@cache
def zoo_files() -> tuple[Path, ...]:
    """The specs of the zoo, by name. It comes with the package, and does not change meanwhile."""
    return tuple(sorted(zoo_root().glob(f"*{SUFFIX}")))


@cache
def _nets_in(file: Path) -> list[str]:
    """Names that a zoo file gives to nets and values at its top level, without parsing it."""
    return [net or value for net, value in _NET.findall(file.read_text(encoding="utf-8"))]


def zoo_names() -> Iterator[str]:
    """The names that can be asked of the zoo, in the order of its files."""
    for file in zoo_files():
        yield from _nets_in(file)
