"""``archc ops``: the reference, from the operators themselves."""

from __future__ import annotations

import inspect
from itertools import groupby
from typing import TYPE_CHECKING, Any

import click
from click.shell_completion import CompletionItem

from archc.cli.shell import Shell, json_option, refuse, shell

if TYPE_CHECKING:
    from archc.ir.operator import Operator


def _complete(context: click.Context, parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    from archc.ops import operators

    return [CompletionItem(name) for name in operators() if name.startswith(incomplete)]


@click.command("ops")
@click.argument("name", required=False, shell_complete=_complete)
@json_option
@shell
def command(shell: Shell, name: str | None, as_json: bool) -> None:
    """List the operators by family, or show the reference page of the one called NAME."""
    from archc.diagnostics.suggest import did_you_mean
    from archc.ops import operators

    known = operators()
    if name is None:
        chosen = sorted(known.values(), key=lambda operator: (operator.family, operator.name))
        if as_json:
            shell.json([described(operator) for operator in chosen])
        else:
            shell.out.write(_index(chosen))
        return
    if name not in known:
        refuse(f"there is no operator {name!r}", did_you_mean(name, known))
    if as_json:
        shell.json(described(known[name]))
    else:
        shell.out.write(page(known[name]))


def _index(chosen: list[type[Operator]]) -> str:
    parts = []
    width = max(len(operator.name) for operator in chosen)
    for family, members in groupby(chosen, key=lambda operator: operator.family):
        rows = [f"  {operator.name.ljust(width)}  {first_sentence(operator)}" for operator in members]
        parts.append("\n".join([family, *rows, ""]))
    return "\n".join(parts)


def first_sentence(operator: type[Operator]) -> str:
    """The first line of an operator's documentation."""
    return inspect.getdoc(operator).partition("\n")[0] if operator.__doc__ else ""  # type: ignore[union-attr]


def page(operator: type[Operator]) -> str:
    """The reference page: how it is written, what it does, examples with their types, and what it is in PyTorch."""
    lines = [signature(operator), "", inspect.getdoc(operator) or "", "", "Examples:"]
    lines += [f"  {', '.join(example.inputs)} -> {example.call}  # {example.output}" for example in operator.examples]
    lines += ["", f"Family: {operator.family}", f"PyTorch: {', '.join(operator.torch)}"]
    return "\n".join(lines) + "\n"


def signature(operator: type[Operator]) -> str:
    """``conv(out_channels, kernel_size, stride=1, ...)``, and the inputs that it takes."""
    from archc.analysis.calltext import value_text

    fields = (
        name if info.is_required() else f"{name}={value_text(info.default)}" for name, info in operator.fields.items()
    )
    text = f"{operator.name}({', '.join(fields)})"
    return text if operator.inputs == ("input",) else f"{text}    inputs: {', '.join(input_names(operator))}"


def input_names(operator: type[Operator]) -> list[str]:
    """The inputs, those that may be left out in brackets."""
    if operator.variadic:
        return [f"*{operator.inputs[0]}"]
    return [name if i < operator.required else f"[{name}]" for i, name in enumerate(operator.inputs)]


def described(operator: type[Operator]) -> dict[str, Any]:
    """An operator as JSON values."""
    return {
        "name": operator.name,
        "family": operator.family,
        "signature": signature(operator),
        "inputs": input_names(operator),
        "documentation": inspect.getdoc(operator),
        "examples": [
            {"call": example.call, "inputs": list(example.inputs), "output": example.output}
            for example in operator.examples
        ],
        "torch": list(operator.torch),
    }
