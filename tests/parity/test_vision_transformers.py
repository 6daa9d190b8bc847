"""ViT and Swin against torchvision: its weights load strictly, and the outputs are equal to the bit."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import nn
from torchvision.models.swin_transformer import ShiftedWindowAttention, SwinTransformer
from torchvision.models.vision_transformer import VisionTransformer

import archc
from tests.parity.compare import assert_equal, assert_equal_gradients, fill, filled, give, normal, on_meta
from tests.zoo.nets import ATTENTIVE, MIRRORED, public


@pytest.mark.parametrize("name", ATTENTIVE)
def test_a_net_has_the_keys_and_shapes_of_torchvision(name: str) -> None:
    give(on_meta(lambda: archc.build(name)), on_meta(lambda: public(name)))


def vit(name: str) -> tuple[nn.Module, nn.Module]:
    """Our ViT and torchvision's, of two layers and for images of two by two patches, with the same random weights."""
    full: Any = on_meta(lambda: public(name))
    heads, patch = full.encoder.layers[0].num_heads, full.patch_size
    theirs = filled(on_meta(lambda: VisionTransformer(2 * patch, patch, 2, heads, full.hidden_dim, full.mlp_dim)))
    ours = on_meta(lambda: archc.build(name, size=2 * patch, depth=2))
    give(ours, theirs)
    return ours, theirs


@pytest.mark.parametrize("name", MIRRORED["vision_transformer"])
def test_a_vit_is_torchvisions(name: str) -> None:
    ours, theirs = vit(name)
    size: Any = theirs.image_size
    assert_equal(ours, theirs, normal(2, 3, size, size))


def test_a_whole_vit_is_torchvisions() -> None:
    theirs = filled(on_meta(lambda: public("vit_b_32")))
    ours = on_meta(lambda: archc.build("vit_b_32"))
    give(ours, theirs)
    assert_equal(ours, theirs, normal(1, 3, 224, 224))


def test_a_vit_learns_as_torchvisions_does() -> None:
    assert_equal_gradients(*vit("vit_b_32"), normal(2, 3, 64, 64))


def whole(net: nn.Module) -> nn.Module:
    """``filled``, which puts 0 for integers, with torchvision's positions again."""
    for part in filled(net).modules():
        if isinstance(part, ShiftedWindowAttention):
            part.define_relative_position_index()
    return net


@pytest.mark.parametrize("name", MIRRORED["swin_transformer"])
def test_a_swin_is_torchvisions(name: str) -> None:
    theirs = whole(on_meta(lambda: public(name)))
    ours = on_meta(lambda: archc.build(name))
    give(ours, theirs)
    assert_equal(ours, theirs, normal(2, 3, 63, 77))


# Windows of seven go over maps of a quarter of the size and halves of that: whole and cut, one and many, high and wide.
SIZES = [(224, 224), (128, 200), (28, 28), (28, 100), (100, 28), (4, 36)]


def swin() -> tuple[nn.Module, nn.Module]:
    """Our Swin and torchvision's, both small, with the same random weights."""
    depths, heads = [2, 2, 2, 2], [2, 2, 4, 4]
    theirs = SwinTransformer([4, 4], 24, depths, heads, [7, 7], stochastic_depth_prob=0.5, num_classes=10)
    ours = archc.build("swin_t", dim=24, depths=depths, heads=heads, drop=0.5, classes=10)
    positions = {key: x.clone() for key, x in theirs.state_dict().items() if not x.is_floating_point()}
    assert len(positions) == 8
    for key, wanted in positions.items():
        assert torch.equal(ours.state_dict()[key], wanted)
    fill(theirs).load_state_dict(positions, strict=False)
    give(ours, theirs)
    return ours, theirs


@pytest.mark.parametrize("size", SIZES, ids=str)
def test_a_swin_is_torchvisions_at_all_sizes(size: tuple[int, int]) -> None:
    assert_equal(*swin(), normal(2, 3, *size))


@pytest.mark.parametrize("size", [(128, 200), (28, 100)], ids=str)
def test_a_swin_learns_as_torchvisions_does(size: tuple[int, int]) -> None:
    """The table of positions is read for many windows, whose gradients autograd adds up in another order."""
    assert_equal_gradients(*swin(), normal(2, 3, *size), rounding=1e-5)
