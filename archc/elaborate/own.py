"""``param`` and ``buffer``: tensors that a block owns itself, and what they start as."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any, get_args

from archc.elaborate import evaluate as ev
from archc.elaborate import initialisers, operation, weak
from archc.elaborate.errors import mistake
from archc.elaborate.limits import check_parameter
from archc.elaborate.session import Frame
from archc.elaborate.values import Instance, Tensor, describe, kind_of
from archc.ir.dims import Dim
from archc.ir.graph import Child, InitArguments, Node, Operand, Own, Result, Value
from archc.ir.operator import Parameter
from archc.ir.types import NamedDType, TensorType
from archc.records import record
from archc.syntax import ast

FORMS = ("param", "buffer")
SIGNATURE = {"param": "shape or value, init=...", "buffer": "shape or value, init=..., persistent=True"}


@record(eq=False)
class OwnTensor:
    """A tensor to own: its type and start, ``value`` being a constant that it starts as."""

    form: str
    type: TensorType
    function: str | None
    arguments: InitArguments
    value: Value | None = None
    persistent: bool = True


def declare(node: ast.Call, form: str, frame: Frame) -> OwnTensor:
    """``param([1, 1, dim], init=zeros)``, ``buffer(arange(n))``."""
    keywords = {arg.name: arg for arg in node.args if arg.name is not None}
    positional = [arg.value for arg in node.args if arg.name is None]
    allowed = ("init", "dtype", "persistent") if form == "buffer" else ("init", "dtype")
    for name, arg in keywords.items():
        if name not in allowed:
            raise mistake("E0203", f"{form} has no argument {name!r}", arg.span, help=f"it takes {SIGNATURE[form]}")
    if len(positional) != 1:
        raise mistake("E0204", f"{form} takes one shape", node.span, help=f"write {form}({SIGNATURE[form]})")
    persistent = bool(ev.evaluate(keywords["persistent"].value, frame)) if "persistent" in keywords else True
    with _constant(frame):
        first = ev.evaluate(positional[0], frame)
    if isinstance(first, Tensor):
        return _of_value(first, form, keywords, persistent, frame, positional[0])
    function, arguments = _start(keywords, node, form, frame)
    type_ = TensorType(_shape(first, positional[0]), _dtype(keywords, frame))
    return OwnTensor(form, type_, function, arguments, None, persistent)


@contextmanager
def _constant(frame: Frame) -> Iterator[None]:
    """While an own tensor's value is elaborated: its nodes run when the module is constructed."""
    builder = frame.builder
    if builder is None:
        yield
        return
    before, builder.constant = builder.constant, True
    try:
        yield
    finally:
        builder.constant = before


def _of_value(
    value: Tensor, form: str, keywords: dict[str, ast.Arg], persistent: bool, frame: Frame, node: ast.Expr
) -> OwnTensor:
    assert frame.builder is not None
    if "init" in keywords:
        raise mistake("E0206", f"a {form} with init takes a shape, not a tensor", node.span)
    if form == "param" and value.type.dtype in ("int64", "bool"):
        raise mistake("E0306", f"a param is of floats, not {value.type}", node.span, help="write .float() behind it")
    if not _is_constant(value.value, frame.builder.nodes):
        raise mistake("E0206", f"a {form}'s value may not depend on the inputs", node.span, "not a constant")
    value = _in_memory(value, frame, node)
    if not all(isinstance(dim, int) for dim in value.type.shape):
        raise mistake("E0206", f"a {form} has a fixed shape, not {value.type}", node.span)
    return OwnTensor(form, weak.held(value).type, None, (), value.value, persistent)


def _in_memory(value: Tensor, frame: Frame, node: ast.Expr) -> Tensor:
    """A value whose numbers each have a place of their own, so that saved ones can be loaded into them."""
    assert frame.builder is not None
    made = frame.builder.nodes[value.value.node].op
    if made is None or made.name not in ("expand", "expand_as"):
        return value
    with _constant(frame):
        copied: Tensor = operation.operation("contiguous", (value,), {}, node.span, frame)
    return copied


def _is_constant(value: Value, nodes: Sequence[Node]) -> bool:
    """Whether a value comes from no input and no layer."""
    pending, seen = [value], {value}
    while pending:
        at = pending.pop()
        if at.node < 0 or nodes[at.node].child is not None:
            return False
        pending += (found := set(_operands(nodes[at.node])) - seen)
        seen |= found
    return True


def _operands(node: Node) -> Iterator[Value]:
    for operand in (*node.inputs, *(operand for _, operand in node.keywords)):
        yield from _values(operand)


def _values(operand: Operand | Result) -> Iterator[Value]:
    if isinstance(operand, Value):
        yield operand
    elif isinstance(operand, tuple):
        for part in operand:
            yield from _values(part)


def settled(nodes: Sequence[Node], results: Iterable[Result]) -> list[Node]:
    """The nodes, where what only serves the value of an own tensor is constant too: it was computed before."""
    found = list(nodes)
    if True not in [node.constant for node in found]:
        return found
    needed = {value.node for result in results for value in _values(result)}
    serving: set[int] = set()
    for index in reversed(range(len(found))):
        if index in serving and index not in needed:
            found[index] = replace(found[index], constant=True)
        (serving if found[index].constant else needed).update(value.node for value in _operands(found[index]))
    return found


def _shape(value: Any, node: ast.Expr) -> tuple[int, ...]:
    if not isinstance(value, (list, tuple)):
        raise mistake("E0206", f"a shape is a list of integers, not {kind_of(value)}", node.span, "write [...]")
    for dim in value:
        if isinstance(dim, Dim):
            raise mistake(
                "E0313", f"the shape would depend on the size {dim}", node.span, help="make it a hyperparameter"
            )
        if isinstance(dim, bool) or not isinstance(dim, int) or dim < 1:
            raise mistake("E0401", f"a dim of a parameter is an integer of at least 1, not {describe(dim)}", node.span)
    check_parameter(value, node.span)
    return tuple(value)


def _dtype(keywords: dict[str, ast.Arg], frame: Frame) -> NamedDType:
    if "dtype" not in keywords:
        return "float"
    value = ev.evaluate(keywords["dtype"].value, frame)
    if value not in get_args(NamedDType):
        raise mistake("E0401", f"{describe(value)} is not a dtype", keywords["dtype"].value.span)
    return value  # type: ignore[no-any-return]


def _start(keywords: dict[str, ast.Arg], node: ast.Call, form: str, frame: Frame) -> tuple[str | None, InitArguments]:
    if "init" not in keywords:
        help_ = f"write {form}({SIGNATURE[form]})"
        numbers = "; a list is a shape, its numbers are buffer(tensor([...]))" if form == "buffer" else ""
        raise mistake("E0204", f"{form} lacks the argument 'init'", node.span, help=help_ + numbers)
    return initialisers.function(keywords["init"].value, frame)


def tensor(instance: Instance, frame: Frame) -> Tensor:
    """The tensor that an own parameter or buffer is."""
    if instance.tensor is None:
        own, builder = instance.recipe, frame.builder
        assert isinstance(own, OwnTensor) and builder is not None
        child = add(instance, frame)
        before, builder.when = builder.when, ()
        index = builder.add_node(Node(inputs=(), output=own.type, span=instance.span, child=child))
        builder.when = before
        instance.tensor = Tensor(Value(index), own.type, instance.span)
    return instance.tensor


def add(instance: Instance, frame: Frame) -> int:
    """Give an own tensor its place among the submodules, used or not."""
    own = instance.recipe
    assert frame.builder is not None
    instance.applied = True
    shape = tuple(dim for dim in own.type.shape if isinstance(dim, int))
    parameter = Parameter("", shape, own.type.dtype, own.form == "buffer")
    start = Own(own.function, own.arguments, own.value, own.persistent)
    known = frame.builder.find(instance.path, instance)
    if known is not None:
        return known.number
    child = Child(instance.path, instance.span, parameters=(parameter,), own=start)
    return frame.builder.add_child(child, instance)
