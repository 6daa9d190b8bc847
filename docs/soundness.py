"""Writes ``soundness.md``: what the last long runs of the properties and of the modules' checks have found. Run by ``make docs``."""

from __future__ import annotations

import json
from pathlib import Path

HERE = Path(__file__).resolve().parent
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

`python -m tests.zoo.behaviour --keep` tries what modules have to do beside running: `copies` by deepcopy and pickle, `states` by
safetensors and `weights_only`, `compile` with `fullgraph=True` (backend `eager`), `export` by `torch.export` with the net's symbols as
dynamic sizes and at two others, `onnx` checked by onnxruntime, TorchScript, autocast in bfloat16, `channels_last`, and a step that
lowers the loss. The nets that were tried last, and what failed:

| net | failed |
| --- | --- |
"""


def page() -> str:
    """The whole page."""
    counts, fuzzing, modules = (
        json.loads((HERE / f"{name}.json").read_text(encoding="utf-8")) for name in ("soundness", "fuzzing", "modules")
    )
    first, last = counts.pop("seeds")
    rows = [f"| seeds | {first} to {last} |", *(f"| {name} | {value:,} |" for name, value in counts.items())]
    tried = [f"| `{net}` | {_failed(results)} |" for net, results in modules.items()]
    fuzzed = [f"| {name} | {value:,} |" for name, value in fuzzing.items()]
    return INTRO + "\n".join(rows) + "\n" + FUZZING + "\n".join(fuzzed) + "\n" + MODULES + "\n".join(tried) + "\n"


def _failed(results: dict[str, str]) -> str:
    return "; ".join(f"{check}: `{result}`" for check, result in results.items() if result != "ok") or "nothing"
