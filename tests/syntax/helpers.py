"""What the tests of the syntax share."""

from __future__ import annotations

import json
from pathlib import Path

from archc.source import Source
from archc.syntax import ast, dump, parse

EXAMPLES = sorted((Path(__file__).parent / "examples").glob("*.arch"))


def parsed(text: str) -> ast.File:
    """The tree of a spec that has no faults."""
    file, found = parse(Source("test.arch", text))
    assert file is not None, found
    assert not found
    return file


def plain(node: object) -> str:
    """A tree without places, as text, so that 1, 1.0 and True differ."""
    return json.dumps(dump(node))
