"""``init`` rules: which parameters they select, and a function of ``torch.nn.init`` with its arguments."""

from __future__ import annotations

from functools import cache
from typing import Any

from archc.diagnostics.suggest import did_you_mean
from archc.elaborate import calls
from archc.elaborate.errors import mistake
from archc.elaborate.session import Frame
from archc.elaborate.values import Formula, describe
from archc.ir.graph import FanFormula, InitArguments, InitRule
from archc.ops import operators
from archc.source import Span
from archc.syntax import ast

INITIALISERS: dict[str, tuple[str, ...]] = {
    "zeros": (),
    "ones": (),
    "constant": ("val",),
    "uniform": ("a", "b"),
    "normal": ("mean", "std"),
    "trunc_normal": ("mean", "std", "a", "b"),
    "xavier_uniform": ("gain",),
    "xavier_normal": ("gain",),
    "kaiming_uniform": ("a", "mode", "nonlinearity"),
    "kaiming_normal": ("a", "mode", "nonlinearity"),
    "orthogonal": ("gain",),
    "sparse": ("sparsity", "std"),
    "dirac": ("groups",),
    "eye": (),
}
"""The functions of ``torch.nn.init``, without the closing underscore, and their arguments after the tensor."""
REQUIRED = {"constant": "val", "sparse": "sparsity"}
CHOICES = {
    "mode": ("fan_in", "fan_out"),
    "nonlinearity": ("linear", "conv1d", "conv2d", "conv3d", "sigmoid", "tanh", "relu", "leaky_relu", "selu"),
}


def rule(statement: ast.Init, frame: Frame) -> InitRule:
    """An ``init`` statement as a rule of the module that states it."""
    selector = statement.selector
    if not selector.quoted:
        _check_selector(selector)
    name, arguments = function(statement.value, frame)
    return InitRule(selector.text, selector.quoted, name, arguments, statement.span)


def _check_selector(selector: ast.Selector) -> None:
    operator, _, parameter = selector.text.rpartition(".")
    if not operator or not parameter:
        raise mistake(
            "E0219",
            f"{selector.text!r} selects no parameter",
            selector.span,
            help="write operator.parameter: conv.weight, *.bias",
        )
    if operator != "*" and operator not in operators():
        raise mistake(
            "E0219", f"{operator!r} is not an operator", selector.span, help=did_you_mean(operator, operators())
        )


def function(node: ast.Expr, frame: Frame) -> tuple[str, InitArguments]:
    """A function of ``torch.nn.init`` with its arguments: ``normal(std=0.02)``."""
    callee, args = (node.func, node.args) if isinstance(node, ast.Call) else (node, ())
    if not isinstance(callee, ast.Name) or callee.id not in INITIALISERS:
        name = callee.id if isinstance(callee, ast.Name) else "this"
        raise mistake("E0219", f"{name!r} is not an initialiser", callee.span, help=did_you_mean(name, INITIALISERS))
    inner = frame.nested()
    inner.scope.values.update(fan_in=Formula("fan_in"), fan_out=Formula("fan_out"))
    params = _params(callee.id)
    bound = calls.bind(callee.id, params, calls.evaluate_arguments(args, node.span, inner))
    given = [(param.name, *bound[param.name]) for param in params if param.name in bound]
    return callee.id, tuple([(name, _checked(name, value, span)) for name, value, span in given])


@cache
def _params(callee: str) -> tuple[ast.Param, ...]:
    """The parameters of an initialiser, as if it were defined in a spec."""
    nowhere = Span("<torch.nn.init>", 0, 0)
    optional = ast.Literal_(nowhere, None)
    return tuple(
        ast.Param(nowhere, name, None if REQUIRED.get(callee) == name else optional) for name in INITIALISERS[callee]
    )


def _checked(name: str, value: Any, span: Span) -> Any:
    if isinstance(value, Formula):
        return FanFormula(value.text)
    if name in CHOICES:
        if value not in CHOICES[name]:
            words = ", ".join(map(repr, CHOICES[name]))
            raise mistake(
                "E0401",
                f"{name} must be one of {words}",
                span,
                describe(value),
                help=did_you_mean(str(value), CHOICES[name]),
            )
        return value
    finite = isinstance(value, (int, float)) and not isinstance(value, bool) and abs(value) < float("inf")
    if not finite or (name in ("std", "sparsity") and value < 0):
        raise mistake(
            "E0401", f"{name} must be a finite number{' of at least 0' if name == 'std' else ''}", span, describe(value)
        )
    return value
