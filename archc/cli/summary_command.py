"""``archc summary``, and the table that ``archc build --summary`` prints too."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import click

from archc.cli.shell import (
    MISTAKES,
    Shell,
    compiled,
    json_option,
    mistakes_json,
    mistakes_shown,
    net_options,
    read_defines,
    read_sizes,
    shell,
    spec_argument,
)

if TYPE_CHECKING:
    from archc.backends.summary import Format
    from archc.ir.graph import Net

DEPTH = click.option(
    "--depth",
    type=click.IntRange(min=1),
    metavar="N",
    help="Levels of blocks to unfold; 1 keeps them all folded. By default as many as fit a page.",
)


@click.command("summary")
@spec_argument
@net_options
@DEPTH
@click.option("--symbolic", is_flag=True, help="Shapes and costs as formulas, instead of numbers at the example sizes.")
@click.option(
    "--field", is_flag=True, help="Show the receptive field of each output: how many positions of the input it sees."
)
@click.option("--memory", is_flag=True, help="Show the bytes that each row makes in training.")
@click.option("--markdown", is_flag=True, help="Print a table in markdown.")
@json_option
@shell
def command(
    shell: Shell,
    spec: str,
    defines: tuple[str, ...],
    dims: tuple[str, ...],
    depth: int | None,
    symbolic: bool,
    field: bool,
    memory: bool,
    markdown: bool,
    as_json: bool,
) -> None:
    """Print the layers of a net with their shapes, parameters and costs.

    MACs count the multiply-adds of matrix products, convolutions and attention, in inference.
    """
    how: Format = "json" if as_json else "markdown" if markdown else "text"
    options = {"depth": depth, "symbolic": symbolic, "sizes": read_sizes(dims), "field": field, "memory": memory}
    with mistakes_shown(shell, as_json=as_json):
        with stopped_shown(shell, spec, defines, dims, how, **options):
            net = compiled(spec, defines, dims)
        show_summary(shell, net.ir, how, **options)


@contextmanager
def stopped_shown(
    shell: Shell, spec: str, defines: Iterable[str], dims: Iterable[str], how: Format = "text", **options: Any
) -> Iterator[None]:
    """Where a net has a mistake in its body, show its table up to and including the layer that fails."""
    from archc import driver
    from archc.diagnostics.errors import ArchError

    try:
        yield
    except ArchError as error:
        stopped = driver.until_mistake(spec, sizes=read_sizes(dims), **read_defines(defines))
        if stopped is not None and how == "json":
            from archc.backends.summary import summarize, to_json

            table = to_json(summarize(stopped.net, stopped=stopped, **options))
            shell.json(mistakes_json(error) | {"summary": table})
            raise SystemExit(MISTAKES) from None
        if stopped is not None:
            show_summary(shell, stopped.net, how, stopped=stopped, **options)
        raise


def show_summary(shell: Shell, net: Net, how: Format = "text", **options: Any) -> None:
    """The table, with the options of ``summarize``: drawn by rich for somebody who looks at it, else as text."""
    from archc.backends.summary import summarize, summary

    if how == "text" and shell.out.interactive:
        from archc.backends.tables import print_rich

        print_rich(summarize(net, **options), shell.out.console())
    else:
        shell.out.write(summary(net, **options, format=how))
