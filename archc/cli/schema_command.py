"""``archc schema``."""

from __future__ import annotations

import click

from archc.cli.shell import Shell, shell


@click.command("schema")
@shell
def command(shell: Shell) -> None:
    """Print the JSON Schema of the IR, which `archc build SPEC --emit ir` writes."""
    from archc.ir.graph import Net

    schema = Net.model_json_schema(mode="serialization")
    shell.json({"$schema": "https://json-schema.org/draft/2020-12/schema", **schema})
