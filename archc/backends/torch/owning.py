"""The text of what a constructor does with tensors: makes own ones, freezes parameters and ties them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from archc.backends.torch.call import quoted
from archc.backends.torch.format import INDENT, fit
from archc.backends.torch.initcode import call_lines
from archc.backends.torch.naming import is_attribute
from archc.backends.torch.paths import attribute, submodule
from archc.backends.torch.tree import Body, Held, Make
from archc.ir.graph import Value

Computed = tuple[Sequence[str], Mapping[Value, str]]
"""The statements that compute the values of buffers, and the expressions for these."""


class Makes(Protocol):
    """Writes constructor calls."""

    slots: list[str]

    def make(self, make: Make) -> str: ...


def held_lines(body: Body, label: str, writer: Makes, values: Mapping[Value, str]) -> list[str]:
    """The statements for the own tensors below a label; those of the class itself for the label ''."""
    lines: list[str] = []
    for held in body.held:
        if label == (held.path[0] if len(held.path) > 1 else ""):
            lines += _held(body, held, writer, values)
    return lines


def _held(body: Body, held: Held, writer: Makes, values: Mapping[Value, str]) -> list[str]:
    *path, name = held.path
    owner = submodule(body, path)
    text = values[held.value] if held.make is None and held.value is not None else ""
    if held.make is not None:
        text = writer.make(held.make)
    lines = fit(_statement(owner, name, text, held), 2)
    if held.init is not None:
        tensor = attribute(owner, name)
        lines += [piece for line in call_lines(held.init, tensor, tensor, writer.slots) for piece in fit(line, 2)]
    return lines


def _statement(owner: str, name: str, text: str, held: Held) -> str:
    if held.buffer:
        return f"{owner}.register_buffer({quoted(name)}, {text}{'' if held.persistent else ', persistent=False'})"
    if is_attribute(name):
        return f"{owner}.{name} = nn.Parameter({text})"
    return f"{owner}.register_parameter({quoted(name)}, nn.Parameter({text}))"


def frozen_lines(body: Body) -> list[str]:
    """``requires_grad_(False)`` for what is below a label, and in a loop for the parameters that a glob selects."""
    lines: list[str] = []
    for glob in body.frozen:
        path = glob.removesuffix(".*")
        if glob == "*":
            lines.append(f"{INDENT * 2}self.requires_grad_(False)")
        elif path != glob and not set(path) & set("*?["):
            lines += fit(f"{_module_or_tensor(body, path.split('.'))}.requires_grad_(False)", 2)
        else:
            lines += [
                f"{INDENT * 2}for name, parameter in self.named_parameters():",
                *fit(f"if fnmatchcase(name, {quoted(glob)}):", 3),
                f"{INDENT * 4}parameter.requires_grad_(False)",
            ]
    return lines


def _module_or_tensor(body: Body, path: Sequence[str]) -> str:
    if any(held.path == tuple(path) for held in body.held):
        return attribute(submodule(body, path[:-1]), path[-1])
    return submodule(body, path)


def tied_lines(body: Body) -> list[str]:
    """Tied parameters, each set to be the other."""
    lines: list[str] = []
    for target, source in body.ties:
        value = attribute(submodule(body, source[:-1]), source[-1])
        owner = submodule(body, target[:-1])
        if is_attribute(target[-1]):
            lines += fit(f"{owner}.{target[-1]} = {value}", 2)
        else:
            lines += fit(f"{owner}.register_parameter({quoted(target[-1])}, {value})", 2)
    return lines
