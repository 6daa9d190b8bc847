"""What a random spec is made of: its file, its blocks, and the steps that it takes."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from hypothesis import strategies as st

from archc.ir.dims import Dim, DimLike, substitute
from archc.ir.types import TensorType

if TYPE_CHECKING:
    from tests.property.bodies import Body


@dataclass(frozen=True)
class Apply:
    """A step of a body: an operator is applied. ``site`` is the place in the text that says which."""

    site: int
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]


@dataclass(frozen=True)
class Call:
    """A step of a body: a block is applied."""

    block: Block
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]


Step = Apply | Call


@dataclass
class File:
    """A spec under construction: what is defined above the net, and the texts at its places."""

    draw: st.DrawFn
    statements: Sequence[Callable[[Body], None]]
    """What a body may hold."""
    plain: bool = False
    """The steps tell all: no conditions of run time, scans, tables, shared layers, and nothing is promised of outputs."""
    definitions: list[str] = field(default_factory=list)
    sites: list[str] = field(default_factory=list)
    """The call at each place, with numbers."""
    shown: list[str] = field(default_factory=list)
    """What is written there: the call, with names for some of the numbers."""
    blocks: list[Block] = field(default_factory=list)
    names: dict[str, int] = field(default_factory=dict)
    counts: int = 0

    def fresh(self, word: str) -> str:
        """A name that nothing else has."""
        self.counts += 1
        return f"{word}{self.counts}"

    def place(self, call: str, shown: str | None = None) -> str:
        """A mark that stands for the call until the spec is written."""
        self.sites.append(call)
        self.shown.append(call if shown is None else shown)
        return f"§{len(self.sites) - 1}§"

    def written(self, net: str, changes: Mapping[int, str] | None = None) -> str:
        """The whole spec, at some places with another text."""
        texts = dict(enumerate(self.shown)) | dict(changes or {})
        text = "\n".join([*self.definitions, net])
        while "§" in text:
            text = re.sub(r"§(\d+)§", lambda found: texts[int(found[1])], text)
        return text


@dataclass(frozen=True)
class Block:
    """A finished block: for which types it was written, in its own symbols, what it gives for them, and the calls that make it."""

    name: str
    calls: tuple[str, ...]
    inputs: tuple[tuple[str, TensorType], ...]
    output: TensorType
    result: str
    steps: tuple[Step, ...]
    owns: bool


def matched(formal: TensorType, actual: TensorType) -> dict[str, DimLike]:
    """What stands for the symbols of a block's input."""
    pairs = zip(formal.shape, actual.shape, strict=True)
    return {str(dim): found for dim, found in pairs if isinstance(dim, Dim)}


def matches(block: Block, type_: TensorType) -> bool:
    """Whether a block was written for inputs of this type."""
    formal = block.inputs[0][1]
    if len(block.inputs) > 1 or formal.rank != type_.rank or formal.dtype != type_.dtype:
        return False
    return renamed(formal, matched(formal, type_)) == type_ and all(
        isinstance(dim, int) == isinstance(other, int) for dim, other in zip(formal.shape, type_.shape, strict=True)
    )


def renamed(type_: TensorType, env: Mapping[str, DimLike]) -> TensorType:
    """A type in other symbols."""
    return TensorType(tuple(substitute(dim, env) for dim in type_.shape), type_.dtype)


WORDS = {"float": "", "int64": "int", "bool": "bool"}
"""The dtypes that a signature can state."""


def word(type_: TensorType) -> str:
    return WORDS[type_.dtype]
