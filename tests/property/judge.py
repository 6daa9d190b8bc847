"""The verdict on one spec: everything that archc says of its net, compared with what PyTorch does."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any

import torch
from torch import Tensor, nn
from torch.utils.flop_counter import FlopCounterMode

from archc import driver
from archc.analysis.cost import net_flops
from archc.analysis.parameters import count
from archc.backends.torch import cross_check
from archc.diagnostics.render import render_all
from archc.driver import Compiled
from archc.ir.dims import evaluate
from archc.ir.graph import Net
from archc.ir.types import TensorType, tensors
from archc.source import Source
from archc.syntax.format import format_source
from tests.contract.harness import DTYPES, HARMLESS, flat
from tests.property.reference import Reference


class Disagreement(AssertionError):
    """archc and PyTorch do not agree on a spec."""


def compiled(text: str) -> Compiled:
    """The net ``N`` of a spec that has to be right."""
    report = driver.check_text(text)
    if not report.ok:
        raise Disagreement(f"refused:\n{render_all(report.diagnostics, report.sources, color=False)}\n{text}")
    return report.nets["N"]


def judge(text: str, *, thorough: bool = True) -> Compiled:
    """Compare shapes and counts and, if ``thorough``, texts and numbers too. Raises ``Disagreement``."""
    net = compiled(text)
    with warnings.catch_warnings():
        for harmless in HARMLESS:
            warnings.filterwarnings("ignore", harmless)
        found = [*differences(net, text, thorough=thorough)]
    if found:
        raise Disagreement("\n".join([*found, text]))
    return net


def differences(net: Compiled, text: str, *, thorough: bool) -> Iterator[str]:
    """Every way in which a net is not what it should be."""
    with torch.device("meta"):  # where the counter counts what operators are made of, not what a processor fuses
        shapes_only = load(net.source, net.ir.top.name)
    yield from cross_check(net.ir, lambda: shapes_only)
    yield from _counts(net.ir, shapes_only)
    yield from _flops(net.ir, shapes_only)
    torch.manual_seed(0)
    module = load(net.source, net.ir.top.name)
    yield from _other_sizes(net, module)
    if thorough:
        yield from _texts(net, text)
        yield from _numbers(net, module)


def load(source: str, name: str) -> nn.Module:
    """A module of an emitted source; thousands of them are not kept."""
    scope: dict[str, Any] = {"__name__": "emitted"}
    exec(compile(source, "<emitted>", "exec"), scope)
    made = [kind for kind in scope.values() if isinstance(kind, type) and issubclass(kind, nn.Module)]
    (kind,) = [kind for kind in made if kind.__module__ == "emitted"][-1:]
    return kind()


# --- texts ------------------------------------------------------------------------------------------------------------


def _texts(net: Compiled, text: str) -> Iterator[str]:
    """Formatting keeps the meaning and is idempotent; the IR comes back from JSON."""
    formatted = format_source(Source("a.arch", text))
    if format_source(Source("a.arch", formatted)) != formatted:
        yield "formatting is not idempotent"
    if compiled(formatted).source != net.source:
        yield "formatting changes the meaning"
    if Net.model_validate_json(net.ir.model_dump_json()) != net.ir:
        yield "the IR does not survive JSON"


# --- counts -----------------------------------------------------------------------------------------------------------


def _counts(net: Net, module: nn.Module) -> Iterator[str]:
    """The numbers of parameters, trained ones and buffers."""
    totals = count(net)
    parameters = list(module.parameters())
    found = (
        sum(one.numel() for one in parameters if one.requires_grad),
        sum(one.numel() for one in parameters if not one.requires_grad),
        sum(one.numel() for one in module.buffers()),
    )
    if found != (totals.trainable, totals.frozen, totals.buffers):
        yield f"trained, frozen, buffers: predicted {totals}, found {found}"


def _flops(net: Net, module: nn.Module) -> Iterator[str]:
    sizes = {symbol.name: symbol.example for symbol in net.symbols}
    with FlopCounterMode(display=False) as counter, torch.no_grad():
        module.eval()(*(None if x is None else x.to("meta") for x in inputs(net, sizes, optional=False)))
    predicted = net_flops(net)
    if predicted is None or evaluate(predicted, sizes) != counter.get_total_flops():
        yield f"FLOPs: predicted {predicted} at {sizes}, PyTorch counts {counter.get_total_flops()}"


# --- other sizes ------------------------------------------------------------------------------------------------------


def _other_sizes(net: Compiled, module: nn.Module) -> Iterator[str]:
    """At other sizes of its domain, the shapes are what the formulas give."""
    around = ({symbol.name: symbol.example + change for symbol in net.ir.symbols} for change in (1, 2, 3, 5))
    for sizes in islice((sizes for sizes in around if sizes and sizes in net.domain), 1):
        try:
            with torch.no_grad():
                output = module.eval()(*inputs(net.ir, sizes, optional=False))
        except Exception as error:  # noqa: BLE001 - whatever torch raises is a disagreement
            yield f"the module fails at {sizes}: {type(error).__name__}: {error}"
            continue
        found, predicted = [tuple(x.shape) for x in flat(output)], shapes(net.ir, sizes)
        if found != predicted:
            yield f"at {sizes}: predicted {predicted}, found {found}"


def shapes(net: Net, sizes: Mapping[str, int]) -> list[tuple[int, ...]]:
    """The shapes of the outputs at these sizes, in evaluation and without optional inputs."""
    from archc.backends.torch.check import _given_back, _result_type

    absent = [None if port.optional else port for port in net.top.inputs]
    type_ = _result_type(net.top, _given_back(net.top, absent))
    return [tuple(evaluate(dim, sizes) for dim in one.shape) for one in tensors(type_)]


def inputs(net: Net, sizes: Mapping[str, int], *, optional: bool) -> list[Tensor | None]:
    """Random inputs at these sizes; integers are positions that every table has."""
    generator = torch.Generator().manual_seed(1)
    return [None if port.optional and not optional else random(port.type, sizes, generator) for port in net.top.inputs]


def random(type_: Any, sizes: Mapping[str, int], generator: torch.Generator) -> Tensor:
    assert isinstance(type_, TensorType)
    shape = [evaluate(size, sizes) for size in type_.shape]
    dtype = DTYPES[type_.dtype]
    if type_.is_float:
        return torch.randn(shape, dtype=dtype, generator=generator)
    return torch.randint(0, 2, shape, generator=generator).to(dtype)


# --- numbers ----------------------------------------------------------------------------------------------------------


def _numbers(net: Compiled, module: nn.Module) -> Iterator[str]:
    """The module gives what the IR gives, node by node; in evaluation and in training, with and without optional inputs."""
    sizes = {symbol.name: symbol.example for symbol in net.ir.symbols}
    for training in (False, True):
        for optional in (False, True) if any(port.optional for port in net.ir.top.inputs) else (True,):
            values = inputs(net.ir, sizes, optional=optional)
            reference = Reference(net.ir, module, training=training)
            with torch.no_grad():
                wanted = _seeded(reference.run, values)
                found = _seeded(module.train(training), values)
            if not _equal(found, wanted):
                yield f"other numbers than the IR's, training={training}, optional inputs {'given' if optional else 'absent'}"


def _seeded(run: Any, values: list[Tensor | None]) -> Any:
    """What comes out; or, of a single number that is to be normalised in training, PyTorch's refusal."""
    torch.manual_seed(3)
    try:
        return run(*(None if value is None else value.clone() for value in values))
    except ValueError as error:
        if "more than 1" not in str(error):
            raise
        return str(error)


def _equal(one: Any, other: Any) -> bool:
    if isinstance(one, str) or isinstance(other, str):
        return bool(one == other)
    found, wanted = flat(one), flat(other)
    return len(found) == len(wanted) and all(
        a.dtype == b.dtype and a.shape == b.shape and torch.allclose(a, b, rtol=1e-4, atol=1e-5, equal_nan=True)
        for a, b in zip(found, wanted, strict=True)
    )
