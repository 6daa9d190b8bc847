"""The nets that are measured: what each is called in the zoo."""

from __future__ import annotations

COLD = ("vgg16", "resnet50", "resnet152", "densenet201", "swin_t", "bert_large")
"""Those whose whole processes are compared."""

WARM = ("vgg16", "resnet50", "resnet152", "googlenet", "densenet121", "vit_b_16", "transformer", "lstm")
"""Those of which the work alone is compared."""

SPECS = {"transformer": "transformer.arch:Transformer", "lstm": "benchmarks/specs/lstm.arch"}


def spec(name: str) -> str:
    """What archc is asked for."""
    return SPECS.get(name, name)
