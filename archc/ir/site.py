"""Where an operator is applied: what its shape rule demands is decided, refused or written down here."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Literal

from archc.ir.decide import decide_eq, decide_ge
from archc.ir.dims import DimLike
from archc.ir.late import LateText
from archc.records import record
from archc.source import Span


@record
class Constraint:
    """What is said of dims and holds for some sizes only: ``left == right`` or ``left >= right``, with its reason and place.

    It is a demand (``needed``), or what a signature's ``where`` has ``stated``, or a claim about the example sizes that a body has
    ``asserted``. ``training``: it is made in training only.
    """

    relation: Literal["==", ">="]
    left: DimLike
    right: DimLike
    reason: LateText
    span: Span
    kind: Literal["needed", "stated", "asserted"] = "needed"
    training: bool = False

    def __str__(self) -> str:
        return f"{self.left} {self.relation} {self.right}"


class Refusal(Exception):
    """An operator's rule says no.

    ``argument`` names the field to point at, ``inputs`` are the positions of the inputs to point at (what each of them is gets
    added by whoever catches this); neither: the whole call is marked. ``dim`` is the dim of these inputs whose size is at fault, so that
    it can be told how they came to it; counted from the last where it is negative. ``notes`` may be made when they are read.
    """

    def __init__(
        self,
        code: str,
        message: str,
        *,
        argument: str | None = None,
        inputs: tuple[int, ...] = (),
        dim: int | None = None,
        notes: Iterable[str] = (),
        help: str | None = None,
    ) -> None:
        super().__init__(message)
        self.code, self.message, self.argument, self.inputs = code, message, argument, inputs
        self.dim, self.notes, self.help = dim, notes, help


Refused = Refusal | Callable[[], Refusal]
"""What is said when a demand fails, or a function that makes it: writing sizes into a sentence takes longer than comparing them."""


class Site:
    """Collects the constraints of one application; ``span`` is the application's place."""

    __slots__ = ("constraints", "span")

    def __init__(self, span: Span) -> None:
        self.span = span
        self.constraints: list[Constraint] = []

    def equal(self, left: DimLike, right: DimLike, refusal: Refused) -> None:
        """Demand ``left == right``: raise ``refusal`` when it can never hold, note it when it may."""
        verdict = left == right or decide_eq(left, right)
        if verdict is False:
            raise _made(refusal)
        if verdict is None:
            self.constraints.append(Constraint("==", left, right, _reason(refusal), self.span))

    def at_least(self, value: DimLike, least: DimLike, refusal: Refused) -> None:
        """Demand ``value >= least``: raise ``refusal`` when it can never hold, note it when it may."""
        verdict = value >= least if isinstance(value, int) and isinstance(least, int) else decide_ge(value, least)
        if verdict is False:
            raise _made(refusal)
        if verdict is None:
            self.constraints.append(Constraint(">=", value, least, _reason(refusal), self.span))

    def divides(self, divisor: int, value: DimLike, refusal: Refused) -> None:
        """Demand that ``value`` is a multiple of ``divisor``."""
        self.equal(value % divisor, 0, refusal)


def _made(refusal: Refused) -> Refusal:
    return refusal if isinstance(refusal, Refusal) else refusal()


def _reason(refusal: Refused) -> LateText:
    return LateText(refusal.message if isinstance(refusal, Refusal) else lambda: refusal().message)
