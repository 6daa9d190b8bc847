"""``archc fmt``."""

from __future__ import annotations

from pathlib import Path

import click

from archc.cli.check_command import specs_in
from archc.cli.shell import MISTAKES, Shell, json_option, mistakes_shown, shell


@click.command("fmt")
@click.argument("paths", nargs=-1, required=True)
@click.option("--check", is_flag=True, help="Change nothing; end with 1 when a file has another style.")
@json_option
@shell
def command(shell: Shell, paths: tuple[str, ...], check: bool, as_json: bool) -> None:
    """Put files, or all specs in folders, in the one style. Comments stay; a second run changes nothing."""
    with mistakes_shown(shell, as_json=as_json):
        changed = [spec for spec in specs_in(paths) if _format(Path(spec), write=not check)]
    if as_json:
        shell.json({"ok": not (check and changed), "changed": changed})
    else:
        verb = "would change" if check else "changed"
        shell.out.write("".join(f"{verb} {spec}\n" for spec in changed))
    if check and changed:
        raise SystemExit(MISTAKES)


def _format(path: Path, *, write: bool) -> bool:
    """Whether a file has another style; raises ArchError for one that cannot be read or parsed."""
    from archc.diagnostics.errors import ArchError
    from archc.elaborate.errors import Mistake
    from archc.elaborate.files import SpecFiles
    from archc.files import write_atomically
    from archc.resources import zoo_root
    from archc.syntax import SpecSyntaxError
    from archc.syntax.format import format_source

    files = SpecFiles(zoo_root())
    try:
        formatted = format_source(files.asked_for(path)).encode("utf-8")
    except (Mistake, SpecSyntaxError) as error:
        raise ArchError([error.diagnostic], files.sources) from None
    if formatted == path.read_bytes():
        return False
    if write:
        write_atomically(path, formatted)
    return True
