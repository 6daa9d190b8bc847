"""``python -m benchmarks.warm NET``: the first look at a net in a process that has imported all it needs, with each tool."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import torch
from torch._subclasses.fake_tensor import FakeTensorMode
from torch.fx.passes.shape_prop import ShapeProp
from torchinfo import summary

from archc import driver
from archc.analysis.cost import net_flops
from benchmarks.nets import alone, look_at_others
from benchmarks.public import Built, build, small
from benchmarks.timing import Took, took


def with_archc(path: str) -> Any:
    """From the text of the spec to all shapes, parameters and FLOPs."""
    net = driver.compile(path)
    return net.shapes, net.params, net_flops(net.ir)


def with_torchinfo(built: Built) -> Any:
    return summary(built[0], input_data=built[1], device="meta", verbose=0)


def with_fx(built: Built) -> Any:
    net, inputs = built
    with FakeTensorMode(allow_non_fake_inputs=True) as mode:
        return ShapeProp(torch.fx.symbolic_trace(net), mode).propagate(*inputs)


def with_export(built: Built) -> Any:
    return torch.export.export(built[0], built[1])


TOOLS: dict[str, Callable[[Built], Any]] = {"torchinfo": with_torchinfo, "fx": with_fx, "export": with_export}


def main() -> None:
    name = sys.argv[1]
    text, asked = alone(name)
    with TemporaryDirectory() as folder:
        path = Path(folder) / "net.arch"
        path.write_text(text, encoding="utf-8")
        found: dict[str, Took | None] = {
            "archc": took(lambda: with_archc(f"{path}:{asked}"), lambda: look_at_others(name))
        }
    with torch.device("meta"):
        net, inputs = build(name)
        built = net.eval(), inputs
        for tool, look in TOOLS.items():
            try:
                found[tool] = took(lambda look=look: look(built), lambda look=look: look(small()))  # type: ignore[misc]
            except (torch.fx.proxy.TraceError, TypeError):
                found[tool] = None  # it refuses this net
    print(json.dumps(found))


if __name__ == "__main__":
    main()
