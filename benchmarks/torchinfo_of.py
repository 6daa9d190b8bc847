"""What one does without archc to see a net's layers, shapes and parameters: import, build it without memory, print a table."""

from __future__ import annotations

import sys

import torch
from torchinfo import summary

from benchmarks.public import build

if __name__ == "__main__":
    with torch.device("meta"):
        net, inputs = build(sys.argv[1])
        print(summary(net, input_data=inputs, device="meta", verbose=0))
