"""The command line: a thin shell around ``archc.driver``."""

from __future__ import annotations

import atexit
import gc
import os


def main() -> None:
    """Run ``archc`` with the arguments of the process."""
    _start_fast()
    from archc.cli.app import cli
    from archc.cli.terminal import quiet_pipes

    with quiet_pipes():
        cli(prog_name="archc")


def _start_fast() -> None:
    """Things that a short process need not do, and that took a fifth of the time of ``archc check``."""
    # pydantic would read the metadata of every installed package to find plugins, which watch the validation of services.
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")
    # Nearly all objects of a run live until it ends, so there is little to find for a collector that looks every 700 objects.
    gc.set_threshold(100_000, 20, 20)
    # It would look through them all once more at the end, when all memory is given back anyway.
    atexit.register(gc.freeze)
