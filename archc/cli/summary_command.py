"""``archc summary``, and the table that ``archc build --summary`` prints too."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from archc.cli.shell import Shell, compiled, json_option, mistakes_shown, net_options, read_sizes, shell, spec_argument

if TYPE_CHECKING:
    from archc.driver import Compiled

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
    with mistakes_shown(shell, as_json=as_json):
        net = compiled(spec, defines, dims)
        how = "json" if as_json else "markdown" if markdown else "text"
        options = {"depth": depth, "symbolic": symbolic, "sizes": read_sizes(dims), "field": field, "memory": memory}
        show_summary(shell, net, how, **options)


def show_summary(shell: Shell, net: Compiled, how: str = "text", **options: Any) -> None:
    """The table, with the options of ``summarize``: drawn by rich for somebody who looks at it, else as text."""
    from archc.backends.summary import summarize

    if how == "text" and shell.out.interactive:
        from archc.backends.tables import print_rich

        print_rich(summarize(net.ir, **options), shell.out.console())
    else:
        shell.out.write(net.summary(**options, format=how))
