"""Names that a spec does not know: what they are called here, above all for who writes them as PyTorch does."""

from __future__ import annotations

from collections.abc import Iterable

from archc.diagnostics.suggest import did_you_mean
from archc.ops import operators

_PREFIX = "operators have no prefix: write `relu(x)` for `torch.relu(x)`, `linear(8)` for `nn.Linear(4, 8)`"
_NEEDLESS = "leave it out: it changes no number"
_OTHERWISE = {
    **dict.fromkeys(("torch", "nn", "F", "np"), _PREFIX),
    **dict.fromkeys(("clone", "cpu", "cuda"), _NEEDLESS),
    "self": "a label is a name of its own: `fc: linear(8)` above, then `x -> fc`",
    "device": "leave it out: what a spec makes is where the inputs are",
    "dim": "write `len(x.shape)`",
    "ndim": "write `len(x.shape)`",
    "numel": "multiply the sizes of `x.shape`",
    "size": "write `x.shape`, or `x.shape[i]` for one size",
    "finfo": "write the number itself, or `-inf`",
    **dict.fromkeys(
        ("TransformerEncoderLayer", "TransformerDecoderLayer"),
        "write `from zoo.transformer import EncoderLayer, DecoderLayer`, or a block of your own",
    ),
}
"""What PyTorch or Python has under a name, and archc has not, or has in another form."""


def instead(name: str, known: Iterable[str]) -> str | None:
    """What to write in place of a name that is not among those known."""
    return _OTHERWISE.get(name) or did_you_mean(name, known) or _operator(name)


def _operator(name: str) -> str | None:
    """The operator that PyTorch calls by this name."""
    for operator in operators().values():
        if any(full.rpartition(".")[2] == name for full in operator.torch):
            return f'did you mean "{operator.name}"?'
    return None
