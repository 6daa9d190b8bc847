"""``python -m benchmarks.grid``: the time of each of many variants of ResNet, with archc, and built by torchvision on the meta device."""

from __future__ import annotations

import json
from itertools import product
from typing import Any

import torch
from torchvision.models.resnet import Bottleneck, ResNet

import archc
from benchmarks.timing import Took, took

VARIANTS = list(product(range(1, 6), range(2, 7), range(2, 22, 2), (2, 3, 4, 5)))  # a thousand: blocks of each stage
SAMPLE = 40
"""Only every so many of them is built by torchvision: they are alike."""


def main() -> None:
    assert len(VARIANTS) == 1000
    archc.compile("vgg16")
    facts: dict[tuple[int, ...], int] = {}

    def ours() -> None:
        family = archc.Family("resnet50")
        for depths in VARIANTS:
            net = family.variant(depths=list(depths))
            assert net.shapes
            facts[depths] = net.params

    def theirs(depths: tuple[int, ...]) -> Any:
        with torch.device("meta"):
            return ResNet(Bottleneck, list(depths))

    theirs(VARIANTS[0])
    each = took(ours).each(len(VARIANTS))
    sample = VARIANTS[::SAMPLE]
    built: Took = took(lambda: [theirs(depths) for depths in sample]).each(len(sample))
    assert facts[sample[3]] == sum(parameter.numel() for parameter in theirs(sample[3]).parameters())
    print(json.dumps({"archc": each, "torchvision": built}))


if __name__ == "__main__":
    main()
