"""Commands run in the process of the tests, and small specs to run them on."""

from __future__ import annotations

from click.testing import CliRunner, Result

from archc.cli.app import cli

RIGHT = "net Small(classes=10)(x: [B, 8, H=6, W=6]) -> [B, classes]:\n    return x -> flatten -> fc: linear(classes)\n"
WRONG = RIGHT.replace("linear", "liner")
NET = "net Small(n=4)(x: [B, 8]) -> [B, n]:\n    return x -> fc: linear(n) -> relu\n"


def run(*arguments: str) -> Result:
    return CliRunner().invoke(cli, list(arguments), prog_name="archc")
