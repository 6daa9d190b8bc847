"""What the command line says of sizes: receptive fields, checks, declarations for torch.export."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner

from archc.cli.app import cli


def run(*arguments: str) -> str:
    result = CliRunner().invoke(cli, list(arguments), prog_name="archc")
    assert result.exit_code == 0, result.output
    return result.output


def test_receptive_fields() -> None:
    assert "Sees" not in run("summary", "vgg16")
    assert "212, step 32, from -90" in run("summary", "vgg16", "--field")
    rows = json.loads(run("summary", "vgg16", "--field", "--json"))["rows"]
    assert [row["field"] for row in rows if row["path"] == "classifier.6"] == ["all"]
    assert "field" not in json.loads(run("summary", "vgg16", "--json"))["rows"][0]


def test_checked_source() -> None:
    assert 'raise ValueError(f"VGG takes H >= 32, got H = {H}")' in run(
        "build", "vgg16", "--checked", "--emit", "torch"
    )
    assert "raise" not in run("build", "vgg16", "--emit", "torch")


@pytest.mark.parametrize(
    ("net", "line"), [("vgg16", 'H = torch.export.Dim("H", min=64)'), ("unet:unet", "H = 16 * _h + 12")]
)
def test_declarations_for_export(net: str, line: str) -> None:
    assert line in run("sizes", net, "--export").splitlines()
