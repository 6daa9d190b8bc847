"""Runs the suite, and checks that suite, catalogue and compiler know the same codes."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from archc.diagnostics.catalogue import CATALOGUE
from archc.driver import check_text
from archc.source import Source
from tests.suite.sections import Section, annotated, read_sections, write_sections

ROOT = Path(__file__).resolve().parents[2]
FILES = {path.stem: path for path in sorted(Path(__file__).parent.glob("*.arch.txt"))}
SECTIONS = [section for path in FILES.values() for section in read_sections(path)]
NAME = "spec.arch"

# Codes that the text of one spec cannot give, with the test that shows them given.
ELSEWHERE = {
    "E0108": "tests/elaborate/test_files.py",
    "E0701": "tests/elaborate/test_files.py",
    "E0702": "tests/elaborate/test_files.py",
    "E0704": "tests/elaborate/test_targets.py",
    "E0706": "tests/elaborate/test_files.py",
    "E0801": "tests/backends/torch/test_building.py",
    "E0802": "tests/backends/torch/test_building.py",
    "E0803": "tests/backends/torch/test_building.py",
    "E0804": "tests/backends/torch/test_building.py",
    "E0805": "tests/backends/torch/test_building.py",
    "E0806": "tests/backends/torch/test_weights.py",
    "E0807": "tests/backends/torch/test_weights.py",
}


def outcome(spec: str) -> str:
    """The spec with what the compiler says of it."""
    report = check_text(spec, NAME)
    return annotated(Source(NAME, spec), (*report.diagnostics, *report.advice))


def codes(written: str) -> set[str]:
    return set(re.findall(r"^# (?:Error|Note)\[([EN]\d{4})\]: ", written, re.MULTILINE))


@pytest.mark.parametrize("section", SECTIONS, ids=str)
def test_a_section_gives_what_is_written_below_its_lines(section: Section, updating: bool) -> None:
    written = outcome(section.spec)
    if updating:
        rewritten = Section(section.file, section.title, written)
        path = FILES[section.file]
        write_sections(path, [rewritten if old.title == section.title else old for old in read_sections(path)])
    else:
        assert written == section.written


def test_every_code_is_given_somewhere() -> None:
    given = {code for section in SECTIONS for code in codes(section.written)}
    assert sorted(CATALOGUE.keys() - given - ELSEWHERE.keys()) == []
    assert sorted((given | ELSEWHERE.keys()) - CATALOGUE.keys()) == []


def test_codes_given_elsewhere_are() -> None:
    for code, file in ELSEWHERE.items():
        assert f'"{code}"' in (ROOT / file).read_text(encoding="utf-8"), code


def test_the_compiler_and_the_catalogue_have_the_same_codes() -> None:
    files = [path for path in (ROOT / "archc").rglob("*.py") if not path.name.startswith("codes_")]
    used = {code for path in files for code in re.findall(r'"([EN]\d{4})"', path.read_text(encoding="utf-8"))}
    assert sorted(used ^ CATALOGUE.keys()) == []


@pytest.mark.parametrize("code", CATALOGUE)
def test_the_catalogues_specs_are_wrong_and_right(code: str) -> None:
    info = CATALOGUE[code]
    assert codes(outcome(info.right)) == set()
    if code not in ELSEWHERE:
        assert codes(outcome(info.wrong)) == {code}
