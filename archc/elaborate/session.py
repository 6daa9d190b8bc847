"""What one compilation shares: diagnostics, budget, the table of modules, and the stack of definitions that are being applied."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from archc.diagnostics.errors import ArchError
from archc.diagnostics.model import Diagnostic, Mark
from archc.elaborate.builder import Builder, Pushed
from archc.elaborate.errors import Mistake, mistake
from archc.elaborate.limits import MAX_INTEGER, Budget
from archc.elaborate.scope import Scope
from archc.elaborate.stopped import Body, Stop
from archc.elaborate.values import describe
from archc.ir.graph import Module
from archc.source import Span

MAX_ERRORS = 50
"""Mistakes that are shown of one file; nobody reads more, and each costs a search for what was meant."""


class TooMany(Exception):
    """The last mistake that is shown has been reported."""


@dataclass(eq=False)
class Session:
    """Everything that is kept while the nets of one file are elaborated."""

    diagnostics: list[Diagnostic] = field(default_factory=list)
    budget: Budget = field(default_factory=Budget)
    modules: list[Module] = field(default_factory=list)
    memo: dict[object, Any] = field(default_factory=dict)
    layers: dict[object, Any] = field(default_factory=dict)
    calls: dict[tuple[object, ...], Any] | None = None
    """What calls have made (see ``invariant``); ``None`` as long as nothing tells that they come again: no loop, and no other variant."""
    stack: list[tuple[tuple[int, ...], str, Span | None]] = field(default_factory=list)
    """The definitions that are being applied: each with those it is within, itself the last, its name, and where it is used."""
    bodies: list[Body] = field(default_factory=list)
    """The modules that are being made, the net first."""
    stop: Stop | None = None
    examples: dict[str, int] = field(default_factory=dict)
    """Sizes that the caller gives to symbols (``--dim H=256``)."""

    def use(self, sizes: Mapping[str, int]) -> None:
        """Take the caller's sizes. Raises ``ArchError`` for one that is none: it stands in no file, so there is no place to show."""
        for name, size in sizes.items():
            if type(size) is not int or not 1 <= size <= MAX_INTEGER:
                what = f"{name} is given {describe(size)}, but a size is an integer from 1 to {MAX_INTEGER:,}"
                raise ArchError([Diagnostic("E0312", what, help=f"for example {name}=224")])
        self.examples = dict(sizes)

    def again(self) -> Session:
        """A session for another net of the same file, which keeps what is known of blocks and layers, unless mistakes spoilt it."""
        if self.diagnostics:
            return Session(examples=self.examples)
        return replace(self, diagnostics=[], budget=Budget(), stack=[], bodies=[], calls=self.calls or {})

    def report(self, error: Mistake) -> None:
        """Record a mistake once, and say in which use of a block it showed."""
        diagnostic = error.diagnostic
        if any(known.code == diagnostic.code and known.span == diagnostic.span for known in self.diagnostics):
            return
        if self.stop is None and self.bodies:
            self.stop = Stop.at(error, self.bodies, self.modules)
        self.diagnostics.append(self._with_context(diagnostic))
        if len(self.diagnostics) >= MAX_ERRORS:
            raise TooMany

    def _with_context(self, diagnostic: Diagnostic) -> Diagnostic:
        if not self.stack:
            return diagnostic
        _, name, span = self.stack[-1]
        if span is None or any(mark.span == span for mark in diagnostic.marks):
            return diagnostic
        marks = (*diagnostic.marks, Mark(span, f"in this use of {name}"))
        return Diagnostic(diagnostic.code, diagnostic.message, marks, diagnostic.notes, diagnostic.help, diagnostic.fix)

    def applying(self, key: int) -> bool:
        """Whether a definition is being applied."""
        return key in self.within

    @property
    def within(self) -> tuple[int, ...]:
        """The definitions that are being applied, the innermost last."""
        return self.stack[-1][0] if self.stack else ()

    def entered(self, key: int, name: str, span: Span | None, *, handed: bool = False) -> Pushed:
        """While a definition is applied; it may not be applied within itself, unless it was ``handed`` in, made outside: such
        nesting is as deep as the value that was built, and so comes to an end."""
        if self.applying(key) and not handed:
            chain = " -> ".join([*(n for _, n, _ in self.stack[self.within.index(key) :]), name])
            assert span is not None  # the outermost definition has no use within another
            notes = (f"the chain is {chain}",)
            help_ = "loop with for; a block may be given another of its kind as a hyperparameter, made outside of it"
            raise mistake("E0208", f"{name} uses itself", span, "used again here", notes=notes, help=help_)
        return Pushed(self.stack, ((*self.within, key), name, span))

    def making(self, body: Body) -> Pushed:
        """While a module is made."""
        return Pushed(self.bodies, body)


@dataclass(slots=True, eq=False)
class Frame:
    """Where an expression is evaluated. ``builder`` is ``None`` at file level, where there are no tensors."""

    session: Session
    scope: Scope
    builder: Builder | None
    returns: bool = False
    """Whether ``return`` here is the module's own."""

    def nested(self) -> Frame:
        """A frame with a scope of its own inside this one (a comprehension)."""
        return Frame(self.session, Scope(self.scope.file, self.scope), self.builder)
