"""For which sizes each family of the zoo is defined, exactly."""

from __future__ import annotations

from pathlib import Path

import pytest

from archc import driver
from archc.ir.decide import decide_eq
from archc.ir.dims import parse_dim
from tests.zoo.nets import SPECS, report

DOMAINS = {
    "unet:unet_padded_1": ["H % 2 == 0", "W % 2 == 0"],
    "unet:unet_padded_2": ["H % 4 == 0", "W % 4 == 0"],
    "unet:unet_padded_3": ["H % 8 == 0", "W % 8 == 0"],
    "unet:unet_padded_4": ["H % 16 == 0", "W % 16 == 0"],
    "unet:unet_padded_5": ["H % 32 == 0", "W % 32 == 0"],
    "unet:unet": ["H >= 188", "H % 16 == 12", "W >= 188", "W % 16 == 12"],
    "resnet:resnet18": [],
    "resnet:resnet50": [],
    "vgg:vgg16": ["H >= 32", "W >= 32"],
    "inception:inception_v3": ["H >= 75", "W >= 75"],
    "densenet:densenet121": ["H >= 29", "W >= 29"],
    "vision_transformer:vit_b_16": [],
    "swin_transformer:swin_t": ["H >= 4", "W >= 4"],
    "convnext:convnext_tiny": ["H >= 32", "W >= 32"],
    "fcn8s:fcn8s": [],
    "segmentation:fcn_resnet50": [],
    "bert:bert_base": ["T <= 512"],
    "transformer:transformer_base": [],
}
SYMBOLS = {"vision_transformer:vit_b_16": ["B"], "transformer:transformer_base": ["B", "S", "T"]}


@pytest.mark.parametrize("name", DOMAINS)
def test_the_domain_is_exactly(name: str) -> None:
    found = driver.compile(name)
    assert found.domain.conditions() == DOMAINS[name]
    assert list(found.domain.sizes) == SYMBOLS.get(name, list(found.domain.sizes))
    assert (found.domain.joint, found.domain.open) == ((), ())


def test_a_valid_unet_gives_388_for_572() -> None:
    found = driver.compile("unet:unet")
    assert {"B": 1, "H": 572, "W": 572} in found.domain
    sizes = driver.compile("unet:unet", sizes={"H": 572, "W": 572})
    assert "[1, 2, 388, 388]" in sizes.summary()


def test_what_swin_pads_to_is_proved() -> None:
    merged = parse_dim("(W + W % 2 + 1) // 2"), parse_dim("(W + 1) // 2")
    assert merged[0] != merged[1], "the text alone does not tell"
    assert decide_eq(*merged) is True
    assert parse_dim("(W + -W % 7) % 7") == 0


@pytest.mark.parametrize("spec", SPECS, ids=lambda path: path.stem)
def test_a_net_has_few_demands(spec: Path) -> None:
    """Each is solved over all residues of its period, which takes time; equal blocks and layers add none."""
    counts = {name: len(net.ir.top.constraints) for name, net in report(spec).nets.items()}
    assert all(count <= 80 for count in counts.values()), counts
