"""Emitted modules of the zoo behave as modules written by hand: a net of each kind; ``tests.zoo.behaviour`` has tried all."""

from __future__ import annotations

from typing import Any

import pytest

from tests.zoo.behaviour import CODED, REASONS, alike, attempt, calls, kept, net_of, unexplained, zoo
from tests.zoo.modules import CHECKS, Trial

NETS = (
    ("mlp", "mlp_dropout"),
    ("shufflenetv2", "shufflenet_v2_x0_5"),
    ("mobilenetv3", "mobilenet_v3_small"),
    ("superres", "SRCNN"),
    ("recurrent", "StockSeries"),
    ("recurrent", "VanillaRNN"),
    ("bert", "bert_base"),
    ("gpt2", "gpt2"),
    ("llama", "llama_7b"),
    ("unet", "unet_padded_1"),
    ("transformer", "SelfAttention"),
    ("heads", "MultiTask"),
)
QUICK = ("copies", "processes", "states", "compile", "autocast", "channels_last", "learns")
EXPORTED = (("lenet", "LeNet5"), ("recurrent", "StockSeries"), ("superres", "SRCNN"), ("gpt2", "gpt2"))


@pytest.mark.parametrize(("file", "name"), NETS)
def test_a_net_behaves(file: str, name: str) -> None:
    trial = Trial(net_of(file, name))
    assert {check: attempt(check, trial) for check in QUICK} == dict.fromkeys(QUICK, "ok")


@pytest.mark.parametrize(("file", "name"), EXPORTED)
def test_a_net_is_exported(file: str, name: str) -> None:
    """By torch.export at other sizes, a recurrent layer for each number of steps; to ONNX, and by TorchScript."""
    trial = Trial(net_of(file, name))
    expected = "ok: T is fixed (rnn is unrolled)" if name == "StockSeries" else "ok"
    assert [attempt(check, trial) for check in ("export", "onnx", "script")] == [expected, expected, "ok"]


def test_every_net_of_the_zoo_was_tried() -> None:
    """With inductor where it is to be."""
    tried = {net: set(results) for nets in kept().values() for net, results in nets.items()}
    everywhere, names = set(CHECKS) - {"inductor"}, {net for nets in zoo().values() for net in nets}
    assert tried == {net: set(CHECKS) if net in CODED else everywhere for net in names}
    assert names >= {*CODED}
    stand = {
        result.removeprefix("as ") for nets in kept().values() for found in nets.values() for result in found.values()
    }
    assert stand & names <= tried.keys()


def test_what_failed_has_a_reason_and_no_reason_is_stale() -> None:
    assert unexplained(kept()) == []
    assert REASONS.keys() <= {(check, net) for nets in kept().values() for net in nets for check in nets[net]}


def test_a_failure_without_a_reason_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    results = {
        "file": {"net": {"copies": "ok", "states": "ValueError: no", "export": "ok: T is fixed", "onnx": "as other"}}
    }
    assert unexplained(results) == ["net: states: ValueError: no"]
    monkeypatch.setitem(REASONS, ("states", "net"), "torch has no way")
    assert unexplained(results) == []
    monkeypatch.setitem(REASONS, ("copies", "net"), "none")
    assert unexplained(results) == ["net: copies: a reason is stated for what passes"]


def test_a_check_tells_what_failed(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(trial: Trial) -> None:
        raise ValueError("no\nway")

    monkeypatch.setitem(CHECKS, "copies", broken)
    assert attempt("copies", Trial(net_of("mlp", "XOR"))) == "ValueError: no way"


def test_numbers_of_a_check_have_to_agree() -> None:
    trial, checks = Trial(net_of("mlp", "XOR")), ("copies", "processes", "states", "compile", "script", "channels_last")
    trial.wanted[0][0] += 1
    assert {attempt(check, trial) for check in checks} == {"AssertionError:"}


def test_nets_are_alike_that_make_the_same_calls() -> None:
    nets: dict[str, Any] = {name: net_of("resnet", name) for name in ("resnet50", "resnet34", "resnet18")}
    assert alike(nets) == {"resnet18": "resnet18", "resnet34": "resnet18", "resnet50": "resnet50"}
    assert calls("def f(x, y): return g(h2(x) + y)") == {"g", "h", "Add"}
