"""The net as a module, and the proof that PyTorch agrees with what was predicted of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from archc.analysis.parameters import named_parameters
from archc.backends.torch.calls import type_of
from archc.backends.torch.load import load_module
from archc.backends.torch.source import emit_named
from archc.ir.dims import evaluate
from archc.ir.graph import Module, Net, Result, Value
from archc.ir.types import TensorType, Type

if TYPE_CHECKING:
    import torch
    from torch import nn

DTYPES = {"float": "float32"}
"""The model's own float is torch's default one in a module that nobody has converted yet."""


def instantiate(net: Net) -> nn.Module:
    """A new module of the net, initialised by its rules. It runs the source that ``emit`` gives.

    Raises ``EmissionError``, and ``ImportError`` without torch.
    """
    return load_module(*emit_named(net))()


def cross_check(net: Net, module_factory: Callable[[], nn.Module] | None = None) -> list[str]:
    """Where the real module differs from what the IR says of it; empty when they agree.

    The module is made on the meta device, which takes no memory. Compared are the names, shapes and dtypes of parameters and buffers, in
    order, and the shapes and dtypes of the outputs at the example sizes, in evaluation mode.
    """
    import torch

    with torch.device("meta"):
        module = (module_factory or (lambda: instantiate(net)))().eval()
    return [*_state_mismatches(net, module), *_output_mismatches(net, module)]


def _state_mismatches(net: Net, module: nn.Module) -> Iterator[str]:
    buffers = {name for name, _ in module.named_buffers(remove_duplicate=False)}
    state = module.state_dict(keep_vars=True)
    predicted = {
        name: (parameter.shape, DTYPES.get(parameter.dtype, parameter.dtype), parameter.buffer)
        for name, parameter in named_parameters(net)
    }
    found = {name: (tuple(t.shape), _dtype(t), name in buffers) for name, t in state.items()}
    yield from (f"parameter {name}: predicted, but the module has none" for name in predicted if name not in found)
    yield from (f"parameter {name}: not predicted" for name in found if name not in predicted)
    for name in predicted:
        if name in found and predicted[name] != found[name]:
            yield f"parameter {name}: predicted {_describe(*predicted[name])}, found {_describe(*found[name])}"
    if list(predicted) != list(found) and set(predicted) == set(found):
        yield "the parameters come in another order than predicted"


def _describe(shape: tuple[int, ...], dtype: str, buffer: bool) -> str:
    return f"{'buffer' if buffer else 'parameter'} {dtype}{list(shape)}"


def _dtype(tensor: torch.Tensor) -> str:
    return str(tensor.dtype).removeprefix("torch.")


def _output_mismatches(net: Net, module: nn.Module) -> Iterator[str]:
    import torch

    sizes = {symbol.name: symbol.example for symbol in net.symbols}
    inputs = [_input(port.type, sizes) for port in net.top.inputs]
    with torch.no_grad():
        try:
            output = module(*inputs)
        except Exception as error:  # noqa: BLE001  (whatever torch raises is a disagreement)
            yield f"the module fails at the example sizes: {type(error).__name__}: {error}"
            return
    yield from _compare("output", _result_type(net.top, net.top.result), output, sizes)


def _input(type_: Type, sizes: Mapping[str, int]) -> Any:
    import torch

    if not isinstance(type_, TensorType):
        return tuple(_input(part, sizes) for part in type_)
    shape = [evaluate(size, sizes) for size in type_.shape]
    return torch.zeros(shape, dtype=getattr(torch, DTYPES.get(type_.dtype, type_.dtype)), device="meta")


def _result_type(module: Module, result: Result) -> Type:
    if isinstance(result, Value):
        return type_of(module, result)  # type: ignore[return-value]
    return tuple(_result_type(module, part) for part in result)


def _compare(what: str, type_: Type, found: Any, sizes: Mapping[str, int]) -> Iterator[str]:
    if not isinstance(type_, TensorType):
        if not isinstance(found, tuple) or len(found) != len(type_):
            yield f"{what}: predicted {len(type_)} values, found {type(found).__name__}"
            return
        for number, (part, value) in enumerate(zip(type_, found, strict=True)):
            yield from _compare(f"{what} {number}", part, value, sizes)
        return
    shape = [evaluate(size, sizes) for size in type_.shape]
    dtype = DTYPES.get(type_.dtype, type_.dtype)
    if list(found.shape) != shape or _dtype(found) != dtype:
        yield f"{what}: predicted {dtype}{shape}, found {_dtype(found)}{list(found.shape)}"
