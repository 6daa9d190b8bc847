"""``archc diff``."""

from __future__ import annotations

import click

from archc.cli.shell import (
    MISTAKES,
    Shell,
    compiled,
    json_option,
    mistakes_shown,
    net_options,
    read_sizes,
    refuse,
    shell,
    spec_argument,
)


@click.command("diff")
@spec_argument
@click.argument("other", required=False)
@net_options
@json_option
@shell
def command(
    shell: Shell, spec: str, other: str | None, defines: tuple[str, ...], dims: tuple[str, ...], as_json: bool
) -> None:
    """Say what is different between two nets, and which keys of a checkpoint of SPEC load into OTHER.

    Without OTHER, SPEC is compared with itself as -D changes it. Ends with 0 when they are equal, and with 1 when not.
    """
    from archc.backends.changes import compare, to_json, to_text

    if other is None and not defines:
        refuse("there is nothing to compare with: name another net, or change this one with -D")
    names = (spec, f"{spec} {' '.join(f'-D {define}' for define in defines)}") if other is None else (spec, other)
    with mistakes_shown(shell, as_json=as_json):
        before = compiled(spec, () if other is None else defines, dims)
        after = compiled(other or spec, defines, dims)
        found = compare(before.ir, after.ir, names, read_sizes(dims))
    if as_json:
        shell.json(to_json(found))
    else:
        shell.out.write(to_text(found))
    if not found.equal:
        raise SystemExit(MISTAKES)
