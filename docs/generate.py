"""Writes the pages of the reference that come from definitions: ``make docs``.

``operators/`` has a page for each family of operators, from their classes; ``errors.md`` is the catalogue of codes, each with what archc
says of its wrong spec. With ``--check`` nothing is written: the pages that would change are named, and the exit code is 1.
"""

from __future__ import annotations

import inspect
import re
import sys
import textwrap
from collections.abc import Iterable
from functools import cache
from itertools import groupby
from pathlib import Path

from archc import driver
from archc.analysis.calltext import value_text
from archc.diagnostics.catalogue import CATALOGUE
from archc.diagnostics.catalogue_model import CodeInfo
from archc.diagnostics.render import render
from archc.ir.operator import Operator
from archc.ops import operators
from docs import soundness, zoo

HERE = Path(__file__).resolve().parent
NOTICE = "<!-- Made by docs/generate.py from the definitions. Do not edit: run `make docs`. -->\n\n"
Family = list[type[Operator]]

SIGNS = {
    "add": "x + y", "sub": "x - y", "mul": "x * y", "div": "x / y", "floor_divide": "x // y", "remainder": "x % y",
    "pow": "x ** y", "matmul": "x @ y", "neg": "-x", "eq": "x == y", "ne": "x != y", "lt": "x < y", "le": "x <= y",
    "gt": "x > y", "ge": "x >= y", "index": "x[...]",
}  # fmt: skip
"""Operators that a spec writes as signs."""


@cache
def pages() -> dict[str, str]:
    """Every generated page, by its path below ``docs``."""
    by_family = {
        name: sorted(members, key=lambda op: op.name)
        for name, members in groupby(sorted(operators().values(), key=lambda op: op.family), key=lambda op: op.family)
    }
    made = {f"operators/{file(name)}": NOTICE + family_page(name, members) for name, members in by_family.items()}
    fixed = {
        "operators/index.md": index(by_family),
        "errors.md": errors(),
        "zoo.md": zoo.page(),
        "soundness.md": soundness.page(),
    }
    return {**made, **{path: NOTICE + text for path, text in fixed.items()}}


def file(family: str) -> str:
    return f"{family.replace(' ', '_')}.md"


# --- operators --------------------------------------------------------------------------------------------------------


def index(families: dict[str, Family]) -> str:
    """The list of all operators, by family."""
    lines = [
        "# Operators",
        "",
        f"{sum(map(len, families.values()))} operators, by family. Their arguments have PyTorch's names, order and defaults, less "
        "what the compiler infers. `archc ops NAME` shows the same on the command line.",
    ]
    for name, members in families.items():
        lines += ["", f"## [{name.capitalize()}]({file(name)})", "", "| operator | |", "|---|---|"]
        lines += [f"| [`{op.name}`]({file(name)}#{op.name}) | {cell(first_sentence(op))} |" for op in members]
    return "\n".join(lines) + "\n"


def family_page(name: str, members: Family) -> str:
    """The page of a family."""
    links = " · ".join(f"[{op.name}](#{op.name})" for op in members)
    return "\n".join([f"# {name.capitalize()}", "", links, "", *("\n".join(operator(op)) for op in members)])


def operator(op: type[Operator]) -> Iterable[str]:
    """The lines about one operator."""
    yield f"## {op.name}\n"
    yield f"```\n{signature(op)}\n```\n"
    if notes := list(uses(op)):
        yield " ".join(notes) + "\n"
    yield markdown(inspect.getdoc(op) or "") + "\n"
    yield "| input | call | output |\n|---|---|---|"
    for example in op.examples:
        yield f"| {', '.join(map(code, example.inputs))} | {code(example.call)} | {code(example.output)} |"
    yield "" if "torch." in (op.__doc__ or "") else f"\nPyTorch: {', '.join(map(code, op.torch))}.\n"


def signature(op: type[Operator]) -> str:
    """``conv(out_channels, kernel_size, stride=1, ...)``, broken into lines where it is long."""
    fields = [name if info.is_required() else f"{name}={value_text(info.default)}" for name, info in op.fields.items()]
    text = f"{op.name}({', '.join(fields)})"
    if len(text) <= 100:
        return text
    return f"{op.name}(\n    " + ",\n    ".join(fields) + ")"


def uses(op: type[Operator]) -> Iterable[str]:
    """How the operator is fed, where that is not by one tensor."""
    if op.variadic:
        yield f"Takes any number of tensors: {code(f'{op.name}(x, y, ...)')}."
    elif not op.inputs:
        yield "Takes no tensor."
    elif op.inputs != ("input",):
        optional = [f"{code(name)} (optional)" for name in op.inputs[op.required :]]
        yield f"Inputs: {', '.join([*map(code, op.inputs[: op.required]), *optional])}."
    if op.name in SIGNS:
        yield f"Written {code(SIGNS[op.name])}."
    if op.method:
        yield f"Also a method of tensors: {code(f'x.{op.name}(...)')}."


def first_sentence(op: type[Operator]) -> str:
    return markdown((inspect.getdoc(op) or "").partition("\n")[0])


def markdown(text: str) -> str:
    """A docstring's double backticks are markdown's single ones."""
    return re.sub(r"``(.+?)``", r"`\1`", text, flags=re.DOTALL)


def code(text: str) -> str:
    return f"`{cell(text)}`"


def cell(text: str) -> str:
    return text.replace("|", r"\|")


# --- codes ------------------------------------------------------------------------------------------------------------


def errors() -> str:
    """The catalogue."""
    lines = [
        "# Errors and notes",
        "",
        "Every finding has a code that stays the same between versions. E is an error, N a note. `archc explain CODE` shows what "
        "stands here.",
        "",
        "| code | |",
        "|---|---|",
    ]
    lines += [f"| [{name}](#{name.lower()}) | {info.title} |" for name, info in CATALOGUE.items()]
    return "\n".join([*lines, "", *("\n".join(entry(name, info)) for name, info in CATALOGUE.items())])


def entry(name: str, info: CodeInfo) -> Iterable[str]:
    """The lines about one code."""
    yield f"## {name}\n\n**{info.title[0].upper()}{info.title[1:]}.** {' '.join(info.explanation.split())}\n"
    yield f"Wrong:\n\n```arch\n{visible(info.wrong)}\n```\n"
    if said := diagnosis(name, info.wrong):
        yield f"```text\n{said}```\n"
    yield f"Right:\n\n```arch\n{visible(info.right)}\n```\n"


def visible(text: str) -> str:
    """The text of a spec, with characters that cannot be seen written out."""
    return "".join(
        char if char.isprintable() or char == "\n" else f"\\u{ord(char):04x}"
        for char in textwrap.dedent(text).strip("\n")
    )


def diagnosis(name: str, spec: str) -> str | None:
    """What archc says of a wrong spec; nothing where text alone does not give the code (a file that is not there)."""
    report = driver.check_text(spec, "example.arch")
    found = next((found for found in report.diagnostics if found.code == name), None)
    return None if found is None else render(found, report.sources, color=False)


# --- files ------------------------------------------------------------------------------------------------------------


def stale() -> list[Path]:
    """Pages that are not what would be written, and pages of families that are gone."""
    wanted = {HERE / path: text for path, text in pages().items()}
    wrong = [path for path, text in wanted.items() if not path.is_file() or path.read_text(encoding="utf-8") != text]
    return wrong + [path for path in sorted((HERE / "operators").glob("*.md")) if path not in wanted]


def write() -> None:
    """Write the pages, and delete those of families that are gone."""
    for path in stale():
        path.unlink(missing_ok=True)
    for name, text in pages().items():
        (HERE / name).parent.mkdir(exist_ok=True)
        (HERE / name).write_text(text, encoding="utf-8")


def main() -> int:
    """The command."""
    if sys.argv[1:] == ["--check"]:
        for path in stale():
            print(f"{path} is not up to date: run `make docs`")
        return int(bool(stale()))
    write()
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
