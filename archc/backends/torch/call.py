"""A torch call as Python text, with exactly the brackets that Python needs."""

from __future__ import annotations

import ast
import math
from collections.abc import Callable, Mapping
from functools import lru_cache

from archc.ir.dims import Dim, to_python
from archc.ir.operator import SLICE, Input, TorchCall, TorchValue, Word

ATOM = 20
LOWEST = 0
_UNARY = 13
_PREFIX = {"neg": "-", "~": "~"}
_INFIX = {
    "|": 7, "^": 8, "&": 9, "<<": 10, ">>": 10, "+": 11, "-": 11, "*": 12, "/": 12, "//": 12, "%": 12, "@": 12, "**": 14,
    "==": 6, "!=": 6, "<": 6, "<=": 6, ">": 6, ">=": 6,
}  # fmt: skip
_NODES: dict[type[ast.AST], int] = {
    ast.BitOr: 7, ast.BitXor: 8, ast.BitAnd: 9, ast.LShift: 10, ast.RShift: 10, ast.Add: 11, ast.Sub: 11,
    ast.Mult: 12, ast.Div: 12, ast.FloorDiv: 12, ast.Mod: 12, ast.MatMult: 12, ast.Pow: 14,
    ast.Compare: 6, ast.Not: 5, ast.And: 4, ast.Or: 3, ast.IfExp: 2, ast.Lambda: 1,
    ast.USub: _UNARY, ast.UAdd: _UNARY, ast.Invert: _UNARY,
}  # fmt: skip

Names = Callable[[str], str]
"""The Python expression that stands for a symbol in sizes."""


def render(call: TorchCall, operands: Mapping[int | str, str], names: Names = str) -> str:
    """The call as a Python expression. ``operands`` holds the text of each input, ``names`` gives that of each symbol."""

    def text(value: TorchValue) -> str:
        return render_value(value, operands, names)

    if call.fn in _INFIX:
        left, right = map(text, call.args)
        return infix(call.fn, left, right)
    if call.fn in _PREFIX:
        (operand,) = map(text, call.args)
        return f"{_PREFIX[call.fn]}{bracket(operand, _UNARY)}"
    if call.fn == "[]":
        owner, *index = map(text, call.args)
        return f"{receiver(owner)}[{', '.join(index)}]"
    arguments = [text(arg) for arg in call.args]
    function = call.fn
    if function.startswith("."):
        function = receiver(arguments.pop(0)) + function
    if function == "()":
        function = receiver(arguments.pop(0))
    if call.fn == ".to" and not arguments and not call.kwargs:
        return function.removesuffix(".to")  # converted to the net's own dtype, where nothing else has one
    part = "" if call.item is None else f"[{call.item}]"
    return f"{function}({', '.join(arguments + [f'{k}={text(v)}' for k, v in call.kwargs])}){part}"


def render_value(value: TorchValue, operands: Mapping[int | str, str], names: Names = str) -> str:
    """One argument of a call as Python text."""
    if isinstance(value, Input):
        return f"{receiver(operands[value.key])}.contiguous()" if value.contiguous else operands[value.key]
    if isinstance(value, Word):
        return value.text
    if isinstance(value, tuple) and value[:1] == (SLICE,):
        start, stop, step = ("" if part is None else render_value(part, operands, names) for part in value[1:])
        return f"{start}:{stop}:{step}" if step else f"{start}:{stop}"
    if isinstance(value, tuple):
        items = [render_value(item, operands, names) for item in value]
        return f"({items[0]},)" if len(items) == 1 else f"({', '.join(items)})"
    if isinstance(value, Dim):
        return to_python(value, names)
    return literal(value)


def literal(value: object) -> str:
    """A constant as Python text; infinities and NaN, which have no literal, through ``float``."""
    if isinstance(value, float) and not math.isfinite(value):
        return f'float("{value}")'
    if isinstance(value, str):
        return quoted(value)
    if isinstance(value, tuple):
        return f"({literal(value[0])},)" if len(value) == 1 else f"({', '.join(map(literal, value))})"
    return repr(value)


def quoted(text: str) -> str:
    """A string literal in double quotes, in ASCII: nothing of ``text`` can end it."""
    inner = ascii(text)[1:-1]
    if "'" in text and '"' not in text:  # then ascii() has used double quotes itself
        return f'"{inner}"'
    return '"' + inner.replace("\\'", "'").replace('"', '\\"') + '"'


def infix(operator: str, left: str, right: str) -> str:
    """``left operator right``; all group to the left but ``**``."""
    level = _INFIX[operator]
    if operator == "**":
        return f"{bracket(left, level + 1)} ** {bracket(right, _UNARY)}"
    # A chain of comparisons means something else than two comparisons, so both sides of one get brackets.
    tight = level + 1 if level == _INFIX["=="] else level
    return f"{bracket(left, tight)} {operator} {bracket(right, level + 1)}"


def bracket(text: str, level: int) -> str:
    """The expression, in brackets where it binds less tightly than ``level``."""
    return text if precedence(text) >= level else f"({text})"


def receiver(text: str) -> str:
    """The expression as something that a ``.`` or ``[`` may follow; ``1.shape`` would be a number."""
    return f"({text})" if text[:1].isdigit() else bracket(text, ATOM)


@lru_cache(maxsize=4096)
def precedence(text: str) -> int:
    """How tightly an expression binds: ``ATOM`` for names, calls and brackets."""
    if text.isidentifier():
        return ATOM
    node = ast.parse(text, mode="eval").body
    if isinstance(node, (ast.BinOp, ast.UnaryOp, ast.BoolOp)):
        return _NODES[type(node.op)]
    if isinstance(node, ast.Tuple) and not text.startswith("("):
        return LOWEST
    return _NODES.get(type(node), ATOM)
