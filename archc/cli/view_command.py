"""``archc view``."""

from __future__ import annotations

import webbrowser
from contextlib import suppress
from functools import partial
from pathlib import Path

import click

from archc.cli.live import Live
from archc.cli.serving import Server
from archc.cli.shell import (
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
from archc.files import write_atomically
from archc.reading import locate


@click.command("view")
@spec_argument
@net_options
@output_option("Write the page into this file, instead of serving it.")
@click.option("--port", type=click.IntRange(0, 65535), default=0, metavar="N", help="Serve at this port.")
@click.option("--open", "opening", is_flag=True, help="Open the page in the browser.")
@shell
def command(
    shell: Shell,
    spec: str,
    defines: tuple[str, ...],
    dims: tuple[str, ...],
    output: Path | None,
    port: int,
    opening: bool,
) -> None:
    """Explore a net in the browser: diagram, table and source, linked.

    The page is served to this machine only, until Ctrl-C, and follows the spec while it is edited, mistakes included. With -o it is
    one HTML file that needs no network.
    """
    net, sizes = partial(compiled, spec, defines, dims), read_sizes(dims)
    with mistakes_shown(shell):
        if output is not None:
            write_atomically(output, net().page(sizes))
        else:
            locate(spec)  # a spec that is not there ends here; mistakes in one that is are shown on the page
            _serve(shell, Live(net, sizes), port, opening=opening)


def _serve(shell: Shell, live: Live, port: int, *, opening: bool) -> None:
    try:
        server = Server(live, port)
    except OSError as error:
        refuse(f"--port {port}: {error.strerror or error}")
    with server:
        shell.out.write(f"{server.url} (Ctrl-C ends it)\n")
        if opening:
            webbrowser.open(server.url)
        with suppress(KeyboardInterrupt):
            server.serve_forever()
