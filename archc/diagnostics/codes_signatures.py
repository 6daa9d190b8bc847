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
    "E0314": CodeInfo(
        "where that admits too much",
        "A `where` states for which sizes a net is defined. This one admits a size for which the body is not; the smallest is shown.",
        "net A()(x: [B, 3, T=8]) -> [B, 3, _] where T >= 2:\n    return x -> max_pool(4)\n",
        "net A()(x: [B, 3, T=8]) -> [B, 3, _] where T >= 4:\n    return x -> max_pool(4)\n",
    ),
    "N0301": CodeInfo(
        "assumption",
        "A demand that ties several sizes together, or that cannot be solved. It holds at the example sizes; for others it is up to "
        "whoever feeds the net. A `where` behind the signature states it.",
        "net A()(x: [B, S=2, 4], y: [B, T=4, 2]) -> [B, _]:\n    return (x -> flatten) + (y -> pad((0, 0, 1, 1)) -> flatten)[:, 4:]\n",
        "net A()(x: [B, 2, 4], y: [B, 4, 2]) -> [B, _]:\n    return (x -> flatten) + (y -> flatten)\n",
    ),
    "N0302": CodeInfo(
        "net without a where",
        "The net is defined for some sizes only, and its signature does not say so. The note shows for which, and the `where` to write; "
        "`archc check --fix` writes it.",
        "net A()(x: [B, 3, T=8]) -> [B, 3, _]:\n    return x -> max_pool(4)\n",
        "net A()(x: [B, 3, T=8]) -> [B, 3, _] where T >= 4:\n    return x -> max_pool(4)\n",
    ),
}
