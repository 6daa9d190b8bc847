"""Specs that are made for a measurement."""

from __future__ import annotations

BLOCKS = """
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

DIFFERENT = """
net Different()(x: [B, 8]) -> [...]:
    for i in range({count}):
        x = x -> fc{{i}}: linear(8 + i)
    return x
"""

GPT = "from zoo.gpt2 import GPT\ngpt = GPT(12288, {depth}, 96, positions=2048)\n"

LLAMA = (
    "from zoo.llama import Llama\nllama = Llama(16384, {depth}, 128, 53248, groups=8, vocab=128256, theta=500000.0)\n"
)


def resnet(blocks: int) -> str:
    """A residual network of so many equal blocks."""
    return BLOCKS.format(depth=blocks // 2)


def megabyte() -> str:
    """A million characters of lines of which each is another."""
    lines = ["net Long()(x: [B, 8, H=16, W=16]) -> [...]:\n"]
    size = len(lines[0])
    while size < 1_000_000:
        number = len(lines)
        lines.append(f"    x = x -> layer{number}.conv: conv({8 + number % 5000}, kernel_size=1, bias=False)\n")
        size += len(lines[-1])
    return "".join([*lines, "    return x\n"])
