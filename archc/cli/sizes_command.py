"""``archc sizes``."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Any

import click

from archc.cli.shell import Shell, compiled, json_option, mistakes_shown, net_options, shell, spec_argument

if TYPE_CHECKING:
    from archc.analysis.sizes import SizeSet


@click.command("sizes")
@spec_argument
@net_options
@click.option("--count", default=8, show_default=True, type=click.IntRange(1, 1000), help="How many sizes to list.")
@click.option("--above", default=None, type=click.IntRange(1), help="List sizes from this one on.")
@click.option("--export", is_flag=True, help="Print the sizes as declarations for torch.export.")
@json_option
@shell
def command(
    shell: Shell,
    spec: str,
    defines: tuple[str, ...],
    dims: tuple[str, ...],
    count: int,
    above: int | None,
    export: bool,
    as_json: bool,
) -> None:
    """List the sizes that a net takes: the smallest, and those that follow.

    With --above N the list starts at the next valid size from N on.
    """
    with mistakes_shown(shell, as_json=as_json):
        net = compiled(spec, defines, dims)
        domain = net.domain
        found = {name: _described(set_, count, above) for name, set_ in domain.sizes.items()}
    if export:
        from archc.analysis.export import export_text

        shell.out.write(export_text(net.ir))
        return
    if as_json:
        shell.json({"net": net.name, "domain": domain.conditions(), "sizes": found})
        return
    shell.out.write(f"{net.name}: {', '.join(domain.conditions()) or 'any size'}\n")
    for name, facts in found.items():
        numbers = ", ".join(map(str, facts["sizes"]))
        shell.out.write(f"  {name}: {numbers}{', ...' if facts['more'] else ''}\n")


def _described(sizes: SizeSet, count: int, above: int | None) -> dict[str, Any]:
    members = (size for size in sizes if size >= (above or 1))
    listed = list(islice(members, count))
    return {"smallest": sizes.smallest, "sizes": listed, "more": next(members, None) is not None}
