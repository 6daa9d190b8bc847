"""What a net starts with: the distributions of torchvision's constructors, one net of each family."""

from __future__ import annotations

import math

import pytest
import torch
from torch import Tensor

import archc
from tests.zoo.nets import public

# The smallest of each family; of torchvision's GoogLeNet the form that initialises itself.
NETS = {
    "alexnet": {},
    "vgg11_bn": {},
    "resnet18": {},
    "resnext50_32x4d": {},
    "googlenet": {"init_weights": True},
    "squeezenet1_1": {},
    "densenet121": {},
    "mobilenet_v2": {},
    "mobilenet_v3_small": {},
    "mnasnet0_5": {},
    "shufflenet_v2_x0_5": {},
    "efficientnet_b0": {},
    "convnext_tiny": {},
    "inception_v3": {"init_weights": True},
    "fcn_resnet50": {},
    "lraspp_mobilenet_v3_large": {},
    "vit_b_32": {},
    "swin_t": {},
}


def peak(x: Tensor) -> float:
    """The largest deviation in standard deviations: 1.7 for a uniform distribution, more than 3 for a normal one."""
    return ((x - x.mean()).abs().max() / x.std()).item()


def assert_drawn_alike(ours: Tensor, theirs: Tensor) -> None:
    """Both are the same constant, or have the same mean, deviation and kind of distribution."""
    if theirs.min() == theirs.max():
        assert torch.equal(ours, theirs)
        return
    n, std = theirs.numel(), theirs.std().item()
    assert abs((ours.mean() - theirs.mean()).item()) < 6 * std * math.sqrt(2 / n)
    assert abs(ours.std().item() / std - 1) < 6 / math.sqrt(n)
    if n >= 4000:
        assert (peak(ours) > 2.4) == (peak(theirs) > 2.4)


@pytest.mark.parametrize("name", NETS)
def test_a_net_starts_as_torchvisions_does(name: str) -> None:
    torch.manual_seed(0)
    theirs = public(name, **NETS[name])
    ours = archc.build(name).state_dict()
    for key, value in theirs.state_dict().items():
        if value.is_floating_point():
            assert_drawn_alike(ours[key], value)
        else:
            assert torch.equal(ours[key], value)


@pytest.mark.parametrize(
    "wrong",
    [
        lambda x: x.zero_(),
        lambda x: x.normal_(0, 0.011),
        lambda x: x.normal_(0.0005, 0.01),
        lambda x: x.uniform_(-0.0173, 0.0173),
    ],
    ids=["constant", "deviation", "mean", "kind"],
)
def test_other_distributions_are_told_apart(wrong: object) -> None:
    assert callable(wrong)
    torch.manual_seed(0)
    with pytest.raises(AssertionError):
        assert_drawn_alike(wrong(torch.empty(100_000)), torch.empty(100_000).normal_(0, 0.01))
