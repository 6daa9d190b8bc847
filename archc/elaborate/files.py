"""The only reader of specs. A spec may come from a stranger, so what it imports is read only from below its own folder.

The file that the user asks for may stand anywhere; an import goes down from the folder of the file that it stands in, by its real
path, or to the zoo. Only ordinary files of bounded size are read, each of them once.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path, PurePosixPath, PureWindowsPath

from archc.diagnostics.model import Diagnostic, Mark
from archc.diagnostics.suggest import closest
from archc.elaborate.errors import Mistake
from archc.source import Source, Span
from archc.syntax.read import MAX_BYTES, line_feeds, read_text, too_large

SUFFIX = ".arch"


class SpecFiles:
    """The files of one compilation: ``sources`` by the names that diagnostics use, each read once whatever leads to it."""

    def __init__(self, zoo: Path) -> None:
        self.sources: dict[str, Source] = {}
        self._zoo = zoo
        self._real_zoo = zoo.resolve()
        self._by_path: dict[Path, Source] = {}
        self._roots: dict[str, Path] = {}
        self._open: list[str] = []

    def asked_for(self, path: Path) -> Source:
        """The file that the user names. Raises ``Mistake`` (E0701, E0702, E0107, E0108) when it cannot be read."""
        return self._read(path, str(path), path.resolve().parent, None)

    def from_text(self, text: str, name: str) -> Source:
        """A spec that is no file; it can import from the zoo only."""
        return self._decoded(text.encode("utf-8", "surrogatepass"), name, None, None)

    def imported(self, text: str, where: Span) -> Source:
        """The file of ``from "text" import ...`` at ``where``. Raises ``Mistake`` (E0701 to E0705) at that place."""
        importer = self.sources[where.file]
        root = self._roots.get(importer.name)
        if root is None or importer.path is None:
            raise _refused("E0705", "a spec without a file cannot import files", where, help="write it to a file first")
        _check_import(text, where)
        path = importer.path.parent / text
        real = _real(path, text, where)
        if not real.is_relative_to(root):
            note = f"an import is read from below {root.name or root}/ only, and links do not lead out of it"
            raise _refused("E0705", f'"{text}" leads out of the folder of the spec', where, notes=(note,))
        name = str(PurePosixPath(importer.name.replace(os.sep, "/")).parent / text)
        return self._read(path, name, root, where)

    def from_zoo(self, name: str, where: Span | None = None) -> Source:
        """The file of ``from zoo.name import ...``. Raises ``Mistake`` (E0707) when the zoo has no such file."""
        known = self.zoo_names()
        if name not in known:
            near = closest(name, known)
            help = f'did you mean "{near}"?' if near else f"it has {', '.join(known)}"
            raise _refused("E0707", f'the zoo has no file "{name}"', where, help=help)
        path = self._zoo / f"{name}{SUFFIX}"
        return self._read(path, f"zoo/{name}{SUFFIX}", self._real_zoo, where)

    def zoo_names(self) -> list[str]:
        """What ``from zoo.`` can be followed by."""
        return sorted(name.removesuffix(SUFFIX) for name in os.listdir(self._zoo) if name.endswith(SUFFIX))

    @contextmanager
    def entered(self, source: Source, where: Span | None = None) -> Iterator[None]:
        """While a file is elaborated: whoever imports it again meanwhile is told of the cycle (E0706)."""
        if source.name in self._open:
            chain = [*self._open[self._open.index(source.name) :], source.name]
            note = f"the chain is {' -> '.join(chain)}"
            help = "put what they share into a file of its own"
            raise _refused("E0706", f"{source.name} imports itself", where, notes=(note,), help=help)
        self._open.append(source.name)
        try:
            yield
        finally:
            self._open.pop()

    def _read(self, path: Path, name: str, root: Path, where: Span | None) -> Source:
        real = _real(path, name, where)
        if real not in self._by_path:
            data = _bytes(real, name, where, single=where is not None and root != self._real_zoo)
            self._roots[name] = root
            self._by_path[real] = self._decoded(data, name, real, where)
        return self._by_path[real]

    def _decoded(self, data: bytes, name: str, path: Path | None, where: Span | None) -> Source:
        """The source, also kept when it is no text, so that the place of the fault can be shown."""
        found = read_text(data, name, path)
        if isinstance(found, Diagnostic):
            self.sources[name] = Source(name, line_feeds(data.decode("utf-8", "replace")), path)
            marks = () if where is None else (Mark(where, "imported here"),)
            raise Mistake(replace(found, marks=(*found.marks, *marks)))
        self.sources[name] = found
        return found


def _check_import(text: str, where: Span) -> None:
    """Imports are written in one way that means the same on every system and cannot lead upwards."""
    windows = PureWindowsPath(text)
    if "\\" in text or windows.drive or text.startswith(("/", "~")):
        help = "write the path from this file's folder, with /"
        raise _refused("E0705", f'"{text}" is no relative path', where, help=help)
    if ".." in PurePosixPath(text).parts:
        help = "an import goes down from the folder of its file: move the other file there"
        raise _refused("E0705", f'"{text}" leads out of the folder of the spec', where, help=help)
    if not text.endswith(SUFFIX):
        raise _refused("E0705", f'"{text}" is no {SUFFIX} file', where)


def _real(path: Path, name: str, where: Span | None) -> Path:
    try:
        return path.resolve(strict=True)
    except (OSError, ValueError, RuntimeError) as error:  # no such file, a NUL in the name, a loop of links
        raise _unreadable(path, name, where, error) from None


def _unreadable(path: Path, name: str, where: Span | None, error: Exception) -> Mistake:
    if not isinstance(error, FileNotFoundError):
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        return _refused("E0701", f'"{name}" cannot be read: {reason}', where)
    near = closest(path.name, _neighbours(path.parent))
    return _refused("E0701", f'there is no file "{name}"', where, help=f'did you mean "{near}"?' if near else None)


def _neighbours(folder: Path) -> list[str]:
    try:
        return [entry.name for entry in folder.iterdir() if entry.suffix == SUFFIX]
    except OSError:
        return []


# Not blocking, since opening a pipe would wait for a writer; no link, since the path was resolved.
_FLAGS = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)


def _bytes(path: Path, name: str, where: Span | None, *, single: bool) -> bytes:
    """What an ordinary file holds, up to the limit. ``single``: it may have no other name (a hard link) elsewhere."""
    try:
        handle = os.open(path, _FLAGS)
        try:
            status = os.fstat(handle)
            _check_kind(status, name, where, single=single)
            with os.fdopen(handle, "rb", closefd=False) as file:
                return _bounded(file.read(MAX_BYTES + 1), status.st_size, name, where)
        finally:
            os.close(handle)
    except OSError as error:
        raise _unreadable(path, name, where, error) from None


def _check_kind(status: os.stat_result, name: str, where: Span | None, *, single: bool) -> None:
    if not stat.S_ISREG(status.st_mode):
        raise _refused("E0702", f'"{name}" is no ordinary file', where, notes=(f"it is a {_kind(status.st_mode)}",))
    if single and status.st_nlink > 1:
        note = "it is a hard link, so it may be a file from outside the folder"
        raise _refused("E0705", f'"{name}" has a second name', where, notes=(note,), help="copy it instead")


def _bounded(data: bytes, size: int, name: str, where: Span | None) -> bytes:
    if len(data) > MAX_BYTES:
        found = too_large(name, max(size, len(data)))
        raise _refused(found.code, found.message, where, help=found.help)
    if data and not size:  # the kernel's own files (/proc) are made up while they are read
        raise _refused("E0702", f'"{name}" is no ordinary file', where, notes=("the system makes it up as it is read",))
    return data


_KINDS = {
    stat.S_IFDIR: "folder",
    stat.S_IFIFO: "pipe",
    stat.S_IFCHR: "device",
    stat.S_IFBLK: "device",
    stat.S_IFSOCK: "socket",
}


def _kind(mode: int) -> str:
    return _KINDS.get(stat.S_IFMT(mode), "special file")


def _refused(
    code: str, message: str, where: Span | None, *, notes: tuple[str, ...] = (), help: str | None = None
) -> Mistake:
    marks = () if where is None else (Mark(where, "imported here", primary=True),)
    return Mistake(Diagnostic(code, message, marks, notes, help))
