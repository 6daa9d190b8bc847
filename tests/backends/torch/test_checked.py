"""Modules that check the sizes that come in, and what torch.compile and torch.export make of the checks."""

from __future__ import annotations

import pytest
import torch
from torch import nn

import archc
from archc.backends.torch import emit, instantiate
from archc.backends.torch.checked import check_lines, conditions_of
from tests.backends.torch.compiling import compiled

UNET = """
net tiny()(image: [B, 1, H, W]):
    down: conv(4, 3, padding=1)
    inner: conv(4, 3, padding=1)
    up: conv_transpose(4, 2, stride=2)
    x = image -> down
    y = x -> max_pool(2) -> inner -> up
    return x + y
"""
SEQUENCE = "net tiny()(x: [B, 1, T]):\n    return x -> 0: conv(4, 9) -> 1: relu\n"
CHAIN = "net tiny()(x: [B, 1, T]):\n    return x -> first: conv(4, 9) -> relu -> second: conv(2, 3)\n"
OPTIONAL = "net tiny()(x: [B, T], mask: [B, S]? = None) where S >= 4, T >= 3:\n    return x\n"


def checked(text: str) -> nn.Module:
    return instantiate(compiled(text), checked=True).eval()


def test_sizes_outside_the_domain_raise_its_own_words() -> None:
    module = checked(UNET)
    assert module(torch.zeros(1, 1, 6, 8)).shape == (1, 4, 6, 8)
    with pytest.raises(ValueError, match=r"^tiny takes H % 2 == 0, got H = 7$"):
        module(torch.zeros(1, 1, 7, 8))
    with pytest.raises(ValueError, match=r"^tiny takes W % 2 == 0, got W = 9$"):
        module(torch.zeros(1, 1, 6, 9))


@pytest.mark.parametrize("text", [CHAIN, SEQUENCE])
def test_a_chain_is_checked_too(text: str) -> None:
    module = checked(text)
    assert isinstance(module, nn.Sequential) == (text == SEQUENCE)
    least = 11 if text == CHAIN else 9
    assert module(torch.zeros(1, 1, least)).shape[2] == 1
    with pytest.raises(ValueError, match=f"takes T >= {least}, got T = {least - 1}"):
        module(torch.zeros(1, 1, least - 1))


def test_checks_are_all_that_is_added() -> None:
    plain = emit(compiled(UNET)).splitlines()
    lines = iter(emit(compiled(UNET), checked=True).splitlines())
    added = [line.strip() for line in lines if line not in plain]
    assert added == [
        "_, _, H, W = image.shape",
        "if H % 2 != 0:",
        'raise ValueError(f"tiny takes H % 2 == 0, got H = {H}")',
        "if W % 2 != 0:",
        'raise ValueError(f"tiny takes W % 2 == 0, got W = {W}")',
    ]
    assert "raise" not in "".join(plain)


def test_the_docstring_says_which_sizes() -> None:
    assert "Sizes: H % 2 == 0, W % 2 == 0." in emit(compiled(UNET))
    assert "Sizes:" not in emit(compiled("net free()(x: [B, T]):\n    return x\n"))


def test_inputs_that_may_be_left_out_are_not_asked() -> None:
    assert conditions_of(compiled("net n()(x: [B, T]) where T >= 3:\n    return x\n")) == ("T >= 3",)


def test_all_forms_of_conditions_are_negated() -> None:
    conditions = ["H >= 2", "H <= 9", "H == 5", "H % 3 != 1", "H % 5 in (0, 1)", "H == 1 or H >= 4 and H % 2 == 0"]
    for condition in conditions:
        for size in range(1, 20):
            scope: dict[str, object] = {"h": size}
            code = "\n".join(check_lines("n", [condition], {"H": "h"}))
            raises = False
            try:
                exec(code, scope)
            except ValueError as error:
                raises = True
                assert str(error) == f"n takes {condition}, got H = {size}"
            assert raises != bool(eval(condition, {"H": size})), (condition, size)  # noqa: S307  (the conditions above)


def test_compiling_costs_nothing() -> None:
    module = checked(UNET)
    graphs: list[torch.fx.GraphModule] = []

    def keep(graph: torch.fx.GraphModule, inputs: object) -> torch.fx.GraphModule:
        graphs.append(graph)
        return graph

    again = torch.compile(module, backend=keep, fullgraph=True, dynamic=False)
    assert again(torch.zeros(1, 1, 6, 8)).shape == (1, 4, 6, 8)
    kinds = {str(node.target) for node in graphs[0].graph.nodes if node.op.startswith("call")}
    assert not any("size" in kind or "mod" in kind for kind in kinds)
    with pytest.raises(ValueError, match="takes H % 2 == 0"):
        torch.compile(module, backend=keep, dynamic=False)(torch.zeros(1, 1, 7, 8))


def test_exporting_proves_the_checks() -> None:
    half = torch.export.Dim("half", min=1, max=512)
    shapes = {"image": {2: 2 * half}}
    program = torch.export.export(checked(UNET), (torch.zeros(1, 1, 6, 8),), dynamic_shapes=shapes)
    assert program.module()(torch.zeros(1, 1, 20, 8)).shape == (1, 4, 20, 8)


def test_the_python_call() -> None:
    module = archc.build("unet:unet_padded_1", checked=True).eval()
    with pytest.raises(ValueError, match="takes H % 2 == 0, got H = 5"):
        module(torch.zeros(1, 1, 5, 4))


def test_comments_have_the_shortest_sizes_that_the_domain_allows() -> None:
    text = emit(compiled(UNET))
    assert "# [B, 4, H, W]" in text
    assert "2 * (H // 2)" not in text
    free = emit(compiled("net n()(x: [B, 1, H, W]):\n    return x -> max_pool(2) -> upsample(scale_factor=2)\n"))
    assert "2 * (H // 2)" in free
