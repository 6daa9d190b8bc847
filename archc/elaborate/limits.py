"""Budgets: no spec, however hostile, makes the compiler hang or eat the machine. All are checked before anything is expanded."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from math import inf, prod
from types import NoneType
from typing import Any

from archc.elaborate.errors import mistake
from archc.elaborate.values import BlockRecipe, LabelledRecipe
from archc.ir.dims import DimLike
from archc.ir.types import TensorType, Type, tensors
from archc.source import Span

# An item stands for 4 microseconds of work, so that all items and all expressions together take five seconds, and a loop can still
# make 100,000 different layers.
MAX_ITEMS = 1_500_000
"""List items, loop turns, function calls and layers of one file, all together."""
MAX_STEPS = 1_500_000
"""Expressions that are evaluated for one file."""
PER_LAYER = 5
"""Items that one application of an operator counts for."""
PER_LABEL = 5
"""Items that a submodule counts for beside its application."""
PER_DEMAND = 50
"""Items that a demand on sizes counts for which holds for some sizes only."""
PER_BLOCK = 10
"""Items that one application of a block counts for."""
PER_MODULE = 40
"""Items that a block counts for at other sizes or hyperparameters than before, beside what is in it."""
MAX_BITS = 2_048
"""Bits of a compile-time integer."""
MAX_TEXT = 65_536
"""Characters of a compile-time string."""
MAX_DEPTH = 300
"""Expressions within expressions, through functions and blocks."""
MAX_NESTING = 32
"""Lists, tuples and blocks within each other, as values."""
FORMULA_HELP = "a net whose sizes are numbers instead of names has no formulas"
MAX_PARAMETERS = 2**60 - 1
"""Numbers of one tensor: its bytes, eight for each of float64, have to fit the 64-bit integers that torch counts them with."""
MAX_INTEGER = 2**63 - 1
MAX_FLOAT = 3.4028234663852886e38
"""The greatest float32: torch refuses a greater number for a float32 tensor."""


class Budget:
    """Counts what a file expands to."""

    __slots__ = ("depth", "items", "steps")

    def __init__(self) -> None:
        self.items = 0
        self.depth = 0
        self.steps = 0

    def spend(self, items: int, span: Span, product: str | None = None) -> None:
        """Ask for ``items`` more; ``product`` shows how they come about (``1 * 10 ** 12 items``)."""
        if self.items + items > MAX_ITEMS:
            what = product or f"{items:,} more items"
            raise mistake(
                "E0601",
                f"this expands to too much: {what}",
                span,
                f"{short(items)} items",
                notes=(f"a file may expand to {MAX_ITEMS:,} items in all; {self.items:,} are used so far",),
                help="is a factor wrong? A net of equal blocks needs one list item for each block",
            )
        self.items += items

    def enter(self, span: Span) -> None:
        """One expression more, within those that are being evaluated; ``depth`` is to be taken back afterwards."""
        self.steps += 1
        self.depth += 1
        if self.steps > MAX_STEPS or self.depth > MAX_DEPTH:
            self.depth -= 1
            raise self.exceeded(span)

    def exceeded(self, span: Span) -> Exception:
        """The mistake of too many expressions."""
        if self.steps > MAX_STEPS:
            return mistake(
                "E0601",
                f"this file takes too long to evaluate: more than {MAX_STEPS:,} expressions",
                span,
                "the last one",
                help="is a loop too long? Lists and equal blocks cost less than loops",
            )
        return mistake(
            "E0603",
            "expressions are nested too deep",
            span,
            f"more than {MAX_DEPTH} levels",
            notes=("expressions, functions, blocks and branches within each other all count",),
        )

    def hold(self, items: Iterable[Any], span: Span, times: int = 1) -> None:
        """Pay for what lists, tuples and blocks within a new value hold, each as often as it is met, level by level; ``times`` over.

        A list may hold another twice, which holds another twice, and so on: a few hundred items are then a tree of any size. Whoever
        walks a value later (keys, labels, messages) relies on this and on the number of levels.
        """
        depth = 1
        while inner := [held for item in items if isinstance(item, _HOLDERS) and (held := _held(item))]:
            depth += 1
            if depth > MAX_NESTING:
                raise mistake(
                    "E0603",
                    "lists and blocks are nested too deep",
                    span,
                    f"more than {MAX_NESTING} levels",
                    help="make one list of it: [*first, *second]",
                )
            count = sum(map(len, inner)) * times
            self.spend(count, span, f"{short(count)} items in lists within lists")
            items = [item for held in inner for item in held]


def rule_work(output: Type, span: Span) -> int:
    """Items that a shape rule counts for whose output is not known yet: it takes longer, the longer the formulas of sizes are.
    Refuses an output that is too large, as ``check_shape`` does."""
    work = 0
    for tensor in (output,) if isinstance(output, TensorType) else tensors(output):
        numbers = 1
        for dim in tensor.shape:
            if isinstance(dim, int):
                numbers *= dim
            elif dim.name is None:  # a symbol alone is no work
                work += dim.nodes * dim.nodes // 2
        if numbers > MAX_PARAMETERS:
            check_shape(tensor.shape, span)
    return work


_HOLDERS = (list, tuple, BlockRecipe, LabelledRecipe)


def _held(value: Any) -> Sequence[Any]:
    """The items of a value that is made of values."""
    if isinstance(value, BlockRecipe):
        return tuple(value.arguments.values())
    return (value.recipe,) if isinstance(value, LabelledRecipe) else value


def short(number: int) -> str:
    """An integer for a message: in full up to 20 digits, else its order of magnitude."""
    if abs(number) < 10**20:
        return f"{number:,}"
    return f"about 10**{int(abs(number).bit_length() * 0.30103)}"


def too_large(span: Span, size: str) -> Exception:
    """The mistake of a number past the limit."""
    return mistake(
        "E0602", f"this number is too large: {size}", span, notes=(f"integers have at most {MAX_BITS:,} bits",)
    )


def check_parameter(shape: Sequence[int], span: Span) -> None:
    """Refuse a parameter of more numbers than torch can count."""
    _check_count("this parameter", shape, span)


def check_shape(shape: Sequence[DimLike], span: Span) -> None:
    """Refuse a tensor whose sizes alone, whatever its symbols are, make it more than torch can count."""
    _check_count("this tensor", [dim for dim in shape if isinstance(dim, int)], span)


def _check_count(what: str, sizes: Sequence[int], span: Span) -> None:
    if prod(sizes) > MAX_PARAMETERS:
        count = " * ".join(map(short, sizes))
        note = f"that is {short(prod(sizes))}; torch can count {short(MAX_PARAMETERS)}"
        raise mistake("E0602", f"{what} holds more numbers than torch can count: {count}", span, notes=(note,))


NARROW = frozenset((bool, str, NoneType))
"""Values that torch can take whatever they are."""


def too_wide(value: object) -> bool:
    """Whether a value of an operator's argument holds a number that torch cannot take."""
    if isinstance(value, int):
        return abs(value) > MAX_INTEGER
    if isinstance(value, (list, tuple)):
        return any(map(too_wide, value))
    return isinstance(value, float) and MAX_FLOAT < abs(value) < inf
