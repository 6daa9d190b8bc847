"""The text of initialisation, at the end of a constructor."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from archc.backends.torch.call import quoted
from archc.backends.torch.format import INDENT, fit
from archc.backends.torch.tree import AnyInit, Init, InitLoop, InitNames, InitPattern, Slot
from archc.ir.graph import FanFormula

FANS = (("fan_in", "{0}[0].numel()"), ("fan_out", "{0}[:, 0].numel()"))
"""How many numbers of the input go into one of the output, and the reverse, as ``torch.nn.init`` counts them."""


def init_lines(inits: Sequence[AnyInit], slots: Sequence[str]) -> list[str]:
    """The statements, not indented. ``slots`` are the texts of the constants."""
    lines: list[str] = []
    for init in inits:
        if isinstance(init, InitLoop):
            lines += _loop(init, slots)
        elif isinstance(init, InitPattern):
            lines += _pattern(init, slots)
        else:
            lines += _names(init, slots)
    return lines


def _pattern(init: InitPattern, slots: Sequence[str]) -> list[str]:
    """A loop over parameters that a glob selects."""
    tests = [] if init.pattern == "*" else [f"fnmatchcase(name, {quoted(init.pattern)})"]
    tests += ["parameter.dim() > 1"] if init.matrices else []
    body = list(call_lines(init.call, "parameter", _tensors("name")[1], slots))
    named = any(re.search(r"\bname\b", line) for line in (*tests, *body))
    head = "for name, parameter in self.named_parameters():" if named else "for parameter in self.parameters():"
    if not tests:
        return [head, *_block(iter(body), 1)]
    return [head, f"{INDENT}if {' and '.join(tests)}:", *_block(iter(body), 2)]


def _names(init: InitNames, slots: Sequence[str]) -> list[str]:
    """Few names are written out, each with its call; a loop goes through many."""
    if len(init.names) <= 3:
        return [
            line for name in init.names for line in _block(call_lines(init.call, *_tensors(quoted(name)), slots), 0)
        ]
    names = fit(f"for name in ({', '.join(map(quoted, init.names))}):")
    return names + _block(call_lines(init.call, *_tensors("name"), slots), 1)


def _tensors(name: str) -> tuple[str, str]:
    """The expressions for the parameter of this name, and for the weight of its layer."""
    if name == "name":
        return "self.get_parameter(name)", 'self.get_submodule(name.rpartition(".")[0]).weight'
    owner = name.rpartition(".")[0] or '"'
    return f"self.get_parameter({name})", f'self.get_parameter({owner}.weight")'


def _loop(loop: InitLoop, slots: Sequence[str]) -> list[str]:
    branches: dict[tuple[str, ...], list[str]] = {}
    for layer, calls in loop.branches:
        code = tuple(line for call in calls for line in _guarded(call, slots))
        branches.setdefault(code, []).append(layer)
    lines = ["for m in self.modules():"]
    for number, (code, layers) in enumerate(branches.items()):
        lines += [f"{INDENT}{'elif' if number else 'if'} {_test(layers, loop.exact)}:", *code]
    return lines


def _guarded(call: Init, slots: Sequence[str]) -> list[str]:
    """A call on the layer ``m``, which may lack the parameter."""
    tensor = f"m.{call.parameter}"
    if not call.guard:
        return _block(call_lines(call, tensor, "m.weight", slots), 2)
    return [f"{INDENT * 2}if {tensor} is not None:", *_block(call_lines(call, tensor, "m.weight", slots), 3)]


def _test(layers: Sequence[str], exact: bool) -> str:
    listed = layers[0] if len(layers) == 1 else f"({', '.join(layers)})"
    if not exact:
        return f"isinstance(m, {listed})"
    return f"type(m) is {listed}" if len(layers) == 1 else f"type(m) in {listed}"


def call_lines(call: Init, tensor: str, weight: str, slots: Sequence[str]) -> Iterator[str]:
    """The statements that fill ``tensor``; ``weight`` is the weight of its layer."""
    texts = [(name, slots[value.index] if isinstance(value, Slot) else value.text) for name, value in call.arguments]
    formulas = [value.text for _, value in call.arguments if isinstance(value, FanFormula)]
    for fan, form in FANS:
        if any(re.search(rf"\b{fan}\b", text) for text in formulas):
            yield f"{fan} = {form.format(weight if call.vector else tensor)}"
    yield f"{call.fn}({', '.join([tensor, *(f'{name}={text}' for name, text in texts)])})"


def _block(lines: Iterator[str], indent: int) -> list[str]:
    return [piece for line in lines for piece in fit(line, indent)]
