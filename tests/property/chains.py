"""Random nets in one free size, and what torch's meta device makes of each size: the judge of domains and formulas."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import nn

from archc import driver
from archc.analysis.domain import Domain, domain
from archc.ir.dims import evaluate
from archc.ir.graph import Net, Value
from archc.ir.types import tensors

SIZES = range(1, 51)
"""The sizes that each net is tried at."""


def spec(rng: random.Random) -> str:
    """A net on ``[B, 4, H]``: a chain of layers with branches that are added, joined, cut and folded."""
    lines = ["    x = image"]
    names = ["x"]
    for number in range(rng.randint(1, 6)):
        source, kind = rng.choice(names[-3:]), rng.random()
        if kind < 0.7:
            name = rng.choice(["x", "y", f"v{number}"])
            lines.append(f"    {name} = {source} -> {layer(rng, number)}")
        elif kind < 0.82:
            other = rng.choice(names)
            name = "x"
            lines.append(f"    x = {source} + {other}")
        elif kind < 0.9:
            name = "y"
            lines.append(f"    y = {source}[:, :, {rng.choice(['1:', ':-1', '::2', '1::3', '2:-2', ':5'])}]")
        elif kind < 0.95:
            parts, name = rng.choice([2, 3]), "x"
            lines.append(f"    x = {source}.unflatten(2, (-1, {parts}))[:, :, :, 0]")
        else:
            patch, name = rng.choice([2, 4, 5]), "x"
            lines.append(
                f"    x = {source}.reshape(B, 4, {source}.shape[2] // {patch}, {patch}).transpose(2, 3).reshape(B, 4, -1)"
            )
        names.append(name)
    return "net N()(image: [B, 4, H]):\n" + "\n".join(lines) + f"\n    return {names[-1]}\n"


def layer(rng: random.Random, number: int) -> str:
    """One layer that keeps the channels."""
    kernel, stride = rng.choice([1, 2, 3, 5]), rng.choice([1, 1, 2, 3])
    padding, ceil = rng.randint(0, kernel // 2), rng.choice(["", ", ceil_mode=True"])
    return rng.choice(
        [
            f"c{number}: conv(4, {kernel}, stride={stride}, padding={rng.randint(0, 3)}, dilation={rng.choice([1, 1, 2])})",
            f"t{number}: conv_transpose(4, {kernel}, stride={stride}, padding={padding}, "
            f"output_padding={rng.randint(0, stride - 1)})",
            f"max_pool({kernel}, stride={stride}, padding={padding}{ceil})",
            f"avg_pool({kernel}, stride={stride}, padding={padding}{ceil})",
            "upsample(scale_factor=2)",
            f"pad(({rng.randint(-2, 3)}, {rng.randint(-2, 3)}))",
            "relu",
        ]
    )


@dataclass(frozen=True)
class Case:
    """A net, its domain as predicted, and the module that torch runs."""

    text: str
    net: Net
    domain: Domain
    module: nn.Module

    def predicted(self, size: int) -> tuple[int, ...] | None:
        """The output's shape at a batch of 2, or ``None`` where the net is not defined."""
        sizes = {"B": 2, "H": size}
        if sizes not in self.domain:
            return None
        result = self.net.top.result
        assert isinstance(result, Value)
        top = self.net.top
        type_ = top.nodes[result.node].output if result.node >= 0 else top.inputs[0].type
        return tuple(evaluate(dim, sizes) for dim in tensors(type_)[result.output].shape)

    def run(self, size: int) -> tuple[int, ...] | None:
        """What torch gives: the output's shape, or ``None`` where it refuses or some tensor would be empty."""
        refused: list[bool] = []

        try:
            with _Watch(refused):
                output = self.module(torch.empty(2, 4, size, device="meta"))
        except (RuntimeError, ValueError, IndexError, TypeError):
            return None
        return None if any(refused) or output.numel() == 0 else tuple(output.shape)


class _Watch(torch.overrides.TorchFunctionMode):
    """Notes what archc refuses and torch lets pass: empty tensors on the way, and sums of a size and a size that happens to be 1."""

    def __init__(self, refused: list[bool]) -> None:
        super().__init__()
        self.refused = refused

    def __torch_function__(self, function, types, args=(), kwargs=None):  # type: ignore[no-untyped-def]
        result = function(*args, **(kwargs or {}))
        if getattr(function, "__name__", "") in ("add", "__add__"):
            self.refused.append(args[0].shape != args[1].shape)
        for item in result if isinstance(result, tuple | list) else (result,):
            if isinstance(item, torch.Tensor) and item.numel() == 0:
                self.refused.append(True)
        return result


def cases(seed: int, count: int) -> Iterator[Case | str]:
    """``count`` random nets: those that archc accepts for some size, and the texts of those that it refuses for every size."""
    rng = random.Random(seed)
    for _ in range(count):
        text = spec(rng)
        report = driver.check_text(text)
        if not report.ok:
            yield text
            continue
        net = report.nets["N"].ir
        with torch.device("meta"):
            module = report.nets["N"].module()
        yield Case(text, net, domain(net), module)
