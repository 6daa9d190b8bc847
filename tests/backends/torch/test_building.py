"""Building: what goes wrong is told as a diagnostic, and code from elsewhere runs only with permission."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
from click.testing import CliRunner

import archc
from archc.backends.torch import building
from archc.cli.app import cli
from archc.diagnostics.errors import ArchError

EXTERN = """
extern Mix(n, scale=2.0)(x: [B, C]) -> [B, n] from "{package}.layers:Mix"

net Outside()(x: [B, 8]) -> [B, 4]:
    return x -> mix: Mix({n}) -> relu -> fc: linear(4)
"""
LAYERS = """
import torch
from torch import nn


class Mix(nn.Module):
    def __init__(self, n, scale):
        super().__init__()
        self.inner = nn.Linear(8, n)
        self.scale = scale

    def forward(self, x):
        return self.inner(x) * self.scale
"""


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> Iterator[str]:
    """A package with a module of its own, under a name that is new for each test."""
    name = f"archc_test_{abs(hash(request.node.name))}"
    (tmp_path / name).mkdir()
    (tmp_path / name / "__init__.py").write_text("")
    (tmp_path / name / "layers.py").write_text(LAYERS)
    monkeypatch.syspath_prepend(str(tmp_path))
    yield name
    for loaded in [module for module in sys.modules if module.split(".")[0] == name]:
        del sys.modules[loaded]


def written(tmp_path: Path, text: str) -> str:
    path = tmp_path / "outside.arch"
    path.write_text(text)
    return str(path)


def refusal(spec: str, **options: Any) -> tuple[str, str, str | None]:
    with pytest.raises(ArchError) as caught:
        archc.build(spec, **options)
    (found,) = caught.value.diagnostics
    return found.code, " ".join((found.message, *found.notes)), found.help


def test_an_extern_is_refused_by_default_and_nothing_is_imported(package: str, tmp_path: Path) -> None:
    spec = written(tmp_path, EXTERN.format(package=package, n=6))
    code, message, help_ = refusal(spec)
    assert code == "E0804"
    assert f"{package}.layers:Mix" in message
    assert help_ is not None
    assert "--allow-extern" in help_
    assert "allow_extern=True" in help_
    assert f"{package}.layers" not in sys.modules
    with pytest.raises(ArchError, match="E0804"):
        archc.compile(spec).source  # noqa: B018


def test_an_allowed_extern_is_imported_when_it_is_built_and_not_before(package: str, tmp_path: Path) -> None:
    spec = written(tmp_path, EXTERN.format(package=package, n=6))
    net = archc.compile(spec, allow_extern=True)
    assert f"from {package}.layers import Mix" in net.source
    assert "self.mix = Mix(n=6, scale=2.0)" in net.source
    assert f"{package}.layers" not in sys.modules
    module: Any = net.module()
    x = torch.randn(3, 8)
    assert torch.equal(module(x), module.fc(torch.relu(2.0 * module.mix.inner(x))))
    assert list(module.state_dict()) == ["mix.inner.weight", "mix.inner.bias", "fc.weight", "fc.bias"]


def test_an_extern_must_give_what_it_declares(package: str, tmp_path: Path) -> None:
    spec = written(tmp_path, EXTERN.format(package=package, n=6).replace("-> [B, n]", "-> [B, n + 1]"))
    code, message, _ = refusal(spec, allow_extern=True)
    assert code == "E0805"
    assert "the module fails at the example sizes" in message  # fc was made for 7 features
    pooled = (
        EXTERN.format(package=package, n=6)
        .replace("-> [B, n]", "-> [B, n + 1]")
        .replace("relu", "mean(-1, keepdim=True)")
    )
    code, message, _ = refusal(written(tmp_path, pooled), allow_extern=True)
    assert code == "E0805"
    assert "extern mix: predicted float32[1, 7], found float32[1, 6]" in message


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (("layers:Mix", "missing:Mix"), "ModuleNotFoundError"),
        (("layers:Mix", "layers:Max"), "ImportError"),
        (("scale=2.0", "scale=2.0, more=1"), "TypeError"),
    ],
)
def test_an_extern_whose_code_fails(package: str, tmp_path: Path, change: tuple[str, str], message: str) -> None:
    spec = written(tmp_path, EXTERN.format(package=package, n=6).replace(*change))
    code, found, _ = refusal(spec, allow_extern=True)
    assert code == "E0805"
    assert message in found


def test_the_command_asks_for_permission(package: str, tmp_path: Path) -> None:
    spec = written(tmp_path, EXTERN.format(package=package, n=6))
    refused = CliRunner().invoke(cli, ["build", spec, "-o", "-"])
    assert refused.exit_code == 1
    assert "E0804" in refused.output
    allowed = CliRunner().invoke(cli, ["build", spec, "--allow-extern", "-o", "-"])
    assert allowed.exit_code == 0
    assert f"from {package}.layers import Mix" in allowed.output


def test_what_has_no_source_is_told_at_its_place(tmp_path: Path) -> None:
    spec = written(tmp_path, "net A()(x: [B, 8]):\n    init *.bias ~ xavier_uniform\n    return x -> fc: linear(4)\n")
    code, message, _ = refusal(spec)
    assert code == "E0801"
    assert message.startswith("A cannot be written as PyTorch source: init *.bias")


def test_a_disagreement_stops_the_build(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(building, "cross_check", lambda net, allow_extern: ["parameter x: not predicted"])
    code, message, help_ = refusal("LeNet5")
    assert code == "E0802"
    assert message.endswith("parameter x: not predicted")
    assert help_ is not None
    assert "report" in help_


def test_a_module_needs_torch_and_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(building, "find_spec", lambda name: None)
    code, _, help_ = refusal("LeNet5")
    assert code == "E0803"
    assert help_ is not None
    assert "archc[torch]" in help_
    assert "class LeNet5" in archc.compile("LeNet5").source
    assert importlib.util.find_spec("torch") is not None


def test_a_net_is_compared_once(monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[str] = []

    def counted(net: Any, *, allow_extern: bool) -> list[str]:
        calls.append(net.name)
        return []

    monkeypatch.setattr(building, "cross_check", counted)
    net = archc.compile("LeNet5")
    assert net.module() is not net.module()
    assert calls == [net.ir.name]
