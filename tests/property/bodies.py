"""Random bodies of blocks and nets, right by construction: what every value's type is is known as it is written."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence

from hypothesis import strategies as st

from archc.ir.dims import DimLike, evaluate, symbol
from archc.ir.types import TensorType, Type, tensors
from tests.property.layers import CHANNELS, Layer, applied, keeping, layer
from tests.property.parts import WORDS, Apply, Block, Call, File, Step, matched, matches, renamed, word

DEEPEST = 2
"""Blocks within blocks."""


class Body:
    """The lines of one body, with the values that it has so far."""

    def __init__(self, file: File, sizes: Mapping[str, int], names: Mapping[str, int], depth: int) -> None:
        self.file, self.draw, self.sizes, self.depth = file, file.draw, sizes, depth
        self.names = {**file.names, **names}
        self.values: dict[str, TensorType] = {}
        self.lines: list[str] = []
        self.steps: list[Step] = []
        self.labels: list[str] = []
        self.owns = False

    def write(self, text: str, indent: int = 1) -> None:
        self.lines.append("    " * indent + text)

    def pick(self, *, floats: bool = False) -> str:
        """A value; the newest are taken most."""
        names = [name for name, type_ in self.values.items() if type_.is_float or not floats]
        return self.draw(st.sampled_from([*names, *names[-2:], *names[-1:]])) if names else ""

    def bind(self, name: str, type_: TensorType) -> str:
        """A name for a new value: the old one's, or a new one."""
        if not self.draw(st.booleans()):
            name = self.file.fresh("v")
        self.values.pop(name, None)
        self.values[name] = type_
        return name

    def label(self) -> str:
        """A new label: a name, a path, or something in quotes."""
        name = self.file.fresh("f")
        self.owns = True
        label = self.draw(st.sampled_from([name, name, f"part.{name}", f'"{name}-x"', f"{name}.0"]))
        self.labels.append(label)
        return label

    def shown(self, text: str) -> str:
        """The text with some numbers written by names that stand for them."""
        for name, number in self.names.items():
            if re.search(rf"(?<![\w.\"-]){number}(?![\w.\"])", text) and self.draw(st.integers(0, 2)) == 0:
                text = re.sub(rf"(?<![\w.\"-]){number}(?![\w.\"])", name, text)
        return text

    def place(self, found: Layer) -> str:
        """A mark for a layer, with names for some of its numbers."""
        return self.file.place(found.text, self.shown(found.text))

    def layer_text(self, found: Layer, *, inside: bool = False) -> str:
        """A layer where a value is fed to it; with a label where it needs one. ``inside`` a list, its position may be that."""
        owns = bool(found.op.parameters(*self._fed))
        site = self.place(found)
        labelled = self.file.plain or (owns and not inside) or self.draw(st.integers(0, 3)) == 0
        self.owns = self.owns or owns
        return f"{self.label()}: {site}" if labelled else site

    _fed: tuple[TensorType, ...] = ()

    def chained(
        self, type_: TensorType, count: int, *, inside: bool = False
    ) -> tuple[list[str], list[int], TensorType]:
        """Some layers one after another: their texts, their places, and what the last gives."""
        texts, places = [], []
        for _ in range(count):
            found = layer(self.draw, type_, self.sizes)
            self._fed = (type_,)
            texts.append(self.layer_text(found, inside=inside))
            places.append(len(self.file.sites) - 1)
            assert isinstance(found.output, TensorType)
            type_ = found.output
        return texts, places, type_

    def note(self, call: str, inputs: tuple[str, ...], output: str) -> None:
        """Note an operator that is written as a sign."""
        self.file.place(call)
        self.steps.append(Apply(len(self.file.sites) - 1, inputs, (output,)))

    def apply_all(self, source: str, target: str, places: Sequence[int]) -> None:
        """Note that the operators at these places are applied one after another."""
        for place in places:
            self.steps.append(Apply(place, (source,), (target,)))
            source = target

    def fill(self) -> None:
        """Some statements."""
        for _ in range(self.draw(st.integers(1, 4))):
            self.draw(st.sampled_from(self.file.statements))(self)

    # --- statements ---------------------------------------------------------------------------------------------------

    def chain(self) -> None:
        source = self.pick()
        texts, places, type_ = self.chained(self.values[source], self.draw(st.integers(1, 3)))
        target = self.bind(source, type_)
        self.apply_all(source, target, places)
        self.write(f"{target} = {' -> '.join([source, *texts])}")

    def sequence(self) -> None:
        """A list of layers."""
        source = self.pick()
        texts, places, type_ = self.chained(self.values[source], self.draw(st.integers(1, 3)), inside=True)
        if self.draw(st.booleans()):
            texts.insert(self.draw(st.integers(0, len(texts))), "None")
        target = self.bind(source, type_)
        self.apply_all(source, target, places)
        self.write(f"{target} = {source} -> {self.label()}: [{', '.join(texts)}]")

    def pieces(self) -> None:
        """An operator that gives several tensors."""
        source = self.pick()
        found = layer(self.draw, self.values[source], self.sizes, single=False)
        self._fed = (self.values[source],)
        text = self.layer_text(found)
        place = len(self.file.sites) - 1
        names = [self.file.fresh("v") for _ in tensors(found.output)]
        left = targets(found.output, list(names))
        self.values |= dict(zip(names, tensors(found.output), strict=True))
        self.steps.append(Apply(place, (source,), tuple(names)))
        self.write(f"{left} = {source} -> {text}")

    def loop(self) -> None:
        """The same kind of layer several times, each with its own weights."""
        source = self.pick()
        found, count = keeping(self.draw, self.values[source], self.sizes), self.draw(st.integers(1, 3))
        site, name = self.place(found), self.file.fresh("f")
        self.owns = True
        kind = self.draw(st.integers(0, 2))
        if kind == 0:
            self.write(f"for i in range({count}):")
            self.write(f"{source} = {source} -> {name}.{{i + 1}}: {site}", 2)
        elif kind == 1:
            self.write(f"{source} = {source} -> {name}: [{site} for i in range({count})]")
        else:
            self.write(f"{source} = {source} -> {name}: [*[{site}] * {count}, identity]")
        self.values[source] = self.values.pop(source)
        self.apply_all(source, source, [len(self.file.sites) - 1] * count)

    def binary(self) -> None:
        """Two values of one type are combined, or one with a number."""
        first = self.pick(floats=True)
        if not first:
            return
        type_ = self.values[first]
        second = self.draw(st.sampled_from([name for name, other in self.values.items() if other == type_]))
        sign = self.draw(st.sampled_from(["+", "*", "-"]))
        name, word = {"+": ("add", "+"), "*": ("mul", "*"), "-": ("sub", "-")}[sign]
        target = self.bind(first, type_)
        self.note(name, (first, second), target)
        self.write(f"{target} = {first} {word} {second}")

    def joined(self) -> None:
        """Values that go together are joined along a dim."""
        first = self.pick()
        fit = [name for name, other in self.values.items() if other == self.values[first]]
        names = [first, *(self.draw(st.sampled_from(fit)) for _ in range(self.draw(st.integers(1, 2))))]
        word = self.draw(st.sampled_from(["concat", "stack"])) if self.values[first].rank else "stack"
        text = f"{word}(dim={self.draw(st.integers(0, max(0, self.values[first].rank - 1)))})"
        found = applied(text, [self.values[name] for name in names], self.sizes)
        if found is None or not isinstance(found.output, TensorType):
            return
        target = self.bind(first, found.output)
        self.write(f"{target} = ({', '.join(names)}) -> {self.file.place(text)}")
        self.steps.append(Apply(len(self.file.sites) - 1, tuple(names), (target,)))

    def call(self) -> None:
        """A block is applied; one that was written for this type may be used again."""
        if self.depth >= DEEPEST or all(x.dtype not in WORDS for x in self.values.values()):
            return
        source = self.draw(st.sampled_from([name for name, x in self.values.items() if x.dtype in WORDS]))
        type_ = self.values[source]
        ready = [block for block in self.file.blocks if matches(block, type_)]
        old = bool(ready) and self.draw(st.booleans())
        new = None if old else write_block(self.file, [type_], self.sizes, self.depth + 1)
        block = new or self.draw(st.sampled_from(ready))
        labelled = block.owns or self.draw(st.booleans())
        text = self.draw(st.sampled_from(block.calls))
        output = renamed(block.output, matched(block.inputs[0][1], type_))
        target = self.bind(source, output)
        self.steps.append(Call(block, (source,), (target,)))
        self.write(f"{target} = {source} -> {f'{self.label()}: ' if labelled else ''}{text}")

    def branches(self) -> None:
        """A comprehension of layers, added up."""
        source = self.pick(floats=True)
        if not source:
            return
        found, count = keeping(self.draw, self.values[source], self.sizes), self.draw(st.integers(1, 3))
        name, parts = self.file.fresh("f"), self.file.fresh("v")
        self.owns = True
        site = self.place(found)
        target = self.bind(source, self.values[source])
        self.write(f"{parts} = [{source} -> {name}.{{i}}: {site} for i in range({count})]")
        self.write(f"{target} = sum({parts})")
        self.steps += [Apply(len(self.file.sites) - 1, (source,), (f"{parts}.{i}",)) for i in range(count)]
        self.note("identity", (f"{parts}.0",), target)
        for i in range(1, count):
            self.note("add", (target, f"{parts}.{i}"), target)

    def decided(self) -> None:
        """A condition that is decided when the spec is compiled; the other arm need not fit."""
        source = self.pick()
        found = keeping(self.draw, self.values[source], self.sizes)
        site, name = self.place(found), self.file.fresh("f")
        self.owns = True
        test, truth = self.draw(st.sampled_from([("2 > 1", True), ("3 in [1, 2]", False), ("not 0 == 1", True)]))
        arms = [f"{source} = {source} -> {name}: {site}", f"{source} = {source} -> {name}: linear(3) -> flatten"]
        self.write(f"if {test}:")
        self.write(arms[0 if truth else 1], 2)
        self.write("else:")
        self.write(arms[1 if truth else 0], 2)
        self.apply_all(source, source, [len(self.file.sites) - 1])


def targets(type_: Type, names: list[str]) -> str:
    """The left side of an assignment that takes apart what has this type."""
    if isinstance(type_, TensorType):
        return names.pop(0)
    inner = ", ".join(targets(item, names) for item in type_)
    return f"({inner},)" if len(type_) == 1 else f"({inner})"


def write_block(file: File, types: Sequence[TensorType], sizes: Mapping[str, int], depth: int) -> Block:
    """A new block for inputs of these types, defined above what is being written."""
    names: dict[str, int] = {}
    inner_sizes: dict[str, int] = {}
    inputs: list[tuple[str, TensorType]] = []
    ports: list[str] = []
    symbols: dict[DimLike, str] = {}
    for type_ in types:
        shape, texts = [], []
        for dim in type_.shape:
            if isinstance(dim, int):
                text = str(dim) if file.plain or file.draw(st.booleans()) else file.fresh("C")
                names |= {} if text.isdigit() else {text: dim}
                shape.append(dim)
            else:
                text = symbols.setdefault(dim, file.fresh("A"))
                inner_sizes[text] = evaluate(dim, sizes)
                shape.append(symbol(text))  # type: ignore[arg-type]
            texts.append(text)
        inputs.append((file.fresh("x"), type_.with_shape(*shape)))
        ports.append(f"{inputs[-1][0]}: {word(type_)}[{'...' if file.plain else ', '.join(texts)}]")
    hypers = {file.fresh("n"): file.draw(CHANNELS) for _ in range(file.draw(st.integers(0, 2)))}
    body = Body(file, inner_sizes, names | hypers, depth)
    body.values = dict(inputs)
    body.fill()
    result = body.pick()
    output, name = body.values[result], file.fresh("Block")
    signature = ", ".join(f"{hyper}={value}" for hyper, value in hypers.items())
    lines = [
        f"block {name}({signature})({', '.join(ports)}){promised(body, [output])}:",
        *body.lines,
        f"    return {result}",
        "",
    ]
    file.definitions.append("\n".join(lines))
    calls = (name, f"{name}({signature})")
    block = Block(name, calls, tuple(inputs), output, result, tuple(body.steps), body.owns)
    file.blocks.append(block)
    return block


def promised(body: Body, outputs: Sequence[TensorType]) -> str:
    """What a signature says of the outputs; nothing where the language has no word for a dtype."""
    if body.file.plain or any(type_.dtype not in WORDS for type_ in outputs):
        return ""
    if len(outputs) == 1:
        return f" -> {_promise(body, outputs[0])}"
    named = body.draw(st.booleans())
    return (
        f" -> ({', '.join((f'out{i}: ' if named else '') + _promise(body, type_) for i, type_ in enumerate(outputs))})"
    )


def _promise(body: Body, type_: TensorType) -> str:
    kind = body.draw(st.integers(0, 2))
    if kind == 0:
        return f"{word(type_)}[...]"
    if kind == 1:
        return f"{word(type_)}[{', '.join(body.draw(st.sampled_from([str(dim), '_'])) for dim in type_.shape)}]"
    return f"{word(type_)}[{', '.join(map(str, type_.shape))}]"


PLAIN: tuple[Callable[[Body], None], ...] = (
    Body.chain,
    Body.chain,
    Body.sequence,
    Body.pieces,
    Body.loop,
    Body.binary,
    Body.joined,
    Body.branches,
    Body.decided,
    Body.call,
)
"""The statements whose steps are noted."""
