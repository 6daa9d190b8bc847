"""Initialisation rules: each parameter gets exactly its rule's values. Every rule is a constant, so a value names its rule."""

from __future__ import annotations

from collections.abc import Iterator
from fnmatch import fnmatchcase

import pytest
import torch
from torch import nn

from archc.analysis.tree import copies
from archc.backends.torch import EmissionError
from archc.ir.graph import InitRule, Net
from tests.backends.torch.compiling import compiled, module, source

BLOCKS = """
block Plain(width)(x: [B, C, H, W]) -> [B, width, H, W]:
    return x -> conv: conv(width, 3, padding=1, bias=False) -> bn: batch_norm -> relu

block Own(width)(x: [B, C, H, W]) -> [B, width, H, W]:
    init conv.weight ~ constant(2)
    init *.bias ~ constant(3)
    return x -> conv: conv(width, 3, padding=1) -> inner: Plain(width)

block ByPath(width)(x: [B, C, H, W]) -> [B, width, H, W]:
    init "own.*.weight" ~ constant(4)
    init "first.weight" ~ constant(5)
    return x -> first: conv(width, 1) -> own: Own(width) -> last: conv(width, 1)
"""

CASES = {
    "no rules": ("", "x -> a: conv(4, 3) -> head: [adaptive_avg_pool(1), flatten, linear(2)]"),
    "by operator": (
        "init conv.weight ~ constant(7)\n    init *.bias ~ constant(8)",
        "x -> a: conv(4, 3) -> b: batch_norm -> c: conv(5, 1, bias=False) -> f: [flatten, linear(2)]",
    ),
    "the later rule wins": (
        "init *.weight ~ constant(7)\n    init conv.weight ~ constant(8)\n    init conv.bias ~ constant(9)\n"
        "    init *.bias ~ constant(10)",
        "x -> a: conv(4, 3) -> b: batch_norm -> f: [flatten, linear(2)]",
    ),
    "the inner rule wins": (
        "init conv.weight ~ constant(7)\n    init *.bias ~ constant(8)",
        "x -> a: conv(4, 3) -> own: Own(4) -> plain: Plain(6) -> f: [flatten, linear(2)]",
    ),
    "everything is claimed": (
        "init conv.weight ~ constant(7)\n    init *.bias ~ constant(8)",
        "x -> own: Own(4) -> own2: Own(4)",
    ),
    "paths": (
        'init "a.*" ~ constant(7)\n    init *.bias ~ constant(8)\n    init "*.bias" ~ constant(9)\n'
        '    init "b.0.bias" ~ constant(10)',
        "x -> a: conv(4, 3) -> b: [batch_norm, conv(4, 1), conv(4, 1), conv(4, 1)] -> own: Own(4)",
    ),
    "paths inside": (
        'init *.weight ~ constant(7)\n    init "path.*.bias" ~ constant(8)',
        "x -> path: ByPath(4) -> other: ByPath(5) -> plain: conv(3, 1)",
    ),
    "repeated blocks": (
        'init conv.weight ~ constant(7)\n    init "stack.1.*" ~ constant(8)',
        "x -> a: conv(4, 3) -> stack: [*[Plain(4)] * 4] -> mixed: [Own(4), Own(4), Plain(4)]",
    ),
    "one kind in part": (
        "init batch_norm.weight ~ constant(7)\n    init batch_norm.bias ~ constant(8)",
        "x -> a: Plain(4) -> b: Own(4) -> c: batch_norm -> d: group_norm(2)",
    ),
    "without bias here and there": ("init conv.bias ~ constant(7)", "x -> a: conv(4, 3) -> b: conv(4, 3, bias=False)"),
    "transposed is another operator": (
        "init conv.weight ~ constant(7)\n    init conv_transpose.weight ~ constant(8)",
        "x -> a: conv(4, 3) -> b: conv_transpose(4, 3)",
    ),
}


def spec(rules: str, body: str) -> str:
    statement = f"    {rules}\n" if rules else ""
    return f"{BLOCKS}\nnet Net()(x: [B, 3, H=16, W=16]):\n{statement}    return {body}\n"


def static(text: str) -> str:
    """A linear layer needs sizes that are known."""
    return text.replace("H=16, W=16", "16, 16")


def winners(net: Net, index: int) -> Iterator[tuple[str, str, str, InitRule | None]]:
    """Every parameter below a module: its path, operator and name, and the rule that holds for it, found one by one."""
    owner = net.modules[index]
    for child in owner.children:
        for path in copies(child):
            label = ".".join(path)
            if child.module is not None:
                found = [(f"{label}.{p}", op, name, rule) for p, op, name, rule in winners(net, child.module)]
            else:
                assert child.op is not None
                op = child.op.name
                found = [(f"{label}.{p.name}", op, p.name, None) for p in child.parameters if not p.buffer]
            for name, op, parameter, inner in found:
                own = [rule for rule in owner.inits if selected(rule, name, op, parameter)]
                yield name, op, parameter, inner or (own[-1] if own else None)


def selected(rule: InitRule, path: str, op: str, parameter: str) -> bool:
    if rule.by_path:
        return fnmatchcase(path, rule.selector)
    operator, name = rule.selector.split(".")
    return operator in ("*", op) and name == parameter


@pytest.mark.parametrize("case", CASES)
def test_each_parameter_gets_its_rule(case: str) -> None:
    text = static(spec(*CASES[case]))
    net = compiled(text)
    found = dict(module(text).named_parameters())
    expected = {name: rule for name, _, _, rule in winners(net, net.root)}
    assert list(found) == list(expected)
    for name, rule in expected.items():
        value = found[name].detach()
        if rule is not None:
            assert torch.equal(value, torch.full_like(value, float(dict(rule.arguments)["val"]))), name  # type: ignore[arg-type]
        else:
            assert not any(torch.equal(value, torch.full_like(value, number)) for number in range(2, 11)), name


def test_the_usual_form_is_a_loop_over_the_modules() -> None:
    text = source(static(spec(*CASES["by operator"])))
    assert (
        """
        for m in self.modules():
            if isinstance(m, nn.Conv2d):
                nn.init.constant_(m.weight, val=7)
                if m.bias is not None:
                    nn.init.constant_(m.bias, val=8)
            elif isinstance(m, (nn.BatchNorm2d, nn.Linear)):
                nn.init.constant_(m.bias, val=8)
"""
        in text
    )


def test_many_paths_are_a_pattern() -> None:
    text = source(spec('init "stack.*" ~ constant(7)', "x -> stack: [*[Plain(4)] * 4]"))
    assert "from fnmatch import fnmatchcase" in text
    assert (
        """
        for name, parameter in self.named_parameters():
            if fnmatchcase(name, "stack.*"):
                nn.init.constant_(parameter, val=7)
"""
        in text
    )


def test_few_paths_are_named() -> None:
    text = source(static(spec(*CASES["paths"])))
    assert "fnmatch" not in text
    assert 'nn.init.constant_(self.get_parameter("b.0.bias"), val=10)' in text


def test_formulas_of_fans() -> None:
    rules = (
        "init conv.weight ~ uniform(-1 / sqrt(fan_in), 1 / sqrt(fan_in))\n    init conv.bias ~ constant(1 / fan_out)"
    )
    text = spec(rules, "x -> a: conv(32, 3) -> b: conv(16, 3, groups=4)")
    net = module(text)
    for layer in (net.a, net.b):
        fan_in, fan_out = nn.init._calculate_fan_in_and_fan_out(layer.weight)
        assert 0.8 / fan_in**0.5 < layer.weight.abs().max().item() <= 1 / fan_in**0.5
        assert torch.equal(layer.bias, torch.full_like(layer.bias, 1 / fan_out))


def test_standard_deviations_differ_from_instance_to_instance() -> None:
    text = """
block Scaled(std)(x: [B, 64]) -> [B, 64]:
    init linear.weight ~ constant(std)
    return x -> fc: linear(64)

net Net()(x: [B, 64]):
    return x -> a: Scaled(2) -> b: Scaled(3) -> c: Scaled(3)
"""
    net = module(text)
    assert source(text).count("class ") == 2
    assert [layer.fc.weight.unique().tolist() for layer in (net.a, net.b, net.c)] == [[2.0], [3.0], [3.0]]


def test_functions_of_matrices_refuse_vectors() -> None:
    with pytest.raises(EmissionError, match=r"kaiming_normal needs parameters of two dims"):
        source(spec("init *.bias ~ kaiming_normal", "x -> a: conv(4, 3)"))


INLINED = """
block Inner()(x: [B, D]) -> [B, D]:
    init linear.weight ~ constant(3)
    return x -> inner: linear(D)

block Outer()(x: [B, D]) -> [B, D]:
    init linear.weight ~ constant(2)
    init "o.bias" ~ constant(5)
    return x -> o: linear(D) -> Inner

net N()(x: [B, 4]) -> [B, 4]:
    x = x -> before: linear(4) -> Outer
    init linear.weight ~ constant(1)
    init linear.bias ~ constant(0)
    return x -> after: linear(4)
"""


AROUND = """
net Around()(x: [B, 4]) -> [B, 4]:
    init linear.weight ~ constant(9)
    return x -> n: N() -> last: linear(4)
"""


def test_rules_of_a_block_without_a_label_are_for_its_own_layers() -> None:
    """They win over those of the body that it is written into, wherever these stand, and over those around."""
    state = module(INLINED).state_dict()
    weights = {key: value.flatten()[0].item() for key, value in state.items()}
    expected = {"before": (1, 0), "o": (2, 5), "inner": (3, 0), "after": (1, 0)}
    assert weights == {
        f"{k}.{p}": v for k, pair in expected.items() for p, v in zip(("weight", "bias"), pair, strict=True)
    }
    outer = module(INLINED + AROUND).state_dict()
    assert all(torch.equal(outer[f"n.{key}"], value) for key, value in state.items())
    assert torch.all(outer["last.weight"] == 9)
