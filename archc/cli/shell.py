"""What all commands share: where output goes, how findings are shown, how arguments are read, and the exit codes.

0: done. 1: the spec has mistakes; for ``fmt --check``, another style; for ``diff``, the nets differ. 2: archc was asked wrongly, or
cannot read or write.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar

import click

from archc.cli.terminal import ColorChoice, Terminal, terminal

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

    from archc.diagnostics.errors import ArchError
    from archc.diagnostics.model import Diagnostic
    from archc.driver import Compiled
    from archc.source import Source

MISTAKES = 1
MISUSE = 2

F = TypeVar("F", bound=Callable[..., Any])


class Shell:
    """The two places that output goes to."""

    def __init__(self, color: ColorChoice = "auto") -> None:
        self.color = color

    @cached_property
    def out(self) -> Terminal:
        """Results."""
        return terminal(self.color)

    @cached_property
    def err(self) -> Terminal:
        """Findings, notes and progress."""
        return terminal(self.color, sys.stderr)

    def json(self, value: object) -> None:
        """A result for machines."""
        import json

        self.out.write(json.dumps(value, indent=2) + "\n")

    def findings(self, diagnostics: Iterable[Diagnostic], sources: Mapping[str, Source]) -> None:
        """Show what was found, for people."""
        self.err.write(findings_text(diagnostics, sources, color=self.err.color, width=self.err.width))

    def note(self, text: str) -> None:
        """A line beside the result."""
        self.err.write(f"note: {text}\n")


shell = click.make_pass_decorator(Shell, ensure=True)


@contextmanager
def mistakes_shown(shell: Shell, *, as_json: bool = False) -> Iterator[None]:
    """Show the mistakes of a spec, and end with 1; a file that cannot be written ends with 2."""
    from archc.diagnostics.errors import ArchError

    try:
        yield
    except ArchError as error:
        _show(error, shell, as_json=as_json)
        raise SystemExit(MISUSE if _not_found(error) else MISTAKES) from None
    except BrokenPipeError:
        raise
    except OSError as error:
        refuse(f"{error.filename or 'the output'}: {error.strerror or error}")


def _show(error: ArchError, shell: Shell, *, as_json: bool) -> None:
    if as_json:
        shell.json(mistakes_json(error))
    else:
        shell.findings(error.diagnostics, error.sources)


def mistakes_json(error: ArchError) -> dict[str, Any]:
    """A failure as JSON values."""
    return {"ok": False, "diagnostics": diagnostics_json(error.diagnostics, error.sources)}


def _not_found(error: ArchError) -> bool:
    """Whether the very thing that was asked for is not there: nothing in a spec is wrong."""
    return all(not found.marks for found in error.diagnostics)


def findings_text(diagnostics: Iterable[Diagnostic], sources: Mapping[str, Source], *, color: bool, width: int) -> str:
    """What was found, for people; nothing for nothing."""
    found = tuple(diagnostics)
    if not found:
        return ""
    from archc.diagnostics.render import render_all

    return render_all(found, sources, color=color, width=width)


def diagnostics_json(diagnostics: Iterable[Diagnostic], sources: Mapping[str, Source]) -> list[dict[str, Any]]:
    from archc.diagnostics.render import to_json

    return [to_json(found, sources) for found in diagnostics]


def refuse(message: str, help: str | None = None) -> NoReturn:
    """End with 2 and a sentence."""
    raise click.UsageError(message if help is None else f"{message} ({help})")


# --- arguments --------------------------------------------------------------------------------------------------------


def _complete_spec(context: click.Context, parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    from click.shell_completion import CompletionItem

    from archc.reading import zoo_names

    names = [CompletionItem(name) for name in zoo_names() if name.startswith(incomplete)]
    return [*names, CompletionItem(incomplete, type="file")]


spec_argument = click.argument("spec", shell_complete=_complete_spec)


def net_options(command: F) -> F:
    """The options that change which net is compiled: ``-D`` and ``--dim``."""
    define = click.option(
        "-D", "defines", multiple=True, metavar="NAME=VALUE", help="Change a hyperparameter of the net."
    )
    dim = click.option(
        "--dim", "dims", multiple=True, metavar="NAME=SIZE", help="Show this size instead of the example."
    )
    return define(dim(command))


def json_option(command: F) -> F:
    return click.option("--json", "as_json", is_flag=True, help="Print JSON.")(command)


def output_option(help: str) -> Callable[[F], F]:
    return click.option(
        "-o", "--output", type=click.Path(path_type=Path), metavar="FILE", help=help, shell_complete=None
    )


def compiled(
    spec: str, defines: Iterable[str], dims: Iterable[str], *, allow_extern: bool = False, checked: bool = False
) -> Compiled:
    """The net that the arguments name. Raises ``ArchError``."""
    from archc import driver

    sizes = read_sizes(dims)
    found = driver.compile(spec, sizes=sizes, allow_extern=allow_extern, checked=checked, **read_defines(defines))
    known = [symbol.name for symbol in found.ir.symbols]
    for name in sizes:
        if name not in known:
            refuse(f"{found.name} has no size {name!r}", f"it has {', '.join(known)}" if known else None)
    return found


def read_defines(texts: Iterable[str]) -> dict[str, Any]:
    """``classes=10`` as a hyperparameter and its value."""
    return {name: _value(text) for name, text in _pairs(texts, "-D")}


def read_sizes(texts: Iterable[str]) -> dict[str, int]:
    """``H=256`` as a symbol and its example."""
    sizes: dict[str, int] = {}
    for name, text in _pairs(texts, "--dim"):
        if not (text.isascii() and text.isdecimal() and len(text) <= 18 and int(text) > 0):
            refuse(f"--dim {name}={text}: a size is an integer of at least 1")
        sizes[name] = int(text)
    return sizes


def _pairs(texts: Iterable[str], option: str) -> Iterator[tuple[str, str]]:
    for text in texts:
        name, equals, value = text.partition("=")
        if not equals or not name.strip().isidentifier() or not value.strip():
            refuse(f"{option} {text}: write {option} NAME=VALUE")
        yield name.strip(), value.strip()


def _value(text: str) -> Any:
    """A literal; a bare word stands for itself as a string."""
    try:
        return ast.literal_eval(text)
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        if text.isidentifier():
            return text
        refuse(f"-D: {text!r} is no number, string, list, True, False or None")
