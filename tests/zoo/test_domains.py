"""The zoo says for which sizes its nets are defined, and torch agrees at the edges."""

from __future__ import annotations

from pathlib import Path

import pytest

from archc import driver
from archc.reading import zoo_files

BY_THEIR_LISTS = {"alexnet.arch", "squeezenet.arch"}
"""Here the least size follows from the list of layers that a net is given, so no one ``where`` holds for all."""


@pytest.mark.parametrize("file", zoo_files(), ids=lambda file: file.stem)
def test_a_net_states_its_sizes(file: Path) -> None:
    report = driver.load(file)
    assert not report.diagnostics
    assert bool(report.advice) == (file.name in BY_THEIR_LISTS)


EXACT = {
    "vgg16": ["H >= 32", "W >= 32"],
    "resnet50": [],
    "inception_v3": ["H >= 75", "W >= 75"],
    "densenet121": ["H >= 29", "W >= 29"],
    "convnext_tiny": ["H >= 32", "W >= 32"],
    "swin_t": ["H >= 4", "W >= 4"],
    "vit_b_16": [],
    "bert_base": ["T <= 512"],
    "Transformer": [],
    "fcn_resnet50": [],
    "alexnet": ["H >= 63", "W >= 63"],
    "squeezenet1_0": ["H >= 21", "W >= 21"],
}


@pytest.mark.parametrize("name", EXACT)
def test_the_exact_domain(name: str) -> None:
    assert driver.compile(name).domain.conditions() == EXACT[name]
