"""Almost valid specs: a valid one with one call changed. PyTorch's verdict on it comes from its steps, run one after another."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from hypothesis import assume
from hypothesis import strategies as st
from pydantic import ValidationError

from archc import driver
from archc.diagnostics.render import render_all
from archc.ir.dims import evaluate
from archc.ir.operator import Operator
from archc.ir.types import TensorType
from tests.contract.harness import DTYPES, flat, read_call, run
from tests.contract.strictness import stricter
from tests.property.judge import judge
from tests.property.layers import templates
from tests.property.parts import Apply, Step
from tests.property.specs import Spec, specs

NAMES = {dtype: name for name, dtype in DTYPES.items() if name != "float"} | {torch.float32: "float"}
NUMBER = re.compile(r"(?<![\w.])-?\d+(?![\w.])")


@dataclass(frozen=True)
class Mutant:
    """A spec with another call at one place."""

    spec: Spec
    site: int
    call: str

    @property
    def text(self) -> str:
        return self.spec.file.written(self.spec.net, {self.site: self.call})

    def __repr__(self) -> str:
        return f"{self.spec.file.sites[self.site]} became {self.call}\n{self.text}"

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        printer.text(repr(self))


@st.composite
def mutants(draw: st.DrawFn) -> Mutant:
    """One mutation: a number in a call changes, or the call becomes another one."""
    spec = draw(specs(plain=True))
    used = sorted(set(_sites(spec.body.steps)))
    visible = [site for site in used if f"§{site}§" in spec.net + "".join(spec.file.definitions)]
    assume(visible)
    site = draw(st.sampled_from(visible))
    call = spec.file.sites[site]
    numbers = list(NUMBER.finditer(call))
    if numbers and (_joins(call) or draw(st.integers(0, 3))):
        place = draw(st.sampled_from(numbers))
        old = int(place[0])
        new = draw(st.sampled_from([old + 1, old - 1, -old, 2 * old, 0, old + 7, 3]))
        return Mutant(spec, site, f"{call[: place.start()]}{new}{call[place.end() :]}")
    rank = draw(st.sampled_from([2, 3, 4]))
    other = draw(st.sampled_from(templates(TensorType((2, 4, 6, 3)[:rank]))))
    return Mutant(spec, site, other(draw, TensorType((2, 4, 6, 3)[:rank])))


def _joins(call: str) -> bool:
    """Whether a call takes several tensors; then only its number changes."""
    return call.startswith(("concat", "stack"))


def _sites(steps: Sequence[Step]) -> Iterator[int]:
    for step in steps:
        if isinstance(step, Apply):
            yield step.site
        else:
            yield from _sites(step.block.steps)


# --- what PyTorch says ------------------------------------------------------------------------------------------------


class Unclear(Exception):
    """A value is no tensor any more, but several; what follows may still be right."""


class Refused(Exception):
    """PyTorch does not take a step, or some tensor would be empty."""


@dataclass
class Verdict:
    """What PyTorch makes of a mutant."""

    refused: str | None = None
    unclear: bool = False
    """A tensor became several, which the steps cannot follow."""
    stretched: bool = False
    """Some tensors were broadcast."""
    scalars: bool = False
    """Some tensors had no dims."""
    operators: tuple[str, ...] = ()
    before: tuple[str, ...] = ()
    """The calls without the mutation."""


def verdict(mutant: Mutant) -> Verdict:
    """Run the steps at the example sizes, each on new tensors of the types that come in."""
    calls = list(mutant.spec.file.sites)
    calls[mutant.site] = mutant.call
    found = Verdict(before=tuple(mutant.spec.file.sites))
    values = {
        name: TensorType(tuple(evaluate(dim, mutant.spec.body.sizes) for dim in type_.shape), type_.dtype)
        for name, type_ in mutant.spec.inputs.items()
    }
    try:
        _follow(mutant.spec.body.steps, values, calls, found)
    except Refused as refusal:
        found.refused = str(refusal)
    except Unclear:
        found.unclear = True
    return found


BY_DESIGN = {
    "E0313": "the shape of a parameter depends on hyperparameters only",
    "E0501": "what owns parameters has a label",
    "E0310": "a block takes and gives the dtypes that its signature states",
    "E0210": "as many names as values, for all sizes; torch's chunk may give fewer",
    "E0309": "an operator takes its own number of tensors",
}
"""Where archc refuses a spec for a rule of the language."""
COUNTED = {"unbind", "chunk", "split"}
"""What gives a number of tensors that has to be known when the spec is compiled (E0401): also of a tensor that stands in its place."""


def disagreement(mutant: Mutant) -> str | None:
    """How archc's verdict and PyTorch's differ, where they do. What archc accepts is compared in full."""
    theirs, report = verdict(mutant), driver.check_text(mutant.text)
    if theirs.unclear:
        return None
    if report.ok:
        judge(mutant.text, thorough=False)
        return f"archc accepts what PyTorch refuses: {theirs.refused}" if theirs.refused else None
    allowed = {*BY_DESIGN, *(code for name in theirs.operators for code in stricter(name))}
    allowed |= {"E0302"} if theirs.stretched else set()  # sizes that happen to fit
    named = {*theirs.operators, read_call(mutant.spec.file.sites[mutant.site]).name}
    allowed |= {"E0401"} if COUNTED & named else set()
    allowed |= {"E0307"} if theirs.scalars else set()  # dim 0 of a single number
    codes = {found.code for found in report.diagnostics if found.severity == "error"}
    if theirs.refused is None and not codes & allowed:  # what follows a refusal may be refused for another reason
        return f"PyTorch takes it:\n{render_all(report.diagnostics, report.sources, color=False)}"
    return None


def _follow(steps: Sequence[Step], values: dict[str, TensorType], calls: Sequence[str], found: Verdict) -> None:
    for step in steps:
        inputs = [values[name] for name in step.inputs]
        if isinstance(step, Apply):
            results = _apply(calls[step.site], inputs, found)
            if _counted(calls[step.site]) and not _counted(found.before[step.site]):
                raise Unclear
            if len(results) != len(step.outputs):
                raise Unclear
            values |= dict(zip(step.outputs, results, strict=True))
            continue
        inner = dict(zip((name for name, _ in step.block.inputs), inputs, strict=True))
        _follow(step.block.steps, inner, calls, found)
        values[step.outputs[0]] = inner[step.block.result]


def _counted(call: str) -> bool:
    return read_call(call).name in COUNTED


def _squeezed(op: Operator, x: TensorType) -> Iterator[int]:
    """The dims of the tensor that are named."""
    named = getattr(op, "dim", None)
    yield from (
        dim for dim in (named if isinstance(named, tuple) else (named,)) if dim is not None and -x.rank <= dim < x.rank
    )


def _apply(call: str, inputs: list[TensorType], found: Verdict) -> list[TensorType]:
    try:
        op = read_call(call)
        found.operators += (op.name,)
        found.stretched |= op.name in ("add", "sub", "mul") and len({x.shape for x in inputs}) > 1
        if op.name == "squeeze" and any(inputs[0].shape[dim] != 1 for dim in _squeezed(op, inputs[0])):
            raise Unclear  # torch leaves such a dim where it is; here it has to be 1
        found.scalars |= any(not x.rank for x in inputs)
        (result, _), *_ = run(op, inputs, (), "cpu")
    except ValidationError as error:
        raise Refused(str(error)) from None
    except Exception as error:  # noqa: BLE001 - whatever torch raises is its refusal
        raise Refused(f"{call} on {', '.join(map(str, inputs))}: {type(error).__name__}: {error}") from None
    outputs = [TensorType(tuple(x.shape), NAMES[x.dtype]) for x in flat(result)]  # type: ignore[arg-type]
    if any(0 in x.shape for x in outputs):
        raise Refused(f"{call} gives an empty tensor")
    return outputs
