"""E08: building a module of a net that is sound."""

from __future__ import annotations

from archc.diagnostics.catalogue_model import CodeInfo

PLAIN = "net A()(x: [B, 8]) -> [B, 4]:\n    return x -> fc: linear(4)\n"
EXTERN = (
    'extern Mix(n)(x: [B, C]) -> [B, n] from "my_layers.mix:Mix"\n\n'
    "net A()(x: [B, 8]) -> [B, 4]:\n    return x -> mix: Mix(4)\n"
)

CODES: dict[str, CodeInfo] = {
    "E0801": CodeInfo(
        "a net that PyTorch has no words for",
        "The net is sound, but its PyTorch source cannot be written: the message says what stands in the way.",
        "net A()(x: [B, 8]) -> [B, 4]:\n    init *.bias ~ xavier_uniform\n    return x -> fc: linear(4)\n",
        "net A()(x: [B, 8]) -> [B, 4]:\n    init *.weight ~ xavier_uniform\n    return x -> fc: linear(4)\n",
    ),
    "E0802": CodeInfo(
        "PyTorch disagrees",
        "Before a module is handed out, it is made once on the meta device, and its parameters and outputs are compared with what was "
        "predicted of them. They differ, so nothing is handed out. This is a mistake of archc: please report it with the spec.",
        PLAIN,
        PLAIN,
    ),
    "E0803": CodeInfo(
        "PyTorch is not installed",
        "Checking a spec, its tables, its pictures and its PyTorch source need no PyTorch; a module does. "
        'Install it with `pip install "archc[torch]"`.',
        PLAIN,
        PLAIN,
    ),
    "E0804": CodeInfo(
        "an extern that nobody has allowed",
        "The net uses a Python class from elsewhere, whose code would run. That needs your word: `--allow-extern` on the command line, "
        "`allow_extern=True` in Python. Checking a spec never runs such code.",
        EXTERN,
        EXTERN,
    ),
    "E0805": CodeInfo(
        "an extern that does not keep its word",
        "The class cannot be imported or made with these arguments, or its output is not what the `extern` statement declares. It is "
        "tried on PyTorch's meta device, where tensors have shapes but no values.",
        EXTERN,
        EXTERN,
    ),
    "E0806": CodeInfo(
        "weights that cannot be read",
        "The file is not there, or is neither safetensors nor a `state_dict` that `torch.save` wrote. Of the latter only tensors are read: "
        "no code in it is run.",
        PLAIN,
        PLAIN,
    ),
    "E0807": CodeInfo(
        "weights that do not fit",
        "The keys and shapes of the file are not those of the net's `state_dict`. Every key that is missing, that the net does not have, "
        "or that has another shape is named, with the key that it may have been meant for. Nothing is loaded.",
        PLAIN,
        PLAIN,
    ),
}
