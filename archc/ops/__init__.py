"""The operators, one class each, a family a file. Every module of this package is found here: adding an operator touches one file."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from archc.ir.operator import OPERATORS, Operator

_NAME = re.compile(rb'\n    name = "(\w+)"')


@cache
def operators() -> Mapping[str, type[Operator]]:
    """All operators by name. Their names are read from the files; a file is imported when one of its operators is asked for."""
    for path in sorted(Path(__file__).parent.glob("[!_]*.py")):
        for name in _NAME.findall(path.read_bytes()):
            OPERATORS.announce(name.decode(), f"{__name__}.{path.stem}")
    return OPERATORS
