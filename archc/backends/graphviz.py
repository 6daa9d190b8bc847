"""Drawing by Graphviz: the engine that pip brings along, or a system ``dot``, run on the text of ``archc.backends.dot``."""

from __future__ import annotations

import shutil
import subprocess
import sysconfig
from collections.abc import Iterable, Mapping
from pathlib import Path

from archc.backends.dot import Direction, to_dot
from archc.backends.svg import for_dark_pages, to_pdf, to_png
from archc.ir.graph import Net

ENGINE = "graphviz-pure"
SECONDS = 60
"""How long an engine may draw. 5,000 nodes take about six."""

PNG_DPI = 192
"""Twice the dots of a usual screen, so that text is sharp."""


class EngineMissing(OSError):
    """There is nothing installed that draws this format. ``str`` of it says what to install."""


class EngineFailed(OSError):
    """The engine took too long, or gave nothing. ``str`` of it says what happened."""


def diagram(
    net: Net,
    format: str = "svg",
    *,
    depth: int | None = None,
    direction: Direction = "down",
    symbolic: bool = False,
    sizes: Mapping[str, int] | None = None,
    expand: Iterable[str] = (),
) -> bytes:
    """The net drawn, as the bytes of a file: ``svg``, ``png`` or ``pdf``; or its ``dot`` text in UTF-8. See ``to_dot``.

    Raises NoSuchBlock, EngineMissing and EngineFailed.
    """
    text = to_dot(net, depth=depth, direction=direction, symbolic=symbolic, sizes=sizes, expand=expand)
    return text.encode("utf-8") if format == "dot" else render(text, format)


def render(text: str, format: str, seconds: float = SECONDS) -> bytes:
    """A DOT text drawn. Raises EngineMissing and EngineFailed."""
    if format == "svg":
        return for_dark_pages(_run(text, "svg", seconds).decode("utf-8")).encode("utf-8")
    if format == "pdf" and shutil.which("dot") is None:
        return pdf_of(_run(text, "svg", seconds).decode("utf-8"))
    return _run(text, format, seconds)


def pdf_of(svg: str) -> bytes:
    """An SVG as PDF. Raises EngineMissing."""
    try:
        return to_pdf(svg)
    except ImportError:
        raise EngineMissing("PDF needs Graphviz's own `dot`, or `pip install 'archc[pdf]'`") from None


def png_of(svg: str) -> bytes:
    """An SVG as PNG. Raises EngineMissing."""
    try:
        return to_png(svg, PNG_DPI)
    except ImportError:
        raise EngineMissing("PNG of volumes needs `pip install 'archc[pdf]'`") from None


def _run(text: str, format: str, seconds: float) -> bytes:
    engine = find_engine(format)
    command = [str(engine), f"-T{format}", *([f"-Gdpi={PNG_DPI}"] if format == "png" else [])]
    try:
        done = subprocess.run(command, input=text.encode("utf-8"), capture_output=True, timeout=seconds)
    except subprocess.TimeoutExpired:
        raise EngineFailed(f"{engine.name} did not finish in {seconds:g} seconds") from None
    except OSError as error:
        raise EngineFailed(f"{engine.name} cannot be run: {error.strerror or error}") from None
    if not done.stdout:  # with an exit code of 1 and a drawing, it only warns
        reason = done.stderr.decode("utf-8", "replace").strip().partition("\n")[0]
        raise EngineFailed(f"{engine.name} drew nothing" + (f": {reason}" if reason else ""))
    return done.stdout


def find_engine(format: str) -> Path:
    """The program that draws a format: the one installed beside this Python, then those on the PATH. Raises EngineMissing."""
    beside = sysconfig.get_path("scripts")
    places = [(ENGINE, beside), (ENGINE, None)] if format != "pdf" else []
    for name, path in [*places, ("dot", None)]:
        found = shutil.which(name, path=path)
        if found is not None:
            return Path(found)
    raise EngineMissing(f"there is no Graphviz engine: install {ENGINE} with pip, or Graphviz")
