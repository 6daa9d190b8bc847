"""Emitted modules of the zoo behave as modules written by hand: a net of each kind; ``tests.zoo.behaviour`` tries all."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch.utils.data import DataLoader, Dataset

from tests.zoo.behaviour import CHECKS, attempt, inputs_at, net_of, run

CHEAP = ("copies", "states", "compile", "autocast", "channels_last", "learns")
NETS = (
    *(("lenet", "LeNet5"), ("mlp", "mlp_dropout"), ("resnet", "resnet18"), ("squeezenet", "squeezenet1_1")),
    *(("shufflenetv2", "shufflenet_v2_x0_5"), ("mobilenetv3", "mobilenet_v3_small"), ("recurrent", "StockSeries")),
    *(
        ("recurrent", "VanillaRNN"),
        ("bert", "bert_base"),
        ("gpt2", "gpt2"),
        ("llama", "llama_7b"),
        ("unet", "unet_padded_1"),
    ),
    *(("transformer", "SelfAttention"), ("superres", "SRCNN"), ("heads", "MultiTask")),
)
EXPORTED = (("lenet", "LeNet5"), ("transformer", "SelfAttention"), ("superres", "SRCNN"), ("gpt2", "gpt2"))


@pytest.mark.parametrize(("file", "name"), NETS)
def test_a_net_behaves(file: str, name: str) -> None:
    net = net_of(file, name)
    assert {check: attempt(check, net) for check in CHEAP} == dict.fromkeys(CHEAP, "ok")


@pytest.mark.parametrize(("file", "name"), EXPORTED)
def test_a_net_is_exported(file: str, name: str) -> None:
    """By torch.export at other sizes, to ONNX and by TorchScript."""
    net, checks = net_of(file, name), ("export", "onnx", "script")
    assert {check: attempt(check, net) for check in checks} == dict.fromkeys(checks, "ok")


def test_every_check_is_tried() -> None:
    assert set(CHECKS) == {*CHEAP, "export", "onnx", "script"}


def test_a_check_tells_what_failed(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*given: Any) -> None:
        raise ValueError("no\nway")

    monkeypatch.setitem(CHECKS, "copies", broken)
    assert attempt("copies", net_of("mlp", "XOR")) == "ValueError: no"


class Outputs(Dataset[Any]):
    """What a module gives, worked out by whoever asks: a worker of a loader."""

    def __init__(self) -> None:
        net = net_of("lenet", "LeNet5")
        torch.manual_seed(0)
        self.module, self.inputs = net.module().eval(), inputs_at(net)

    def __len__(self) -> int:
        return 2

    def __getitem__(self, index: int) -> Any:
        return run(self.module, self.inputs)[0][index]


def test_a_spawned_worker_of_a_loader_runs_a_module() -> None:
    outputs = Outputs()
    (found,) = DataLoader(outputs, batch_size=2, num_workers=1, multiprocessing_context="spawn")
    torch.testing.assert_close(found, run(outputs.module, outputs.inputs)[0])
