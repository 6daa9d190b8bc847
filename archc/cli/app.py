"""The ``archc`` command and its sub-commands, each imported when it runs."""

from __future__ import annotations

from importlib import import_module
from typing import Any

import click

from archc.cli.shell import Shell
from archc.cli.terminal import ColorChoice
from archc.diagnostics.suggest import did_you_mean
from archc.version import __version__

COMMANDS = {
    "build": "Compile a net: write its PyTorch source, or show a stage on the way.",
    "check": "Check specs: every shape, label and assertion. Needs no torch.",
    "sizes": "List the sizes that a net takes.",
    "summary": "Print a net's layers, shapes, parameters and costs.",
    "diff": "Say what is different between two nets, and which checkpoint keys load.",
    "diagram": "Draw a net as SVG or PNG, or write DOT.",
    "view": "Explore a net in the browser, while it is edited.",
    "list": "List the nets that come with archc.",
    "explain": "Explain a code of an error or note.",
    "ops": "List the operators, or show the reference page of one.",
    "fmt": "Put specs in the one style.",
    "schema": "Print the JSON Schema of the IR.",
    "completion": "Print a completion script for bash, zsh or fish.",
}
"""Every command, with its line of help, so that ``archc --help`` imports none of them."""


class Commands(click.Group):
    """Loads a command when it is called, and guesses what a misspelt one was meant to be."""

    def list_commands(self, context: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, context: click.Context, name: str) -> click.Command | None:
        if name not in COMMANDS:
            return None
        command: click.Command = import_module(f"archc.cli.{name}_command").command
        return command

    def format_commands(self, context: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))

    def resolve_command(self, context: click.Context, args: list[str]) -> tuple[Any, ...]:
        if args and args[0] not in COMMANDS and not args[0].startswith("-"):
            help_ = did_you_mean(args[0], COMMANDS)
            context.fail(f"There is no command {args[0]!r}." + (f" {help_.capitalize()}" if help_ else ""))
        return super().resolve_command(context, args)


@click.command(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="archc", message="%(prog)s %(version)s")
@click.option("--color", type=click.Choice(["auto", "always", "never"]), default="auto", help="When to use colour.")
@click.pass_context
def cli(context: click.Context, color: ColorChoice) -> None:
    """A compiler for neural network architectures.

    A SPEC is a file (vgg.arch), a net of a file (vgg.arch:vgg13_bn), or a name from the zoo (vgg16; see `archc list`).
    """
    context.obj = Shell(color)
