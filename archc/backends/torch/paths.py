"""Expressions for submodules and tensors by their paths."""

from __future__ import annotations

from collections.abc import Sequence

from archc.backends.torch.call import quoted
from archc.backends.torch.naming import is_attribute
from archc.backends.torch.rolling import numbered
from archc.backends.torch.tree import Body, Box, Item


def member(text: str, path: Sequence[str]) -> str:
    """A submodule by its labels below an expression."""
    for label in path:
        if is_attribute(label):
            text += f".{label}"
        else:
            text = f"getattr(self, {quoted(label)})" if text == "self" else f"{text}[{quoted(label)}]"
    return text


def submodule(body: Body, path: Sequence[str]) -> str:
    """The submodule at a path; below another class by its full name, unless all labels there are plain ones."""
    text, items, kind = "self", body.items, "dict" if body.base == "Module" else "list"
    for label in path:
        if kind in ("ordered", "class") and not is_attribute(label):
            return f"self.get_submodule({quoted('.'.join(path))})"
        text = f"{text}[{label}]" if kind in ("list", "sequential") else member(text, [label])
        found = _find(items, label)
        items, kind = (found.items, found.kind) if isinstance(found, Box) else ((), "class")
    return text


def made_at(body: Body, path: Sequence[str]) -> object:
    """How the submodule at a path is made."""
    items, found = body.items, None
    for label in path:
        found = _find(items, label)
        items = found.items if isinstance(found, Box) else ()
    return found


def attribute(owner: str, name: str) -> str:
    """A tensor by its name in the module that ``owner`` is."""
    return f"{owner}.{name}" if is_attribute(name) else f"getattr({owner}, {quoted(name)})"


def _find(items: Sequence[Item], label: str) -> object:
    """What has a label; a run has all from its first number on. Behind a run, positions in a chain are not known."""
    stem, number = numbered(label) or ("", -1)
    for position, item in enumerate(items):
        if item.count:
            return item.make if item.stem == stem and number >= item.first else None
        if label == (item.label or str(position)):
            return item.make
    return None
