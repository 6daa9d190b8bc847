"""The torch calls that the operators of a module ask for, and the keyword arguments that calls of one block share."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator

from archc.backends.torch.tree import Constant, constant_of
from archc.ir.dims import Dim
from archc.ir.graph import Module, Operand, Value
from archc.ir.operator import Operator, TorchCall, TorchValue
from archc.ir.types import Type, tensors
from archc.records import record
from archc.source import Span


class EmissionError(Exception):
    """The net is sound, but its source cannot be written; the message says why, ``span`` what in the spec it is about."""

    def __init__(self, message: str, span: Span | None = None) -> None:
        super().__init__(message)
        self.span = span


class ExternError(EmissionError):
    """The source would import code from elsewhere, which nobody has allowed."""


@record
class Calls:
    """What a module's operators are in torch: constructors by child; functions, and calls of layers that are not plain, by node."""

    makes: dict[int, TorchCall]
    functions: dict[int, TorchCall]
    operators: dict[tuple[str, int], Operator]
    """The operator behind each ``("make", child)`` and ``("function", node)``."""


def calls_of(module: Module) -> Calls:
    """All torch calls of a module. A labelled operation without parameters is a module where torch has one."""
    calls = Calls({}, {}, {})
    for index, child in enumerate(module.children):
        if child.op is None:
            continue
        make = child.op.module(*child.inputs)
        if make is None and child.parameters:
            raise EmissionError(f"{child.label}: torch has no module for {child.op.name}", child.span)
        if make is not None and not _depends_on_sizes(make):
            calls.makes[index] = make
            calls.operators["make", index] = child.op
    for index, node in enumerate(module.nodes):
        op = node.op if node.child is None else module.children[node.child].op
        if op is None:
            continue
        inputs = tuple(type_of(module, operand) for operand in node.inputs)
        call = op.applied(inputs, node.output) if node.child in calls.makes else _function(op, inputs, node.output)
        if call is not None:
            calls.functions[index] = call
            calls.operators["function", index] = op
    return calls


def _function(op: Operator, inputs: tuple[object, ...], output: Type) -> TorchCall:
    call = op.function(inputs, output)
    if call is None:
        raise EmissionError(f"torch has no function for {op.name}")
    return call


def type_of(module: Module, operand: Operand) -> object:
    """The type of a value, of a tuple of them; a plain number, a dim or nothing stands for itself."""
    if isinstance(operand, tuple):
        return tuple(type_of(module, part) for part in operand)
    if not isinstance(operand, Value):
        return operand
    if operand.node < 0:
        return tensors(tuple(port.type for port in module.inputs))[operand.output]
    return tensors(module.nodes[operand.node].output)[operand.output]


def _depends_on_sizes(call: TorchCall) -> bool:
    """Whether a constructor would need a size that is only known at run time."""
    return any(map(_holds_dim, (*call.args, *(value for _, value in call.kwargs))))


def _holds_dim(value: TorchValue) -> bool:
    return any(map(_holds_dim, value)) if isinstance(value, tuple) else isinstance(value, Dim)


Keywords = dict[tuple[str, int], dict[str, Constant]]
"""By function and number of positional arguments: the constant keywords that some call gives, with torch's defaults."""


def field_order(op: Operator) -> Callable[[str], int]:
    """Sorts keywords as the operator lists them; what it does not list comes last."""
    fields = list(type(op).fields)
    return lambda name: fields.index(name) if name in fields else len(fields)


def shared_keywords(all_calls: Iterable[Calls]) -> Keywords:
    """The keywords that calls of the same function differ in. A call that leaves one out means its default, so calls with and
    without it can be lined up."""
    found: Keywords = defaultdict(dict)
    for calls in all_calls:
        for call, op in _with_operators(calls):
            if call.fn == "()":  # of a layer: what torch takes by default need not be what the operator does
                continue
            defaults = found[call.fn, len(call.args)]
            for name, value in call.kwargs:
                field = type(op).fields.get(name)
                if field is not None and not field.is_required() and constant_of(value):
                    defaults[name] = field.default
    return found


DRAWING = frozenset({"rrelu", "gumbel_softmax", "fractional_max_pool"})
"""Operators outside the dropout family that draw random numbers."""


def draws(op: Operator | None) -> bool:
    """Whether an operator draws random numbers, in training at least: such applications keep their order."""
    return op is not None and (
        op.family == "dropout" or op.name in DRAWING or bool(getattr(op, "dropout", getattr(op, "dropout_p", 0)))
    )


def _with_operators(calls: Calls) -> Iterator[tuple[TorchCall, Operator]]:
    for index, make in calls.makes.items():
        yield make, calls.operators["make", index]
    for index, function in calls.functions.items():
        yield function, calls.operators["function", index]
