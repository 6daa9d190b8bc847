"""Two modules, one net: the same keys, and with the same weights the same numbers to the bit."""

from __future__ import annotations

import math
from collections.abc import Callable

import torch
from torch import Tensor, nn

NOTED: dict[str, float] = {}
"""What the running test has found: ``keys``, ``parameters`` and the largest ``difference`` (see conftest)."""


def note(ours: nn.Module) -> None:
    """Two nets have the same keys."""
    NOTED["keys"] = len(ours.state_dict())
    NOTED["parameters"] = sum(parameter.numel() for parameter in ours.parameters())


def note_difference(ours: Tensor, theirs: Tensor) -> float:
    """The largest difference of two outputs, noted."""
    found = float((ours - theirs).abs().max())
    NOTED["difference"] = max(found, NOTED.get("difference", 0.0))
    return found


def on_meta(build: Callable[[], nn.Module]) -> nn.Module:
    """A module without numbers: nets of a hundred million weights are made in no time."""
    with torch.device("meta"):
        return build()


def filled(net: nn.Module) -> nn.Module:
    """A module from ``on_meta`` with random numbers in all its parameters and buffers."""
    return fill(net.to_empty(device="cpu"))


def fill(net: nn.Module) -> nn.Module:
    """Random numbers in all parameters and buffers.

    No parameter or statistic keeps a constant (ones, zeros), which would hide that it is used wrongly.
    """
    generator = torch.Generator().manual_seed(1)
    with torch.no_grad():
        for name, tensor in net.state_dict().items():
            if not tensor.is_floating_point():
                tensor.zero_()
            elif tensor.dim() > 1:
                bound = math.sqrt(6 / tensor[0].numel())  # as of He et al. 2015, which keeps the values' size
                tensor.uniform_(-bound, bound, generator=generator)
            else:
                positive = name.endswith(("running_var", "weight"))
                tensor.uniform_(*((0.5, 1.5) if positive else (-0.5, 0.5)), generator=generator)
    return net


def give(ours: nn.Module, theirs: nn.Module) -> None:
    """Load their weights strictly. The keys, their order and the kinds (parameter or buffer) are the same."""
    wanted = theirs.state_dict()
    assert list(ours.state_dict()) == list(wanted)
    assert [name for name, _ in ours.named_parameters()] == [name for name, _ in theirs.named_parameters()]
    buffers = {name for name, _ in theirs.named_buffers()}  # each net has its own statistics; large weights are shared
    copied = {name: value.clone() if name in buffers else value for name, value in wanted.items()}
    ours.load_state_dict(copied, strict=True, assign=True)
    note(ours)


def copy(ours: nn.Module, theirs: nn.Module, *, ordered: bool = True) -> None:
    """Copy their weights strictly; what is tied stays tied. The keys are the same, and ``ordered`` alike, also those of parameters."""
    wanted, found = theirs.state_dict(), ours.state_dict()
    assert not ordered or list(found) == list(wanted)
    assert {key: x.shape for key, x in found.items()} == {key: x.shape for key, x in wanted.items()}
    assert {name for name, _ in ours.named_parameters()} == {name for name, _ in theirs.named_parameters()}
    ours.load_state_dict(wanted, strict=True)
    note(ours)


def assert_equal(ours: nn.Module, theirs: nn.Module, *inputs: Tensor) -> None:
    """Equal outputs in eval mode and, with equal draws for dropout, in train mode; equal statistics afterwards."""
    assert_same(run(ours.eval(), *inputs), run(theirs.eval(), *inputs))
    assert_same(run(ours.train(), *inputs), run(theirs.train(), *inputs))
    for (name, found), wanted in zip(ours.named_buffers(), theirs.buffers(), strict=True):
        assert torch.equal(found, wanted), name


def assert_same(ours: tuple[Tensor, ...], theirs: tuple[Tensor, ...]) -> None:
    """As many outputs, equal to the bit."""
    assert len(ours) == len(theirs)
    for found, wanted in zip(ours, theirs, strict=True):
        assert found.shape == wanted.shape
        difference = note_difference(found, wanted)
        assert torch.equal(found, wanted), difference


def run(net: nn.Module, *inputs: Tensor) -> tuple[Tensor, ...]:
    """The outputs for copies of the inputs (a net may work in place), with fixed draws. They must say something."""
    with torch.no_grad():
        found = outputs(net, *inputs)
    for y in found:
        assert torch.isfinite(y).all()
        assert y.std() > 0
    return found


def outputs(net: nn.Module, *inputs: Tensor) -> tuple[Tensor, ...]:
    """The outputs of a net that gives one tensor, a tuple of them or, as torchvision's segmentation, a dict."""
    torch.manual_seed(2)
    found = net(*(x.clone() for x in inputs))
    if isinstance(found, Tensor):
        return (found,)
    return tuple(found.values()) if isinstance(found, dict) else tuple(found)


def assert_equal_gradients(ours: nn.Module, theirs: nn.Module, *inputs: Tensor, rounding: float = 0.0) -> None:
    """While training, a loss that weighs all outputs has the same gradients by all parameters.

    ``rounding``: the difference that is allowed, as a part of a parameter's largest gradient. It is not 0 where branches are called
    in another order, which is that in which autograd adds up what they give.
    """
    found, wanted = (gradients(net.train(), *inputs) for net in (ours, theirs))
    assert found.keys() == wanted.keys()
    for name, gradient in wanted.items():
        assert (found[name] - gradient).abs().max() <= rounding * gradient.abs().max(), name
    assert any(gradient.abs().max() > 0 for gradient in wanted.values())


def gradients(net: nn.Module, *inputs: Tensor) -> dict[str, Tensor]:
    """Gradients of a loss by the parameters."""
    loss = torch.stack([(y * normal(*y.shape)).sum() for y in outputs(net, *inputs)]).sum()
    named = dict(net.named_parameters())
    return dict(zip(named, torch.autograd.grad(loss, list(named.values())), strict=True))


def normal(*shape: int) -> Tensor:
    """Random numbers, always the same."""
    return torch.randn(shape, generator=torch.Generator().manual_seed(0))


def integers(below: int, *shape: int) -> Tensor:
    """Random integers, always the same."""
    return torch.randint(below, shape, generator=torch.Generator().manual_seed(0))
