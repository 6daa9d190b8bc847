"""What is done to an SVG: colours for dark pages, names that do not clash on a page of many pictures, PDF, and PNG of that."""

from __future__ import annotations

import io
import re

from archc.backends.palette import DARK


def for_dark_pages(svg: str) -> str:
    """The drawing with other colours of page and lines where the reader prefers a dark page. Boxes stay as they are."""
    rules = "".join(f'[fill="{light}"]{{fill:{dark}}}' for light, dark in DARK.items())
    style = f"<style>@media (prefers-color-scheme:dark){{{rules}}}</style>"
    start = svg.index(">", svg.index("<svg")) + 1
    return f"{svg[:start]}\n{style}{svg[start:]}"


def within_a_page(svg: str, prefix: str) -> str:
    """The drawing as an element of an HTML page: without a prologue, and with ids of its own."""
    return re.sub(r'\b(id=")', rf"\g<1>{prefix}-", svg[svg.index("<svg") :])


def to_pdf(svg: str) -> bytes:
    """The drawing as a PDF of vectors. Raises ImportError without svglib."""
    from reportlab.graphics.renderPDF import drawToString
    from svglib.svglib import svg2rlg

    drawing = svg2rlg(io.BytesIO(svg.encode("utf-8")))
    if drawing is None:
        raise ValueError("svglib cannot read the drawing")
    data: bytes = drawToString(drawing, autoclose=None)
    return data


def to_png(svg: str, dpi: float) -> bytes:
    """The drawing as PNG. Raises ImportError without svglib and pypdfium2."""
    from pypdfium2 import PdfDocument

    with PdfDocument(to_pdf(svg)) as document:
        file = io.BytesIO()
        document[0].render(scale=dpi / 72).to_pil().save(file, format="png")
        return file.getvalue()
