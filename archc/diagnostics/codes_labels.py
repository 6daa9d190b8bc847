"""Codes of labels and limits."""

from __future__ import annotations

from archc.diagnostics.catalogue_model import CodeInfo

_NET = "net A()(x: [B, 8]) -> [B, 8]:\n    return x -> fc: linear(8)\n"

CODES: dict[str, CodeInfo] = {
    "E0501": CodeInfo(
        "parameters without a name",
        "Labels and positions in lists make the keys of the state_dict. An operator that owns parameters needs one.",
        "net A()(x: [B, 8]) -> [B, 8]:\n    return x -> linear(8)\n",
        _NET,
    ),
    "E0502": CodeInfo(
        "label used twice",
        "A label names one layer of a body. To apply one layer several times, declare it first: `fc: linear(8)`, then `x -> fc`.",
        "net A()(x: [B, 8]) -> [B, 8]:\n    return x -> fc: linear(8) -> fc: linear(8)\n",
        "net A()(x: [B, 8]) -> [B, 8]:\n    fc: linear(8)\n    return x -> fc -> fc\n",
    ),
    "E0503": CodeInfo(
        "label that cannot be used",
        "A part of a label becomes an attribute of the module: it may not be a keyword of Python, start with an underscore, or hide an "
        "attribute of nn.Module such as `forward` or `type`.",
        "net A()(x: [B, 8]) -> [B, 8]:\n    return x -> forward: linear(8)\n",
        "net A()(x: [B, 8]) -> [B, 8]:\n    return x -> forward_: linear(8)\n",
    ),
    "E0504": CodeInfo(
        "shared layer that would need other weights",
        "A declared layer has one set of weights. Here it is applied to an input for which it would be another layer.",
        "net A()(x: [B, 8]) -> [B, 4]:\n    fc: linear(4)\n    return x -> fc -> fc\n",
        "net A()(x: [B, 8]) -> [B, 8]:\n    fc: linear(8)\n    return x -> fc -> fc\n",
    ),
    "E0505": CodeInfo(
        "declared layer that is never applied",
        "The size of a layer's weights follows from its input. This one has no input.",
        "net A()(x: [B, 8]) -> [B, 8]:\n    fc: linear(8)\n    return relu(x)\n",
        "net A()(x: [B, 8]) -> [B, 8]:\n    fc: linear(8)\n    return relu(x -> fc)\n",
    ),
    "E0506": CodeInfo(
        "tie or freeze that names no parameter, or different ones",
        "`tie` makes parameters of equal shape one; `freeze` names a label, or in quotes a glob over the paths of parameters.",
        "net A()(x: [B, 8]) -> [B, 8]:\n    fc: linear(8)\n    freeze fc1\n    return x -> fc\n",
        "net A()(x: [B, 8]) -> [B, 8]:\n    fc: linear(8)\n    freeze fc\n    return x -> fc\n",
    ),
    "E0601": CodeInfo(
        "spec that expands to too much",
        "Lists, loops and calls of one file share a budget, so that no spec eats the machine. It is checked before anything is expanded.",
        "net A()(x: [B, 8]) -> [B, 8]:\n    return x -> body: ([linear(8)] * 10 ** 12)\n",
        "net A()(x: [B, 8]) -> [B, 8]:\n    return x -> body: ([linear(8)] * 12)\n",
    ),
    "E0602": CodeInfo(
        "number that is too large",
        "Numbers at compile time have a limit far above every size that a tensor can have.",
        "n = 10 ** 10 ** 10\n",
        "n = 10 ** 10\n",
    ),
    "E0603": CodeInfo(
        "expressions nested too deep",
        "Functions within functions, or brackets within brackets, past any use.",
        "".join(f"def f{i}(x):\n    return {'x' if i == 0 else f'-(-(f{i - 1}(x)))'}\n\n" for i in range(110))
        + "n = f109(1)\n",
        "def f(x):\n    return x\n\nn = f(1)\n",
    ),
}
