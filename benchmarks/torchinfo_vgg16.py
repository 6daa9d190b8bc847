"""What one does without archc to see VGG-16's layers, shapes and parameters: import torch, build it without memory, print a table."""

from __future__ import annotations

import torch
from torchinfo import summary

from benchmarks.handwritten.vgg16 import VGG16

if __name__ == "__main__":
    with torch.device("meta"):
        print(summary(VGG16(), (1, 3, 224, 224), device="meta", verbose=0))
