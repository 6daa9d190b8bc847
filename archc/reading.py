"""Finding and reading specs: a path, ``path:net`` or the zoo; imports only from within the folder of the spec that imports.

Whoever wrote a spec may not read the machine through it: real paths inside the root, regular files only, bounded reads.
"""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from archc.diagnostics.errors import ArchError
from archc.diagnostics.model import Diagnostic
from archc.diagnostics.suggest import did_you_mean
from archc.elaborate.errors import Mistake, mistake
from archc.resources import zoo_root
from archc.source import Source, Span
from archc.syntax import ast, parse
from archc.syntax.read import MAX_BYTES, read_text

SUFFIX = ".arch"
_NET = re.compile(r"^(?:net[ \t]+([A-Za-z_]\w*)|([A-Za-z_]\w*)[ \t]*=(?!=))", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Target:
    """What a user named: a file, and perhaps a net in it."""

    path: Path
    net: str | None
    zoo: bool


def unreadable(message: str, code: str = "E0701", help: str | None = None) -> ArchError:
    """The error of a file that has no place to point at."""
    return ArchError([Diagnostic(code, message, help=help)])


# --- finding ----------------------------------------------------------------------------------------------------------


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
    raise unreadable(f"there is no file {path!r}, and no net of this name in the zoo", help=did_you_mean(name, known))


def _in_zoo(name: str, net: str) -> Target | None:
    for file in zoo_files():
        if file.stem == name and (net or name not in _nets_in(file)):
            return Target(file, net or None, zoo=True)
    if not net:
        for file in zoo_files():
            if name in _nets_in(file):
                return Target(file, name, zoo=True)
    return None


def zoo_files() -> list[Path]:
    """The specs of the zoo, by name."""
    return sorted(zoo_root().glob(f"*{SUFFIX}"))


def _nets_in(file: Path) -> list[str]:
    """Names that a zoo file gives to nets and values at its top level, without parsing it."""
    return [net or value for net, value in _NET.findall(file.read_text(encoding="utf-8"))]


def zoo_names() -> Iterator[str]:
    """The names that can be asked of the zoo, in the order of its files."""
    for file in zoo_files():
        yield from _nets_in(file)


# --- reading ----------------------------------------------------------------------------------------------------------


def read_bytes(path: Path, *, linked: bool = True) -> bytes:
    """A regular file's bytes, up to the cap. ``linked=False`` refuses a file that other names may point to."""
    flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOCTTY", 0)
    try:
        handle = os.open(path, flags)
    except (OSError, ValueError) as error:
        raise unreadable(f"cannot read {str(path)!r}: {getattr(error, 'strerror', None) or error}") from None
    with os.fdopen(handle, "rb") as file:
        status = os.fstat(file.fileno())
        if not stat.S_ISREG(status.st_mode):
            raise unreadable(f"{str(path)!r} is not a regular file", "E0706")
        if not linked and status.st_nlink > 1:
            raise unreadable(f"{str(path)!r} is a hard link, which may lead out of the spec's folder", "E0702")
        return file.read(MAX_BYTES + 1)


def read_source(path: Path, name: str, *, linked: bool = True) -> Source:
    """A spec's text; raises ``ArchError`` for what is no text."""
    found = read_text(read_bytes(path, linked=linked), name)
    if isinstance(found, Diagnostic):
        raise ArchError([found])
    return Source(found.name, found.text, path)


@dataclass(eq=False)
class SpecFiles:
    """Reads and parses the files of one compilation, each once. ``root`` is the main spec's folder; ``None`` allows the zoo only."""

    root: Path | None
    sources: dict[str, Source] = field(default_factory=dict)
    trees: dict[str, ast.File] = field(default_factory=dict)

    def parse(self, source: Source) -> ast.File:
        """Parse a file and keep it; raises ``ArchError`` with all its syntax errors."""
        known = self.trees.get(source.name)
        if known is not None:
            return known
        self.sources[source.name] = source
        tree, found = parse(source)
        if tree is None:
            raise ArchError(found, self.sources)
        self.trees[source.name] = tree
        return tree

    def load(self, wanted: ast.Import, importer: str) -> tuple[Source, ast.File]:
        """The file that an import names."""
        path, name = self._zoo(wanted) if wanted.zoo is not None else self._relative(wanted, importer)
        known = self.sources.get(name)
        if known is None:
            known = self._read(path, name, wanted.where)
        return known, self.parse(known)

    def _read(self, path: Path, name: str, where: Span) -> Source:
        try:
            return read_source(path, name, linked=name.startswith("zoo/"))
        except ArchError as error:
            first = error.diagnostics[0]
            if first.marks:
                raise
            raise mistake(first.code, first.message, where, help=first.help) from None

    def _zoo(self, wanted: ast.Import) -> tuple[Path, str]:
        for file in zoo_files():
            if file.stem == wanted.zoo:
                return file, f"zoo/{file.name}"
        help_ = did_you_mean(wanted.zoo or "", [file.stem for file in zoo_files()])
        raise mistake("E0701", f"the zoo has no family {wanted.zoo!r}", wanted.where, help=help_)

    def _relative(self, wanted: ast.Import, importer: str) -> tuple[Path, str]:
        text = wanted.path or ""
        parts = PurePosixPath(text).parts
        if self.root is None or importer.startswith("zoo/") or not text or "\\" in text or "\0" in text:
            raise _outside(text, wanted.where, "a spec of the zoo imports from the zoo, and a text without a file from nowhere else")
        if PurePosixPath(text).is_absolute() or ".." in parts or ":" in text:
            raise _outside(text, wanted.where, "imports are relative, without ..")
        base = self.sources[importer].path
        folder = base.parent if base is not None else self.root
        real = Path(os.path.realpath(folder / text))
        if not real.is_relative_to(os.path.realpath(self.root)):
            raise _outside(text, wanted.where, "its real place is outside the folder of the main spec")
        return real, os.path.relpath(real, os.path.realpath(self.root))


def _outside(text: str, where: Span, why: str) -> Mistake:
    return mistake("E0702", f"{text!r} may not be imported", where, notes=(why,), help="put the file beside the spec")
