"""Random specs of the whole language, with what they must be."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from hypothesis import strategies as st

from archc.ir.dims import DimLike, symbol
from archc.ir.types import DType, TensorType
from tests.property.bodies import PLAIN, Body, promised
from tests.property.layers import CHANNELS, small
from tests.property.parts import File, word
from tests.property.statements import RICH

SYMBOLS = ("B", "H", "W", "D")


@dataclass(frozen=True)
class Spec:
    """A spec, what its net gives, and how it came about."""

    file: File
    body: Body
    net: str
    inputs: Mapping[str, TensorType]
    outputs: tuple[TensorType, ...]
    result: tuple[str, ...]

    @property
    def text(self) -> str:
        return self.file.written(self.net)

    def __repr__(self) -> str:
        return self.text

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        printer.text(self.text)


@st.composite
def input_types(draw: st.DrawFn) -> TensorType:
    """Batch first, channels second, mostly of known number."""
    rank = draw(st.sampled_from([2, 3, 3, 3, 4, 4, 5]))
    dtype: DType = draw(st.sampled_from(["float"] * 7 + ["int64"] * 2 + ["bool"]))
    shape: list[DimLike] = [symbol("B")]
    for dim in range(1, rank):
        known = draw(st.integers(0, 5)) > 0 if dim == 1 or rank < 4 else draw(st.booleans())
        shape.append(draw(CHANNELS) if known else symbol(draw(st.sampled_from(SYMBOLS[1:]))))
    return TensorType(tuple(shape), dtype)


@st.composite
def specs(draw: st.DrawFn, plain: bool = False) -> Spec:
    """A net with the blocks, tables and functions that it uses; ``plain``: with the statements whose steps are noted."""
    sizes = {name: draw(st.integers(2 if name == "B" else 3, 3 if name == "B" else 9)) for name in SYMBOLS}
    file = File(draw, PLAIN if plain else RICH, plain)
    if draw(st.booleans()):
        name = file.fresh("width")
        file.names[name] = draw(CHANNELS)
        file.definitions.append(f"{name} = {file.names[name]}\n")
    hypers = {file.fresh("n"): draw(CHANNELS) for _ in range(draw(st.integers(0, 2)))}
    body = Body(file, sizes, hypers, 0)
    inputs = {file.fresh("x"): _fitting(draw, sizes) for _ in range(draw(st.sampled_from([1, 1, 2])))}
    body.values = dict(inputs)
    optional = None if plain or draw(st.integers(0, 3)) else _optional(body, inputs)
    body.fill()
    body.fill()
    result = tuple(dict.fromkeys(body.pick() for _ in range(draw(st.sampled_from([1, 1, 2, 3])))))
    outputs = tuple(body.values[name] for name in result)
    ports = [f"{name}: {_port(type_, sizes)}" for name, type_ in inputs.items()]
    ports += [] if optional is None else [f"{optional[0]}: {optional[1]} = None"]
    signature = ", ".join(f"{name}={value}" for name, value in hypers.items())
    head = f"net N({signature})({', '.join(ports)}){promised(body, outputs)}:"
    net = "\n".join([head, *body.lines, f"    return {', '.join(result)}", ""])
    return Spec(file, body, net, inputs, outputs, result)


def _fitting(draw: st.DrawFn, sizes: Mapping[str, int]) -> TensorType:
    type_ = draw(input_types())
    return type_ if small(type_, sizes) else TensorType((symbol("B"), 4))


def _port(type_: TensorType, sizes: Mapping[str, int]) -> str:
    """The type of an input; each size has its example, once or more than once."""
    texts = [str(dim) if isinstance(dim, int) else f"{dim}={sizes[str(dim)]}" for dim in type_.shape]
    return f"{word(type_)}[{', '.join(texts)}]"


def _optional(body: Body, inputs: Mapping[str, TensorType]) -> tuple[str, TensorType] | None:
    """An input that may be left out, added to another where it is given."""
    name, type_ = next(iter(inputs.items()))
    if not type_.is_float:
        return None
    extra = body.file.fresh("m")
    body.write(f"if {extra} is not None:")
    body.write(f"{name} = {name} + {extra}", 2)
    return extra, type_
