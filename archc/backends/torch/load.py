"""Emitted source as a live class, which tracebacks, ``inspect`` and TorchScript can read, and whose instances can be pickled.

The only place where archc runs code, and the code is its own: of a spec's text it holds names that were checked and constants that
were quoted.
"""

from __future__ import annotations

import hashlib
import sys
from importlib.abc import Loader
from importlib.machinery import ModuleSpec
from importlib.util import module_from_spec
from types import ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from torch import nn

PREFIX = "archc_emitted_"


class _SourceLoader(Loader):
    """Runs a module from its source text, and gives the text to whoever asks."""

    def __init__(self, name: str, source: str) -> None:
        self.name, self.source = name, source

    @property
    def path(self) -> str:
        """The file name in tracebacks. There is no such file, so ``linecache`` asks the loader; in angle brackets it would not."""
        return f"{self.name}.py"

    def get_source(self, fullname: str) -> str:
        return self.source

    def exec_module(self, module: ModuleType) -> None:
        exec(compile(self.source, self.path, "exec", dont_inherit=True), module.__dict__)  # noqa: S102  (see above)


def load_source(source: str) -> ModuleType:
    """The Python module of an emitted source. Equal sources give the same module."""
    name = PREFIX + hashlib.sha256(source.encode()).hexdigest()[:16]
    if name not in sys.modules:
        loader = _SourceLoader(name, source)
        module = module_from_spec(ModuleSpec(name, loader, origin=loader.path))
        module.__file__ = loader.path
        sys.modules[name] = module
        try:
            loader.exec_module(module)
        except BaseException:
            del sys.modules[name]
            raise
        _make_picklable(module)
    return sys.modules[name]


def load_module(source: str, class_name: str) -> type[nn.Module]:
    """The class ``class_name`` of an emitted source. Its instances can be copied, pickled and sent to spawned processes, as long as
    archc is installed there."""
    found: type[nn.Module] = getattr(load_source(source), class_name)
    return found


def rebuild_tuple(source: str, class_name: str, values: tuple[Any, ...]) -> Any:
    """An output with names, for ``pickle``."""
    return load_module(source, class_name)(*values)


def rebuild(source: str, class_name: str) -> Any:
    """An empty instance, for ``pickle`` to fill: no constructor runs."""
    kind = load_module(source, class_name)
    return kind.__new__(kind)


def _make_picklable(module: ModuleType) -> None:
    """Teach the module's classes to be found again by their source, where the module's name is unknown to an importer."""
    for value in list(vars(module).values()):
        if isinstance(value, type) and value.__module__ == module.__name__:
            value.__reduce_ex__ = _reduce_tuple if issubclass(value, tuple) else _reduce  # type: ignore[assignment]


def _reduce(instance: Any, protocol: object) -> tuple[Any, ...]:
    source, kind = _source_of(type(instance)), type(instance)
    state = instance.__getstate__() if hasattr(instance, "__getstate__") else instance.__dict__
    return rebuild, (source, kind.__name__), state


def _reduce_tuple(instance: Any, protocol: object) -> tuple[Any, ...]:
    return rebuild_tuple, (_source_of(type(instance)), type(instance).__name__, tuple(instance))


def _source_of(kind: type) -> str:
    source: str = sys.modules[kind.__module__].__loader__.get_source(kind.__module__)  # type: ignore[union-attr]
    return source
