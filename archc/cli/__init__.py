"""The command line: a thin shell around ``archc.driver``."""

from __future__ import annotations


def main() -> None:
    """Run ``archc`` with the arguments of the process."""
    from archc.cli.app import cli
    from archc.cli.terminal import quiet_pipes

    with quiet_pipes():
        cli(prog_name="archc")
