"""The catalogue as a whole. That each code is really given for its wrong spec is shown by the suite."""

from __future__ import annotations

import re
import subprocess
import sys

import pytest

from archc.diagnostics.catalogue import CATALOGUE, explain, merged
from archc.diagnostics.catalogue_model import CodeInfo


def info(title: str = "a title") -> CodeInfo:
    return CodeInfo(title, "why", "wrong\n", "right\n")


def test_parts_are_merged_in_order() -> None:
    assert list(merged([{"E0200": info(), "E0100": info()}, {"E0150": info()}])) == ["E0100", "E0150", "E0200"]


def test_a_code_that_two_parts_define_is_an_error() -> None:
    with pytest.raises(ValueError, match=r"defined twice in the catalogue: E0100$"):
        merged([{"E0100": info(), "E0101": info()}, {"E0100": info()}])


def test_every_entry_is_complete() -> None:
    for code, entry in CATALOGUE.items():
        assert re.fullmatch(r"[EN]\d{4}", code)
        assert entry.title
        assert "\n" not in entry.title
        assert not entry.title.endswith(".")
        assert all(part.strip() for part in (entry.explanation, entry.wrong, entry.right)), code


def test_every_entry_has_a_page() -> None:
    for code, entry in CATALOGUE.items():
        page = explain(code)
        assert page.startswith(f"{code}: {entry.title}\n\n")
        assert page.index("\nWrong:\n") < page.index("\nRight:\n")
        assert max(map(len, page.splitlines())) <= 100, code


def test_an_unknown_code() -> None:
    with pytest.raises(KeyError):
        explain("E9999")


def test_rendering_reads_no_catalogue() -> None:
    code = "import archc.diagnostics.render, archc.diagnostics.errors, sys; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert "archc.diagnostics.render" in loaded
    assert not [name for name in loaded if "catalogue" in name or "codes_" in name]
