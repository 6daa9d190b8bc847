"""``python -m benchmarks.modules NET``: the time of making and running the module, ours and torchvision's with the same weights."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from typing import Any

import torch
import torchvision
from torch import Tensor, nn

import archc
from benchmarks.timing import Took, in_turns

TIMES = 15
COMPILED = "resnet18"
"""The net that ``torch.compile`` is given too, which takes it half a minute."""


def made(name: str, device: str) -> tuple[Took, Took]:
    """A module that archc has compiled and verified before, and torchvision's constructor."""
    net = archc.compile(name)
    net.verify()

    def on_device(make: Callable[[], Any]) -> Callable[[], Any]:
        def action() -> None:
            with torch.device(device):
                make()

        return action

    return in_turns(on_device(net.module), on_device(lambda: getattr(torchvision.models, name)()), TIMES)


def forward(net: Callable[[Tensor], Any], x: Tensor) -> Callable[[], Any]:
    def action() -> None:
        with torch.no_grad():
            net(x)

    return action


def backward(net: nn.Module, x: Tensor) -> Callable[[], Any]:
    def action() -> None:
        net.zero_grad()
        net(x).sum().backward()

    return action


def main() -> None:
    name = sys.argv[1]
    torch.manual_seed(0)
    ours, theirs = archc.build(name), getattr(torchvision.models, name)()
    ours.load_state_dict(theirs.state_dict())
    found: dict[str, tuple[Took, Took]] = {f"made on {device}": made(name, device) for device in ("meta", "cpu")}
    for batch in (1, 8):
        x = torch.randn(batch, 3, 64, 64)
        for what, run in (("forward", forward), ("forward and backward", backward)):
            found[f"{what}, batch {batch}"] = in_turns(run(ours, x), run(theirs, x), TIMES)
            found[f"{what}, batch {batch}, against itself"] = in_turns(run(theirs, x), run(theirs, x), TIMES)
    if name == COMPILED:
        x = torch.randn(1, 3, 64, 64)
        one, other = (forward(torch.compile(net), x) for net in (ours, theirs))
        found["forward after torch.compile, batch 1"] = in_turns(one, other, TIMES)
    print(json.dumps(found))


if __name__ == "__main__":
    main()
