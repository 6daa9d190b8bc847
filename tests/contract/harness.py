"""An operator beside torch: the same arguments on the same inputs, and everything archc says of it compared with what torch does."""

from __future__ import annotations

import ast
import re
import warnings
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from types import SimpleNamespace
from typing import Any

import torch
from torch.utils.flop_counter import FlopCounterMode

from archc.backends.torch.call import render
from archc.ir.dims import Dim, DimLike, evaluate, parse_dim, symbols_of
from archc.ir.operator import Operator, TorchCall
from archc.ir.site import Constraint, Refusal, Site
from archc.ir.types import TensorType, Type, show, tensors
from archc.ops import operators
from archc.source import Span

SPAN = Span("test.arch", 0, 0)
DTYPES: dict[str, torch.dtype] = {
    "weak": torch.float32,
    "float": torch.float32,
    "float32": torch.float32,
    "float32+": torch.float32,
    "float16": torch.float16,
    "bfloat16": torch.bfloat16,
    "float64": torch.float64,
    "int64": torch.int64,
    "bool": torch.bool,
}
SMALL = 20_000
"""Up to so many elements an operator is also run for real: torch's meta kernels let some bad calls pass."""

Operand = Type | DimLike | float | None


def infer(op: Operator, inputs: Sequence[Operand]) -> tuple[Type, list[Constraint]]:
    """The type of the output, with the constraints on its sizes; raises ``Refusal``."""
    site = Site(SPAN)
    return op.infer(site, *inputs), site.constraints


# --- texts of the examples --------------------------------------------------------------------------------------------


def read_type(text: str) -> Operand:
    """``[B, 3]``, ``int[B]``, ``([B], [B, 2])``, or a number."""
    if text == "None":
        return None
    if text.startswith("("):
        return tuple(_tensor(part) for part in re.findall(r"\w*\[[^]]*\]", text))
    return _tensor(text) if "[" in text else ast.literal_eval(text)


def _tensor(text: str) -> TensorType:
    word, _, sizes = text.removesuffix("]").partition("[")
    dtype: Any = {"": "float", "int": "int64"}.get(word, word)
    return TensorType(tuple(parse_dim(size) for size in sizes.split(",") if size.strip()), dtype)


def read_call(text: str) -> Operator:
    """The operator that an example's call makes, ``conv(64, 3, padding=1)`` or ``relu``."""
    tree = ast.parse(text, mode="eval").body
    if isinstance(tree, ast.Name):
        return operators()[tree.id]()
    assert isinstance(tree, ast.Call)
    assert isinstance(tree.func, ast.Name)
    cls = operators()[tree.func.id]
    return cls(**_arguments(cls, [_value(arg) for arg in tree.args]) | _keywords(cls, tree))


def _keywords(cls: type[Operator], tree: ast.Call) -> dict[str, Any]:
    found = {keyword.arg: _value(keyword.value) for keyword in tree.keywords if keyword.arg}
    if cls.gathers is None:
        return found
    fields = {name: value for name, value in found.items() if name in cls.fields}
    return fields | {cls.gathers: tuple((name, value) for name, value in found.items() if name not in fields)}


def _arguments(cls: type[Operator], values: list[Any]) -> dict[str, Any]:
    fields = list(cls.fields)
    if cls.collects is None:
        assert len(values) <= len(fields), f"{cls.name} has too many arguments"
        return dict(zip(fields, values, strict=False))
    at = fields.index(cls.collects)
    rest = values[at] if len(values) == at + 1 and isinstance(values[at], tuple) else tuple(values[at:])
    return dict(zip(fields, values[:at], strict=False)) | {cls.collects: rest}


def _value(node: ast.expr) -> Any:
    """Python's own literals, dtype names, and arithmetic on sizes, as the language has them."""
    if isinstance(node, ast.Tuple):
        return tuple(_value(item) for item in node.elts)
    if isinstance(node, ast.Name) and node.id in DTYPES:
        return node.id
    if isinstance(node, ast.Name | ast.BinOp):
        return parse_dim(ast.unparse(node))
    return ast.literal_eval(node)


# --- torch ------------------------------------------------------------------------------------------------------------


def run(op: Operator, inputs: Sequence[Operand], output: Type, device: str) -> list[tuple[Any, int]]:
    """What the operator's function gives, and its module, on new tensors of the input types; with the FLOPs that torch counts."""
    values = [_feed(value, device, op.family == "arithmetic") for value in inputs]
    call, layer = op.function(tuple(inputs), output), make(op, inputs, device)
    works: list[Callable[[], Any]] = []
    if call is not None:
        works.append(partial(_evaluate, call, values, device))
    if layer is not None:
        own = op.applied(tuple(inputs), output)
        plain = partial(layer.eval(), *values)
        works.append(plain if own is None else partial(_evaluate, own, values, device, layer.eval()))
    steps = op.short_for(Site(SPAN), *inputs)
    if steps is not None:
        works.append(partial(_one_after_another, steps, inputs[0], values[0], device))
    assert works, f"{op.name} has neither module nor function"
    return [_counted(work, device) for work in works]


def _one_after_another(steps: Sequence[Operator], type_: Operand, value: Any, device: str) -> Any:
    for step in steps:
        output, _ = infer(step, [type_])
        call = step.function((type_,), output)
        assert call is not None
        type_, value = output, _evaluate(call, [value], device)
    return value


HARMLESS = (
    "LSTM with projections is not supported with oneDNN",
    "Support for mismatched key_padding_mask",
    "Using padding='same' with even kernel lengths",
)
"""Beginnings of warnings that torch gives for what it computes correctly; any other is an error."""


def _counted(work: Callable[[], Any], device: str) -> tuple[Any, int]:
    with warnings.catch_warnings():
        for text in HARMLESS:
            warnings.filterwarnings("ignore", text)
        if device != "meta":
            return work(), 0
        with FlopCounterMode(display=False) as counter:
            result = work()
        return result, counter.get_total_flops()


def make(op: Operator, inputs: Sequence[Operand], device: str) -> torch.nn.Module | None:
    """The operator's module, or None where it has none."""
    call = op.module(*inputs)
    if call is None:
        return None
    with torch.device(device):
        layer = _evaluate(call, [], device)
    assert isinstance(layer, torch.nn.Module)
    return layer


def _feed(value: Operand, device: str, ones: bool) -> Any:
    """A tensor of a type. Integers are 0, a position that every table has, or 1 where something is divided by them. What is computed
    lies in memory the other way round, first dim last, as what a transposition gives does: torch has to take it."""
    if isinstance(value, TensorType):
        shape = [int(size) for size in value.shape if isinstance(size, int)]
        assert len(shape) == value.rank, "a symbolic size cannot be run"
        number = int(ones or value.is_float)
        if device == "meta":
            return torch.full(shape, number, dtype=DTYPES[value.dtype], device=device)
        return torch.full(shape[::-1], number, dtype=DTYPES[value.dtype], device=device).permute(
            tuple(range(len(shape)))[::-1]
        )
    return tuple(_feed(item, device, ones) for item in value) if isinstance(value, tuple) else value


def _evaluate(call: TorchCall, values: list[Any], device: str, layer: torch.nn.Module | None = None) -> Any:
    operands: dict[int | str, str] = {i: _literal(value) or f"x{i}" for i, value in enumerate(values)}
    operands |= {"device": repr(device), "dtype": "torch.float32", "self": "layer"}
    scope = {f"x{i}": value for i, value in enumerate(values)} | {"layer": layer}
    scope |= {"torch": torch, "nn": torch.nn, "F": torch.nn.functional, "self": SimpleNamespace(training=False)}
    return eval(render(call, operands), scope)  # noqa: S307 - the text is an operator's own, from this repository


def _literal(value: Any) -> str:
    return repr(value) if isinstance(value, int | float) or value is None else ""


def flat(value: Any) -> list[torch.Tensor]:
    """All tensors of a result, in order."""
    return [value] if isinstance(value, torch.Tensor) else [tensor for item in value for tensor in flat(item)]


# --- agreement --------------------------------------------------------------------------------------------------------


def agree(op: Operator, *inputs: Operand, stricter: Sequence[str] = ()) -> Type | None:
    """Check everything that archc says of ``op`` on inputs of fixed sizes against torch; gives the type, or None if refused.

    ``stricter`` are codes of refusals that torch need not share.
    """
    try:
        output, constraints = infer(op, inputs)
    except Refusal as refusal:
        assert_refused(op, inputs, refusal, stricter)
        return None
    assert not constraints, f"{op!r} leaves {constraints} open for fixed sizes"
    assert_same(op, inputs, output)
    assert_owned(op, inputs)
    return output


def assert_refused(op: Operator, inputs: Sequence[Operand], refusal: Refusal, stricter: Sequence[str]) -> None:
    """Torch rejects the call as well, or gives an empty tensor, or archc is stricter on purpose."""
    if refusal.code in stricter or (refusal.code == "E0307" and _has_no_dims(inputs)):
        return
    try:
        results = run(op, inputs, (), "meta")
        if elements(inputs) <= SMALL:
            results = run(op, inputs, (), "cpu")
    except Exception:  # noqa: BLE001 - whatever torch raises is its refusal
        return
    empty = any(tensor.numel() == 0 for result, _ in results for tensor in flat(result))
    assert empty, f"torch runs {op!r} on {shown(inputs)}, archc says: {refusal.message}"


def _has_no_dims(inputs: Sequence[Operand]) -> bool:
    """Torch lets dim 0 stand for the dim that a single number lacks."""
    return any(isinstance(value, TensorType) and not value.rank for value in inputs)


def assert_same(op: Operator, inputs: Sequence[Operand], output: Type) -> None:
    """Torch gives tensors of the inferred shapes and dtypes, and counts the same FLOPs; module and function give the same numbers."""
    expected = [(tensor.shape, DTYPES[tensor.dtype]) for tensor in tensors(output)]
    devices = ["meta", "cpu"] if elements(inputs) + elements(tensors(output)) <= SMALL else ["meta"]
    for device in devices:
        results = run(op, inputs, output, device)
        for result, flops in results:
            found = [(tuple(tensor.shape), tensor.dtype) for tensor in flat(result)]
            assert found == expected, f"torch gives {found} for {op!r} on {shown(inputs)}"
            if device == "meta":
                count = op.flops(tuple(inputs), output)
                assert count == flops, f"torch counts {flops} FLOPs for {op!r} on {shown(inputs)}, archc {count}"
            else:
                torch.testing.assert_close(flat(result), flat(results[0][0]), equal_nan=True)


def assert_owned(op: Operator, inputs: Sequence[Operand]) -> None:
    """The parameters and buffers are the module's: names, shapes, dtypes, order, which are trained."""
    layer = make(op, inputs, "meta")
    owned = [(p.name, p.shape, DTYPES[p.dtype], p.buffer) for p in op.parameters(*inputs)]
    if layer is None:
        assert not owned, f"{op!r} owns {owned}, but has no module"
        return
    assert f"torch.nn.{type(layer).__name__}" in op.torch, f"{op.name} does not name {type(layer)}"
    assert not owned or op.function(tuple(inputs), ()) is None, f"{op!r} owns {owned}, which no function knows"
    buffers = {name for name, _ in layer.named_buffers()}
    found = [(k, tuple(v.shape), v.dtype, k in buffers) for k, v in layer.state_dict().items()]
    assert owned == found, f"the state of {op!r} is {found} in torch"


def elements(inputs: Sequence[Operand]) -> int:
    """How many numbers the inputs hold."""
    total = 0
    for value in inputs:
        for tensor in tensors(value) if isinstance(value, TensorType | tuple) else ():
            size = 1
            for dim in tensor.shape:
                size *= dim if isinstance(dim, int) else 1
            total += size
    return total


def shown(inputs: Sequence[Operand]) -> str:
    return ", ".join(show(value) if isinstance(value, TensorType | tuple) else repr(value) for value in inputs)


# --- symbols ----------------------------------------------------------------------------------------------------------


def at(value: Any, sizes: Mapping[str, int]) -> Any:
    """A type, an operator, or whatever else an input or an argument is, with the symbols replaced by sizes."""
    if isinstance(value, TensorType):
        return value.with_shape(*(evaluate(size, sizes) for size in value.shape))
    if isinstance(value, Operator):
        return type(value)(**{k: at(getattr(value, k), sizes) for k in value.defined()})
    if isinstance(value, Dim):
        return evaluate(value, sizes)
    return tuple(at(item, sizes) for item in value) if isinstance(value, tuple) else value


def holds(constraint: Constraint, sizes: Mapping[str, int]) -> bool:
    """Whether a constraint is true at the sizes."""
    left, right = evaluate(constraint.left, sizes), evaluate(constraint.right, sizes)
    return left == right if constraint.relation == "==" else left >= right


def free(*values: Any) -> set[str]:
    """The symbols in inputs, types and operators."""
    found: set[str] = set()
    for value in values:
        if isinstance(value, TensorType):
            found |= free(*value.shape)
        elif isinstance(value, Operator):
            found |= free(*(getattr(value, name) for name in value.defined()))
        elif isinstance(value, tuple | list):
            found |= free(*value)
        elif isinstance(value, Dim):
            found |= symbols_of(value)
    return found


def assert_symbolic(op: Operator, inputs: Sequence[Operand], sizes: Mapping[str, int]) -> bool:
    """What is inferred with symbols is, at ``sizes``, what is inferred for those sizes; and the constraints hold just when the
    fixed sizes are accepted. Gives whether the operator takes these symbols at all."""
    try:
        output, constraints = infer(op, inputs)
    except Refusal:
        return False
    fixed = [at(value, sizes) for value in inputs]
    fits = all(holds(constraint, sizes) for constraint in constraints)
    try:
        expected, _ = infer(at(op, sizes), fixed)
    except Refusal as refusal:
        assert not fits, f"{op!r} takes {shown(inputs)} at {dict(sizes)} for good, but says: {refusal.message}"
        return True
    assert fits, f"{op!r} takes {shown(fixed)}, but demands {', '.join(map(str, constraints))} of {shown(inputs)}"
    assert at(output, sizes) == expected, (
        f"{op!r} on {shown(inputs)} gives {show(output)}, at {dict(sizes)} {show(expected)}"
    )
    return True
