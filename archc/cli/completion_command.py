"""``archc completion``."""

from __future__ import annotations

import click
from click.shell_completion import get_completion_class

from archc.cli.shell import Shell, shell

SHELLS = ("bash", "zsh", "fish")


@click.command("completion")
@click.argument("name", type=click.Choice(SHELLS), metavar="SHELL")
@shell
def command(shell: Shell, name: str) -> None:
    """Print a completion script for bash, zsh or fish.

    Put it where the shell finds it, for example:

    \b
      archc completion bash > ~/.local/share/bash-completion/completions/archc
      archc completion zsh > "${fpath[1]}/_archc"
      archc completion fish > ~/.config/fish/completions/archc.fish
    """
    from archc.cli.app import cli

    kind = get_completion_class(name)
    assert kind is not None  # click knows all of SHELLS
    shell.out.write(kind(cli, {}, "archc", "_ARCHC_COMPLETE").source())
