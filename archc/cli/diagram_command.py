"""``archc diagram``."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from archc.cli.shell import (
    MISUSE,
    Shell,
    compiled,
    mistakes_shown,
    net_options,
    output_option,
    read_sizes,
    refuse,
    shell,
    spec_argument,
)

if TYPE_CHECKING:
    from archc.backends.dot import Direction
    from archc.driver import Compiled

FORMATS = ("svg", "png", "pdf", "dot")


@click.command("diagram")
@spec_argument
@net_options
@output_option("Where to write it; the ending says the format. By default NET.svg.")
@click.option(
    "--depth", type=click.IntRange(min=1), metavar="N", help="Levels of blocks to unfold; 1 keeps all folded."
)
@click.option("--expand", "labels", multiple=True, metavar="LABEL", help="Unfold the block at this label too.")
@click.option(
    "--direction", type=click.Choice(["down", "right", "up", "left"]), default="down", help="Where the data flows to."
)
@click.option(
    "--style",
    type=click.Choice(["graph", "paper"]),
    default="graph",
    help="paper: what layers give as volumes, to scale, as in papers on convolutional networks.",
)
@click.option("--symbolic", is_flag=True, help="Shapes as formulas, instead of numbers at the example sizes.")
@shell
def command(
    shell: Shell,
    spec: str,
    defines: tuple[str, ...],
    dims: tuple[str, ...],
    output: Path | None,
    depth: int | None,
    labels: tuple[str, ...],
    direction: Direction,
    style: str,
    symbolic: bool,
) -> None:
    """Draw a net. Without a drawing engine the DOT text is written instead."""
    with mistakes_shown(shell):
        net = compiled(spec, defines, dims)
        target = output or Path(f"{net.name}.svg")
        options: dict[str, Any] = {"depth": depth, "sizes": read_sizes(dims), "expand": labels}
        if style == "paper":
            if symbolic or direction != "down":
                refuse("--style paper draws numbers, from the left to the right: leave out --symbolic and --direction")
            _draw_volumes(shell, net, target, options)
        else:
            _draw_graph(shell, net, target, options | {"direction": direction, "symbolic": symbolic})


def _format(target: Path, known: tuple[str, ...]) -> str:
    format_ = "dot" if target == Path("-") else target.suffix.removeprefix(".").lower()
    if format_ not in known:
        refuse(f"{target}: the ending must be one of {', '.join(known)}")
    return format_


def _draw_volumes(shell: Shell, net: Compiled, target: Path, options: Mapping[str, Any]) -> None:
    from archc.backends.graphviz import EngineMissing
    from archc.files import write_atomically

    format_ = _format(target, ("svg", "png", "pdf"))
    try:
        write_atomically(target, _known(net, net.volumes, format_, options))
    except EngineMissing as error:
        refuse(str(error))


def _draw_graph(shell: Shell, net: Compiled, target: Path, options: Mapping[str, Any]) -> None:
    from archc.files import write_atomically

    format_ = _format(target, FORMATS)
    text = _known(net, net.diagram, "dot", options).decode()
    if target == Path("-"):
        shell.out.write(text)
    elif format_ == "dot":
        write_atomically(target, text)
    else:
        _draw(shell, text, format_, target)


def _known(net: Compiled, draw: Callable[..., bytes], format_: str, options: Mapping[str, Any]) -> bytes:
    """What is drawn; a label that no block has is refused."""
    from archc.analysis.expanding import NoSuchBlock

    try:
        return draw(format_, **options)
    except NoSuchBlock as error:
        from archc.diagnostics.suggest import did_you_mean

        refuse(f"--expand {error.label}: {net.name} has no block of this label", did_you_mean(error.label, error.known))


def _draw(shell: Shell, text: str, format_: str, target: Path) -> None:
    """Write the drawing or, where that cannot be had, its DOT text and the reason, and end with 2."""
    from archc.backends.graphviz import EngineFailed, EngineMissing, render
    from archc.files import write_atomically

    try:
        write_atomically(target, render(text, format_))
    except (EngineMissing, EngineFailed) as error:
        instead = target.with_suffix(".dot")
        write_atomically(instead, text)
        shell.note(f"{error}; wrote {instead} instead")
        raise SystemExit(MISUSE) from None
