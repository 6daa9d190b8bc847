"""Weights from a file fit altogether, or all that does not fit is named and nothing is loaded."""

from __future__ import annotations

import os
import pickle
from pathlib import Path
from typing import Any

import pytest
import torch
from click.testing import CliRunner
from safetensors.torch import save_file, save_model

import archc
from archc.backends.torch import instantiate
from archc.backends.torch.weights import load_weights, nearest
from archc.cli.app import cli
from archc.diagnostics.errors import ArchError
from tests.backends.torch.compiling import compiled

SPEC = """
block Res(width)(x: [B, width]) -> [B, width]:
    return x + (x -> lin: linear(width) -> norm: batch_norm)

net N()(x: [B, 4]) -> [B, 3]:
    return x -> layers: [Res(4), Res(4)] -> fc: linear(3)
"""
TIED = """
net N()(x: int[B, T]) -> [B, T, 9]:
    wte: embedding(9, 4)
    head: linear(9, bias=False, in_features=4)
    tie head.weight = wte.weight
    return x -> wte -> head
"""


def spec(tmp_path: Path, text: str = SPEC) -> str:
    (tmp_path / "n.arch").write_text(text)
    return str(tmp_path / "n.arch")


def written(tmp_path: Path, state: dict[str, Any], name: str = "w.safetensors") -> Path:
    path = tmp_path / name
    if path.suffix == ".safetensors":
        save_file(state, path)
    else:
        torch.save(state, path)
    return path


def refusal(module: torch.nn.Module, path: Path) -> archc.ArchError:
    """The error; the module is as it was."""
    before = {name: value.clone() for name, value in module.state_dict().items()}
    with pytest.raises(ArchError) as caught:
        load_weights(module, path)
    assert all(torch.equal(before[name], value) for name, value in module.state_dict().items())
    return caught.value


@pytest.mark.parametrize("name", ["w.safetensors", "w.pt"])
def test_weights_that_fit_are_loaded(name: str, tmp_path: Path) -> None:
    theirs = instantiate(compiled(SPEC))
    ours = archc.build(spec(tmp_path), weights=written(tmp_path, theirs.state_dict(), name))
    x = torch.randn(2, 4)
    assert torch.equal(ours.eval()(x), theirs.eval()(x))


def test_every_key_that_does_not_fit_is_named_at_once_and_nothing_is_loaded(tmp_path: Path) -> None:
    state = instantiate(compiled(SPEC)).state_dict()
    state["fc.wieght"] = state.pop("fc.weight")
    state["layers.0.lin.bias"] = torch.zeros(5)
    state["layers.0.lin.weight"] = torch.ones(4, 4)
    state["model.layers.1.norm.running_mean"] = state.pop("layers.1.norm.running_mean")
    state["extra"] = torch.zeros(7, 7)
    del state["fc.bias"]
    (found,) = refusal(instantiate(compiled(SPEC)), written(tmp_path, state)).diagnostics
    assert found.code == "E0807"
    assert sorted(found.notes) == [
        "missing: fc.bias [3]",
        "missing: fc.weight [3, 4] (perhaps fc.wieght)",
        "missing: layers.1.norm.running_mean [4] (perhaps model.layers.1.norm.running_mean)",
        "not of the net: extra [7, 7]",
        "not of the net: fc.wieght [3, 4] (perhaps fc.weight)",
        "not of the net: model.layers.1.norm.running_mean [4] (perhaps layers.1.norm.running_mean)",
        "other shape: layers.0.lin.bias is [5] in the file, [4] in the net",
    ]


def test_a_tied_parameter_may_be_there_once(tmp_path: Path) -> None:
    theirs = instantiate(compiled(TIED))
    path = tmp_path / "w.safetensors"
    save_model(theirs, str(path))  # writes a shared tensor under one of its names
    ours = instantiate(compiled(TIED))
    load_weights(ours, path)
    tokens = torch.tensor([[1, 2]])
    assert torch.equal(ours(tokens), theirs(tokens))
    parameters = dict(ours.named_parameters(remove_duplicate=False))
    assert parameters["wte.weight"] is parameters["head.weight"]


class Evil:
    def __reduce__(self) -> tuple[Any, ...]:
        return os.mkdir, ("evil",)


@pytest.mark.parametrize("name", ["w.pt", "w.safetensors"])
@pytest.mark.parametrize("data", [b"", b"\x00" * 100, b'{"a": 1}', pickle.dumps(Evil()), pickle.dumps([1]), None])
def test_what_are_no_weights_is_refused_and_runs_no_code(
    name: str, data: bytes | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    path = tmp_path / name
    if data is not None:
        path.write_bytes(data)
    (found,) = refusal(instantiate(compiled(SPEC)), path).diagnostics
    assert found.code == "E0806"
    assert found.message.startswith(f"cannot read weights from {path}: ")
    assert not (tmp_path / "evil").exists()


def test_a_file_that_ends_too_soon(tmp_path: Path) -> None:
    path = written(tmp_path, instantiate(compiled(SPEC)).state_dict())
    path.write_bytes(path.read_bytes()[:-20])
    assert [found.code for found in refusal(instantiate(compiled(SPEC)), path).diagnostics] == ["E0806"]


def test_the_nearest_key() -> None:
    keys = ["layer1.0.conv1.weight", "layer1.1.conv1.weight", "layer1.0.conv2.weight"]
    assert nearest("module.layer1.1.conv1.weight", keys) == "layer1.1.conv1.weight"
    assert nearest("layer1.0.conv2.wieght", keys) == "layer1.0.conv2.weight"
    assert nearest("zzz", keys) is None
    assert nearest("x", []) is None


def test_the_command(tmp_path: Path) -> None:
    state = instantiate(compiled(SPEC)).state_dict()
    good = CliRunner().invoke(cli, ["build", spec(tmp_path), "--weights", str(written(tmp_path, state))])
    assert good.exit_code == 0, good.output
    assert good.output.startswith("N: 71 parameters, as PyTorch's module has them; the weights of ")
    del state["fc.bias"]
    output = tmp_path / "model.py"
    bad = CliRunner().invoke(
        cli, ["build", spec(tmp_path), "--weights", str(written(tmp_path, state)), "-o", str(output)]
    )
    assert bad.exit_code == 2
    assert "missing: fc.bias [3]" in bad.output
    assert not output.exists()
