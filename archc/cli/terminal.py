"""What the place that output goes to can show: colour, width, characters; and what happens when it goes away."""

from __future__ import annotations

import codecs
import io
import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Literal, TextIO

from archc.records import record

if TYPE_CHECKING:
    from rich.console import Console

ColorChoice = Literal["auto", "always", "never"]

_DEFAULT_WIDTH = 100
_UNLIMITED = 100_000
_BROKEN_PIPE = 141  # what a shell reports for a command that SIGPIPE ended

# One character each, so that columns stay where they are.
_LOOKALIKES = str.maketrans(
    {
        **dict.fromkeys("─━═┄┈╌", "-"),
        **dict.fromkeys("│┃║┆┊╎", "|"),
        **dict.fromkeys("┌┐└┘├┤┬┴┼╭╮╰╯┏┓┗┛┣┫┳┻╋╔╗╚╝╠╣╦╩╬╶╴╵╷┡┩╇", "+"),
        **dict.fromkeys("‘’", "'"),
        **dict.fromkeys("“”", '"'),
        **dict.fromkeys("–—−", "-"),
        **dict.fromkeys("•·", "*"),
        "…": "~",
        "→": ">",
        "←": "<",
        "×": "x",
        "✓": "+",
        "✗": "x",
        "\N{NO-BREAK SPACE}": " ",
    }
)


@record
class Terminal:
    """Where output goes. ``width`` is for wrapping prose; ``interactive``: somebody is looking at it now."""

    stream: TextIO
    color: bool
    width: int
    interactive: bool

    def write(self, text: str) -> None:
        """Write, and flush so that a closed pipe is noticed here."""
        self.stream.write(text)
        self.stream.flush()

    def console(self) -> Console:
        """A rich console on the stream. Without colour it is without bold too; only somebody's screen cuts lines."""
        from rich.console import Console

        return Console(
            file=self.stream,
            color_system="standard" if self.color else None,
            force_terminal=self.color,
            no_color=not self.color,
            highlight=False,
            markup=False,
            emoji=False,
            width=self.width if self.interactive else _UNLIMITED,
        )


def terminal(
    choice: ColorChoice = "auto", stream: TextIO | None = None, environment: Mapping[str, str] | None = None
) -> Terminal:
    """The terminal of a stream (standard output, unless told), made unable to fail on a character it cannot encode."""
    out = sys.stdout if stream is None else stream
    env = os.environ if environment is None else environment
    if isinstance(out, io.TextIOWrapper):
        out.reconfigure(errors=_ERRORS)
    looked_at = _is_tty(out)
    return Terminal(
        out, wants_color(choice, looked_at, env), _screen_width() if looked_at else _DEFAULT_WIDTH, looked_at
    )


def _screen_width() -> int:
    from shutil import get_terminal_size

    return get_terminal_size((_DEFAULT_WIDTH, 24)).columns


def wants_color(choice: ColorChoice, tty: bool, environment: Mapping[str, str]) -> bool:
    """The option decides, then ``NO_COLOR`` (no-color.org), then ``FORCE_COLOR``, then whether it is a terminal.

    An empty variable is as good as none, and ``FORCE_COLOR=0`` forces nothing.
    """
    if choice != "auto":
        return choice == "always"
    if environment.get("NO_COLOR"):
        return False
    if environment.get("FORCE_COLOR", "0") not in ("", "0"):
        return True
    return tty and environment.get("TERM") != "dumb"


@contextmanager
def quiet_pipes() -> Iterator[None]:
    """Let a reader go away (``archc ops | head``): the command ends without a word, as a shell's tools do."""
    try:
        yield
        sys.stdout.flush()
    except BrokenPipeError:
        # Python flushes once more at exit; that must find somewhere to go.
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())
        raise SystemExit(_BROKEN_PIPE) from None


def _is_tty(stream: TextIO) -> bool:
    try:
        return stream.isatty()
    except ValueError:  # closed
        return False


def lookalike(text: str) -> str:
    """ASCII for drawn lines, arrows and typographic signs; an escape for everything else that is not ASCII."""
    replaced = text.translate(_LOOKALIKES)
    return "".join(letter if letter.isascii() else f"\\u{{{ord(letter):x}}}" for letter in replaced)


def _replace_unencodable(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    return lookalike(error.object[error.start : error.end]), error.end


_ERRORS = "archc.lookalike"
codecs.register_error(_ERRORS, _replace_unencodable)
