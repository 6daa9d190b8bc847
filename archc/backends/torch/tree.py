"""What an emitted class consists of, between the IR and its text.

A body is a module of the IR with its constants taken out: where one stood there is a ``Slot``, and the constants stand in a list
of their own. Two modules of the same block whose bodies are equal become one class; the slots where their constants differ become
its constructor's arguments.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from typing import Literal, TypeAlias

from archc.ir.dims import Dim
from archc.ir.graph import FanFormula, Guard, Scan, Value
from archc.ir.operator import Input, TorchValue, Word
from archc.ir.types import Type
from archc.records import record

Constant: TypeAlias = int | float | bool | str | tuple["Constant", ...] | None


@record
class Slot:
    """The place of a constant; ``index`` counts through the body."""

    index: int


@record
class Ramp:
    """A constant that grows evenly through a run: ``base + i * step``."""

    base: Slot
    step: Slot


Argument: TypeAlias = Slot | Ramp | Dim | Input | Word | tuple["Argument", ...] | None
"""``None`` is an open end of a slice; the constant ``None`` has a slot, as all constants."""


@record
class Make:
    """A call: ``fn`` is a torch name as in ``TorchCall``, or the number of an emitted class."""

    fn: str | int
    args: tuple[Argument, ...] = ()
    kwargs: tuple[tuple[str, Argument], ...] = ()
    item: int | None = None


@record
class Box:
    """A level of labels without a class of its own.

    A ``sequential`` (numbered from 0) or ``ordered`` (with labels) one runs its items in a chain; those of a ``list`` (numbered
    from 0) and a ``dict`` are called one by one.
    """

    kind: Literal["sequential", "ordered", "list", "dict"]
    items: tuple[Item, ...]


@record
class Item:
    """A submodule and its label. With ``count`` it stands for so many of a kind, at labels that are ``stem`` and a number from
    ``first`` up.
    """

    label: str
    make: Make | Box
    count: Slot | None = None
    major: bool = False
    """Owns a weight of two or more dims: a line of a list starts with it."""
    stem: str = ""
    first: int = 0


@record
class Place:
    """A tensor that the class itself owns, or a parameter of a submodule: its path, from the variable of the loop around if
    ``looped``."""

    path: tuple[str, ...]
    looped: bool = False


Operand: TypeAlias = Value | Place | Slot | Dim | tuple["Operand", ...] | None
Pattern: TypeAlias = tuple["Pattern", ...] | None
"""How outputs are nested: ``None`` for one tensor."""


@record
class Loop:
    """The head of a loop over the submodules at ``path``: all of them, or ``count`` of a list from number ``first``.

    The head's inputs and outputs are what the loop carries, before and at the start of each round; those of its ``end`` are
    what a round gives and what is left in the end.
    """

    path: tuple[str, ...]
    part: tuple[int, Slot] | None = None
    values: bool = False
    """The submodules have labels, so it is a dict's values that are gone through."""


@record
class Step:
    """One application in ``forward``: of the submodule at ``path``, or of the function ``call``; or a loop's head or end. With both,
    ``call`` says how the submodule is called.

    Inputs are numbered as in the IR: node -1 for the class's own, else the index of a step.
    """

    inputs: tuple[Operand, ...]
    keywords: tuple[tuple[str, Operand], ...] = ()
    path: tuple[str, ...] = ()
    call: Make | None = None
    looped: bool = False
    """``path`` starts at the variable of the loop around."""
    loop: Loop | Literal["end"] | None = None
    big: bool = False
    """Applies a class or a list, not a single layer or function."""
    draws: bool = False
    """Draws random numbers, in training at least."""
    pattern: Pattern = None
    when: tuple[Guard, ...] = ()
    """It is done only where all these hold."""
    sets: int | None = None
    """For one arm of a choice: its input becomes the value of this step, the other arm's or its own, whichever is first."""
    returns: bool = False
    """Its input is what the class gives, here and now."""
    outputs: tuple[str, ...] = ()
    """The names of the values that a net gives here, if it names them all."""
    scan: Scan | None = None
    """The submodule is applied step by step along an axis."""


@record
class Init:
    """A call of ``torch.nn.init`` on the parameter of this name; ``guard``: some layers lack it (they hold ``None``).

    A ``vector`` has one dim, so ``fan_in`` and ``fan_out`` are those of the weight beside it.
    """

    parameter: str
    guard: bool
    fn: str
    arguments: tuple[tuple[str, Slot | FanFormula], ...]
    vector: bool


@record
class InitLoop:
    """Over all layers, by torch class. ``exact``: subclasses are left alone."""

    branches: tuple[tuple[str, tuple[Init, ...]], ...]
    exact: bool


@record
class InitNames:
    """Over the parameters of these names."""

    names: tuple[str, ...]
    call: Init


@record
class InitPattern:
    """Over the parameters whose names match a glob; ``matrices``: only over those of two dims or more."""

    pattern: str
    matrices: bool
    call: Init


AnyInit: TypeAlias = InitLoop | InitNames | InitPattern


@record
class Held:
    """A tensor that the class owns: a parameter or a buffer at ``path``.

    It is made by ``make``, and then filled by ``init``, if there is one; or it is the value of a step of the body's ``constants``.
    """

    path: tuple[str, ...]
    buffer: bool
    persistent: bool = True
    make: Make | None = None
    init: Init | None = None
    value: Value | None = None


Base: TypeAlias = Literal["Module", "Sequential", "ModuleList", "ModuleDict"]
Results: TypeAlias = Value | Place | tuple["Results", ...]


@record
class Body:
    """A class with its constants taken out. ``patterns`` are the forms of the inputs."""

    inputs: tuple[str, ...]
    patterns: tuple[Pattern, ...]
    items: tuple[Item, ...]
    steps: tuple[Step, ...]
    result: Results
    base: Base = "Module"
    """What of ``torch.nn`` the class derives from. A ``Sequential`` needs no forward."""
    inits: tuple[AnyInit, ...] = ()
    outputs: tuple[str, ...] = ()
    """The names of the values that a net gives, if it names them all."""
    held: tuple[Held, ...] = ()
    constants: tuple[Step, ...] = ()
    """What the constructor computes: the values of buffers."""
    optional: frozenset[int] = frozenset()
    """The inputs that may be ``None``, by number."""
    frozen: tuple[str, ...] = ()
    """Globs over the names of parameters that are not trained."""
    ties: tuple[tuple[tuple[str, ...], tuple[str, ...]], ...] = ()
    """Parameters, and those that they are."""


@record
class Constants:
    """What was taken out of one module's body, by slot: the value, the label and torch's argument that it is for, and, for a keyword,
    what torch takes where it is left out."""

    values: tuple[Constant, ...]
    hints: tuple[tuple[str, str], ...]
    defaults: Mapping[int, Constant]


@record
class Lowered:
    """A module, ready to be grouped with its like. ``shapes`` are the types of the steps' outputs; in a loop, a size that changes
    from round to round is the symbol ``_``. ``computed`` are those of the steps in the constructor.
    """

    body: Body
    constants: Constants
    shapes: tuple[Type, ...]
    computed: tuple[Type, ...] = ()
    names: Mapping[Value, str] = field(default_factory=dict)
    """What the spec calls the values of steps."""
    constant_names: Mapping[Value, str] = field(default_factory=dict)
    """The same of the steps in the constructor."""


def constant_of(value: TorchValue) -> bool:
    """Whether a value of a call is a constant through and through."""
    if isinstance(value, tuple):
        return all(map(constant_of, value))
    return not isinstance(value, (Dim, Input, Word))
