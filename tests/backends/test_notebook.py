"""What Jupyter shows of a net, with a notebook that is really run."""

from __future__ import annotations

import re
import shutil
import sysconfig
from pathlib import Path
from xml.etree import ElementTree

import nbformat
import pytest
from nbconvert.exporters import HTMLExporter
from nbconvert.preprocessors import ExecutePreprocessor

from archc import driver

SPEC = """net Small(width=16)(image: [B, 3, H=32, W=32]) -> [B, 10]:
    return image -> conv1: conv(width, 3) -> relu -> adaptive_avg_pool(1) -> flatten -> fc: linear(10)
"""


# The kernel's client leaves its event loop to be collected; jupyter_client tells of its own future changes.
@pytest.mark.filterwarnings(
    "ignore::DeprecationWarning", "ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning"
)
def test_a_notebook_shows_diagram_and_table(tmp_path: Path) -> None:
    (tmp_path / "small.arch").write_text(SPEC)
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("import archc\narchc.compile('small.arch')")])
    ExecutePreprocessor(timeout=120, kernel_name="python3").preprocess(notebook, {"metadata": {"path": str(tmp_path)}})
    (output,) = notebook.cells[0].outputs
    assert set(output.data) == {"text/html", "text/plain"}
    body, _ = HTMLExporter().from_notebook_node(notebook)
    assert "<svg" in body
    assert "<caption>Small(width=16), at B=1, H=32, W=32</caption>" in body
    assert "Parameters: 618" in output.data["text/plain"]


def test_two_pictures_on_a_page_share_no_ids() -> None:
    bundles = [driver.compile(name)._repr_mimebundle_()["text/html"] for name in ("LeNet5", "resnet18")]
    ids = [set(re.findall(r'\bid="([^"]+)"', html)) for html in bundles]
    assert all(ids)
    assert not ids[0] & ids[1]
    assert bundles[0] == driver.compile("LeNet5")._repr_mimebundle_()["text/html"]
    for html in bundles:
        ElementTree.fromstring(f"<div>{html}</div>".replace("<br>", "<br/>"))


def test_without_an_engine_there_is_the_table(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda name, path=None: None)
    monkeypatch.setattr(sysconfig, "get_path", lambda name: str(tmp_path))
    html = driver.compile("LeNet5")._repr_mimebundle_()["text/html"]
    assert html.startswith("<p>there is no Graphviz engine")
    assert "<table>" in html


def test_text_of_a_spec_is_text_in_html() -> None:
    spec = 'block A(w)(x: [B, 8]) -> [B, 8]:\n    return relu(x)\n\nnet N()(x: [B, 8]) -> [B, 8]:\n    return x -> a: A("<b>&")\n'
    html = driver.check_text(spec).raise_errors().nets["N"]._repr_mimebundle_()["text/html"]
    assert "&lt;b&gt;&amp;" in html
    assert "<b>&" not in html
