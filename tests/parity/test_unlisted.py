"""Nets that the zoo has not, written from the documentation alone, against torchvision: the language carries more than its own zoo."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest
import torch
import torchvision
from torch import Tensor, nn

import archc
from tests.parity.compare import assert_same, fill, normal, run

SPECS = Path(__file__).parent / "specs"
models = torchvision.models


def mvit() -> nn.Module:
    """MViT v2 with its first four and its last two blocks, for four frames of 64 by 64."""
    heads, ins, outs = (1, 2, 2, 4, 8, 8), (96, 96, 192, 192, 384, 768), (96, 192, 192, 384, 768, 768)
    strides = zip((1, 2, 1, 2, 2, 1), (8, 4, 4, 2, 1, 1), strict=True)
    kernel = [3, 3, 3]
    rows = [
        models.video.mvit.MSBlockConfig(h, i, o, kernel, kernel, [1, q, q], [1, k, k])
        for h, i, o, (q, k) in zip(heads, ins, outs, strides, strict=True)
    ]
    net: nn.Module = models.video.mvit.MViT(
        (64, 64), 4, rows, True, False, True, True, dropout=0.5, stochastic_depth_prob=0.2
    )  # residual pooling, without the class token, relative positions, projection behind the attention
    return net


class Raft(nn.Module):
    """All flows in one tensor."""

    def __init__(self) -> None:
        super().__init__()
        net = models.optical_flow.raft_small()
        self.feature_encoder, self.context_encoder = net.feature_encoder, net.context_encoder
        self.update_block = net.update_block
        self.flows = partial(net.forward, num_flow_updates=2)  # a function: the net itself would bring its keys again

    def forward(self, one: Tensor, other: Tensor) -> Tensor:
        return torch.stack(self.flows(one, other))


class RetinaNet(nn.Module):
    """The maps of scores and boxes, before anchors and suppression."""

    def __init__(self) -> None:
        super().__init__()
        net = models.detection.retinanet_resnet50_fpn(weights=None, weights_backbone=None)
        self.backbone, self.head = net.backbone, net.head

    def forward(self, image: Tensor) -> tuple[Tensor, Tensor]:
        found = self.head(list(self.backbone(image).values()))
        return found["cls_logits"], found["bbox_regression"]


class Heads(nn.Module):
    """What Mask R-CNN asks of maps that are given."""

    def __init__(self) -> None:
        super().__init__()
        net = models.detection.maskrcnn_resnet50_fpn(weights=None, weights_backbone=None)
        self.rpn, self.roi_heads = net.rpn, net.roi_heads

    def forward(self, rois: Tensor, mask_rois: Tensor, features: Tensor) -> tuple[Tensor, ...]:
        heads = self.roi_heads
        scores, boxes = heads.box_predictor(heads.box_head(rois))
        masks = heads.mask_predictor(heads.mask_head(mask_rois))
        (objectness,), (deltas,) = self.rpn.head([features])
        return scores, boxes, masks, objectness, deltas


VIDEO = (normal(2, 3, 4, 24, 32),)
NETS: dict[str, tuple[str, Callable[[], nn.Module], tuple[Tensor, ...]]] = {
    "regnet_y": ("regnet.arch:regnet_y_400mf", models.regnet_y_400mf, (normal(2, 3, 47, 65),)),
    "regnet_x": ("regnet.arch:regnet_x_800mf", models.regnet_x_800mf, (normal(2, 3, 47, 65),)),
    "r3d": ("video_resnet.arch:r3d_18", models.video.r3d_18, VIDEO),
    "mc3": ("video_resnet.arch:mc3_18", models.video.mc3_18, VIDEO),
    "r2plus1d": ("video_resnet.arch:r2plus1d_18", models.video.r2plus1d_18, VIDEO),
    "maxvit": ("maxvit.arch:maxvit_t", models.maxvit_t, (normal(1, 3, 224, 224),)),
    "swin_v2": ("swin_v2.arch:swin_v2_t", models.swin_v2_t, (normal(2, 3, 65, 77),)),
    "mvit_v2": ("mvit.arch:mvit_v2_short", mvit, (normal(2, 3, 4, 64, 64),)),
    "retinanet": ("detection.arch:RetinaNet", RetinaNet, (normal(2, 3, 70, 90),)),
    "mask_rcnn": ("detection.arch:Heads", Heads, (normal(3, 256, 7, 7), normal(2, 256, 14, 14), normal(2, 256, 9, 10))),
    "raft": ("raft.arch:raft_short", Raft, (normal(1, 3, 128, 128), normal(1, 3, 128, 136)[..., 8:])),
}


def computed(net: nn.Module) -> dict[str, Tensor]:
    """Buffers that hold tables, which no training changes."""
    return {name: value.clone() for name, value in net.named_buffers() if not name.endswith(("mean", "var", "tracked"))}


@pytest.mark.parametrize("case", NETS)
def test_an_unlisted_net_is_torchvisions(case: str) -> None:
    """The same keys and the same tables; with the same weights the same numbers, also while training with equal draws."""
    spec, public, inputs = NETS[case]
    theirs, ours = public(), archc.build(str(SPECS / spec))
    tables = computed(theirs)
    assert tables.keys() == computed(ours).keys()
    assert all(torch.equal(value, tables[name]) for name, value in computed(ours).items())
    fill(theirs).load_state_dict(tables, strict=False)
    ours.load_state_dict({name: value.clone() for name, value in theirs.state_dict().items()}, strict=True)
    assert {name for name, _ in ours.named_parameters()} == {name for name, _ in theirs.named_parameters()}
    assert_same(run(ours.eval(), *inputs), run(theirs.eval(), *inputs))
    assert_same(run(ours.train(), *inputs), run(theirs.train(), *inputs))
