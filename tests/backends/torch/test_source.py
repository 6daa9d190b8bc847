"""Emitted source: how it reads, how long it is, and that it is what a person would have written."""

from __future__ import annotations

import ast
from copy import deepcopy

import pytest
import torch

from archc.backends.torch import emit, emit_named, instantiate, load_module
from benchmarks.lines import code_lines
from tests.backends.torch.compiling import compiled, equal, zoo
from tests.backends.torch.handwritten import RESNET50, VGG16
from tests.conftest import Golden

TRANSFORMER = '''
"""A small encoder."""

block Attention(heads)(x: [B, T, D]) -> [B, T, D]:
    """Every position looks at every other."""
    q, k, v = (x -> qkv: linear(3 * D)).chunk(3, dim=-1)
    q = q.reshape(B, T, heads, D // heads).transpose(1, 2)
    k = k.reshape(B, T, heads, D // heads).transpose(1, 2)
    v = v.reshape(B, T, heads, D // heads).transpose(1, 2)
    a = softmax((q @ k.transpose(2, 3)) / (D // heads) ** 0.5, dim=-1)
    return (a @ v).transpose(1, 2).reshape(B, T, D) -> proj: linear(D)

block Layer(heads, mlp, p=0.1)(x: [B, T, D]) -> [B, T, D]:
    x = x + (x -> ln_1: layer_norm -> attn: Attention(heads) -> dropout(p))
    return x + (x -> ln_2: layer_norm -> mlp: [linear(mlp), gelu, dropout(p), linear(D), dropout(p)])

net Encoder(depth=4, heads=4, dim=64)(x: [B, T=16, 32]) -> [B, 10]:
    """A stack of layers, and a head on the first position."""
    x = x -> embed: linear(dim)
    for i in range(depth):
        x = x -> encoder.layers.encoder_layer_{i}: Layer(heads, 4 * dim)
    x = x -> encoder.ln: layer_norm
    return x[:, 0] -> heads.head: linear(10)
'''


@pytest.mark.parametrize("name", ["vgg16", "resnet50", "resnet18", "densenet121", "googlenet", "squeezenet1_1"])
def test_golden_sources_of_the_zoo(name: str, golden: Golden) -> None:
    golden(f"torch/{name}.py.txt", emit(zoo(name)))


def test_golden_source_of_a_transformer(golden: Golden) -> None:
    golden("torch/encoder.py.txt", emit(compiled(TRANSFORMER)))


@pytest.mark.parametrize("name", ["vgg16", "resnet50", "densenet121"])
def test_the_source_is_the_same_every_time(name: str) -> None:
    net = zoo(name)
    assert emit(net) == emit(deepcopy(net))


@pytest.mark.parametrize("name", ["vgg16", "resnet50", "densenet121", "googlenet"])
def test_no_line_is_too_long_and_only_torch_is_imported(name: str) -> None:
    source = emit(zoo(name))
    assert max(map(len, source.splitlines())) <= 110
    tree = ast.parse(source)
    modules = {node.module for node in tree.body if isinstance(node, ast.ImportFrom)}
    modules |= {alias.name for node in tree.body if isinstance(node, ast.Import) for alias in node.names}
    assert modules <= {"torch", "torch.nn.functional", "collections", "fnmatch", "math"}


@pytest.mark.parametrize(("name", "by_hand"), [("resnet50", RESNET50), ("vgg16", VGG16)])
def test_length_against_code_written_by_hand(name: str, by_hand: str) -> None:
    assert code_lines(emit(zoo(name))) <= 1.3 * code_lines(by_hand)


def test_resnet50_equals_the_one_written_by_hand() -> None:
    theirs = load_module(RESNET50, "ResNet50")()
    equal(instantiate(zoo("resnet50")), theirs, torch.randn(2, 3, 64, 64))


def test_vgg16_has_the_parameters_of_the_one_written_by_hand() -> None:
    with torch.device("meta"):
        ours, theirs = instantiate(zoo("vgg16")), load_module(VGG16, "VGG16")()
    found = [(name, parameter.shape) for name, parameter in ours.named_parameters()]
    assert found == [(name, parameter.shape) for name, parameter in theirs.named_parameters()]


def test_a_single_instance_has_no_arguments_and_equal_ones_share_a_class() -> None:
    source, name = emit_named(zoo("resnet50"))
    classes = {node.name: node for node in ast.parse(source).body if isinstance(node, ast.ClassDef)}
    assert list(classes) == ["BottleneckDownsample", "Bottleneck", "ResNet"]
    assert name == "ResNet"
    arguments = {
        owner: [arg.arg for arg in node.args.args]
        for owner, body in classes.items()
        for node in body.body
        if isinstance(node, ast.FunctionDef) and node.name == "__init__"
    }
    assert arguments["ResNet"] == ["self"]
    assert arguments["Bottleneck"] == ["self", "planes"]
    assert arguments["BottleneckDownsample"] == ["self", "in_channels", "planes", "stride"]
