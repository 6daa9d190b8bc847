"""What emitted modules have to do beside running: copies, processes, compilers, exports, other dtypes and layouts, learning.

``python -m tests.zoo.behaviour [NET ...]`` tries every net of the zoo (``--keep`` writes the result to ``docs/modules.json``).
"""

from __future__ import annotations

import argparse
import copy
import io
import json
import pickle
import tempfile
import time
import warnings
from collections.abc import Callable, Iterable
from itertools import islice
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from archc import driver
from archc.analysis.export import export_text, exported
from archc.driver import Compiled
from archc.ir.types import TensorType
from tests.contract.harness import flat
from tests.property.judge import random
from tests.zoo.nets import SPECS, report

KEPT = Path(__file__).resolve().parents[2] / "docs" / "modules.json"
SMALL: dict[str, dict[str, Any]] = {
    "bert": {"dim": 48, "depth": 2, "heads": 4, "vocab": 97, "positions": 128},
    "gpt2": {"dim": 48, "depth": 2, "heads": 4, "vocab": 97, "positions": 64},
    "llama": {"dim": 48, "depth": 2, "heads": 6, "hidden": 80, "vocab": 97},
}
"""Families of language models at a width and depth that a test can afford."""
LEAST = {"H": 64, "W": 64, "T": 4, "S": 4}
"""Sizes of inputs are the first in the net's domain from these on."""

Inputs = tuple[Tensor, ...]
Check = Callable[[Compiled, nn.Module, Inputs], None]


def net_of(file: str, name: str) -> Compiled:
    """A net of a file of the zoo, small where its family is large."""
    return driver.compile(f"{file}:{name}", **SMALL.get(file, {}))


def inputs_at(net: Compiled, *, step: int = 0, batch: int = 2) -> Inputs:
    """Random inputs at sizes of the domain; with each step at larger ones. Optional inputs are left out."""
    sizes = {symbol.name: batch + step for symbol in net.ir.symbols}
    known = exported(net.ir)
    for symbol in net.ir.symbols:
        kept = known.equal.get(symbol.name)
        least = LEAST.get(symbol.name, 2)
        fit = (size for size in range(least, least + 4000) if size in known.sizes[symbol.name])
        sizes[symbol.name] = sizes[kept] if kept else next(islice(fit, step, None))
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


# --- the checks -------------------------------------------------------------------------------------------------------


def copies(net: Compiled, module: nn.Module, inputs: Inputs) -> None:
    """deepcopy and pickle."""
    wanted = run(module, inputs)
    for other in (copy.deepcopy(module), pickle.loads(pickle.dumps(module))):
        same(run(other, inputs), wanted)


def states(net: Compiled, module: nn.Module, inputs: Inputs) -> None:
    """The state goes through safetensors, and through ``torch.load(weights_only=True)``, into a fresh module."""
    from safetensors.torch import load_model, save_model

    wanted = run(module, inputs)
    fresh = net.module().eval()
    with tempfile.TemporaryDirectory() as folder:
        path = f"{folder}/state.safetensors"
        save_model(module, path)
        load_model(fresh, path)
        same(run(fresh, inputs), wanted)
    file = io.BytesIO()
    torch.save(module.state_dict(), file)
    file.seek(0)
    fresh = net.module().eval()
    fresh.load_state_dict(torch.load(file, weights_only=True))
    same(run(fresh, inputs), wanted)


def compiles(net: Compiled, module: nn.Module, inputs: Inputs) -> None:
    """``torch.compile(fullgraph=True)`` captures one graph (run by the backend ``eager``)."""
    torch._dynamo.reset()
    with torch._dynamo.config.patch(allow_rnn=True):  # recurrent layers are left out of graphs unless asked for
        close(run(torch.compile(module, fullgraph=True, backend="eager"), inputs), run(module, inputs))


def exports(net: Compiled, module: nn.Module, inputs: Inputs) -> None:
    """``torch.export`` with the sizes of the domain, at the sizes of the export and at two others."""
    program = exported_program(net, module, inputs).module()
    for step in (0, 1, 2):
        other = inputs_at(net, step=step)
        close(run(program, other), run(module, other))


def exported_program(net: Compiled, module: nn.Module, inputs: Inputs) -> Any:
    scope: dict[str, Any] = {}
    exec(export_text(net.ir), scope)
    absent = {port.name for port in net.ir.top.inputs if port.optional}
    dynamic = {name: dims for name, dims in scope["dynamic_shapes"].items() if name not in absent}
    return torch.export.export(module, inputs, dynamic_shapes=dynamic)


def to_onnx(net: Compiled, module: nn.Module, inputs: Inputs) -> None:
    """``torch.onnx.export(dynamo=True)``, run by onnxruntime at the sizes of the export and at another."""
    import onnxruntime

    program = torch.onnx.export(exported_program(net, module, inputs), dynamo=True, verbose=False)
    assert program is not None
    with tempfile.TemporaryDirectory() as folder:
        program.save(f"{folder}/net.onnx")
        session = onnxruntime.InferenceSession(f"{folder}/net.onnx")
        names = [one.name for one in session.get_inputs()]
        for step in (0, 1):
            other = inputs_at(net, step=step)
            fed = {name: value.numpy() for name, value in zip(names, other, strict=True)}
            close([torch.from_numpy(one) for one in session.run(None, fed)], run(module, other), 1e-3)


def scripts(net: Compiled, module: nn.Module, inputs: Inputs) -> None:
    """TorchScript, with its own numbers."""
    close(run(torch.jit.script(module), inputs), run(module, inputs))


def bfloat16(net: Compiled, module: nn.Module, inputs: Inputs) -> None:
    """Under autocast the outputs are finite, and of the same shapes."""
    with torch.autocast("cpu", dtype=torch.bfloat16):
        found = run(module, inputs)
    wanted = run(module, inputs)
    assert [one.shape for one in found] == [one.shape for one in wanted]
    assert all(torch.isfinite(one).all() for one in found)


def channels_last(net: Compiled, module: nn.Module, inputs: Inputs) -> None:
    """Another layout in memory changes no number."""
    other = copy.deepcopy(module).to(memory_format=torch.channels_last)
    turned = tuple(x.to(memory_format=torch.channels_last) if x.dim() == 4 else x for x in inputs)
    close(run(other, turned), run(module, inputs), 1e-3)


def learns(net: Compiled, module: nn.Module, inputs: Inputs) -> None:
    """Some small step of gradient descent lowers the loss on a fixed batch."""
    assert any(parameter.requires_grad for parameter in module.parameters())
    before = loss_after(module, inputs, 0.0)
    assert any(loss_after(module, inputs, rate) < before for rate in (1e-2, 1e-3, 1e-4, 1e-5, 1e-6))


def loss_after(module: nn.Module, inputs: Inputs, rate: float) -> float:
    other = copy.deepcopy(module).train()
    for layer in other.modules():
        if isinstance(layer, nn.Dropout | nn.Dropout2d):
            layer.p = 0.0
    optimiser = torch.optim.SGD(other.parameters(), lr=rate)
    _loss(other, inputs).backward()  # type: ignore[no-untyped-call]
    optimiser.step()
    with torch.no_grad():
        return float(_loss(other, inputs))


def _loss(module: nn.Module, inputs: Inputs) -> Tensor:
    torch.manual_seed(5)
    outputs = [one for one in flat(module(*inputs)) if one.is_floating_point()]
    return torch.stack([(one - torch.randn(one.shape)).square().mean() for one in outputs]).sum()


CHECKS: dict[str, Check] = {
    "copies": copies,
    "states": states,
    "compile": compiles,
    "export": exports,
    "onnx": to_onnx,
    "script": scripts,
    "autocast": bfloat16,
    "channels_last": channels_last,
    "learns": learns,
}


def attempt(check: str, net: Compiled) -> str:
    """``ok``, or in one line why not."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.manual_seed(0)
        try:
            CHECKS[check](net, net.module().eval(), inputs_at(net))
        except Exception as error:  # noqa: BLE001 - whatever is raised is the finding
            return f"{type(error).__name__}: {error}".strip().splitlines()[0][:160]
    return "ok"


def attempts(file: str, name: str, checks: Iterable[str]) -> dict[str, str]:
    """The results of some checks on a net."""
    started, net = time.monotonic(), net_of(file, name)
    found = {check: attempt(check, net) for check in checks}
    failed = {check: result for check, result in found.items() if result != "ok"}
    print(f"{name} ({time.monotonic() - started:.0f} s): {failed or 'ok'}", flush=True)
    return found


def kept() -> dict[str, dict[str, str]]:
    """The results that were written last, by net."""
    return json.loads(KEPT.read_text(encoding="utf-8")) if KEPT.is_file() else {}


def smallest() -> list[tuple[str, str]]:
    """The net with the fewest parameters of each file of the zoo, by file and name."""
    found = [(spec.stem, report(spec).nets) for spec in SPECS]
    return [(file, min(nets, key=lambda name: nets[name].params)) for file, nets in found if nets]


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("nets", nargs="*")
    parser.add_argument("--smallest", action="store_true", help="the smallest net of each file")
    parser.add_argument("--check", action="append", choices=list(CHECKS))
    parser.add_argument("--keep", action="store_true", help="write the result to docs/modules.json")
    given = parser.parse_args()
    nets = smallest() if given.smallest else [(spec.stem, name) for spec in SPECS for name in report(spec).nets]
    chosen = [pair for pair in nets if not given.nets or pair[1] in given.nets]
    for file, name in chosen:
        found = {name: kept().get(name, {}) | attempts(file, name, given.check or CHECKS)}
        if given.keep:
            KEPT.write_text(json.dumps(dict(sorted((kept() | found).items())), indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
