"""Colours: Pygments and TextMate tell the same kinds of text apart, on the whole zoo, and know every word of the language."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from pygments.token import Token

from archc.pygments_lexer import ArchLexer
from archc.reading import zoo_files
from archc.syntax import words
from archc.syntax.driver import tables
from archc.syntax.highlight import KINDS, textmate

ROOT = Path(__file__).resolve().parents[2]
VSCODE = ROOT / "editors" / "vscode"
GRAMMAR = VSCODE / "syntaxes" / "arch.tmLanguage.json"

EXAMPLE = '''\
"""A net, with its
paper."""
from "blocks.arch" import Res as R  # comment

net A(n=4)(x: [B, T=8], t: int[B]) -> [B, n] where T >= 2:
    init linear.weight ~ normal(0, 0.01)
    fc: linear(n)
    "block{i}-a": linear(n)
    y = x -> layers.{i}: linear(8, bias=False) -> relu
    if training:
        y = where(y > 1e-5, y, -y)[:, 1:-1]
    return y if n is not None else x -> fc
'''


def pygments_kinds(text: str) -> list[str]:
    """For each letter the kind of the text that it is in."""
    kinds = {Token: ""} | {lexer_token(kind): kind for kind in KINDS}
    return [kinds[token] for token, part in ArchLexer(ensurenl=False, stripnl=False).get_tokens(text) for _ in part]


def lexer_token(kind: str) -> Any:
    token: Any = Token
    for part in KINDS[kind][0].split("."):
        token = getattr(token, part)
    return token


def textmate_kinds(text: str, grammar: dict[str, Any]) -> list[str]:
    """The same by a TextMate grammar: at each place of a line the leftmost match, of several the first; regions go on."""
    scopes = {f"{scope}.arch": kind for kind, (_, scope) in KINDS.items()}
    kinds: list[str] = []
    region: dict[str, Any] | None = None
    for line in text.splitlines(keepends=True):
        found = [""] * len(line)
        at = 0
        while at < len(line):
            patterns = grammar["patterns"] if region is None else [{"match": region["end"]}, *region["patterns"]]
            best = leftmost(patterns, line, at)
            stop = len(line) if best is None else best[1].end() if region else best[1].start()
            if region is not None:
                found[at:stop] = [scopes[region["name"]]] * (stop - at)
            if best is None:
                break
            rule, match = best
            if region is not None:
                region = None if rule is patterns[0] else region
            elif "begin" in rule:
                region = rule
                found[match.start() : match.end()] = [scopes[rule["name"]]] * len(match[0])
            else:
                paint(found, rule, match, scopes)
            assert match.end() > at
            at = match.end()
        kinds += found
    assert region is None
    return kinds


def leftmost(patterns: list[dict[str, Any]], line: str, at: int) -> tuple[dict[str, Any], re.Match[str]] | None:
    matches = [(rule, re.compile(rule.get("match") or rule["begin"]).search(line, at)) for rule in patterns]
    found = [(rule, match) for rule, match in matches if match is not None]
    return min(found, key=lambda pair: pair[1].start(), default=None)


def paint(found: list[str], rule: dict[str, Any], match: re.Match[str], scopes: dict[str, str]) -> None:
    if "name" in rule:
        found[match.start() : match.end()] = [scopes[rule["name"]]] * len(match[0])
    for group, capture in rule.get("captures", {}).items():
        found[match.start(int(group)) : match.end(int(group))] = [scopes[capture["name"]]] * len(match[int(group)])


def told(text: str, kinds: list[str]) -> Iterator[tuple[str, str]]:
    """The words of a text with their kinds."""
    for match in re.finditer(r"[A-Za-z_0-9.{}]+|->|\"", text):
        yield match[0], kinds[match.start()]


@pytest.mark.parametrize("path", zoo_files(), ids=lambda path: path.stem)
def test_the_zoo_has_no_errors_and_two_engines_agree(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    tokens = list(ArchLexer(ensurenl=False, stripnl=False).get_tokens(text))
    assert [part for token, part in tokens if token is Token.Error] == []
    assert "".join(part for _, part in tokens) == text
    kinds = pygments_kinds(text)
    assert [kind for kind, letter in zip(kinds, text, strict=True) if not kind and not letter.isspace()] == []
    assert textmate_kinds(text, json.loads(GRAMMAR.read_text())) == kinds


def test_kinds() -> None:
    kinds = list(told(EXAMPLE, pygments_kinds(EXAMPLE)))
    for pair in [
        ("paper.", "doc"), ("from", "keyword"), ("import", "keyword"), ("as", "keyword"), ("R", "name"), ("comment", "comment"),
        ("net", "definition"), ("x", "label"), ("int", "type"), ("where", "keyword"), ("where", "call"), ("init", "definition"),
        ("fc", "label"), ("layers.{i}", "label"), ("linear", "call"), ("False", "constant"), ("if", "keyword"),
        ("training", "constant"), ("1e", "number"), ("is", "word"), ("not", "word"), ("None", "constant"), ("relu", "name"),
        ("->", "operator"), ('"', "label"),
    ]:  # fmt: skip
        assert pair in kinds, pair
    assert ("A", "defined") in kinds


def test_soft_words_are_names_where_they_are_free() -> None:
    text = "block = net(init)\nwhere = tie - freeze\ncfg.extern = as\n"
    assert {kind for _, kind in told(text, pygments_kinds(text))} <= {"name", "call", "operator"}


def test_what_is_no_text_of_the_language_is_an_error() -> None:
    assert any(token is Token.Error for token, _ in ArchLexer().get_tokens("x = ?\n"))


def test_the_words_are_those_of_the_grammar() -> None:
    assert set(tables().lexicon.keywords) == words.KEYWORDS | set(words.CONSTANTS)
    soft = {name.lower() for name in tables().lexicon.soft} - {"label", "quoted_label", "path"}
    assert soft == words.SOFT_KEYWORDS


@pytest.mark.parametrize("word", sorted(words.KEYWORDS | words.SOFT_KEYWORDS | {*words.RESERVED, *words.DTYPES}))
def test_the_grammar_for_editors_names_every_word(word: str) -> None:
    text = " ".join(pattern.get("match", "") for pattern in json.loads(GRAMMAR.read_text())["patterns"])
    assert re.search(rf"(?<![a-z]){word}(?![a-z])", text.replace("\\b", " "))


def test_the_grammar_for_editors_is_up_to_date(updating: bool) -> None:
    text = json.dumps(textmate(), indent=2) + "\n"
    if updating:
        GRAMMAR.write_text(text)
    assert GRAMMAR.read_text() == text, "`make golden` writes it"


def test_the_folder_for_vs_code_is_whole() -> None:
    package = json.loads((VSCODE / "package.json").read_text())["contributes"]
    (language,), (grammar,) = package["languages"], package["grammars"]
    configuration = json.loads((VSCODE / language["configuration"]).read_text())
    assert configuration["comments"]["lineComment"] == "#"
    assert (VSCODE / grammar["path"]).resolve() == GRAMMAR
    assert grammar["scopeName"] == json.loads(GRAMMAR.read_text())["scopeName"]
    assert (language["extensions"], grammar["language"]) == ([".arch"], language["id"])


def test_pygments_finds_the_lexer() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    module, name = project["entry-points"]["pygments.lexers"]["arch"].split(":")
    assert getattr(import_module(module), name) is ArchLexer
    assert "arch" in ArchLexer.aliases and "*.arch" in ArchLexer.filenames
