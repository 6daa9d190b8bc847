"""Codes of signatures and of what sizes must satisfy."""

from __future__ import annotations

from archc.diagnostics.catalogue_model import CodeInfo

_NET = "net A()(x: [B, 8]) -> [B, 4]:\n    return x -> fc: linear(4)\n"

CODES: dict[str, CodeInfo] = {
    "E0310": CodeInfo(
        "signature that is not met",
        "What a block or net is given, or what it returns, differs from what its signature says. The signature is proved for every value "
        "of its symbols.",
        "net A()(x: [B, 8]) -> [B, 5]:\n    return x -> fc: linear(4)\n",
        _NET,
    ),
    "E0311": CodeInfo(
        "sizes that do not satisfy what the net needs",
        "Somewhere the net needs an equality or a least size that does not hold: never, or not at the example sizes.",
        "net A()(x: [B, 8, T=9]) -> [B, 8, T] where T <= 8:\n    return relu(x)\n",
        "net A()(x: [B, 8, T=8]) -> [B, 8, T] where T <= 8:\n    return relu(x)\n",
    ),
    "E0312": CodeInfo(
        "size in a signature that says nothing",
        "In a shape, a plain name binds at its first occurrence in an input; an expression may use bound names and hyperparameters only, "
        "and a size is at least 1.",
        "net A()(x: [B, 2 * K]) -> [B, 4]:\n    return x -> fc: linear(4)\n",
        "net A(K=4)(x: [B, 2 * K]) -> [B, 4]:\n    return x -> fc: linear(4)\n",
    ),
    "N0301": CodeInfo(
        "assumption",
        "An equality between sizes that holds for some sizes only. It holds at the example sizes; for others it is up to whoever feeds "
        "the net. A `where` behind the signature states it.",
        "net A()(x: [B, 3, H=32]) -> [B, 3, _]:\n    return x + (x -> max_pool(2) -> upsample(scale_factor=2))\n",
        "net A()(x: [B, 3, 32]) -> [B, 3, 32]:\n    return x + (x -> max_pool(2) -> upsample(scale_factor=2))\n",
    ),
}
