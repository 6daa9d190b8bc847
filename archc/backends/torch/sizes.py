"""Sizes in ``forward``: where a symbolic size is needed, it is read from the shapes of the inputs first."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence

from archc.backends.torch.call import infix
from archc.backends.torch.calls import EmissionError
from archc.backends.torch.naming import identifier
from archc.backends.torch.tree import Argument, Body, Operand
from archc.ir.dims import Dim, symbol, to_python
from archc.ir.types import TensorType


def symbols_needed(body: Body) -> frozenset[str]:
    """The symbols that the calls of a body mention."""
    found: set[str] = set()
    for step in body.steps:
        operands = (*step.inputs, *(value for _, value in step.keywords))
        arguments = (*step.call.args, *(value for _, value in step.call.kwargs)) if step.call else ()
        for dim in (*_dims(arguments), *_dims(operands)):
            found |= dim.symbols
    return frozenset(found)


def _dims(arguments: Sequence[Argument | Operand]) -> Iterator[Dim]:
    for argument in arguments:
        if isinstance(argument, Dim):
            yield argument
        elif isinstance(argument, tuple):
            yield from _dims(argument)


class Sizes:
    """The local names of the symbols that ``forward`` needs, and the statements that bind them."""

    def __init__(
        self,
        inputs: Mapping[str, TensorType],
        needed: frozenset[str],
        taken: Sequence[str],
        optional: Collection[str] = (),
    ) -> None:
        """``inputs`` are the tensors by the expressions for them, ``optional`` those that may be ``None``; ``taken`` are names that
        no size may have."""
        self.names: dict[str, str] = {}
        self.lines: list[str] = []
        given = {text: type_ for text, type_ in inputs.items() if text not in optional}
        for text, type_ in given.items():
            self._plain(type_, text, needed, taken)
        for text, type_ in given.items():
            self._solved(type_, text, needed, taken)
        for text in optional:
            self._read(inputs[text], text, needed)
        missing = sorted(needed - set(self.names))
        if missing:
            raise EmissionError(f"no input's shape tells the size {missing[0]}")

    def _name(self, symbol_name: str, inputs: Sequence[str]) -> str:
        self.names[symbol_name] = identifier(symbol_name, [*inputs, *self.names.values()])
        return self.names[symbol_name]

    def _plain(self, type_: TensorType, name: str, needed: frozenset[str], inputs: Sequence[str]) -> None:
        """Symbols that are the size of an axis: unpacked together, or read alone."""
        found: dict[int, str] = {}
        for axis, size in enumerate(type_.shape):
            for wanted in sorted(needed - set(self.names)):
                if size == symbol(wanted):
                    found[axis] = self._name(wanted, inputs)
        if len(found) > 1:
            names = ", ".join(found.get(axis, "_") for axis in range(type_.rank))
            self.lines.append(f"{names} = {name}.shape")
        for axis in found if len(found) == 1 else ():
            self.lines.append(f"{found[axis]} = {name}.shape[{axis}]")

    def _read(self, type_: TensorType, name: str, needed: frozenset[str]) -> None:
        """Sizes of an input that may be ``None``: they are read where they are used, for it is given there."""
        for axis, size in enumerate(type_.shape):
            for wanted in sorted(needed - set(self.names)):
                if size == symbol(wanted):
                    self.names[wanted] = f"{name}.shape[{axis}]"

    def _solved(self, type_: TensorType, name: str, needed: frozenset[str], inputs: Sequence[str]) -> None:
        """Symbols within an expression of which all else is known: ``2 * K + T``."""
        for axis, size in enumerate(type_.shape):
            unknown = (size.symbols if isinstance(size, Dim) else frozenset()) - set(self.names)
            if not isinstance(size, Dim) or len(unknown) != 1 or not unknown <= needed:
                continue
            (wanted,) = unknown
            text = _solve(size, wanted, f"{name}.shape[{axis}]", self.names)
            if text is not None:
                self.lines.append(f"{self._name(wanted, inputs)} = {text}")


def _solve(size: Dim, wanted: str, given: str, names: Mapping[str, str]) -> str | None:
    """The text of the symbol ``wanted`` when ``size`` is ``given``, for a size that grows in proportion to it."""
    factor = size.substitute({wanted: 1}) - size.substitute({wanted: 0})
    rest = size - factor * symbol(wanted)
    if not isinstance(factor, int) or factor < 1 or (isinstance(rest, Dim) and wanted in rest.symbols):
        return None
    text = to_python(symbol("given__") - rest, lambda name: given if name == "given__" else names[name])
    return text if factor == 1 else infix("//", text, str(factor))
