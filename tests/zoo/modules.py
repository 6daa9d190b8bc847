"""What emitted modules have to do beside running: copies, processes, compilers, exports, other dtypes and layouts, learning."""

from __future__ import annotations

import copy
import io
import pickle
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cache, cached_property
from itertools import islice
from multiprocessing.pool import Pool
from typing import Any

import torch
from torch import Tensor, nn
from torch._dynamo.exc import UserError
from torch.export import Dim, ExportedProgram
from torch.utils.data import DataLoader, Dataset

from archc.analysis.export import export_text, exported, fixed
from archc.driver import Compiled
from archc.ir.types import TensorType
from tests.contract.harness import flat
from tests.property.judge import random

LEAST = {"H": 64, "W": 64, "T": 4, "S": 4}
"""Sizes of inputs are the first in the net's domain from these on."""

Inputs = tuple[Tensor, ...]


@dataclass(eq=False)
class Trial:
    """A net that is tried: its module, evaluated, with inputs and what it gives for them. No check changes them."""

    net: Compiled
    unranged: bool = field(default=False, init=False)
    """Whether it was exported without the ranges of its sizes."""

    @cached_property
    def module(self) -> nn.Module:
        torch.manual_seed(0)
        return self.net.module().eval()

    @cached_property
    def inputs(self) -> Inputs:
        return inputs_at(self.net)

    @cached_property
    def wanted(self) -> list[Tensor]:
        return run(self.module, self.inputs)

    @cached_property
    def program(self) -> ExportedProgram:
        """The module exported with the dynamic sizes that ``archc sizes --export`` writes.

        Where torch cannot decide its own guards over their ranges, the same sizes without ranges.
        """
        dynamic = self.dynamic_sizes()
        try:
            return torch.export.export(self.module, self.inputs, dynamic_shapes=dynamic)
        except (UserError, AssertionError):
            self.unranged = True
            unranged = {name: dict.fromkeys(dims, Dim.AUTO) for name, dims in dynamic.items()}
            return torch.export.export(self.module, self.inputs, dynamic_shapes=unranged)

    def dynamic_sizes(self) -> dict[str, dict[int, Any]]:
        scope: dict[str, Any] = {}
        exec(export_text(self.net.ir), scope)
        absent = {port.name for port in self.net.ir.top.inputs if port.optional}
        return {name: dims for name, dims in scope["dynamic_shapes"].items() if name not in absent}

    def reservations(self) -> str:
        """What an exported program does not leave open."""
        constant = [f"{size} is fixed ({operator} is unrolled)" for size, operator in fixed(self.net.ir).items()]
        return ", ".join([*constant, *(["sizes as Dim.AUTO"] if self.unranged else [])])


def inputs_at(net: Compiled, *, step: int = 0, batch: int = 2) -> Inputs:
    """Random inputs at sizes of the domain; with each step at larger ones, but for what ``torch.export`` makes a constant.

    Optional inputs are left out.
    """
    sizes = {symbol.name: batch + step for symbol in net.ir.symbols}
    known, constant = exported(net.ir), fixed(net.ir)
    for symbol in net.ir.symbols:
        kept = known.equal.get(symbol.name)
        least = LEAST.get(symbol.name, 2)
        fit = (size for size in range(least, least + 4000) if size in known.sizes[symbol.name])
        at = 0 if symbol.name in constant else step
        sizes[symbol.name] = sizes[kept] if kept else next(islice(fit, at, None))
    generator = torch.Generator().manual_seed(step)
    return tuple(
        random(port.type, sizes, generator)
        for port in net.ir.top.inputs
        if not port.optional and isinstance(port.type, TensorType)
    )


def run(module: Callable[..., Any], inputs: Inputs) -> list[Tensor]:
    with torch.no_grad():
        return flat(module(*inputs))


def same(found: list[Tensor], wanted: list[Tensor]) -> None:
    assert len(found) == len(wanted)
    assert all(map(torch.equal, found, wanted))


def close(found: list[Tensor], wanted: list[Tensor], part: float = 1e-4) -> None:
    """Equal up to rounding, measured by the largest value."""
    assert len(found) == len(wanted)
    for one, other in zip(found, wanted, strict=True):
        assert one.shape == other.shape
        assert torch.isfinite(one).all()
        assert (one.float() - other.float()).abs().max() <= part * max(1.0, float(other.abs().max()))


# --- copies and processes ---------------------------------------------------------------------------------------------


def copies(trial: Trial) -> None:
    """deepcopy and pickle."""
    same(run(copy.deepcopy(trial.module), trial.inputs), trial.wanted)
    same(run(pickle.loads(pickle.dumps(trial.module)), trial.inputs), trial.wanted)


def states(trial: Trial) -> None:
    """The state goes through safetensors, and through ``torch.load(weights_only=True)``, into a fresh module."""
    from safetensors.torch import load_model, save_model

    fresh = trial.net.module().eval()
    with tempfile.TemporaryDirectory() as folder:
        path = f"{folder}/state.safetensors"
        save_model(trial.module, path)
        load_model(fresh, path)
        same(run(fresh, trial.inputs), trial.wanted)
    file = io.BytesIO()
    torch.save(trial.module.state_dict(), file)
    file.seek(0)
    fresh = trial.net.module().eval()
    fresh.load_state_dict(torch.load(file, weights_only=True))
    same(run(fresh, trial.inputs), trial.wanted)


def processes(trial: Trial) -> None:
    """The module runs in a spawned process, and in a spawned worker of a loader; neither knows of the net before."""
    given = (trial.module, trial.inputs)
    same(spawned().apply(run, given), trial.wanted)
    same(next(worker().outputs(given)), trial.wanted)


@cache
def spawned() -> Pool:
    """A process for all nets: to start one takes seconds."""
    return torch.multiprocessing.get_context("spawn").Pool(1)


class Outputs(Dataset[Any]):
    """What modules give for inputs, worked out by whoever asks."""

    def __getitem__(self, index: Any) -> list[Tensor]:
        return run(*index)


@dataclass(eq=False)
class Worker:
    """A loader with one worker, which is kept for all nets."""

    asked: list[Any] = field(default_factory=list)

    @cached_property
    def loader(self) -> DataLoader[Any]:
        how: dict[str, Any] = {"num_workers": 1, "multiprocessing_context": "spawn", "persistent_workers": True}
        return DataLoader(Outputs(), sampler=self.asked, batch_size=None, **how)

    def outputs(self, *asked: Any) -> Iterator[list[Tensor]]:
        self.asked[:] = asked
        yield from self.loader


worker = cache(Worker)

# --- compilers --------------------------------------------------------------------------------------------------------


def compiled(trial: Trial, backend: str) -> None:
    """``torch.compile(fullgraph=True)``: one graph, with the module's numbers."""
    torch._dynamo.reset()
    with torch._dynamo.config.patch(allow_rnn=True):  # recurrent layers are left out of graphs unless asked for
        close(run(torch.compile(trial.module, fullgraph=True, backend=backend), trial.inputs), trial.wanted)


def compiles(trial: Trial) -> None:
    """Captured and traced to ATen, without code generated."""
    compiled(trial, "aot_eager")


def inductor(trial: Trial) -> None:
    """Compiled to machine code, by a C++ compiler."""
    compiled(trial, "inductor")


def exports(trial: Trial) -> str:
    """``torch.export`` with the sizes of the domain, at the sizes of the export and at two others."""
    program = trial.program.module()
    for step in (0, 1, 2):
        other = inputs_at(trial.net, step=step)
        close(run(program, other), run(trial.module, other))
    return trial.reservations()


def to_onnx(trial: Trial) -> str:
    """``torch.onnx.export(dynamo=True)``, run by onnxruntime at the sizes of the export and at another."""
    import onnxruntime

    with (
        torch.no_grad()
    ):  # or else torch takes scans apart into theirs and those of their gradients, which it cannot always
        program = torch.onnx.export(trial.program, dynamo=True, verbose=False)
    assert program is not None
    with tempfile.TemporaryDirectory() as folder:
        program.save(f"{folder}/net.onnx")
        session = onnxruntime.InferenceSession(f"{folder}/net.onnx")
        names = [one.name for one in session.get_inputs()]
        for step in (0, 1):
            other = inputs_at(trial.net, step=step)
            fed = {name: value.numpy() for name, value in zip(names, other, strict=True)}
            close([torch.from_numpy(one) for one in session.run(None, fed)], run(trial.module, other), 1e-3)
    return trial.reservations()


def scripts(trial: Trial) -> None:
    """TorchScript, with its own numbers."""
    close(run(torch.jit.script(trial.module), trial.inputs), trial.wanted)


# --- other dtypes and layouts, learning -------------------------------------------------------------------------------


def bfloat16(trial: Trial) -> None:
    """Under autocast the outputs are finite, and of the same shapes."""
    with torch.autocast("cpu", dtype=torch.bfloat16):
        found = run(trial.module, trial.inputs)
    assert [one.shape for one in found] == [one.shape for one in trial.wanted]
    assert all(torch.isfinite(one).all() for one in found)


def channels_last(trial: Trial) -> None:
    """Another layout in memory changes no number."""
    other = copy.deepcopy(trial.module).to(memory_format=torch.channels_last)
    turned = tuple(x.to(memory_format=torch.channels_last) if x.dim() == 4 else x for x in trial.inputs)
    close(run(other, turned), trial.wanted, 1e-3)


def learns(trial: Trial) -> None:
    """Some small step of gradient descent lowers the loss on a fixed batch."""
    assert any(parameter.requires_grad for parameter in trial.module.parameters())
    before = loss_after(trial, 0.0)
    assert any(loss_after(trial, rate) < before for rate in RATES)


RATES = (100.0, 1.0, 1e-2, 1e-3, 1e-4, 1e-5, 1e-6)
"""How large a small step is depends on the gradient: of a net whose last layer starts as zeros it is tiny."""


def loss_after(trial: Trial, rate: float) -> float:
    other = copy.deepcopy(trial.module).train()
    for layer in other.modules():
        if isinstance(layer, nn.Dropout | nn.Dropout2d):
            layer.p = 0.0
    optimiser = torch.optim.SGD(other.parameters(), lr=rate)
    _loss(other, trial.inputs).backward()  # type: ignore[no-untyped-call]
    optimiser.step()
    with torch.no_grad():
        return float(_loss(other, trial.inputs))


def _loss(module: nn.Module, inputs: Inputs) -> Tensor:
    torch.manual_seed(5)
    outputs = [one for one in flat(module(*inputs)) if one.is_floating_point()]
    return torch.stack([(one - torch.randn(one.shape)).square().mean() for one in outputs]).sum()


Check = Callable[[Trial], str | None]
"""Raises what goes wrong; gives the reservations there are."""

CHEAP: dict[str, Check] = {
    "copies": copies,
    "processes": processes,
    "states": states,
    "script": scripts,
    "autocast": bfloat16,
    "channels_last": channels_last,
    "learns": learns,
}
COMPILERS: dict[str, Check] = {"compile": compiles, "export": exports, "onnx": to_onnx, "inductor": inductor}
CHECKS = {**CHEAP, **COMPILERS}
