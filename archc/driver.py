"""The pipeline: spec in, result out. Everything the command line and the Python API do goes through here."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any, Literal

from archc.analysis import facts
from archc.analysis.advice import assumptions, missing_where, wrong_where
from archc.analysis.domain import Domain, domain
from archc.analysis.known import Known
from archc.diagnostics.errors import ArchError
from archc.diagnostics.model import Diagnostic
from archc.diagnostics.suggest import did_you_mean
from archc.elaborate import callers, calls, recursion
from archc.elaborate.errors import Mistake
from archc.elaborate.files import SpecFiles
from archc.elaborate.program import Program as Definitions
from archc.elaborate.program import elaborate_net, is_template, net_of, nets, refusal_at
from archc.elaborate.scope import FileScope
from archc.elaborate.session import Session, TooMany
from archc.elaborate.values import BlockRecipe, Definition
from archc.ir.graph import Net
from archc.ir.types import Type
from archc.reading import Target, locate, no_such
from archc.resources import zoo_root
from archc.source import Source

if TYPE_CHECKING:
    import networkx
    from torch import nn

    from archc.analysis.stopped import Stopped


@dataclass(eq=False)
class Compiled:
    """A net whose shapes and parameters are known. ``ir`` is all there is to know; the rest are views of it."""

    name: str
    ir: Net
    sources: Mapping[str, Source]
    allow_extern: bool = False
    """Whether ``source`` and ``module`` may use the code that ``extern`` statements name."""
    checked: bool = False
    """Whether ``forward`` of ``source`` and ``module`` begins with checks of its sizes."""
    known: Known = field(default_factory=Known, repr=False)
    """What has been worked out of the modules, which other nets may share."""
    _verified: bool = field(default=False, init=False, repr=False)

    @cached_property
    def domain(self) -> Domain:
        """The sizes for which the net is defined."""
        return domain(self.ir)

    @cached_property
    def params(self) -> int:
        """The number of parameters, shared ones once, buffers not counted."""
        return facts.params(self.ir, self.known)

    @cached_property
    def shapes(self) -> dict[str, Type]:
        """The type of every labelled layer's first output, by its label, in the net's symbols."""
        return facts.shapes(self.ir, self.known)

    @cached_property
    def notes(self) -> tuple[Diagnostic, ...]:
        """What was assumed of sizes, and could not be decided."""
        return tuple(assumptions(self.ir))

    @cached_property
    def graph(self) -> networkx.MultiDiGraph[Any]:
        """The flat graph: layers and operations as nodes, tensors as edges."""
        from archc.analysis.graph import to_networkx

        return to_networkx(self.ir)

    @cached_property
    def source(self) -> str:
        """The PyTorch source of the net. Raises ``ArchError`` where it cannot be written, or needs code that is not allowed."""
        return self._emitted[0]

    @cached_property
    def _emitted(self) -> tuple[str, str]:
        from archc.backends.torch.building import build_source

        return build_source(self.ir, self.sources, allow_extern=self.allow_extern, checked=self.checked)

    def summary(self, **options: Any) -> str:
        """The table of layers as text. See ``archc.backends.summary`` for the options."""
        from archc.backends.summary import summary

        return summary(self.ir, **options)

    def module(self, weights: str | os.PathLike[str] | None = None) -> nn.Module:
        """A new ``nn.Module`` that runs ``source``, checked before on the meta device against what is predicted; with the ``weights``
        of a file, all of them.

        Raises ``ArchError``, also without torch.
        """
        from archc.backends.torch.building import build_module

        self.verify()
        return build_module(self.ir, self.sources, self._emitted, weights)

    def verify(self) -> None:
        """Compare the net with its module on the meta device, once. Raises ``ArchError`` where they differ, and without torch."""
        from archc.backends.torch.building import verify

        if not self._verified:
            verify(self.ir, self.sources, allow_extern=self.allow_extern)
            self._verified = True

    def diagram(self, format: str = "svg", **options: Any) -> bytes:
        """The net drawn by Graphviz, as the bytes of an SVG, a PNG, a PDF or DOT text."""
        from archc.backends.graphviz import diagram

        return diagram(self.ir, format, **options)

    def volumes(self, format: Literal["svg", "png", "pdf"] = "svg", **options: Any) -> bytes:
        """The net drawn as papers do: what each layer gives as a volume, to scale. The bytes of an SVG, a PNG or a PDF."""
        from archc.backends.paper import drawing

        return drawing(self.ir, format, **options)

    def _repr_mimebundle_(self, **_: Any) -> dict[str, str]:
        """What Jupyter shows of a net: its diagram and its table."""
        from archc.backends.notebook import mimebundle

        return mimebundle(self.ir)

    def explored(self, sizes: Mapping[str, int] | None = None) -> dict[str, Any]:
        """What the explorer shows, as JSON values."""
        from archc.backends.explorer.state import net_state

        return net_state(self.ir, self.sources, sizes=sizes, allow_extern=self.allow_extern)

    def page(self, sizes: Mapping[str, int] | None = None) -> str:
        """The explorer: one HTML page with diagram, table and source, which needs no network."""
        from archc.backends.explorer.page import page

        return page(self.explored(sizes))


@dataclass(eq=False)
class Report:
    """What compiling a whole file gave: its nets, and every finding."""

    name: str
    sources: Mapping[str, Source]
    nets: dict[str, Compiled] = field(default_factory=dict)
    diagnostics: tuple[Diagnostic, ...] = ()
    known: Known = field(default_factory=Known, repr=False)

    @cached_property
    def advice(self) -> tuple[Diagnostic, ...]:
        """For each net that takes some sizes only and does not say so: the ``where`` to write behind its signature."""
        return tuple(missing_where((net.ir for net in self.nets.values()), self.sources))

    @property
    def ok(self) -> bool:
        """Whether there are no errors."""
        return not any(found.severity == "error" for found in self.diagnostics)

    def raise_errors(self) -> Report:
        """Itself, or ``ArchError`` with the errors."""
        if not self.ok:
            raise ArchError([d for d in self.diagnostics if d.severity == "error"], self.sources)
        return self


# --- whole files ------------------------------------------------------------------------------------------------------


def check_text(text: str, name: str = "<text>", *, sizes: Mapping[str, int] | None = None) -> Report:
    """Compile a spec that is in memory; it may import from the zoo only."""
    return _check(name, lambda files: files.from_text(text, name), sizes)


def check(spec: str | os.PathLike[str], *, sizes: Mapping[str, int] | None = None) -> Report:
    """Compile a file, or the zoo's file of this name, with all its nets and assertions. Never raises for a wrong spec."""
    return _check(os.fspath(spec), lambda files: _read(locate(spec), files), sizes)


def load(spec: str | os.PathLike[str], *, sizes: Mapping[str, int] | None = None) -> Report:
    """As ``check``, but raises ``ArchError`` when there are errors."""
    return check(spec, sizes=sizes).raise_errors()


def _read(target: Target, files: SpecFiles) -> Source:
    return files.from_zoo(target.path.stem) if target.zoo else files.asked_for(target.path)


def _check(name: str, read: Callable[[SpecFiles], Source], sizes: Mapping[str, int] | None) -> Report:
    files = SpecFiles(zoo_root())
    report = Report(name, files.sources)
    definitions = Definitions(files, Session())
    try:
        with recursion.deep():
            definitions.session.use(sizes or {})
            source = read(files)
            scope = definitions.main(source)
            _elaborate(definitions, scope, report)
            facts.prove(definitions, scope, {net: one.ir for net, one in report.nets.items()}, report.known)
    except ArchError as error:
        report.diagnostics = error.diagnostics
    except Mistake as error:
        report.diagnostics = (error.diagnostic,)
    except TooMany:
        report.diagnostics = tuple(definitions.session.diagnostics)
    except RecursionError:
        report.diagnostics = (recursion.too_deep(name),)
    else:
        notes = [note for net in report.nets.values() for note in assumptions(net.ir)]
        report.diagnostics = (*definitions.session.diagnostics, *notes)
    return report


def _elaborate(definitions: Definitions, scope: FileScope, report: Report) -> None:
    for name, net in nets(scope):
        ir = None if is_template(net) else _elaborated(definitions, name, net)
        if ir is not None:
            report.nets[name] = Compiled(name, ir, report.sources, known=report.known)


def _elaborated(
    definitions: Definitions, name: str, net: Definition | BlockRecipe, arguments: calls.Arguments | None = None
) -> Net | None:
    """A net as IR, and a ``where`` that admits too much reported."""
    ir = elaborate_net(definitions, name, net, arguments)
    trial = Session()
    wrong = None if ir is None else wrong_where(ir, partial(refusal_at, net, arguments, trial))
    if wrong is not None:
        definitions.session.report(Mistake(wrong))
        definitions.session.stop = definitions.session.stop or trial.stop
    return ir


def contents(spec: str | os.PathLike[str]) -> tuple[str | None, list[str]]:
    """A file's docstring and the nets that can be built from it, none of which is elaborated. Raises ``ArchError``."""
    files = SpecFiles(zoo_root())
    definitions = Definitions(files, Session())
    with mistakes_raised(definitions, os.fspath(spec)):
        scope = definitions.main(_read(locate(spec), files))
    if definitions.session.diagnostics:
        raise ArchError(definitions.session.diagnostics, files.sources)
    return scope.doc, [name for name, net in nets(scope) if not is_template(net)]


# --- one net ----------------------------------------------------------------------------------------------------------


def compile(
    spec: str | os.PathLike[str],
    *,
    sizes: Mapping[str, int] | None = None,
    allow_extern: bool = False,
    checked: bool = False,
    **arguments: Any,
) -> Compiled:
    """One net: ``path``, ``path:net`` or a zoo name, with hyperparameters changed by name. Raises ``ArchError``."""
    definitions, scope, name = open_net(spec, sizes or {}, varied=bool(arguments))
    with mistakes_raised(definitions, name):
        return replace(variant(definitions, scope, name, arguments), allow_extern=allow_extern, checked=checked)


def until_mistake(
    spec: str | os.PathLike[str], *, sizes: Mapping[str, int] | None = None, **arguments: Any
) -> Stopped | None:
    """What a net with a mistake in its body has up to there, for a table; None where the mistake is elsewhere, or there is none."""
    from archc.analysis.stopped import stopped

    with suppress(ArchError):
        definitions, scope, name = open_net(spec, sizes or {}, varied=bool(arguments))
        with suppress(ArchError), mistakes_raised(definitions, name):
            variant(definitions, scope, name, arguments)
        if definitions.session.stop is not None:
            return stopped(definitions.session.stop, name, sizes or {}, definitions.files.sources)
    return None


def open_net(
    spec: str | os.PathLike[str], sizes: Mapping[str, int], *, varied: bool
) -> tuple[Definitions, FileScope, str]:
    """The definitions of a file, its names, and the name of the net that is meant; ``varied``: it may lack hyperparameters."""
    definitions = Definitions(SpecFiles(zoo_root()), Session())
    with mistakes_raised(definitions, os.fspath(spec)):
        definitions.session.use(sizes)
        target = locate(spec)
        wanted = target.net or target.path.stem
        scope = definitions.main(_read(target, definitions.files), wanted)
        if wanted not in dict(nets(scope)):
            definitions.complete(scope)
            if definitions.session.diagnostics:
                raise ArchError(definitions.session.diagnostics, definitions.files.sources)
        return definitions, scope, _choose(target, scope, varied)


@contextmanager
def mistakes_raised(definitions: Definitions, name: str) -> Iterator[None]:
    """Raise the mistakes of a spec as ``ArchError``."""
    try:
        with recursion.deep():
            yield
    except Mistake as error:
        raise ArchError([error.diagnostic], definitions.files.sources) from None
    except TooMany:
        raise ArchError(definitions.session.diagnostics, definitions.files.sources) from None
    except RecursionError:
        raise ArchError([recursion.too_deep(name)], definitions.files.sources) from None


def variant(
    definitions: Definitions, scope: FileScope, name: str, arguments: Mapping[str, Any], known: Known | None = None
) -> Compiled:
    """A net of a file with hyperparameters changed by name; ``known`` is what its variants share."""
    sources = definitions.files.sources
    given, text = callers.given(arguments)
    sources[callers.PLACE] = Source(callers.PLACE, text)
    net = net_of(scope.values[name])
    assert net is not None, "open_net has chosen a net"
    ir = _elaborated(definitions, name, net, given)
    if ir is None or definitions.session.diagnostics:
        raise ArchError(definitions.session.diagnostics, sources)
    return Compiled(name, ir, dict(sources), known=known or Known())


def _choose(target: Target, scope: FileScope, arguments: bool) -> str:
    """The net that is meant: the one named, the file's namesake, or the only one."""
    found = dict(nets(scope))
    ready = [name for name, net in found.items() if arguments or not is_template(net)]
    if target.net is not None:
        if target.net in found:
            return target.net
        help_ = did_you_mean(target.net, found) or _nets_help(target, ready)
        raise no_such(f"{target.path.name} has no net {target.net!r}", "E0704", help_)
    if target.path.stem in found:
        return target.path.stem
    if len(ready) == 1:
        return ready[0]
    if not ready:
        raise no_such(
            f"{target.path.name} has no net that can be built", "E0704", "give its arguments a default, or use -D"
        )
    raise no_such(f"{target.path.name} has {len(ready)} nets: say which", "E0704", _nets_help(target, ready))


def _nets_help(target: Target, names: list[str]) -> str | None:
    shown = ", ".join(names[:12]) + (", ..." if len(names) > 12 else "")
    return f"write {target.path.name}:NET with one of {shown}" if names else None
