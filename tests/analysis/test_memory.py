"""Memory for activations, against what torch allocates."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import torch
from torch.utils._python_dispatch import TorchDispatchMode

from archc import driver
from archc.analysis.calls import example_sizes
from archc.analysis.memory import Activations
from archc.ir.dims import Dim, evaluate
from archc.ir.graph import Net
from archc.ops import operators


class Allocated(TorchDispatchMode):  # type: ignore[no-untyped-call]
    """Adds up the first output of each operation, where it is no view of what is there."""

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.bytes = 0

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        result = func(*args, **(kwargs or {}))
        first = result[0] if isinstance(result, tuple) else result
        if isinstance(first, torch.Tensor) and not any(alias.alias_info for alias in func._schema.returns):
            self.bytes += first.numel() * first.element_size()
        return result


def example(net: Net, sizes: dict[str, int]) -> Iterator[torch.Tensor]:
    for port in net.top.inputs:
        shape = [evaluate(dim, sizes) for dim in port.type.shape]  # type: ignore[union-attr]
        yield torch.zeros(shape, device="meta")


@pytest.mark.parametrize("name", ["vgg11", "resnet18", "densenet121", "googlenet", "LeNet5"])
def test_training_keeps_what_torch_allocates(name: str) -> None:
    net = driver.compile(name)
    sizes = example_sizes(net.ir)
    with torch.device("meta"):
        module = net.module().eval()
    inputs = list(example(net.ir, sizes))
    dropped = sum(1 for _ in module.modules() if isinstance(_, torch.nn.Dropout))
    with Allocated() as torch_s, torch.no_grad():
        module(*inputs)
    predicted = Activations(net.ir).training(sizes)
    assert isinstance(predicted, int)
    given = sum(x.numel() * x.element_size() for x in inputs)
    if not dropped and name != "googlenet":  # in evaluation dropout makes nothing, and there are no auxiliary heads
        assert predicted - given == torch_s.bytes
    assert predicted - given >= torch_s.bytes


def check(text: str) -> Net:
    return driver.check_text(text).raise_errors().nets["A"].ir


def both(text: str) -> tuple[Any, Any]:
    found = Activations(check(text))
    return found.inference({}), found.training({})


def test_a_chain_holds_two_tensors_at_a_time() -> None:
    assert both("net A()(x: [4, 8]) -> [4, 8]:\n    return x -> relu -> tanh -> sigmoid\n") == (3 * 128, 4 * 128)


def test_a_residual_is_held_until_it_is_added() -> None:
    text = "net A()(x: [4, 8]) -> [4, 8]:\n    y = relu(x)\n    return y + (y -> tanh -> sigmoid)\n"
    assert both(text) == (4 * 128, 5 * 128)


def test_a_view_takes_nothing_and_keeps_what_it_looks_at() -> None:
    text = "net A()(x: [4, 8]) -> [32]:\n    y = relu(x).reshape(32)\n    z = y -> tanh -> sigmoid\n    return y + z\n"
    assert both(text) == (4 * 128, 5 * 128)


def test_copies_are_fed_what_the_one_before_gave() -> None:
    text = (
        "block R()(x: [B, D]) -> [B, D]:\n    return x + (x -> fc: linear(D) -> relu)\n\n"
        "net A()(x: [4, 8]) -> [4, 8]:\n    return x -> [R] * 5\n"
    )
    inference, training = both(text.replace("[R] * 5", "blocks: [R] * 5"))
    assert training == (1 + 5 * 3) * 128
    assert inference == (1 + 1 + 2) * 128


def test_arms_count_in_their_mode_only() -> None:
    text = "net A()(x: [4, 8]) -> [4, 8]:\n    if training:\n        x = x -> relu -> tanh\n    return sigmoid(x)\n"
    assert both(text) == (2 * 128, 4 * 128)


@pytest.mark.parametrize("name", ["resnet18", "LeNet5", "transformer_base", "Seq2Seq"])
def test_formulas_agree_with_numbers(name: str) -> None:
    net = driver.compile(name).ir
    sizes = example_sizes(net)
    found = Activations(net)
    for formula, number in ((found.inference({}), found.inference(sizes)), (found.training({}), found.training(sizes))):
        assert isinstance(number, int) and number > 0
        assert isinstance(formula, int | Dim) and evaluate(formula, sizes) == number


def test_what_is_a_view() -> None:
    names = {name for name, operator in operators().items() if operator.view}
    assert names == {
        "detach", "identity", "index", "meshgrid", "split", "chunk", "unbind", "transpose", "permute", "squeeze", "unsqueeze",
        "expand", "expand_as", "flatten", "unflatten", "reshape",
    }  # fmt: skip
