"""The net as a module, and the proof that PyTorch agrees with what was predicted of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from archc.analysis.facts import shapes
from archc.analysis.parameters import Owned
from archc.analysis.parameters import owned as owned_in
from archc.analysis.tree import copies
from archc.backends.torch.calls import type_of
from archc.backends.torch.load import load_module
from archc.backends.torch.source import emit_named
from archc.ir.dims import evaluate
from archc.ir.graph import Guard, Module, Net, Result, Value
from archc.ir.types import TensorType, Type

if TYPE_CHECKING:
    import torch
    from torch import nn

DTYPES = {"float": "float32", "float32+": "float32", "weak": "float32"}
"""The model's own float is torch's default one in a module that nobody has converted yet."""


def instantiate(net: Net, *, allow_extern: bool = False, checked: bool = False) -> nn.Module:
    """A new module of the net, initialised by its rules. It runs the source that ``emit`` gives.

    Raises ``EmissionError``, and ``ImportError`` without torch.
    """
    return load_module(*emit_named(net, allow_extern=allow_extern, checked=checked))()


def cross_check(
    net: Net, module_factory: Callable[[], nn.Module] | None = None, *, allow_extern: bool = False
) -> list[str]:
    """Where the real module differs from what the IR says of it; empty when they agree.

    The module is made on the meta device, which takes no memory. Compared are the names, shapes and dtypes of parameters and buffers, in
    order, which of them are frozen, and the shapes and dtypes of the outputs at the example sizes, in evaluation mode, with all
    optional inputs and without any. What an ``extern`` owns is not known; what it gives is compared with its declaration.
    """
    import torch

    with torch.device("meta"):
        module = (module_factory or (lambda: instantiate(net, allow_extern=allow_extern)))().eval()
    return [*_state_mismatches(net, module), *_output_mismatches(net, module)]


def _state_mismatches(net: Net, module: nn.Module) -> Iterator[str]:
    outside = tuple(f"{label}." for label in _externs_below(net, net.top))
    buffers = {name for name, _ in module.named_buffers(remove_duplicate=False)}
    state = {name: t for name, t in module.state_dict(keep_vars=True).items() if not name.startswith(outside)}
    owned = [found for found in owned_in(net, net.top) if found.persistent]
    predicted = {".".join(found.path): _fact(found) for found in owned}
    found = {name: (tuple(t.shape), _dtype(t), name in buffers) for name, t in state.items()}
    yield from (f"parameter {name}: predicted, but the module has none" for name in predicted if name not in found)
    yield from (f"parameter {name}: not predicted" for name in found if name not in predicted)
    for name in predicted:
        if name in found and predicted[name] != found[name]:
            yield f"parameter {name}: predicted {_describe(*predicted[name])}, found {_describe(*found[name])}"
    if list(predicted) != list(found) and set(predicted) == set(found):
        yield "the parameters come in another order than predicted"
    yield from _training_mismatches(owned, state)


def _fact(found: Owned) -> tuple[tuple[int, ...], str, bool]:
    parameter = found.parameter
    return parameter.shape, DTYPES.get(parameter.dtype, parameter.dtype), parameter.buffer


def _training_mismatches(owned: Sequence[Owned], state: Mapping[str, torch.Tensor]) -> Iterator[str]:
    """Parameters that are trained against the prediction, or the reverse."""
    for found in owned:
        name = ".".join(found.path)
        trained = name in state and not found.parameter.buffer and not found.tied
        if trained and state[name].requires_grad == found.frozen:
            yield f"parameter {name}: predicted {'frozen' if found.frozen else 'trained'}, found the reverse"


def _describe(shape: tuple[int, ...], dtype: str, buffer: bool) -> str:
    return f"{'buffer' if buffer else 'parameter'} {dtype}{list(shape)}"


def _dtype(tensor: torch.Tensor) -> str:
    return str(tensor.dtype).removeprefix("torch.")


def _output_mismatches(net: Net, module: nn.Module) -> Iterator[str]:
    import torch

    sizes = {symbol.name: symbol.example for symbol in net.symbols}
    declared = _watch(net, module, sizes)
    for absent in (False, True) if any(port.optional for port in net.top.inputs) else (False,):
        without = " without its optional inputs" if absent else ""
        inputs = [None if absent and port.optional else _input(port.type, sizes) for port in net.top.inputs]
        try:
            with torch.no_grad():
                output = module(*inputs)
        except Exception as error:  # noqa: BLE001  (whatever torch raises is a disagreement)
            yield f"the module fails at the example sizes{without}: {type(error).__name__}: {error}"
            return
        yield from declared
        declared.clear()
        yield from _compare(f"output{without}", _result_type(net.top, _given_back(net.top, inputs)), output, sizes)


def _given_back(module: Module, inputs: Sequence[object]) -> Result:
    """What comes back in evaluation, for these inputs."""

    def holds(guard: Guard) -> bool:
        given = guard.subject != "training" and inputs[guard.subject] is not None
        return given is not guard.negated

    early = sorted(module.early, key=lambda early: early.after)
    return next((found.result for found in early if all(map(holds, found.when))), module.result)


def _watch(net: Net, module: nn.Module, sizes: Mapping[str, int]) -> list[str]:
    """A list that gets what externs give against their declarations, at their first application, while the module runs."""
    found: list[str] = []
    outside = set(_externs_below(net, net.top))
    declared = {label: type_ for label, type_ in shapes(net).items() if label in outside} if outside else {}

    def hook(label: str) -> Callable[..., None]:
        def compare(module: nn.Module, inputs: object, output: object) -> None:
            if label in declared:
                found.extend(_compare(f"extern {label}", declared.pop(label), output, sizes))

        return compare

    for label in list(declared):
        module.get_submodule(label).register_forward_hook(hook(label))
    return found


def _externs_below(net: Net, module: Module) -> Iterator[str]:
    for child in module.children:
        for path in copies(child):
            if child.extern is not None:
                yield ".".join(path)
            elif child.module is not None:
                yield from (".".join((*path, label)) for label in _externs_below(net, net.modules[child.module]))


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
