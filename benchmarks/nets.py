"""The nets that are measured: what each is called in the zoo."""

from __future__ import annotations

COLD = ("vgg16", "resnet50", "resnet152", "densenet201", "swin_t", "bert_large")
"""Those whose whole processes are compared."""

WARM = ("vgg16", "resnet50", "resnet152", "googlenet", "densenet121", "vit_b_16", "transformer", "lstm")
"""Those of which the work alone is compared."""

OTHERS = ("alexnet", "squeezenet", "mnist_cnn", "unet", "gpt2", "recurrent")
"""Families that a process looks at before it is measured, so that operators are imported and validators are built."""

SPECS = {"transformer": "transformer.arch:Transformer", "lstm": "benchmarks/specs/lstm.arch"}


def spec(name: str) -> str:
    """What archc is asked for."""
    return SPECS.get(name, name)
