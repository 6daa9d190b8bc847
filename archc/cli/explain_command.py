"""``archc explain``."""

from __future__ import annotations

from dataclasses import asdict

import click

from archc.cli.shell import Shell, json_option, refuse, shell


@click.command("explain")
@click.argument("code", required=False)
@json_option
@shell
def command(shell: Shell, code: str | None, as_json: bool) -> None:
    """Explain a CODE such as E0301, with a wrong and a right spec; without one, list them all."""
    from archc.diagnostics.catalogue import CATALOGUE, explain
    from archc.diagnostics.suggest import did_you_mean

    if code is None:
        if as_json:
            shell.json({name: info.title for name, info in CATALOGUE.items()})
        else:
            shell.out.write("".join(f"{name}  {info.title}\n" for name, info in CATALOGUE.items()))
        return
    name = code.upper()
    if name not in CATALOGUE:
        refuse(f"there is no code {code!r}", did_you_mean(name, CATALOGUE))
    if as_json:
        shell.json({"code": name, **asdict(CATALOGUE[name])})
    else:
        shell.out.write(explain(name))
