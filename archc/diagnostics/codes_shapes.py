"""Codes of the operators' shape rules: what an operator finds wrong with the tensors that it is given."""

from __future__ import annotations

from archc.diagnostics.catalogue_model import CodeInfo

CODES: dict[str, CodeInfo] = {
    "E0301": CodeInfo(
        "wrong number of dims",
        "The operator works on tensors of another rank. A convolution takes [B, C] and one to three spatial dims; a linear layer "
        "takes the features last.",
        "net A()(x: [B, 8]) -> [B, 4]:\n    return x -> conv1: conv(4, 3, padding=1)\n",
        "net A()(x: [B, 8, H=9, W=9]) -> [B, 4, _, _]:\n    return x -> conv1: conv(4, 3, padding=1)\n",
    ),
    "E0302": CodeInfo(
        "sizes that have to be equal are not",
        "Two sizes meet that must be the same: the two sides of an addition, the parts of a concat, or an input and what a layer was "
        "declared with. The marks show where each side comes from.",
        "net A()(x: [B, 8]) -> [B, 8]:\n    return x + (x -> fc: linear(4))\n",
        "net A()(x: [B, 8]) -> [B, 8]:\n    return x + (x -> fc: linear(8))\n",
    ),
    "E0303": CodeInfo(
        "nothing of the input is left",
        "A window (kernel, dilation included) does not fit into the padded input even once, or so much is cut off that no position "
        "remains. The note shows the formula with its numbers.",
        "net A()(x: [B, 3, 5, 5]) -> [B, 8, _, _]:\n    return x -> conv1: conv(8, 7)\n",
        "net A()(x: [B, 3, 5, 5]) -> [B, 8, _, _]:\n    return x -> conv1: conv(8, 7, padding=3)\n",
    ),
    "E0304": CodeInfo(
        "a size that does not divide",
        "Groups, heads and chunks cut a size into equal parts, so the size has to be a multiple of their number.",
        "net A()(x: [B, 6, H=9, W=9]) -> [B, 8, H, W]:\n    return x -> conv1: conv(8, 1, groups=4)\n",
        "net A()(x: [B, 8, H=9, W=9]) -> [B, 8, H, W]:\n    return x -> conv1: conv(8, 1, groups=4)\n",
    ),
    "E0305": CodeInfo(
        "shapes that do not broadcast",
        "Only a size written as 1, and leading dims that are missing, are repeated to fit the other side. A symbolic size "
        "never is; `expand` says it outright.",
        "net A()(x: [B, T], y: [B, T + 1]) -> [B, T]:\n    return x * y\n",
        "net A()(x: [B, T], y: [B, T + 1]) -> [B, T]:\n    return x * y[:, 1:]\n",
    ),
    "E0306": CodeInfo(
        "wrong dtype",
        "The operator takes tensors of another kind: indices are integers, weights are the model's float, a mask is boolean. "
        "`.float()`, `.long()` and `.to(...)` convert.",
        "net A()(x: [B, 8]) -> [B, 8, 4]:\n    return x -> table: embedding(10, 4)\n",
        "net A()(x: int[B, 8]) -> [B, 8, 4]:\n    return x -> table: embedding(10, 4)\n",
    ),
    "E0307": CodeInfo(
        "dim out of range",
        "Dims count from 0, or from the end with -1 as the last; the tensor has no dim of this number.",
        "net A()(x: [B, 8]) -> [B, 8]:\n    return softmax(x, dim=2)\n",
        "net A()(x: [B, 8]) -> [B, 8]:\n    return softmax(x, dim=1)\n",
    ),
    "E0308": CodeInfo(
        "elements that do not fill a shape",
        "A reshape keeps the number of elements; the sizes given hold more or fewer.",
        "net A()(x: [B, 8]) -> [B, 3, 3]:\n    return x.reshape(B, 3, 3)\n",
        "net A()(x: [B, 9]) -> [B, 3, 3]:\n    return x.reshape(B, 3, 3)\n",
    ),
    "E0309": CodeInfo(
        "wrong number of inputs",
        "A layer or block is applied to more or fewer tensors than it takes. Several inputs are written as a tuple: `(x, y) -> merge`; a "
        "list never spreads into inputs.",
        "net A()(x: [B, 8]) -> [B, 8]:\n    return (x, x) -> fc: linear(8)\n",
        "net A()(x: [B, 8]) -> [B, 8]:\n    return x -> fc: linear(8)\n",
    ),
    "E0313": CodeInfo(
        "parameters whose size is not known",
        "The shape of a parameter depends on hyperparameters only, since the parameters exist before any input is seen. A symbol such as "
        "H is another number at each use.",
        "net A()(x: [B, 3, H=32]) -> [B, 3, 4]:\n    return x -> fc: linear(4)\n",
        "net A(size=32)(x: [B, 3, size]) -> [B, 3, 4]:\n    return x -> fc: linear(4)\n",
    ),
}
