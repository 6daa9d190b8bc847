"""Names in emitted code: identifiers that shadow nothing and collide with nothing."""

from __future__ import annotations

import builtins
import keyword
import re
from collections.abc import Iterable

RESERVED = frozenset(
    {
        *dir(builtins),
        *keyword.kwlist,
        "torch",
        "nn",
        "F",
        "math",
        "self",
        "Tensor",
        "OrderedDict",
        "NamedTuple",
        "fnmatchcase",
        "scan_steps",
        "_",
    }
)
"""What no local, argument or class of emitted code is called."""

# Attributes of torch.nn.Module, Sequential, ModuleList and ModuleDict (torch 2.14) and of every class: a submodule or an attribute of
# such a name would hide them. Written out so that emitting needs no torch; a test compares it with torch's own.
MODULE_ATTRIBUTES = frozenset(
    {
        "T_destination", "add_module", "append", "apply", "bfloat16", "buffers", "call_super_init", "children",
        "clear", "compile", "cpu", "cuda", "double", "dump_patches", "eval", "extend", "extra_repr", "float",
        "forward", "get_buffer", "get_extra_state", "get_parameter", "get_submodule", "half", "insert", "ipu",
        "items", "keys", "load_state_dict", "modules", "mtia", "named_buffers", "named_children",
        "named_modules", "named_parameters", "parameters", "pop", "register_backward_hook", "register_buffer",
        "register_forward_hook", "register_forward_pre_hook", "register_full_backward_hook",
        "register_full_backward_pre_hook", "register_load_state_dict_post_hook",
        "register_load_state_dict_pre_hook", "register_module", "register_parameter",
        "register_state_dict_post_hook", "register_state_dict_pre_hook", "requires_grad_", "set_extra_state",
        "set_submodule", "share_memory", "state_dict", "to", "to_empty", "train", "training", "type", "update",
        "values", "xpu", "zero_grad",
    }
)  # fmt: skip

CONSTRUCTOR_LOCALS = ("i", "m", "name", "parameter", "fan_in", "fan_out")
"""Variables that the constructors of emitted classes use."""


def identifier(text: str, taken: Iterable[str] = ()) -> str:
    """A name made of ``text`` that is an ASCII identifier, not reserved and not among those taken."""
    name = re.sub(r"\W", "_", text, flags=re.ASCII).lstrip("_") or "x"
    if name[0].isdigit():
        name = f"x{name}"
    return fresh(f"{name}_" if name in RESERVED else name, taken)


def fresh(name: str, taken: Iterable[str]) -> str:
    """The name itself, or with the first number from 2 that makes it new."""
    used = set(taken)
    if name not in used:
        return name
    stem = name if not name[-1].isdigit() else f"{name}_"
    return next(f"{stem}{n}" for n in range(2, len(used) + 3) if f"{stem}{n}" not in used)


def is_attribute(label: str) -> bool:
    """Whether ``self.label = ...`` in a class body makes a submodule of exactly that name."""
    plain = label.isidentifier() and label.isascii() and not keyword.iskeyword(label)
    return plain and not label.startswith("__") and label not in MODULE_ATTRIBUTES


def camel(label: str) -> str:
    """``aux_head`` as part of a class name: ``AuxHead``."""
    return "".join(word[:1].upper() + word[1:] for word in re.split(r"[^0-9A-Za-z]+", label) if word)
