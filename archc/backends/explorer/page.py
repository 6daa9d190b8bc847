"""The explorer as one HTML page that needs nothing else: its style, its scripts and its data stand in it."""

from __future__ import annotations

import json
from pathlib import Path
from string import Template
from typing import Any

FOLDER = Path(__file__).resolve().parent
SCRIPTS = ("layout.js", "flow.js", "picture.js", "panels.js", "explorer.js", "input.js")


def page(data: dict[str, Any]) -> str:
    """The page that shows ``data``, which is a state of ``archc.backends.explorer.state``."""
    scripts = "\n".join(f"<script>\n{_file(name)}</script>" for name in SCRIPTS)
    parts = {"style": _file("style.css"), "scripts": scripts, "data": embedded(data)}
    return Template(_file("page.html")).substitute(parts)


def embedded(data: object) -> str:
    """JSON that can stand within a script element: no text of a spec can end it."""
    text = json.dumps(data, separators=(",", ":"), ensure_ascii=True)
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def _file(name: str) -> str:
    return (FOLDER / name).read_text(encoding="utf-8")
