"""FLOPs: equal to torch's own counter, as formulas, at numbers, and when formulas grow too large."""

from __future__ import annotations

import pytest
import torch
import torchvision
from torch.utils.flop_counter import FlopCounterMode

from archc import driver
from archc.analysis.calls import example_sizes
from archc.analysis.cost import Costs, net_flops
from archc.driver import check_text
from archc.ir.dims import evaluate
from archc.ir.graph import Module
from tests.analysis.nets import Body, conv, op, resnet


def torch_flops(name: str, *shape: int) -> int:
    with torch.device("meta"), FlopCounterMode(display=False) as counter:
        torchvision.models.get_model(name, **({"init_weights": False} if name == "googlenet" else {})).eval()(
            torch.empty(shape)
        )
    return int(counter.get_total_flops())


@pytest.mark.parametrize("name", ["resnet50", "vgg11", "squeezenet1_0"])
def test_flops_are_those_of_torch_at_several_sizes(name: str) -> None:
    net = driver.compile(name).ir
    formula = net_flops(net)
    assert formula is not None
    for sizes in ({"B": 1, "H": 224, "W": 224}, {"B": 2, "H": 192, "W": 160}):
        expected = torch_flops(name, sizes["B"], 3, sizes["H"], sizes["W"])
        assert evaluate(formula, sizes) == net_flops(net, sizes) == expected


@pytest.mark.parametrize(
    ("name", "sizes", "macs"),
    [
        ("vgg16", {}, 15_470_264_320),
        ("resnet152", {}, 11_513_626_624),
        ("googlenet", {}, 1_498_376_192),
        ("densenet121", {}, 2_834_161_664),
        ("vit_b_16", {}, 17_563_828_224),
        ("transformer.arch:Transformer", {"S": 128, "T": 128}, 5_939_134_464),
    ],
)
def test_published_figures(name: str, sizes: dict[str, int], macs: int) -> None:
    net = driver.compile(name, sizes=sizes).ir
    assert net_flops(net, example_sizes(net)) == 2 * macs


def test_repeats_and_second_uses_count() -> None:
    body = Body([], x="B, 8")
    x = body.layer("0", op("linear", out_features=8), body.input(), repeat=5)
    x = body.again("0", x)
    assert net_flops(body.net("N", x, {"B": 1}), {"B": 1}) == 6 * 2 * 64


def test_a_scan_costs_its_steps() -> None:
    report = check_text(
        "block Step(n)(x: [B, n], h: [B, n]) -> ([B, n], [B, n]):\n"
        "    h = x + h -> mix: linear(n)\n    return h, h\n\n"
        "net N(n=8)(x: [B, T=5, n]) -> [B, T, n]:\n"
        "    y, h = scan(step: Step(n), over=x, carry=x[:, 0], dim=1)\n    return y\n".replace(
            "x + h -> mix", "(x + h) -> mix"
        )
    )
    net = report.raise_errors().nets["N"].ir
    assert str(net_flops(net)) == "128 * B * T"
    assert net_flops(net, {"B": 1, "T": 7}) == 128 * 7


def test_what_runs_in_training_only_costs_nothing() -> None:
    report = check_text(
        "net N()(x: [B, 8]) -> [B, 8]:\n"
        "    y = x -> main: linear(8)\n"
        "    if training:\n        y = y -> noise: linear(8)\n"
        "    return y\n"
    )
    assert net_flops(report.raise_errors().nets["N"].ir, {"B": 1}) == 128


def doubling(levels: int) -> list[Module]:
    """Modules of which each applies the one before twice, at another size the second time."""
    body = Body([], x="B, 4, L")
    body.done("F0", body.layer("conv", conv(4, 2, padding=1), body.input()))
    for level in range(1, levels):
        outer = Body(body.modules, x="B, 4, L")
        outer.done(f"F{level}", outer.block("b", level - 1, outer.block("a", level - 1, outer.input())))
    return body.modules


def test_the_cost_of_two_to_the_thirty_layers_is_a_formula() -> None:
    body = Body(doubling(31), x="B, 4, L")
    net = body.net("N", body.block("all", 30, body.input()), {"B": 1, "L": 10})
    assert net_flops(net, {"B": 1, "L": 10}) == 2 * 4 * 4 * 2 * (2**30 * 11 + 2**30 * (2**30 - 1) // 2)


def test_without_a_small_formula_numbers_are_added_up() -> None:
    net = resnet()
    costs = Costs(net)
    costs._formulas = [None] * len(net.modules)
    sizes = example_sizes(net)
    assert costs.flops(net.root, sizes) == net_flops(net, sizes)
    assert costs.flops(net.root, {}) is None
