"""The zoo as the tests see it: its files, and the nets that torchvision has too."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from archc import driver
from archc.resources import zoo_root

if TYPE_CHECKING:
    from torch import nn

SPECS = sorted(zoo_root().glob("*.arch"))

MIRRORED = {
    "alexnet": ("alexnet",),
    "vgg": ("vgg11", "vgg13", "vgg16", "vgg19", "vgg11_bn", "vgg13_bn", "vgg16_bn", "vgg19_bn"),
    "resnet": (
        *("resnet18", "resnet34", "resnet50", "resnet101", "resnet152"),
        *("resnext50_32x4d", "resnext101_32x8d", "resnext101_64x4d", "wide_resnet50_2", "wide_resnet101_2"),
    ),
    "googlenet": ("googlenet",),
    "squeezenet": ("squeezenet1_0", "squeezenet1_1"),
    "densenet": ("densenet121", "densenet161", "densenet169", "densenet201"),
    "mobilenetv2": ("mobilenet_v2",),
    "mobilenetv3": ("mobilenet_v3_large", "mobilenet_v3_small"),
    "mnasnet": ("mnasnet0_5", "mnasnet0_75", "mnasnet1_0", "mnasnet1_3"),
    "shufflenetv2": ("shufflenet_v2_x0_5", "shufflenet_v2_x1_0", "shufflenet_v2_x1_5", "shufflenet_v2_x2_0"),
    "efficientnet": (
        *(f"efficientnet_b{i}" for i in range(8)),
        *("efficientnet_v2_s", "efficientnet_v2_m", "efficientnet_v2_l"),
    ),
    "convnext": ("convnext_tiny", "convnext_small", "convnext_base", "convnext_large"),
    "inception": ("inception_v3",),
    "segmentation": (
        *("fcn_resnet50", "fcn_resnet101", "deeplabv3_resnet50", "deeplabv3_resnet101"),
        *("deeplabv3_mobilenet_v3_large", "lraspp_mobilenet_v3_large"),
    ),
    "vision_transformer": ("vit_b_16", "vit_b_32", "vit_l_16", "vit_l_32", "vit_h_14"),
    "swin_transformer": ("swin_t", "swin_s", "swin_b"),
}
"""The families that torchvision has, each one file here, with the names of its nets."""

SMALLEST = (
    *("alexnet", "vgg11_bn", "resnet18", "googlenet", "squeezenet1_1", "densenet121", "mobilenet_v2"),
    *("mobilenet_v3_small", "mnasnet0_5", "shufflenet_v2_x0_5", "efficientnet_b0", "convnext_tiny"),
    *("inception_v3", "deeplabv3_mobilenet_v3_large"),
)
"""The net of each family that is quickest to try."""

THEIR_FILES = {"segmentation": ("_utils", "fcn", "deeplabv3", "lraspp")}
"""Families that torchvision keeps in a folder, with its files; the others are a file of their name."""

SHARED = ("blocks",)
"""Files without nets: blocks that several families are made of."""

PUBLIC = [name for names in MIRRORED.values() for name in names]
ATTENTIVE = (*MIRRORED["vision_transformer"], *MIRRORED["swin_transformer"])
CONVOLUTIONAL = [name for name in PUBLIC if name not in ATTENTIVE]

_SEGMENTATION = {"weights_backbone": None}
_OPTIONS: dict[str, dict[str, Any]] = {
    "googlenet": {"aux_logits": False, "init_weights": False},
    "inception_v3": {"init_weights": False},
    **{name: {**_SEGMENTATION, "aux_loss": not name.startswith("lraspp")} for name in MIRRORED["segmentation"]},
}


@cache
def report(spec: Path) -> driver.Report:
    """A file of the zoo, checked once for all tests."""
    return driver.check(spec)


def compiled(name: str) -> driver.Compiled:
    """Our net of this name, at the example sizes of its file; a file of one net may be called like it."""
    family = next(family for family, names in MIRRORED.items() if name in names)
    nets = report(zoo_root() / f"{family}.arch").nets
    return nets[name] if name in nets else next(iter(nets.values()))


def public(name: str, **options: Any) -> nn.Module:
    """Torchvision's net of this name, with random weights."""
    from torchvision.models import get_model

    net: nn.Module = get_model(name, weights=None, **{**_OPTIONS.get(name, {}), **options})
    return net
