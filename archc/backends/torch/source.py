"""A net as the source of a Python module: one class for each block, the net's own last."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from inspect import cleandoc
from itertools import starmap

from archc.analysis.domain import domain
from archc.backends.torch.calls import ExternError, type_of
from archc.backends.torch.checked import conditions_of, sequential_forward
from archc.backends.torch.classes import Class, classes_of, externs
from archc.backends.torch.construct import constructor
from archc.backends.torch.format import INDENT
from archc.backends.torch.forward import attributes_of, computed, forward
from archc.backends.torch.ports import result_annotation
from archc.backends.torch.scans import FUNCTION as SCAN_STEPS
from archc.backends.torch.scans import scan_lines
from archc.backends.torch.text import comment, docstring
from archc.ir.graph import Guard, Module, Net, Result
from archc.ir.types import Type, show
from archc.source import Span

IMPORTS = (
    (r"\bmath\.", "import math"),
    (r"\bOrderedDict\(", "from collections import OrderedDict"),
    (r"\bfnmatchcase\(", "from fnmatch import fnmatchcase"),
    (r"\(NamedTuple\)", "from typing import NamedTuple"),
)
TORCH_IMPORTS = (
    (r"\btorch\.", "import torch"),
    (r"\bF\.", "import torch.nn.functional as F"),
)


def emit(net: Net, *, allow_extern: bool = False, checked: bool = False) -> str:
    """The source of the net's module: it needs torch and nothing else, and its class can be made without arguments.

    Raises ``EmissionError`` where PyTorch has no way to say what the net says, and ``ExternError`` for a net with an ``extern``, whose
    code the source would import, unless ``allow_extern``. With ``checked``, ``forward`` begins with checks of the sizes.
    """
    return emit_named(net, allow_extern=allow_extern, checked=checked)[0]


def emit_named(net: Net, *, allow_extern: bool = False, checked: bool = False) -> tuple[str, str]:
    """The source, and the name of the class that stands for the net itself."""
    classes = classes_of(net)
    outside = externs(net)
    if outside and not allow_extern:
        raise ExternError(f"{net.name} is built with code from elsewhere: {', '.join(outside)}", _extern_span(net))
    conditions = conditions_of(net) if checked else ()
    body = "\n\n\n".join(
        text for owner in classes for text in (*_outputs(owner), _class(owner, classes, net, conditions))
    )
    if any(step.scan for owner in classes for step in owner.body.steps):
        body = f"{SCAN_STEPS.strip()}\n\n\n{body}"
    imports = "\n".join([_imports(body), *starmap(_extern_import, outside.items())])
    return f"{_header(net)}\n\n{imports}\n\n\n{body}\n", classes[-1].name


def _extern_span(net: Net) -> Span | None:
    return next((child.span for module in net.modules for child in module.children if child.extern is not None), None)


def _extern_import(target: str, name: str) -> str:
    module, _, found = target.partition(":")
    return f"from {module} import {found}{f' as {name}' if name != found else ''}"


def _outputs(owner: Class) -> Iterator[str]:
    """The classes of outputs with names."""
    given = [(step.inputs[0], step.outputs) for step in owner.body.steps if step.returns]
    for fields, name in owner.outputs.items():
        result = next(
            result for result, outputs in (*given, (owner.body.result, owner.body.outputs)) if outputs == fields
        )
        assert isinstance(result, tuple)
        types = zip(fields, map(result_annotation, result), strict=True)
        yield "\n".join([f"class {name}(NamedTuple):", *(f"{INDENT}{field}: {type_}" for field, type_ in types)])


def _class(owner: Class, classes: Sequence[Class], net: Net, conditions: Sequence[str]) -> str:
    root = owner is classes[-1]
    lines = [f"class {owner.name}(nn.{owner.body.base}):", *_docstring(owner.modules[0], net if root else None)]
    made = constructor(owner, classes, attributes_of(owner), computed(owner, classes))
    if len(made) > 2 or owner.body.items:
        lines += ["", *made] if len(lines) > 1 else made
    applied = forward(owner, classes, conditions if root else ())
    if root and conditions and not applied:
        applied = sequential_forward(net, owner.name, conditions)
    for method in (applied, *scan_lines(owner, classes)):
        lines += ["", *method] if method and len(lines) > 1 else method
    return "\n".join(lines)


def _docstring(module: Module, net: Net | None) -> list[str]:
    """The spec's own words; the class of the net itself adds what goes in, what comes out, and which sizes it takes."""
    paragraphs = [cleandoc(module.doc)] if module.doc and module.doc.strip() else []
    if net is not None:
        inputs = ", ".join(f"{p.name} {show(p.type)}{' or None' if p.optional else ''}" for p in module.inputs)
        early = "".join(f"{show(_output(module, e.result))} {_while(module, e.when)}, else " for e in module.early)
        sizes = ", ".join(domain(net).conditions())
        paragraphs.append(
            f"Input: {inputs}. Output: {early}{show(_output(module, module.result))}."
            + (f"\nSizes: {sizes}." if sizes else "")
        )
    return docstring("\n\n".join(paragraphs), 1) if paragraphs else []


def _while(module: Module, when: Sequence[Guard]) -> str:
    """When a return is taken."""
    return " and ".join(
        ("in evaluation" if guard.negated else "while training")
        if guard.subject == "training"
        else f"{'without' if guard.negated else 'with'} {module.inputs[guard.subject].name}"
        for guard in when
    )


def _output(module: Module, result: Result) -> Type:
    if isinstance(result, tuple):
        return tuple(_output(module, part) for part in result)
    return type_of(module, result)  # type: ignore[return-value]


def _header(net: Net) -> str:
    file = re.split(r"[/\\]", net.file)[-1]
    return comment(f"{net.name}, generated by archc from {file}.")


def _imports(body: str) -> str:
    first, wanted = (
        [line for pattern, line in table if re.search(pattern, body)] for table in (IMPORTS, TORCH_IMPORTS)
    )
    names = ", ".join(
        name for name, pattern in (("Tensor", r"\bTensor\b"), ("nn", r"\bnn\.")) if re.search(pattern, body)
    )
    wanted += [f"from torch import {names}"] if names else []
    return "\n".join([*first, "", *wanted] if first else wanted)
