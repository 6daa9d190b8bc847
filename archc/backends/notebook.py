"""A net as Jupyter shows it: its diagram and its table, in one piece of HTML."""

from __future__ import annotations

import hashlib
from html import escape

from archc.backends import tables
from archc.backends.graphviz import EngineFailed, EngineMissing, diagram
from archc.backends.summary import summarize
from archc.backends.svg import within_a_page
from archc.ir.graph import Net


def mimebundle(net: Net) -> dict[str, str]:
    """HTML for notebooks, and the plain table for what shows text only."""
    data = summarize(net)
    return {"text/plain": tables.plain(data), "text/html": f"{_picture(net)}\n{tables.html(data)}"}


def _picture(net: Net) -> str:
    """The diagram as an element; where there is no engine, why, and the table has to do."""
    try:
        svg = diagram(net).decode("utf-8")
    except (EngineMissing, EngineFailed) as error:
        return f"<p>{escape(str(error))}</p>"
    # The same picture gets the same ids each time, so that a notebook that is run again does not change.
    return within_a_page(svg, "archc" + hashlib.sha256(svg.encode()).hexdigest()[:8])
