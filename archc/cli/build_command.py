"""``archc build``."""

from __future__ import annotations

import json
from contextlib import nullcontext
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import click

from archc.cli.shell import (
    Shell,
    compiled,
    json_option,
    mistakes_shown,
    net_options,
    output_option,
    shell,
    spec_argument,
)
from archc.cli.summary_command import show_summary, stopped_shown

if TYPE_CHECKING:
    from archc.backends.summary import Format
    from archc.driver import Compiled

STAGES = ("ast", "ir", "shapes", "torch", "dot")


@click.command("build")
@spec_argument
@net_options
@output_option("Write the PyTorch source (or the stage that --emit names) to this file.")
@click.option("--summary", is_flag=True, help="Print the table of layers.")
@click.option("--emit", type=click.Choice(STAGES), help="Print a stage of the compilation.")
@click.option("--no-verify", is_flag=True, help="Do not compare with the real module, even where torch is installed.")
@click.option("--allow-extern", is_flag=True, help="Let the source import the code that extern statements name.")
@click.option("--checked", is_flag=True, help="Begin forward with checks of the sizes that come in.")
@click.option(
    "--weights",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Fail unless the weights in this file fit, all of them.",
)
@json_option
@shell
def command(
    shell: Shell,
    spec: str,
    defines: tuple[str, ...],
    dims: tuple[str, ...],
    output: Path | None,
    summary: bool,
    emit: str | None,
    no_verify: bool,
    allow_extern: bool,
    checked: bool,
    weights: Path | None,
    as_json: bool,
) -> None:
    """Compile a net of a SPEC.

    Where torch is installed, the real module is made on the meta device, and the build fails unless its parameters and output
    shapes are the predicted ones.
    """
    with mistakes_shown(shell, as_json=as_json):
        how: Format = "json" if as_json else "text"
        with stopped_shown(shell, spec, defines, dims, how) if summary or as_json else nullcontext():
            net = compiled(spec, defines, dims, allow_extern=allow_extern, checked=checked)
        if emit is not None:
            _deliver(shell, stage(net, emit), output)
            return
        verified = not no_verify and find_spec("torch") is not None and _verify(net)
        if weights is not None:
            net.module(weights)
        if output is not None:
            _deliver(shell, net.source, output)
        if summary or as_json:
            show_summary(shell, net.ir, how)
        elif output is None:
            agreed = ", as PyTorch's module has them" if verified else ""
            fit = "" if weights is None else f"; the weights of {weights} fit"
            shell.out.write(f"{net.name}: {net.params:,} parameters{agreed}{fit}\n")


def _deliver(shell: Shell, text: str, output: Path | None) -> None:
    from archc.files import write_atomically

    if output is None or output == Path("-"):
        shell.out.write(text)
    else:
        write_atomically(output, text)


def _verify(net: Compiled) -> bool:
    """Compare the prediction with PyTorch's module; a net with an extern only where its code may run."""
    if not net.allow_extern and any(child.extern is not None for module in net.ir.modules for child in module.children):
        return False
    net.verify()
    return True


def stage(net: Compiled, name: str) -> str:
    """A stage of the compilation as text."""
    if name == "ast":
        return _tree(net)
    if name == "ir":
        return net.ir.model_dump_json(indent=2) + "\n"
    if name == "shapes":
        from archc.ir.types import show

        width = max(map(len, net.shapes), default=0)
        return "".join(f"{label.ljust(width)}  {show(type_)}\n" for label, type_ in net.shapes.items())
    return net.source if name == "torch" else net.diagram("dot").decode()


def _tree(net: Compiled) -> str:
    from archc.syntax import dump, parse

    tree, _ = parse(net.sources[net.ir.file])
    return json.dumps(dump(tree), indent=2, default=str) + "\n"
