"""Draws the pictures of ``docs/diagrams.md``: ``python -m docs.draw``, or ``make docs``."""

from __future__ import annotations

import re
from pathlib import Path

from archc import driver

FOLDER = Path(__file__).resolve().parent / "pictures"
GRAPHS = (
    *("vgg16", "resnet50", "resnet152", "googlenet", "densenet121"),
    *("unet", "swin_t", "transformer_base", "bert_base", "gpt2"),
)
VOLUMES = ("vgg16", "unet")


def drawn() -> dict[str, bytes]:
    """Every picture by its name."""
    graphs = {f"{name}.svg": driver.compile(name).diagram("svg", direction=direction(name)) for name in GRAPHS}
    return graphs | {f"{name}_volumes.svg": driver.compile(name).volumes("svg") for name in VOLUMES}


def direction(name: str) -> str:
    """The figure of the Transformer's paper goes up."""
    return "up" if name == "transformer_base" else "down"


def words(svg: bytes) -> list[str]:
    """What a picture says, wherever an engine's version has put it."""
    return sorted(re.findall(r"<text[^>]*>([^<]*)</text>", svg.decode("utf-8")))


def stale() -> list[str]:
    """Pictures that are missing, left over, or say something else than they would now."""
    now, there = drawn(), {path.name: path.read_bytes() for path in FOLDER.glob("*")}
    changed = {name for name in now.keys() & there.keys() if words(now[name]) != words(there[name])}
    return sorted(changed | (now.keys() ^ there.keys()))


def write() -> None:
    """Draws those that are stale; an engine of another version may place things otherwise, which is no change."""
    now = drawn()
    for name in stale():
        if name in now:
            (FOLDER / name).write_bytes(now[name])
        else:
            (FOLDER / name).unlink()


if __name__ == "__main__":
    write()
