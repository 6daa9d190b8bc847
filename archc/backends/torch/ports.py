"""The inputs of ``forward``: one name for each tensor. A tuple of tensors is unpacked where its parts are read one by one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from archc.backends.torch.naming import identifier
from archc.backends.torch.statements import operands_of, values_of
from archc.backends.torch.tree import Body, Operand, Pattern
from archc.ir.graph import Value


class Ports:
    """``names`` are the texts of the inputs, by value; ``wholes`` those of tuples that are handed on as they came."""

    def __init__(self, body: Body, named: Mapping[Value, str]) -> None:
        self.names: dict[Value, str] = {}
        self.wholes: dict[Operand, str] = {}
        self.lines: list[str] = []
        """The statements that unpack tuples."""
        flat = 0
        for name, pattern in zip(body.inputs, body.patterns, strict=True):
            parts, flat = _parts(pattern, flat)
            if isinstance(parts, Value):
                self.names[parts] = name
            elif _only_whole(body, parts):
                self.wholes[parts] = name
                self.names.update((value, name + place) for value, place in _places(parts))
            else:
                self._unpack(name, parts, named, body)
        self.taken = [*self.wholes.values()]

    def _unpack(self, name: str, parts: Operand, named: Mapping[Value, str], body: Body) -> None:
        for number, (value, _) in enumerate(_places(parts)):
            known = [*body.inputs, *self.names.values()]
            self.names[value] = identifier(named.get(value, f"{name}_{number}"), known)
        self.lines.append(f"{self._target(parts)[1:-1]} = {name}")

    def _target(self, parts: Operand) -> str:
        if isinstance(parts, Value):
            return self.names[parts]
        assert isinstance(parts, tuple)
        inner = [self._target(part) for part in parts]
        return f"({inner[0]},)" if len(inner) == 1 else f"({', '.join(inner)})"


def annotation(pattern: Pattern) -> str:
    """The type of an input or output of this form."""
    return "Tensor" if pattern is None else f"tuple[{', '.join(map(annotation, pattern))}]"


def result_annotation(result: Operand) -> str:
    """The type of a value that is given back."""
    return f"tuple[{', '.join(map(result_annotation, result))}]" if isinstance(result, tuple) else "Tensor"


def _parts(pattern: Pattern, flat: int) -> tuple[Operand, int]:
    """The values of an input, counted from ``flat``, nested as they come."""
    if pattern is None:
        return Value(-1, flat), flat + 1
    found: list[Operand] = []
    for inner in pattern:
        part, flat = _parts(inner, flat)
        found.append(part)
    return tuple(found), flat


def _places(parts: Operand) -> Iterator[tuple[Value, str]]:
    """The values of a tuple, each with its place in it: ``[1][0]``."""
    if isinstance(parts, Value):
        yield parts, ""
    elif isinstance(parts, tuple):
        for number, part in enumerate(parts):
            yield from ((value, f"[{number}]{place}") for value, place in _places(part))


def _only_whole(body: Body, parts: Operand) -> bool:
    """Whether the values are read together only, as the tuple that they came in."""
    members = {value for value, _ in _places(parts)}
    if members & set(values_of(body.result)):
        return False
    for step in body.steps:
        if step.loop and members & set(operands_of(step)):
            return False
        loose = [
            value for operand in (*step.inputs, *(v for _, v in step.keywords)) for value in _loose(operand, parts)
        ]
        if members & set(loose):
            return False
    return True


def _loose(operand: Operand, parts: Operand) -> Iterator[Value]:
    """The values within an operand, but for those of the tuple where it stands as a whole."""
    if isinstance(operand, Value):
        yield operand
    elif isinstance(operand, tuple) and operand != parts:
        for part in operand:
            yield from _loose(part, parts)
