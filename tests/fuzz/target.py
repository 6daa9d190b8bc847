"""What is fuzzed: a file of any bytes, compiled and emitted as a stranger's spec would be."""

from __future__ import annotations

import ast
import json
import re
from pathlib import Path
from random import Random

from archc import driver
from archc.diagnostics.catalogue import CATALOGUE
from archc.diagnostics.errors import ArchError
from archc.diagnostics.model import Diagnostic
from archc.diagnostics.render import render_all
from archc.source import Source
from archc.syntax import SpecSyntaxError, read_text
from archc.syntax.format import format_source

CORPUS = Path(__file__).with_name("corpus.json")
TOKEN = re.compile(r'"""[\s\S]*?"""|"(?:\\.|[^"\n])*"|#[^\n]*|\w+|->|\*\*|//|[=!<>]=|\n[ ]*|[ ]+|.')
LONGEST = 4096


def survives(data: bytes) -> str:
    """Compile the bytes: nets with source that Python reads, or findings with places. Gives what became of them, in a word.

    Anything else raises.
    """
    source = read_text(data, "a.arch")
    if isinstance(source, Diagnostic):
        return source.code
    report = driver.check_text(source.text, "a.arch")
    assert report.ok == all(found.severity != "error" for found in report.diagnostics)
    for found in report.diagnostics:
        assert found.code in CATALOGUE
        assert found.span is not None
        where = report.sources[found.span.file]  # which may be a file of the zoo that the text imports
        assert 0 <= found.span.start <= found.span.end <= len(where.text) + 1
    render_all(report.diagnostics, report.sources, color=False)
    for net in report.nets.values():
        try:
            ast.parse(net.source)
        except ArchError as error:
            assert all(found.span is not None for found in error.diagnostics)
    return _formatted(source.text) and (next((d.code for d in report.diagnostics if d.severity == "error"), "ok"))


def _formatted(text: str) -> str:
    """The formatter takes what the parser takes, and changes nothing a second time."""
    try:
        once = format_source(Source("a.arch", text))
    except SpecSyntaxError:
        return "not a spec"
    assert format_source(Source("a.arch", once)) == once
    return "formatted"


def corpus() -> list[bytes]:
    """The inputs that are kept: each of them has reached some code that no other did, or has broken something once."""
    return [text.encode("latin-1") for text in json.loads(CORPUS.read_text(encoding="utf-8"))]


def keep(inputs: list[bytes]) -> None:
    """Write the inputs that are kept."""
    texts = sorted({data.decode("latin-1") for data in inputs}, key=lambda text: (len(text), text))
    CORPUS.write_text(json.dumps(texts, indent=0) + "\n", encoding="utf-8")


def mutated(data: bytes, others: list[bytes], seed: int) -> bytes:
    """The text with words and lines of it, or of another, dropped, doubled, swapped or put elsewhere."""
    chance = Random(seed)
    pieces, other = (TOKEN.findall(text.decode("utf-8", "replace")) for text in (data, chance.choice(others)))
    for _ in range(chance.randint(1, 4)):
        place = chance.randrange(len(pieces) + 1)
        count = chance.choice([0, 1, 1, 2, 8])
        start = chance.randrange(len(other) + 1)
        new = other[start : start + chance.choice([0, 1, 1, 3, 20])]
        pieces[place : place + count] = new if chance.random() < 0.8 else pieces[place : place + count] * 2
    return "".join(pieces).encode("utf-8", "replace")[:LONGEST]
