"""Writes ``soundness.md``: what the last long runs of the properties and of the modules' checks have found. Run by ``make docs``."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
REASONS = HERE.parent / "tests" / "zoo" / "reasons.toml"
EXPLAINED = HERE.parent / "tests" / "mutation" / "explained.toml"
INTRO = """# Soundness

What archc says of a net is compared with what PyTorch does, on random specs of the whole language.

- *Valid specs*: names, shapes, dtypes and counts of parameters and buffers, FLOPs, shapes at other sizes; the module's numbers are those of
  the IR run operator by operator, in evaluation and in training; formatting keeps the meaning; the IR comes back from JSON.
- *Almost valid specs* have one call changed: archc refuses what PyTorch refuses, and beyond that only what it is stricter about on purpose.
- *Chains*: for which sizes a net is defined, at each size from 1 to 50.

The tests try 2,000 specs; `python -m tests.property.run --minutes 60 --seed 1 --keep` tries more. Its last kept run:

| | |
| --- | ---: |
"""
FUZZING = """
## Fuzzing

`python -m tests.fuzz.run --minutes 60 --keep` compiles inputs of any bytes, guided by the coverage of archc: half of them are changed byte
by byte, half word by word and line by line. Each has five seconds and 512 MB, and has to end in nets or in findings with a
place, never in a traceback.
The tests replay the inputs that reached something new. All kept runs together:

| | |
| --- | ---: |
"""
MODULES = """
## Emitted modules

`python -m tests.zoo.behaviour --keep` tries on every net of the zoo what modules have to do beside running: copies by deepcopy and
pickle, a spawned process and a spawned worker of a `DataLoader`, the state by safetensors and `weights_only`, TorchScript, autocast in
bfloat16, `channels_last`, and a step that lowers the loss on a fixed batch.

Compilers are tried on the nets below: of nets that make the same calls, as the depths of a family do, on the smallest, which stands for all
of more than 100 million parameters altogether. Other nets of that size are tried at a smaller width and depth, where their file has
hyperparameters for that. The compilers are `torch.compile(fullgraph=True)` with the backend `aot_eager`, on some nets with `inductor` too;
`torch.export` with the net's symbols as dynamic sizes, also at two other sizes; and `torch.onnx.export(dynamo=True)`, run by onnxruntime.
All give the module's own numbers, up to rounding.

| file | nets tried | compiled and exported | by inductor |
| --- | ---: | --- | --- |
"""
MUTANTS = """
## Mutants

`python -m tests.mutation.run --keep` changes one thing at a time in the arithmetic of sizes and in shape rules (a sign, a comparison, a
number, a condition) and runs the tests of that file. A mutant is killed when a test fails or does not end in time. One that survives
shows that a test is missing, unless `tests/mutation/explained.toml` says why nothing could tell it apart. Tried last
were a random third of the mutants of `archc/ops` and of `division.py` (`--share 0.35`), and all of the others.

| file | tried | killed | of them by time | explained | survive |
| --- | ---: | ---: | ---: | ---: | ---: |
"""
RESERVATIONS = """What did not simply pass:

`torch.export` unrolls recurrent layers, so that each number of their steps has a program of its own. `Dim.AUTO` instead of the ranges of
`archc sizes --export` is for nets of which `torch.export` cannot decide its own guards over ranges; it refuses torchvision's GoogLeNet and
ConvNeXt in the same words.

| nets | check | |
| --- | --- | --- |
"""

Nets = dict[str, dict[str, str]]
"""Results by net and check, as ``tests.zoo.behaviour`` writes them."""


def page() -> str:
    """The whole page."""
    counts, fuzzing, modules, mutants = map(_kept, ("soundness", "fuzzing", "modules", "mutants"))
    first, last = counts.pop("seeds")
    count = f"\nThe last runs have come to {sum(map(len, modules.values()))} nets. "
    tables = {
        INTRO: [f"| seeds | {first} to {last} |", *map(_count, counts.items())],
        FUZZING: list(map(_count, fuzzing.items())),
        MODULES: [_family(file, nets) for file, nets in modules.items()],
        count + RESERVATIONS: list(_reserved(modules)),
        MUTANTS: mutants_table(mutants, tomllib.loads(EXPLAINED.read_text(encoding="utf-8"))),
    }
    return "".join(head + "\n".join(rows) + "\n" for head, rows in tables.items())


def _kept(name: str) -> dict[str, Any]:
    kept: dict[str, Any] = json.loads((HERE / f"{name}.json").read_text(encoding="utf-8"))
    return kept


def _count(row: tuple[str, int]) -> str:
    name, value = row
    return f"| {name} | {value:,} |"


def mutants_table(kept: dict[str, Any], explained: dict[str, dict[str, str]]) -> list[str]:
    """A row for each file, and one for all: of the mutants tried, how many were killed, are explained, survive."""
    counts = []
    for file, found in sorted(kept.items()):
        known = sum(what in explained.get(file, {}) for what in found["alive"])
        alive = len(found["alive"])
        counts.append((f"`{file}`", found["tried"], found["tried"] - alive, found["late"], known, alive - known))
    everything = ("all", *map(sum, list(zip(*counts, strict=True))[1:]))
    return [f"| {' | '.join(f'{value}' for value in row)} |" for row in (*counts, everything)]


def _family(file: str, nets: Nets) -> str:
    compiled = [net for net, results in nets.items() if not results["compile"].startswith("as ")]
    coded = [net for net, results in nets.items() if "inductor" in results]
    return f"| `{file}` | {len(nets)} | {_names(compiled)} | {_names(coded)} |"


def _reserved(modules: dict[str, Nets]) -> Iterator[str]:
    """A row for each thing that was said, with the checks and the nets of which it was said."""
    said: dict[tuple[str, str], list[str]] = {}
    reasons = tomllib.loads(REASONS.read_text(encoding="utf-8"))
    for net, results in [pair for nets in modules.values() for pair in nets.items()]:
        texts = {
            check: text.removeprefix("ok: ") if text.startswith("ok: ") else reasons[net][check]
            for check, text in results.items()
            if text != "ok" and not text.startswith("as ")
        }
        for text in dict.fromkeys(texts.values()):
            said.setdefault((", ".join(check for check in texts if texts[check] == text), text), []).append(net)
    yield from (f"| {_names(nets)} | {checks} | {text} |" for (checks, text), nets in said.items())


def _names(nets: list[str]) -> str:
    return ", ".join(f"`{net}`" for net in nets)
