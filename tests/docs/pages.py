"""The fenced blocks of a page of documentation, and what running them gives.

A page's blocks are run in order, in a folder of their own. What a block must give stands in the block behind it, or, for ``console``,
in the block itself.

- ``arch`` is a whole spec without errors, in the house style; ``arch tiny.arch`` is also a file for the blocks behind it.
- ``arch error E0302`` and ``arch note N0301`` are specs that give this code only; the ``text`` behind it is the rendered diagnostic.
- ``console`` has commands behind ``$``, each followed by its output.
- ``python`` is run; a ``text`` directly behind it is what it prints.
- a block in a comment is run, and not shown.
- ``sh`` holds what ``.ci/run`` runs, or cannot be run here (installing); without a word, a block is an illustration.
"""

from __future__ import annotations

import contextlib
import io
import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

_FENCE = re.compile(r"^```([^\n`]*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class Block:
    """A fenced block: the words behind its fence, its text, and where the text stands in the page."""

    words: tuple[str, ...]
    text: str
    start: int
    line: int
    adjoins: bool
    """Whether only blank lines, or the end of a comment, stand between it and the block before."""


@dataclass
class Outcome:
    """What running a page gave: what is wrong, and the texts that its blocks should have."""

    problems: list[str] = field(default_factory=list)
    texts: list[tuple[Block, str]] = field(default_factory=list)


def blocks(page: str) -> list[Block]:
    """All fenced blocks of a page, in order."""
    found: list[Block] = []
    end = 0
    for match in _FENCE.finditer(page):
        line = page.count("\n", 0, match.start()) + 1
        adjoins = bool(found) and page[end : match.start()].strip() in ("", "-->")
        found.append(Block(tuple(match[1].split()), match[2], match.start(2), line, adjoins))
        end = match.end()
    return found


def run(page: str) -> Outcome:
    """Run the blocks of a page in the current folder."""
    outcome, namespace = Outcome(), {"__name__": "__docs__"}
    found = blocks(page)
    for block, behind in zip(found, [*found[1:], None], strict=False):
        output = behind if behind is not None and behind.words == ("text",) and behind.adjoins else None
        kind = block.words[0] if block.words else ""
        if kind == "arch":
            _arch(block, output, outcome)
        elif kind == "console":
            _expect(outcome, block, "".join(_console(block.text)))
        elif kind == "python":
            _python(block, output, namespace, outcome)
        elif kind not in ("", "text", "sh"):
            outcome.problems.append(f"{block.line}: no test knows blocks of {kind!r}")
    outcome.problems += [f"{b.line}: a text behind nothing that prints it" for b in _strays(found)]
    return outcome


def updated(page: str, outcome: Outcome) -> str:
    """The page with the texts that running it gave."""
    for block, text in sorted(outcome.texts, key=lambda pair: -pair[0].start):
        page = page[: block.start] + text + page[block.start + len(block.text) :]
    return page


def _strays(found: list[Block]) -> Iterator[Block]:
    for before, block in zip([None, *found], found, strict=False):
        prints = before is not None and before.words[:1] in (("python",), ("arch",)) and block.adjoins
        if block.words == ("text",) and not prints:
            yield block


def _expect(outcome: Outcome, block: Block, text: str) -> None:
    """The block must hold this text; a line ``...`` in it stands for any lines."""
    pattern = "".join(
        "(?:.*\n)*" if line == "...\n" else re.escape(line) for line in block.text.splitlines(keepends=True)
    )
    if not re.fullmatch(pattern, text):
        outcome.problems.append(f"{block.line}: gives\n{text}")
        if "...\n" not in block.text.splitlines(keepends=True):
            outcome.texts.append((block, text))


# --- specs ------------------------------------------------------------------------------------------------------------


def naming(block: Block) -> tuple[str | None, str | None]:
    """What the words behind ``arch`` say: a file's name, and the code that the spec gives."""
    words = [word for word in block.words[1:] if word not in ("error", "note")]
    files = [word for word in words if word.endswith(".arch")]
    codes = [word for word in words if not word.endswith(".arch")]
    return files[0] if files else None, codes[0] if codes else None


def _arch(block: Block, output: Block | None, outcome: Outcome) -> None:
    file, code = naming(block)
    name = file or "example.arch"
    if file:
        Path(name).write_text(block.text, encoding="utf-8")
    if code is None:
        _right(block, name, outcome)
    else:
        _wrong(block, name, code, output, outcome)


def _right(block: Block, name: str, outcome: Outcome) -> None:
    from archc.source import Source
    from archc.syntax.format import format_source

    report = _checked(block.text, name)
    if not report.ok:
        outcome.problems.append(f"{block.line}: has errors\n{_rendered(report)}")
        return
    formatted = format_source(Source(name, block.text))
    if formatted != block.text:
        outcome.problems.append(f"{block.line}: the house style is\n{formatted}")
        outcome.texts.append((block, formatted))


def _wrong(block: Block, name: str, code: str, output: Block | None, outcome: Outcome) -> None:
    report = _checked(block.text, name)
    codes = sorted({found.code for found in _found(report)})
    if codes != [code]:
        outcome.problems.append(f"{block.line}: gives {codes}, not {code}\n{_rendered(report)}")
    elif output is not None:
        _expect(outcome, output, _rendered(report))


def _checked(text: str, name: str) -> Any:
    from archc import driver

    if Path(name).exists():
        return driver.check(name)
    return driver.check_text(text, name)


def _rendered(report: Any) -> str:
    """The findings as the command line shows them, less the count at the end."""
    from archc.diagnostics.render import render

    return "\n".join(render(found, report.sources, color=False) for found in _found(report))


def _found(report: Any) -> list[Any]:
    """Mistakes, notes, and, where there are no mistakes, advice."""
    return [*report.diagnostics, *(report.advice if report.ok else ())]


# --- commands and code ------------------------------------------------------------------------------------------------


def _console(text: str) -> Iterator[str]:
    """The commands of a block, each with what it really writes."""
    for match in re.finditer(r"^\$ (.*)\n((?:(?!\$ ).*\n)*)", text, re.MULTILINE):
        yield f"$ {match[1]}\n"
        given = command(match[1])
        elided = match[2] == "...\n" and given
        yield "...\n" if elided else given


_last = {"code": 0}


def command(line: str) -> str:
    """Standard output and error of an ``archc`` command, or the exit code of the last one."""
    from click.testing import CliRunner

    from archc.cli.app import cli

    if line == "echo $?":
        return f"{_last['code']}\n"
    words = shlex.split(line)
    assert words[0] == "archc", f"only archc can be run here, not {line!r}"
    result = CliRunner().invoke(cli, words[1:], prog_name="archc")
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    _last["code"] = result.exit_code
    return result.output


def _python(block: Block, output: Block | None, namespace: dict[str, Any], outcome: Outcome) -> None:
    printed = io.StringIO()
    code = compile("\n" * block.line + block.text, "<page>", "exec")
    with contextlib.redirect_stdout(printed):
        exec(code, namespace)  # the documentation's own code
    if output is not None:
        _expect(outcome, output, printed.getvalue())
    elif printed.getvalue():
        outcome.problems.append(f"{block.line}: prints what the page does not show\n{printed.getvalue()}")
