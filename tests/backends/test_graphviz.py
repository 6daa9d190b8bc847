"""Engines: found beside Python first, bounded in time, and never a traceback."""

from __future__ import annotations

import os
import stat
import sysconfig
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest

from archc.backends.graphviz import EngineFailed, EngineMissing, diagram, find_engine, render
from tests.analysis.nets import inception, resnet, vgg16

TEXT = "digraph { a -> b }"


@pytest.fixture
def only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that is the only place where engines are looked for."""
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(sysconfig, "get_path", lambda name: str(tmp_path / "scripts"))
    return tmp_path


def program(path: Path, body: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{body}\n")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return path


@pytest.mark.parametrize("make", [vgg16, resnet, inception])
def test_a_net_is_drawn_as_well_formed_svg(make: object) -> None:
    assert callable(make)
    root = ElementTree.fromstring(diagram(make(), "svg", depth=3))
    assert root.tag.endswith("svg")
    shown = "".join(root.itertext())
    assert "conv" in shown


def test_png_is_png() -> None:
    assert diagram(vgg16(), "png").startswith(b"\x89PNG\r\n\x1a\n")


def test_dot_is_text() -> None:
    assert diagram(vgg16(), "dot").startswith(b'digraph "vgg" {')


def test_the_engine_beside_python_comes_first_then_the_path_then_dot(only: Path) -> None:
    dot = program(only / "dot", "cat")
    assert find_engine("svg") == dot
    on_path = program(only / "graphviz-pure", "cat")
    assert find_engine("svg") == on_path
    beside = program(only / "scripts" / "graphviz-pure", "cat")
    assert find_engine("svg") == beside
    assert find_engine("pdf") == dot


def test_without_an_engine_the_error_says_what_to_install(only: Path) -> None:
    with pytest.raises(EngineMissing, match="install graphviz-pure with pip, or Graphviz"):
        render(TEXT, "svg")
    with pytest.raises(EngineMissing, match="PDF needs Graphviz's own `dot`"):
        render(TEXT, "pdf")


def test_an_engine_that_hangs_is_stopped(only: Path) -> None:
    program(only / "dot", f"exec {os.defpath.split(':')[-1]}/sleep 60")
    with pytest.raises(EngineFailed, match=r"dot did not finish in 0\.2 seconds"):
        render(TEXT, "svg", seconds=0.2)


def test_a_drawing_with_exit_code_1_is_a_drawing(only: Path) -> None:
    program(only / "dot", "echo '<svg/>'; echo warning >&2; exit 1")
    assert render(TEXT, "svg") == b"<svg/>\n"


def test_an_engine_that_draws_nothing_is_quoted(only: Path) -> None:
    program(only / "dot", "echo 'Error: syntax' >&2; exit 1")
    with pytest.raises(EngineFailed, match="dot drew nothing: Error: syntax"):
        render(TEXT, "svg")


def test_an_engine_that_cannot_be_run(only: Path) -> None:
    (program(only / "dot", "")).write_text("#!/no/such/interpreter\n")
    with pytest.raises(EngineFailed, match="dot cannot be run"):
        render(TEXT, "svg")
