"""The zoo's convolutional nets against torchvision: its weights load strictly, and the outputs are equal to the bit."""

from __future__ import annotations

from typing import Any

import pytest
from torch import nn

import archc
from tests.parity.compare import assert_equal, assert_equal_gradients, filled, give, normal, on_meta
from tests.zoo.nets import CONVOLUTIONAL, SMALLEST, public

IMAGES = normal(2, 3, 63, 77)  # two, small, not square, of odd sizes
LARGER = {"inception_v3": normal(2, 3, 299, 303), "convnext_tiny": normal(2, 3, 65, 77)}


def pair(name: str, arguments: dict[str, Any], options: dict[str, Any]) -> tuple[nn.Module, nn.Module]:
    """Our net and torchvision's, with the same random weights."""
    theirs = filled(on_meta(lambda: public(name, **options)))
    ours = on_meta(lambda: archc.build(name, **arguments))
    give(ours, theirs)
    return ours, theirs


@pytest.mark.parametrize("name", CONVOLUTIONAL)
def test_a_net_is_torchvisions(name: str) -> None:
    assert_equal(*pair(name, {}, {}), LARGER.get(name, IMAGES))


@pytest.mark.parametrize("name", [name for name in SMALLEST if name != "inception_v3"])
def test_a_net_learns_as_torchvisions_does(name: str) -> None:
    assert_equal_gradients(*pair(name, {}, {}), LARGER.get(name, IMAGES))


def test_inception_learns_as_torchvisions_does() -> None:
    """Without its auxiliary classifier, which needs large images."""
    nets = pair("inception_v3", {"aux": False}, {"aux_logits": False})
    assert_equal_gradients(*nets, normal(2, 3, 79, 97), rounding=1e-4)


# Ours draws for the auxiliary heads after the main one, torchvision before it; so there is no dropout here.
GOOGLENET = {"aux_logits": True, "dropout": 0.0, "dropout_aux": 0.0}
VARIANTS: dict[str, tuple[str, dict[str, Any], dict[str, Any]]] = {
    "auxiliary": ("googlenet", {"aux": True, "p": 0.0, "p_aux": 0.0}, GOOGLENET),
    "without-auxiliary": ("inception_v3", {"aux": False}, {"aux_logits": False}),
    "no-middle-head": ("fcn_resnet50", {"aux": False}, {"aux_loss": False}),
    "narrow": ("mobilenet_v2", {"width": 0.6, "classes": 7}, {"width_mult": 0.6, "num_classes": 7}),
}


@pytest.mark.parametrize("name", VARIANTS)
def test_a_variant_is_torchvisions(name: str) -> None:
    net, arguments, options = VARIANTS[name]
    assert_equal(*pair(net, arguments, options), normal(2, 3, 79, 97))
