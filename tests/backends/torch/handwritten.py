"""ResNet-50 and VGG-16 as one would write them by hand: what emitted source is measured against."""

from __future__ import annotations

from pathlib import Path

_FOLDER = Path(__file__).resolve().parents[3] / "benchmarks" / "handwritten"

RESNET50, VGG16 = ((_FOLDER / f"{name}.py").read_text(encoding="utf-8") for name in ("resnet50", "vgg16"))
