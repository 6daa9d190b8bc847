"""What is measured, and against what."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.lines import code_lines
from benchmarks.measure import in_turn

HANDWRITTEN = Path(__file__).parent / "handwritten"

RESNET = """
block Basic(planes)(x: [B, C, H, W]) -> [B, C, H, W]:
    y = x -> conv1: conv(planes, 3, padding=1, bias=False) -> bn1: batch_norm -> relu
        -> conv2: conv(C, 3, padding=1, bias=False) -> bn2: batch_norm
    return relu(x + y)

net ResNet()(image: [B, 3, H=32, W=32]) -> [B, 10]:
    x = image -> stem: conv(16, 3, padding=1)
    for stage in range(2):
        x = x -> layer{{stage}}: ([Basic(16)] * {depth})
    return x -> adaptive_avg_pool(1) -> flatten -> fc: linear(10)
"""


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the table: two things, what is compared of them, the ratio, and what it may be at most."""

    what: str
    ours: str
    theirs: str
    ratio: float
    most: float | None

    @property
    def held(self) -> bool:
        return self.most is None or self.ratio <= self.most


def rows(folder: Path, repeats: int) -> Iterator[Row]:
    """All rows; specs that are needed are written to ``folder``."""
    yield from start_up(repeats)
    yield from instances(folder, repeats)
    yield from lengths()


def start_up(repeats: int) -> Iterator[Row]:
    """The whole process of a check against those of other ways to look at the same net."""
    commands: dict[str, Sequence[str]] = {
        "archc check vgg16.arch": ["-m", "archc", "check", "vgg16.arch"],
        "torchinfo summary on the meta device": ["-m", "benchmarks.torchinfo_vgg16"],
        "import lark, pydantic, networkx, click": ["-c", "import lark, pydantic, networkx, click"],
    }
    costs = in_turn(commands, repeats)
    ours, *others = costs
    for other in others:
        most = 0.2 if "torchinfo" in other else None
        yield compared(ours, other, costs[ours].cpu, costs[other].cpu, "CPU", "s", most)
        yield compared(ours, other, costs[ours].wall, costs[other].wall, "clock", "s", None)
        yield compared(ours, other, costs[ours].peak, costs[other].peak, "peak memory", "MB", None)


def instances(folder: Path, repeats: int) -> Iterator[Row]:
    """A ResNet of a thousand blocks against one of ten: the whole process, and the work after the imports alone."""
    paths = {}
    for blocks, depth in (("10 blocks", 5), ("1,000 blocks", 500)):
        paths[blocks] = folder / f"resnet_{depth}.arch"
        paths[blocks].write_text(RESNET.format(depth=depth), encoding="utf-8")
    few, many = "10 blocks", "1,000 blocks"
    for title, module in (("archc check", ["archc", "check"]), ("the check alone", ["benchmarks.check_only"])):
        costs = in_turn({name: ["-m", *module, str(paths[name])] for name in (few, many)}, repeats)
        base = in_turn({"": ["-m", "benchmarks.check_only"]}, repeats)[""].cpu if "only" in module[0] else 0.0
        yield compared(
            f"{title}: {many}", f"{title}: {few}", costs[many].cpu - base, costs[few].cpu - base, "CPU", "s", 1.5
        )


def lengths() -> Iterator[Row]:
    """Lines of code, without blank lines, comments and docstrings."""
    from archc import driver

    for net in ("vgg16", "resnet50"):
        ours = code_lines(driver.compile(net).source)
        theirs = code_lines((HANDWRITTEN / f"{net}.py").read_text(encoding="utf-8"))
        yield compared(f"{net}, emitted", f"{net}, by hand", ours, theirs, "lines", "", 1.3)


def compared(ours: str, theirs: str, one: float, other: float, what: str, unit: str, most: float | None) -> Row:
    """A row of two named figures."""

    def shown(value: float) -> str:
        return f"{value:.2f} s" if unit == "s" else f"{value:.0f} {unit}".strip()

    return Row(what, f"{ours}: {shown(one)}", f"{theirs}: {shown(other)}", one / other, most)
