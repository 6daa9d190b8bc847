"""Names of the spec's author in labels and in emitted code: none hides an attribute, a module, a function or another name."""

from __future__ import annotations

import keyword
import subprocess
import sys
from functools import cache

import pytest
import torch

from archc.elaborate.labels import MODULE_ATTRIBUTES
from tests.reliability.specs import accepted, errors, net, outcome, refused

TAKEN = (
    "self",
    "torch",
    "nn",
    "F",
    "Tensor",
    "math",
    "len",
    "int",
    "list",
    "tuple",
    "range",
    "print",
    "super",
    "device",
)
PYTHON = (
    "class",
    "lambda",
    "async",
    "await",
    "nonlocal",
    "global",
    "yield",
    "del",
    "match",
    "type",
    "__init__",
    "__class__",
)


@cache
def attributes() -> frozenset[str]:
    """The attributes of the modules that archc emits, which a layer's name would hide or be hidden by.

    Told by another process: libraries that are imported here for other tests add some of their own.
    """
    made = "nn.Module(), nn.Sequential(), nn.ModuleList(), nn.ModuleDict()"
    script = f"from torch import nn\nprint(*(name for made in ({made}) for name in dir(made)))"
    return frozenset(
        subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout.split()
    )


def test_the_list_of_attributes_is_torchs_own() -> None:
    assert {name for name in attributes() if not name.startswith("_")} == MODULE_ATTRIBUTES


@pytest.mark.parametrize("name", sorted(attributes() | set(keyword.kwlist) | {"_x", "__secret", "__class__"}))
def test_no_layer_is_called_as_python_or_torch_need_it(name: str) -> None:
    for label in (f"'{name}'", f"'a.{name}'", f"'{name}.a'"):
        (found,) = errors(outcome(net(f"return x -> {label}: conv(8, 1)")))
        assert found.code == "E0503"
        assert found.help


@pytest.mark.parametrize(
    "label",
    [
        "'\\ufb01ne'",  # a ligature, which NFKC takes apart
        "'\\uff41'",  # a wide a
        "'\\u0430b'",  # a Cyrillic a
        "'caf\\u00e9'",
        "'\\u0661'",  # an Arabic digit one
        "'a b'",
        "'a\\\\nb'",
        "'a\"b'",
        "'a/b'",
        "'01'",
        "{'\\u0430'}",
    ],
)
def test_labels_are_plain(label: str) -> None:
    (found,) = errors(outcome(net(f"return x -> {label.encode().decode('unicode_escape')}: conv(8, 1)")))
    assert found.code in ("E0503", "E0107", "E0106", "E0101")


@pytest.mark.parametrize("mark", ["\u202e", "\u2066", "\u200f", "\ufeff"])
def test_no_character_changes_how_a_spec_reads(mark: str) -> None:
    for text in (
        f"x = 'a{mark}b'\n",
        f"a{mark}b = 1\n",
        f"# a{mark}b\n" + net("return x -> " + mark + "a: conv(8, 1)"),
    ):
        assert {found.code for found in errors(outcome(text))} == {"E0107"}


@pytest.mark.parametrize("mark", ["\u200b", "\u200d", "\u00ad", "\u0430", "\uff41"])
def test_names_are_ascii(mark: str) -> None:
    for text in (f"a{mark} = 1\n", net(f"{mark}a = x\nreturn x"), net(f"return x -> a{mark}: conv(8, 1)")):
        refused(text)


@pytest.mark.parametrize("name", [*TAKEN, *PYTHON])
def test_names_of_inputs_values_and_layers_hide_nothing(name: str) -> None:
    """The module runs, and gives what the same net gives with other names."""
    text = net(
        "{0} = {0} * 2\nb = {0} -> {1}: conv(8, 1) -> gelu\nreturn (b + {0}).reshape(B, -1) -> fc: linear(3)",
        inputs="{0}: [B, 8, 4, 4]",
    )
    layer = f"{name}_" if name in PYTHON or name in MODULE_ATTRIBUTES or name.startswith("_") else name
    assert_same(text.format(name, layer.strip("_") + "_"), text.format("x", "layer"))
    if layer == name:
        assert_same(text.format(name, name), text.format("x", "layer"))


@pytest.mark.parametrize("name", [*TAKEN, *PYTHON, "Module", "Sequential", "Conv2d", "N", "object"])
def test_names_of_blocks_nets_and_hyperparameters_hide_nothing(name: str) -> None:
    block = "block {0}({1}, k=1)(x: [B, C, H, W]) -> [B, {1}, _, _]:\n    y = x -> a: conv({1}, k)\n    return y * {1} + gelu(y)\n"
    text = block + net("return (x -> p: {0}(4) -> q: {0}(6)).reshape(B, -1) -> fc: linear(3)", inputs="x: [B, 8, 4, 4]")
    plain = text.format("Block", "width")
    for spec in (text.format(name, "width"), text.format("Block", name)):
        if name != "N":
            assert_same(spec, plain)
    assert_same(plain.replace("net N()", f"net {name}()"), plain)


def assert_same(text: str, other: str) -> None:
    """Two specs that differ in names are the same net."""
    x = torch.randn(2, 8, 4, 4, generator=torch.Generator().manual_seed(0))
    outputs = []
    for spec in (text, other):
        (made,) = accepted(spec).nets.values()
        torch.manual_seed(0)
        outputs.append(made.module()(x))
    assert torch.equal(*outputs)
