"""What is measured, and against what. Each group of rows is a function; ``GROUPS`` is the order of the table."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from math import exp, log
from pathlib import Path
from statistics import fmean, median
from typing import Any

from benchmarks import specs
from benchmarks.lines import code_lines
from benchmarks.measure import in_turn, told
from benchmarks.nets import COLD, WARM
from benchmarks.rows import Row, compared, timed
from benchmarks.timing import Took

HANDWRITTEN = Path(__file__).parent / "handwritten"
IMPORTS = "import lark, pydantic, networkx, click"
TOOLS = {"torchinfo": ("torchinfo on the meta device", 10), "fx": ("fx ShapeProp", 20), "export": ("torch.export", 60)}


def cold(folder: Path, repeats: int) -> Iterator[Row]:
    """Whole processes: a check and a summary against a script with the public net and torchinfo, and against four imports."""
    for name in COLD:
        commands: dict[str, Sequence[str]] = {
            "check": ["-m", "archc", "check", name],
            "summary": ["-m", "archc", "summary", name],
            "a script with torchinfo": ["-m", "benchmarks.torchinfo_of", name],
            IMPORTS: ["-c", IMPORTS],
        }
        costs = in_turn(commands, repeats)
        for ours in ("check", "summary"):
            for other, cpu, peak in (("a script with torchinfo", 0.1, 0.25), (IMPORTS, 1.4, 1.5)):
                title, mine, theirs = f"archc {ours} {name}", costs[ours], costs[other]
                yield compared(title, other, mine.cpu, theirs.cpu, "CPU", "s", cpu)
                yield compared(title, other, mine.wall, theirs.wall, "clock", "s", None)
                yield compared(title, other, mine.peak, theirs.peak, "peak memory", "MB", peak)


def parts(folder: Path, repeats: int) -> Iterator[Row]:
    """Where the time of a cold check goes: what the process would take if it ended after each of its steps."""
    whole = "archc check vgg16"
    steps = {
        "start of Python": "pass",
        "the same, and import click": "import click",
        "the same, and import archc.driver": "import archc.cli.app, archc.driver",
    }
    commands: dict[str, Sequence[str]] = {name: ["-c", code] for name, code in steps.items()}
    costs = in_turn({**commands, whole: ["-m", "archc", "check", "vgg16"]}, repeats)
    for step in steps:
        yield compared(step, whole, costs[step].cpu, costs[whole].cpu, "CPU", "s", None)


def warm(folder: Path, repeats: int) -> Iterator[Row]:
    """The work alone, after all imports: from text to shapes, parameters and FLOPs, the first time that a process sees the net."""
    ratios: dict[str, list[float]] = {tool: [] for tool in TOOLS}
    for name in WARM:
        found = _middle([told("warm", name) for _ in range(repeats)])
        for tool, (title, _) in TOOLS.items():
            if found[tool] is not None:
                ratios[tool].append(found["archc"][0] / found[tool][0])
                yield from timed(f"archc, {name}", title, found["archc"], found[tool], 1.0)
    for tool, (title, least) in TOOLS.items():
        mean = exp(fmean(map(log, ratios[tool])))
        yield compared("archc, geometric mean", title, mean, 1.0, "CPU, in process", "", 1 / least)


def onnx(folder: Path, repeats: int) -> Iterator[Row]:
    """Shape inference alone: ours with every symbol, from a parsed spec, against ONNX's at numbers, from an exported net."""
    for name in ("vgg16", "resnet50", "vit_b_16"):
        found = _middle([told("shapes", name) for _ in range(repeats)])
        title = "onnx.shape_inference"
        yield from timed(f"archc, {name}, symbolic", title, found["archc"], found["onnx"], 3.0)


def grid(folder: Path, repeats: int) -> Iterator[Row]:
    """A thousand variants of one family."""
    found = _middle([told("grid") for _ in range(repeats)])
    title, other = "archc, each of 1,000 variants of ResNet", "building it on the meta device"
    yield from timed(title, other, found["archc"], found["torchvision"], 1 / 50)


def repeated(folder: Path, repeats: int) -> Iterator[Row]:
    """What repeats costs what one costs; what is stacked a hundred times costs hardly more."""
    few, *many = _in_turn(folder, [specs.resnet(blocks) for blocks in (10, 1_000, 10_000)], repeats)
    for blocks, found in zip((1_000, 10_000), many, strict=True):
        yield from timed(f"check of {blocks:,} equal blocks", "of 10", found, few, 1.5)
    for name, text, depth in (("GPT-3", specs.GPT, 96), ("Llama 3 405B", specs.LLAMA, 126)):
        one, deep = _in_turn(folder, [text.format(depth=1), text.format(depth=depth)], repeats)
        yield from timed(f"check of {name}, {depth} layers", "of 1 layer", deep, one, 1.5)


def different(folder: Path, repeats: int) -> Iterator[Row]:
    """Layers of which no two are alike, made by a loop: time and memory of each."""
    least = _work(folder, specs.DIFFERENT.format(count=1_000), repeats, 5)["check"]
    for count in (10_000, 100_000):
        found = _work(folder, specs.DIFFERENT.format(count=count), 1, 1)
        each, title = Took(*found["check"]).each(count), f"each of {count:,} different layers"
        yield from timed(title, "each of 1,000", each, Took(*least).each(1_000), None)
        yield compared(title, "100 microseconds", each.cpu, 1e-4, "CPU, in process", "s", 1.0)
        yield compared(title, "4 KB", 1024 * each.memory, 4.0, "peak memory", "KB", 1.0)


def parsing(folder: Path, repeats: int) -> Iterator[Row]:
    """A long spec, from text to everything, against Lark making no more than a tree of it."""
    path = folder / "long.arch"
    path.write_text(specs.megabyte(), encoding="utf-8")
    found = _middle([told("parsing", str(path)) for _ in range(repeats)])
    yield from timed("check of 1 MB of lines", "Lark's parse", found["archc"], found["lark"], 2.0)


def modules(folder: Path, repeats: int) -> Iterator[Row]:
    """The modules themselves: made, and run."""
    for name in ("resnet18", "resnet50"):
        found = told("modules", name)
        for what, (ours, theirs) in found.items():
            most = None if "itself" in what else 1.05  # within the noise of a pair run against itself
            yield from timed(f"{name}, {what}", "torchvision's", ours, theirs, most)


def lengths(folder: Path, repeats: int) -> Iterator[Row]:
    """Lines of code, without blank lines, comments and docstrings."""
    from archc import driver

    for net in ("vgg16", "resnet50"):
        ours = code_lines(driver.compile(net).source)
        theirs = code_lines((HANDWRITTEN / f"{net}.py").read_text(encoding="utf-8"))
        yield compared(f"{net}, emitted", f"{net}, by hand", ours, theirs, "lines", "", 1.3)


GROUPS: Mapping[str, Callable[[Path, int], Iterator[Row]]] = {
    "cold": cold,
    "parts": parts,
    "warm": warm,
    "onnx": onnx,
    "grid": grid,
    "repeated": repeated,
    "different": different,
    "parsing": parsing,
    "modules": modules,
    "lengths": lengths,
}


def rows(folder: Path, repeats: int, groups: Sequence[str]) -> Iterator[Row]:
    """The rows of these groups; specs that are needed are written to ``folder``."""
    for group in groups:
        yield from GROUPS[group](folder, repeats)


def _work(folder: Path, text: str, repeats: int, times: int) -> Any:
    path = folder / "made.arch"
    path.write_text(text, encoding="utf-8")
    return _middle([told("work", str(path), str(times)) for _ in range(repeats)])


def _in_turn(folder: Path, texts: Sequence[str], repeats: int) -> list[Any]:
    """The time of a check of each spec, in processes of their own that take turns."""
    turns = [[_work(folder, text, 1, 20)["check"] for text in texts] for _ in range(repeats)]
    return [_median(found) for found in zip(*turns, strict=True)]


def _middle(found: Sequence[Any]) -> Any:
    """The median of each figure, or of both of a time; none where a tool refuses the net."""
    return {key: _median([one[key] for one in found]) for key in found[0]}


def _median(found: Sequence[Any]) -> Any:
    if isinstance(found[0], list):
        return [median(figures) for figures in zip(*found, strict=True)]
    return None if found[0] is None else median(found)
