"""Emitted modules behave as modules of a file do: tracebacks, inspection, copies, pickles, spawned processes, TorchScript, export."""

from __future__ import annotations

import copy
import inspect
import io
import multiprocessing
import pickle
import sys
import traceback
import warnings
from typing import Any

import pytest
import torch
from torch import Tensor

from archc.backends.torch import emit, instantiate, load_module
from archc.backends.torch.load import PREFIX, load_source
from tests.backends.torch.compiling import compiled, module

TEXT = """
block Res(width)(x: [B, C, H, W]) -> [B, C, H, W]:
    return x + (x -> conv: conv(C, 3, padding=1) -> bn: batch_norm -> relu)

net Small(width=4)(x: [B, 3, H=8, W=8]) -> [B, 10]:
    x = x -> stem: conv(width, 3, padding=1) -> body: [Res(width), Res(width), dropout(0.5)]
    for i in range(3):
        x = x * sigmoid(x -> gates.{i}: conv(width, 1))
    return x.mean(dim=(2, 3)) -> head: linear(10)
"""
IMAGES = torch.randn(2, 3, 8, 8, generator=torch.Generator().manual_seed(0))


def small() -> Any:
    torch.manual_seed(0)
    return instantiate(compiled(TEXT)).eval()


def test_equal_sources_are_one_module_and_others_are_not() -> None:
    source = emit(compiled(TEXT))
    assert load_source(source) is load_source(source)
    assert load_source(source) is not load_source(source + "\n")
    assert load_source(source).__name__.startswith(PREFIX)
    assert load_module(source, "Small") is type(small())


def test_a_source_that_fails_leaves_no_module_behind() -> None:
    before = set(sys.modules)
    with pytest.raises(ZeroDivisionError):
        load_source("1 / 0\n")
    assert set(sys.modules) == before


def test_source_is_found_by_inspect_and_tracebacks() -> None:
    net = small()
    assert inspect.getsource(type(net)) in emit(compiled(TEXT))
    assert "def forward(self, x: Tensor)" in inspect.getsource(type(net).forward)
    with pytest.raises(RuntimeError) as caught:
        net(torch.randn(2, 4, 8, 8))
    shown = "".join(traceback.format_exception(caught.value))
    assert "self.stem(x)" in shown


def test_copies_and_pickles_are_equal_and_apart() -> None:
    net = small()
    for other in (copy.deepcopy(net), pickle.loads(pickle.dumps(net))):
        assert type(other) is type(net)
        assert torch.equal(other(IMAGES), net(IMAGES))
        with torch.no_grad():
            other.stem.weight.add_(1)
        assert not torch.equal(other(IMAGES), net(IMAGES))


def test_whole_module_and_state_are_saved() -> None:
    net = small()
    file = io.BytesIO()
    torch.save(net, file)
    file.seek(0)
    assert torch.equal(torch.load(file, weights_only=False)(IMAGES), net(IMAGES))
    state = io.BytesIO()
    torch.save(net.state_dict(), state)
    state.seek(0)
    fresh = instantiate(compiled(TEXT)).eval()
    fresh.load_state_dict(torch.load(state, weights_only=True))
    assert torch.equal(fresh(IMAGES), net(IMAGES))


def _run(net: Any, x: Tensor, queue: Any) -> None:
    queue.put(net(x).detach().numpy())


def test_a_spawned_process_gets_the_module() -> None:
    context = multiprocessing.get_context("spawn")
    queue = context.Queue()
    net = small()
    worker = context.Process(target=_run, args=(net, IMAGES, queue))
    worker.start()
    found = torch.from_numpy(queue.get(timeout=120))
    worker.join(timeout=120)
    assert worker.exitcode == 0
    torch.testing.assert_close(found, net(IMAGES).detach())


def test_torchscript() -> None:
    net = small()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # TorchScript calls itself deprecated
        scripted = torch.jit.script(net)
    assert torch.equal(scripted(IMAGES), net(IMAGES))


def test_conversions_in_torchscript() -> None:
    net, x = (
        module("net N()(x: [B, 4]):\n    return x.bool(), x.long(), x.float(), x.to(bfloat16)\n"),
        torch.randn(2, 4),
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        scripted = torch.jit.script(net)
    assert all(map(torch.equal, scripted(x), net(x)))


def test_export_with_symbolic_sizes() -> None:
    net = small()
    sizes = {0: torch.export.Dim("B"), 2: torch.export.Dim("H", min=2), 3: torch.export.Dim("W", min=2)}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        exported = torch.export.export(net, (IMAGES,), dynamic_shapes=(sizes,), strict=True).module()
    for shape in ((2, 3, 8, 8), (3, 3, 5, 11)):
        x = torch.randn(shape)
        torch.testing.assert_close(exported(x), net(x))
