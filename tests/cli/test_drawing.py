"""``archc diagram`` and ``archc view``: the files that they write."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from tests.cli.running import run


def test_diagram_draws_by_the_ending(spec: Path) -> None:
    for name, start in (("a.svg", b"<?xml"), ("a.png", b"\x89PNG"), ("a.dot", b"digraph")):
        assert run("diagram", "small.arch", "-o", name).exit_code == 0
        assert (spec.parent / name).read_bytes().startswith(start)
    assert run("diagram", "small.arch").exit_code == 0
    assert (spec.parent / "Small.svg").exists()
    assert run("diagram", "small.arch", "-o", "-", "--direction", "right").stdout.startswith("digraph")
    assert run("diagram", "small.arch", "-o", "a.jpeg").exit_code == 2


def test_diagram_draws_volumes(spec: Path) -> None:
    assert run("diagram", "small.arch", "--style", "paper", "-o", "a.svg").exit_code == 0
    assert "<polygon" in Path("a.svg").read_text()
    assert run("diagram", "small.arch", "--style", "paper", "-o", "a.pdf").exit_code == 0
    assert Path("a.pdf").read_bytes().startswith(b"%PDF-")
    assert run("diagram", "small.arch", "--style", "paper", "-o", "a.png").exit_code == 0
    assert Path("a.png").read_bytes().startswith(b"\x89PNG")
    assert "one of svg, png, pdf" in run("diagram", "small.arch", "--style", "paper", "-o", "a.dot").output
    assert "leave out" in run("diagram", "small.arch", "--style", "paper", "--symbolic").output


def test_diagram_expands_a_block_that_is_there(spec: Path) -> None:
    assert run("diagram", "resnet18", "--depth", "1", "--expand", "layer2.0", "-o", "a.dot").exit_code == 0
    assert "downsample.0" in Path("a.dot").read_text()
    result = run("diagram", "resnet18", "--expand", "layer2.O")
    assert result.exit_code == 2
    assert "resnet18 has no block of this label" in " ".join(result.output.split())
    assert 'did you mean "layer2.0"?' in " ".join(result.output.split())


def test_view_says_which_port_it_cannot_have(spec: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        result = run("view", "small.arch", "--port", port)
    assert result.exit_code == 2
    assert f"--port {port}: " in result.output


def test_view_writes_one_file(spec: Path) -> None:
    assert run("view", "small.arch", "-o", "a.html").exit_code == 0
    assert Path("a.html").read_text().startswith("<!DOCTYPE html>")
    assert run("view", "none.arch").exit_code == 2
    assert run("view", "none.arch", "-o", "b.html").exit_code == 2


def test_without_an_engine_the_dot_text_is_written(spec: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(spec.parent))
    monkeypatch.setattr("sysconfig.get_path", lambda name: str(spec.parent))
    result = run("diagram", "small.arch", "-o", "a.svg")
    assert result.exit_code == 2
    assert "install graphviz-pure with pip, or Graphviz; wrote a.dot instead" in result.stderr
    assert (spec.parent / "a.dot").read_text().startswith("digraph")
    assert not (spec.parent / "a.svg").exists()
