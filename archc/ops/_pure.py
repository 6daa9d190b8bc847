"""The base of operators that own nothing: no parameters, and nothing that torch's FLOP counter counts."""

from __future__ import annotations

from typing import Any

from archc.ir.operator import POINT, Operator, Parameter, Reach, TorchCall, TorchValue, uncounted


def torch_name(full: str) -> str:
    """A full name of PyTorch as emitted code writes it: ``torch.nn.functional.relu`` is ``F.relu``."""
    for prefix, short in (("torch.nn.functional.", "F."), ("torch.nn.", "nn."), ("torch.Tensor.", ".")):
        if full.startswith(prefix):
            return short + full.removeprefix(prefix)
    return full


class Pure(Operator):
    """An operation without parameters, FLOPs or module, of which an output position sees its own input position only."""

    def parameters(self, *inputs: Any) -> tuple[Parameter, ...]:
        return ()

    flops = uncounted

    def reach(self, *inputs: Any) -> Reach | tuple[Reach, ...]:
        return POINT

    def module(self, *inputs: Any) -> TorchCall | None:
        return None

    def call(self, fn: str, *lead: TorchValue, positional: int = 1) -> TorchCall:
        """``fn`` called with ``lead`` and the arguments that are not defaults; of the first ``positional`` fields those up to
        the first that has its default go by position."""
        given = self.defined()
        fields = list(self.fields)[:positional]
        count = next((i for i, name in enumerate(fields) if name not in given), len(fields))
        return self.torch_call(fn, *lead, positional=count)
