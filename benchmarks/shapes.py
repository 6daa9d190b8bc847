"""``python -m benchmarks.shapes NET``: the time of shape inference alone: ours from a parsed spec, ONNX's on the exported net."""

from __future__ import annotations

import json
import sys
from typing import Any

import torch
from onnx.shape_inference import infer_shapes

from archc import driver
from archc.elaborate.program import elaborate_net, nets
from archc.elaborate.session import Session
from benchmarks.nets import look_at_others, spec
from benchmarks.public import Built, build, small
from benchmarks.timing import took

LARGE = 1024
"""Weights of more numbers are left out of the exported net: shape inference does not look at them, and copies them."""


def exported(built: Built) -> Any:
    net, inputs = built
    model = torch.onnx.export(net.eval(), inputs, dynamo=True, verbose=False).model_proto  # type: ignore[union-attr]
    for tensor in model.graph.initializer:
        if len(tensor.raw_data) > LARGE:
            tensor.ClearField("raw_data")
    del model.graph.value_info[:]
    return model


def main() -> None:
    name = sys.argv[1]
    definitions, scope, net = driver.open_net(spec(name), {}, varied=False)
    definition = dict(nets(scope))[net]

    def ours() -> None:
        definitions.session = Session()
        assert elaborate_net(definitions, net, definition) is not None

    model, other = exported(build(name)), exported(small())
    mine = took(ours, after=lambda: look_at_others(name))
    theirs = took(lambda: infer_shapes(model), after=lambda: infer_shapes(other))
    print(json.dumps({"archc": mine, "onnx": theirs}))


if __name__ == "__main__":
    main()
