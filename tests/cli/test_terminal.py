"""Colour, width, characters that cannot be encoded, and readers that go away."""

from __future__ import annotations

import io
import os
import pty
import subprocess
import sys

import pytest

from archc.cli.terminal import ColorChoice, lookalike, terminal, wants_color

SHOW_TABLE = """
from rich.table import Table
from archc.cli.terminal import terminal
out = terminal()
table = Table("layer", "shape")
table.add_row("conv1", "[B, 64] " * 30)
out.console().print(table, style="bold red")
"""


@pytest.mark.parametrize(
    ("choice", "tty", "environment", "color"),
    [
        ("auto", True, {}, True),
        ("auto", False, {}, False),
        ("auto", True, {"NO_COLOR": "1"}, False),
        ("auto", True, {"NO_COLOR": ""}, True),
        ("auto", False, {"FORCE_COLOR": "1"}, True),
        ("auto", False, {"FORCE_COLOR": "0"}, False),
        ("auto", False, {"FORCE_COLOR": ""}, False),
        ("auto", True, {"NO_COLOR": "1", "FORCE_COLOR": "1"}, False),
        ("auto", True, {"TERM": "dumb"}, False),
        ("always", False, {"NO_COLOR": "1"}, True),
        ("never", True, {"FORCE_COLOR": "1"}, False),
    ],
)
def test_who_decides_on_colour(choice: ColorChoice, tty: bool, environment: dict[str, str], color: bool) -> None:
    assert wants_color(choice, tty, environment) is color


def run(code: str, **variables: str) -> bytes:
    environment = {name: value for name, value in os.environ.items() if name not in ("NO_COLOR", "FORCE_COLOR")}
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**environment, "PYTHONUTF8": "1", **variables},
        capture_output=True,
        check=True,
    )
    assert done.stderr == b""
    return done.stdout


def test_a_table_that_is_piped_is_neither_cut_nor_styled() -> None:
    shown = run(SHOW_TABLE).decode()
    assert "[B, 64] " * 29 in shown
    assert "\x1b" not in shown


def test_no_colour_is_no_bold_either_and_colour_is_both() -> None:
    assert b"\x1b" not in run(SHOW_TABLE, NO_COLOR="1", FORCE_COLOR="1")
    assert b"\x1b[1;31m" in run(SHOW_TABLE, FORCE_COLOR="1")


def test_an_ascii_stream_gets_lookalikes() -> None:
    code = "from archc.cli.terminal import terminal; terminal().write('│ a → b × 2 … é \\u202e\\ud800\\n')"
    assert run(code, PYTHONUTF8="0", PYTHONIOENCODING="ascii") == b"| a > b x 2 ~ \\u{e9} \\u{202e}\\u{d800}\n"
    assert run(SHOW_TABLE, PYTHONUTF8="0", PYTHONIOENCODING="ascii").isascii()


def test_a_utf8_stream_keeps_its_characters_and_survives_a_surrogate() -> None:
    code = "from archc.cli.terminal import terminal; terminal().write('→é\\ud800\\n')"
    assert run(code).decode() == "→é\\u{d800}\n"


def test_lookalikes_take_one_column_each() -> None:
    assert lookalike("┌─┬┐│…→×") == "+-++|~>x"


def test_a_stream_that_is_no_file() -> None:
    buffer = io.StringIO()
    terminal(stream=buffer, environment={}).write("→\n")
    assert buffer.getvalue() == "→\n"


def test_a_closed_stream_is_no_terminal() -> None:
    buffer = io.StringIO()
    buffer.close()
    assert terminal(stream=buffer, environment={}).interactive is False


def test_the_width_is_the_screens() -> None:
    master, slave = pty.openpty()
    with os.fdopen(master), os.fdopen(slave, "w") as screen:
        out = terminal(stream=screen, environment={})
        assert out.interactive
        assert out.color
        assert out.console().width == out.width


@pytest.mark.parametrize("text", ["'x\\n'", "'x' * 1_000_000"])
def test_a_reader_that_goes_away_is_no_error(text: str) -> None:
    code = (
        "import sys; from archc.cli.terminal import quiet_pipes, terminal\n"
        f"with quiet_pipes():\n    sys.stdin.read(1)\n    terminal().write({text})\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stdout and process.stderr and process.stdin
        process.stdout.close()
        process.stdin.close()  # go on, now that nobody reads
        assert process.stderr.read() == b""
        assert process.wait(60) == 141
