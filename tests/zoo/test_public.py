"""The zoo against torchvision's own numbers: parameters, FLOPs, and how long the definitions are."""

from __future__ import annotations

import warnings
from pathlib import Path

import pytest
import torch
import torchvision.models
from torchvision.models import WeightsEnum, get_model_weights

from archc.analysis.calls import example_sizes
from archc.analysis.facts import NetFacts
from archc.analysis.known import Known
from archc.ir.dims import evaluate
from archc.ir.types import TensorType
from archc.source import Span
from tests.zoo import lines
from tests.zoo.nets import MIRRORED, PUBLIC, SHARED, SPECS, THEIR_FILES, compiled, public

every_net = pytest.mark.parametrize("name", PUBLIC)
NOWHERE = Span("<test>", 0, 0)


def _crop(weights: WeightsEnum) -> int:
    """The size that images are cut to, or resized."""
    transforms = weights.transforms()
    (size,) = getattr(transforms, "crop_size", transforms.resize_size)
    return int(size)


@every_net
def test_a_net_has_the_parameters_and_buffers_of_torchvision(name: str) -> None:
    with torch.device("meta"), warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Initializing zero-element tensors")
        theirs = public(name)
    facts = NetFacts(name, compiled(name).ir, Known())
    assert facts.fact("params", NOWHERE) == sum(p.numel() for p in theirs.parameters())
    assert facts.fact("buffers", NOWHERE) == sum(b.numel() for b in theirs.buffers())


@every_net
def test_a_net_has_the_cost_that_torchvision_publishes(name: str) -> None:
    """Their numbers are giga multiply-adds at the crop size of the weights, to three digits; ours are at that size too."""
    ours = compiled(name)
    image, sizes = ours.ir.top.inputs[0].type, example_sizes(ours.ir)
    assert isinstance(image, TensorType)
    weights = next(weights for weights in get_model_weights(name) if _crop(weights) == evaluate(image.shape[-1], sizes))
    assert _crop(weights) == evaluate(image.shape[-2], sizes)
    facts = NetFacts(name, ours.ir, Known())
    assert round(facts.fact("flops", NOWHERE) / 2e9, 3) == weights.meta["_ops"]
    assert facts.fact("params", NOWHERE) == weights.meta["num_params"]


def _their_files(family: str) -> list[Path]:
    folder = Path(torchvision.models.__file__).parent
    inner = THEIR_FILES.get(family)
    return [folder / family / f"{name}.py" for name in inner] if inner else [folder / f"{family}.py"]


def _python_lines(file: Path) -> int:
    return lines.of_python(file.read_text(encoding="utf-8"))


def test_the_specs_are_at_most_a_fifth_of_torchvision(capsys: pytest.CaptureFixture[str]) -> None:
    specs = {spec.stem: spec for spec in SPECS}
    ours = {name: lines.of_spec(specs[name].read_text(encoding="utf-8")) for name in (*MIRRORED, *SHARED)}
    theirs = {name: sum(map(_python_lines, _their_files(name))) for name in MIRRORED}
    ratio = sum(ours.values()) / sum(theirs.values())
    with capsys.disabled():
        rows = [f"{name:19}{ours[name]:5}{theirs.get(name, 0):6}" for name in ours]
        print("", "lines: spec, torchvision", *rows, f"together {ratio:.3f} of torchvision's", sep="\n")
    assert ratio <= 0.2


def test_lines_are_counted_as_they_should_be() -> None:
    assert (
        lines.of_spec('"""A net.\n\nOf someone."""\n\n# why\nnet A()(x: [B]) -> [B]:\n    return x  # so\n\nassert 1\n')
        == 2
    )
    python = '"""A."""\nimport os\n__all__ = [\n  "A"]\n\n\n@x\nclass A:\n    """B.\n    """\n    # c\n    b = """d\n    e"""\n'
    assert lines.of_python(python + "class W(WeightsEnum):\n    a = 1\n") == 4
