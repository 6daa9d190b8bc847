"""Where archc is stricter than PyTorch on purpose, each with its reason."""

from __future__ import annotations

EVERYWHERE = {
    "E0301": "inputs have a batch dim; torch also takes many of them without",
    "E0306": "torch takes integers and booleans wherever a kernel happens to exist",
    "E0403": "torch lets a tuple of one size stand for several in some places",
}
STRICTER: dict[str, dict[str, str]] = {
    "batch_norm": {"E0302": "torch ignores num_features where nothing depends on it"},
    "group_norm": {"E0302": "torch ignores num_features where nothing depends on it"},
    "instance_norm": {
        "E0302": "torch ignores num_features where nothing depends on it",
        "E0303": "torch runs a single number through running statistics, though never in training",
    },
    "pad": {"E0401": "torch crops by negative amounts in every mode"},
    "multihead_attention": {
        "E0402": "torch ignores average_attn_weights without weights, and lets a hint hide added keys"
    },
    "div": {"E0401": "a division by the number 0 is a mistake"},
    "einsum": {"E0401": "the language wants the -> of an equation"},
    "full": {"E0402": "torch rounds a number to the dtype"},
    "floor_divide": {"E0401": "a division by the number 0 is a mistake"},
    "functional_linear": {"E0302": "torch stretches a bias of size 1"},
    "remainder": {"E0401": "a division by the number 0 is a mistake"},
    "chunk": {"E0304": "torch makes the last chunk smaller, or gives fewer"},
    "clamp": {"E0402": "torch takes max where min is above it"},
    "index": {
        "E0401": "torch takes a second ... for nothing",
        "E0309": "each table has its place between the brackets",
        "E0402": "torch moves the dims of tables that stand apart to the front",
    },
    "squeeze": {"E0302": "torch leaves a dim of another size as it is"},
}
"""Where archc refuses what torch runs: by operator, the code and the reason."""


def stricter(name: str, *everywhere: str) -> list[str]:
    """The codes of refusals of an operator that PyTorch need not share; of those of ``EVERYWHERE`` all, or the given ones."""
    return [*STRICTER.get(name, {}), *(everywhere or EVERYWHERE)]
