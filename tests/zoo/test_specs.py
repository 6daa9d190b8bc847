"""Every file of the zoo: it checks without a finding and without torch, is documented, and reads like a table."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from archc.diagnostics.render import render_all
from archc.source import Source
from archc.syntax import parse
from archc.syntax.format import format_source
from tests.zoo.nets import SHARED, SPECS, report

every_spec = pytest.mark.parametrize("spec", SPECS, ids=lambda path: path.stem)


def test_all_specs_are_found() -> None:
    assert len(SPECS) >= 10


@every_spec
def test_a_spec_checks_without_a_finding(spec: Path) -> None:
    found = report(spec)
    assert render_all(found.diagnostics, found.sources, color=False) == ""
    assert bool(found.nets) == (spec.stem not in SHARED)


@every_spec
def test_a_spec_says_where_its_nets_come_from(spec: Path) -> None:
    tree, _ = parse(Source(spec.name, spec.read_text(encoding="utf-8")))
    assert tree is not None
    assert tree.doc is not None
    assert re.search(r"\b(1[89]|20)\d\d\b", tree.doc), "an author and a year"
    assert re.search(r"arXiv:\d{4}\.\d{4,5}|Nature|Science|Proc\.|Soc\.", tree.doc), "a venue"


@every_spec
def test_a_spec_asserts_the_parameters_of_each_net(spec: Path) -> None:
    text = spec.read_text(encoding="utf-8")
    for name in report(spec).nets:
        assert f" {name}.params" in text.partition("\nassert ")[1] + text.partition("\nassert ")[2], name


@every_spec
def test_a_spec_fits_the_page(spec: Path) -> None:
    lines = spec.read_text(encoding="utf-8").split("\n")
    assert [line for line in lines if len(line) > 110 or "\t" in line or line != line.rstrip()] == []
    assert lines[-1] == "" and lines[-2] != ""


def test_checking_the_zoo_imports_no_torch() -> None:
    script = (
        "import sys\nfrom archc import driver\n"
        "for spec in sys.argv[1:]:\n    assert driver.check(spec).ok\n"
        "assert 'torch' not in sys.modules and 'networkx' not in sys.modules\n"
    )
    done = subprocess.run([sys.executable, "-c", script, *map(str, SPECS)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


@every_spec
def test_a_spec_is_in_the_house_style(spec: Path) -> None:
    text = spec.read_text(encoding="utf-8")
    assert format_source(Source(spec.name, text)) == text


@every_spec
def test_a_spec_says_for_which_sizes_its_nets_are(spec: Path) -> None:
    """``archc check --strict`` has nothing to ask for."""
    assert report(spec).advice == ()
