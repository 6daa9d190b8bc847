"""Codes of the operators' arguments."""

from __future__ import annotations

from archc.diagnostics.catalogue_model import CodeInfo

CODES: dict[str, CodeInfo] = {
    "E0401": CodeInfo(
        "an argument that has no meaning",
        "The value of an argument is of the wrong kind or outside of what makes sense. PyTorch accepts some of these (a layer of 0 "
        "features, a dropout of nan); archc does not. `archc ops NAME` shows what an operator takes.",
        "net A()(x: [B, 8]) -> [B, 8]:\n    return x -> dropout(2)\n",
        "net A()(x: [B, 8]) -> [B, 8]:\n    return x -> dropout(0.2)\n",
    ),
    "E0402": CodeInfo(
        "arguments that do not go together",
        "Each of the arguments is possible alone, but not with the others, or not with this input.",
        'net A()(x: [B, 3, H=9, W=9]) -> [B, 8, _, _]:\n    return x -> conv1: conv(8, 3, stride=2, padding="same")\n',
        "net A()(x: [B, 3, H=9, W=9]) -> [B, 8, _, _]:\n    return x -> conv1: conv(8, 3, stride=2, padding=1)\n",
    ),
    "E0403": CodeInfo(
        "one value for each axis",
        "An argument that may differ from axis to axis has more or fewer values than the input has axes. One number stands for all.",
        "net A()(x: [B, 3, H=9, W=9]) -> [B, 8, _, _]:\n    return x -> conv1: conv(8, (3, 3, 3))\n",
        "net A()(x: [B, 3, H=9, W=9]) -> [B, 8, _, _]:\n    return x -> conv1: conv(8, (3, 3), padding=1)\n",
    ),
}
