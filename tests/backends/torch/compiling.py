"""Specs in tests: text in, IR, source or module out."""

from __future__ import annotations

from functools import cache
from typing import Any

import torch
from torch import Tensor, nn

from archc import driver
from archc.backends.torch import emit, instantiate
from archc.ir.graph import Net


@cache
def compiled(text: str, file: str = "test.arch") -> Net:
    """The last net of a spec."""
    nets = driver.check_text(text, file).raise_errors().nets
    return list(nets.values())[-1].ir


def source(text: str) -> str:
    return emit(compiled(text))


def module(text: str) -> Any:
    """A new module; typed as anything, for tests reach into it."""
    return instantiate(compiled(text))


def zoo(name: str) -> Net:
    """A net of the zoo."""
    return driver.compile(name).ir


def equal(ours: nn.Module, theirs: nn.Module, *inputs: Tensor) -> None:
    """Both have the same keys in the same order and, with the same weights and draws, the same outputs to the bit."""
    assert list(ours.state_dict()) == list(theirs.state_dict())
    theirs.load_state_dict(ours.state_dict())
    for training in (False, True):
        found, wanted = (run(net.train(training), *inputs) for net in (ours, theirs))
        assert len(found) == len(wanted)
        assert all(map(torch.equal, found, wanted))


def run(net: nn.Module, *inputs: Tensor) -> tuple[Tensor, ...]:
    """The outputs, with fixed draws for dropout."""
    torch.manual_seed(0)
    with torch.no_grad():
        output = net(*inputs)
    return output if isinstance(output, tuple) else (output,)
