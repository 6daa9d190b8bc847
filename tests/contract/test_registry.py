"""The contract, over all operators: documentation, examples, and agreement with torch on random arguments, refusals included."""

from __future__ import annotations

import importlib
import inspect
import json
import math
import re
from collections import Counter
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from archc.ir.operator import Example, Operator
from archc.ir.site import Refusal
from archc.ir.types import TensorType, show, tensors
from archc.ops import operators
from archc.ops.constant import Numbers
from tests.contract.draws_algebra import cases_of
from tests.contract.draws_layers import layer_draws
from tests.contract.draws_sequences import SEQUENCES
from tests.contract.harness import agree, assert_symbolic, at, free, infer, read_call, read_type
from tests.contract.strictness import stricter

ALL = sorted(operators().items())
EXAMPLES = [(cls, example) for _, cls in ALL for example in cls.examples]
every_operator = pytest.mark.parametrize("cls", [cls for _, cls in ALL], ids=[name for name, _ in ALL])
OTHERS = [cls for name, cls in ALL if layer_draws(cls) is None and name not in SEQUENCES]
"""Layers with windows, channels and states have random draws, and tests, of their own: ``test_layers``, ``test_sequences``."""
every_other = pytest.mark.parametrize("cls", OTHERS, ids=lambda cls: cls.name)
every_example = pytest.mark.parametrize(("cls", "example"), EXAMPLES, ids=[example.call for _, example in EXAMPLES])

INFINITE = {
    ("pad", "value"),
    ("masked_fill", "value"),
    ("full", "fill_value"),
    ("full_like", "fill_value"),
    ("new_full", "fill_value"),
    ("scatter", "value"),
    ("tensor", "data"),
}
"""Arguments that may be infinite: by operator and name."""


# --- documentation ----------------------------------------------------------------------------------------------------


@every_operator
def test_documentation(cls: type[Operator]) -> None:
    doc = inspect.getdoc(cls) or ""
    first = doc.split("\n\n")[0]
    assert first.rstrip().endswith("."), "the first paragraph is a sentence"
    assert cls.__doc__ and "__doc__" in cls.__dict__
    words = set(re.findall(r"\w+", " ".join(re.findall("``(.+?)``", doc))))
    undocumented = [field for field in cls.fields if field not in words]
    assert not undocumented, f"say what {', '.join(undocumented)} is"
    assert cls.examples
    assert re.fullmatch("[a-z][a-z0-9_]*", cls.name)


@every_operator
def test_torch_names_exist(cls: type[Operator]) -> None:
    for full in cls.torch:
        assert callable(resolve(full)), full


def resolve(full: str) -> Any:
    """What a full name of PyTorch stands for."""
    parts = full.split(".")
    found: Any = importlib.import_module(parts[0])
    for part in parts[1:]:
        found = getattr(found, part)
    return found


@every_operator
def test_arguments_are_torchs(cls: type[Operator]) -> None:
    """Every field that a module of torch knows has its default, and comes in its order."""
    for full in (name for name in cls.torch if name.startswith("torch.nn.") and "functional" not in name):
        known = inspect.signature(resolve(full)).parameters
        shared = [name for name in cls.fields if name in known]
        in_order = [name for name in known if name in shared]
        inferred = [name for name in shared if _is_inferred(cls, name)]
        assert [name for name in shared if name not in inferred] == [name for name in in_order if name not in inferred]
        for name in shared:
            theirs, ours = known[name].default, cls.fields[name]
            if theirs is not inspect.Parameter.empty and not ours.is_required() and name not in inferred:
                assert ours.default == theirs, f"{name} defaults to {theirs} in {full}"


def _is_inferred(cls: type[Operator], name: str) -> bool:
    return cls.fields[name].default is None


@every_operator
def test_required_inputs(cls: type[Operator]) -> None:
    """Beside the first ``required`` inputs, all may be left out."""
    _, _, *inputs = inspect.signature(cls.infer).parameters.values()
    needed = [one for one in inputs if one.default is one.empty and one.kind is one.POSITIONAL_OR_KEYWORD]
    assert cls.variadic or len(needed) == cls.required


# --- examples ---------------------------------------------------------------------------------------------------------


@every_example
def test_example(cls: type[Operator], example: Example) -> None:
    """The output's type is the one that the documentation states."""
    op = read_call(example.call)
    assert isinstance(op, cls)
    output, constraints = infer(op, [read_type(text) for text in example.inputs])
    assert show(output) == example.output
    assert not [constraint for constraint in constraints if constraint.relation == "=="]


@every_example
def test_example_agrees_with_torch(cls: type[Operator], example: Example) -> None:
    op, inputs = read_call(example.call), [read_type(text) for text in example.inputs]
    small = {name: 2 + i for i, name in enumerate(sorted(free(op, inputs)))}
    large = {name: 16 + 8 * i for i, name in enumerate(sorted(free(op, inputs)))}
    for sizes in (small, large):
        assert assert_symbolic(op, inputs, sizes)
        agree(at(op, sizes), *(at(value, sizes) for value in inputs))
    assert agree(at(op, large), *(at(value, large) for value in inputs)) is not None


@every_example
def test_example_is_stored(cls: type[Operator], example: Example) -> None:
    """An operator comes back from JSON as it was, symbolic sizes included."""
    op, stored = read_call(example.call), TypeAdapter(Operator)
    assert stored.validate_python(json.loads(stored.dump_json(op))) == op


# --- random arguments -------------------------------------------------------------------------------------------------

WORK = settings(
    max_examples=60,
    deadline=None,
    derandomize=True,
    database=None,
    phases=(Phase.explicit, Phase.generate, Phase.shrink),
    suppress_health_check=list(HealthCheck),
)


@every_other
def test_agrees_with_torch(cls: type[Operator]) -> None:
    """On random arguments and inputs archc and torch accept the same, and give the same."""
    accepted: Counter[bool] = Counter()

    @WORK
    @given(cases_of(cls))
    def check(case: tuple[Operator, tuple[Any, ...]]) -> None:
        op, inputs = case
        assert_reads_well(op, inputs)
        accepted[agree(op, *inputs, stricter=stricter(cls.name)) is not None] += 1

    check()
    assert accepted[True] >= 5, (
        f"of {accepted.total()} random uses only {accepted[True]} were accepted; add a case to draws_algebra.py"
    )


def assert_reads_well(op: Operator, inputs: tuple[Any, ...]) -> None:
    """A refusal is one line without a full stop, in lower case, with a code of the right kind and places that exist."""
    try:
        infer(op, inputs)
    except Refusal as refusal:
        assert re.fullmatch("E0[34][0-9]{2}", refusal.code)
        assert re.fullmatch(r"[^A-Z\s].*[^.\s]", refusal.message), refusal.message
        assert refusal.argument is None or refusal.argument in type(op).fields
        assert all(0 <= position < max(1, len(inputs)) for position in refusal.inputs)


@pytest.mark.parametrize("cls", [cls for cls in OTHERS if cls.inputs], ids=lambda cls: cls.name)
def test_symbols_agree_with_numbers(cls: type[Operator]) -> None:
    """What is inferred for symbols holds for every size: same shapes, and constraints that hold just when the sizes are accepted."""
    taken: Counter[bool] = Counter()

    @WORK
    @given(cases_of(cls), st.data())
    def check(case: tuple[Operator, tuple[Any, ...]], data: st.DataObject) -> None:
        op, inputs = case
        symbolic, sizes = symbols_for(data, inputs)
        if sizes:
            taken[assert_symbolic(op, symbolic, sizes)] += 1

    check()
    assert taken[True] >= 5, f"of {taken.total()} uses with symbols only {taken[True]} were accepted"


def symbols_for(data: st.DataObject, inputs: tuple[Any, ...]) -> tuple[list[Any], dict[str, int]]:
    """Inputs with symbols for some sizes, and values for those: the sizes themselves, or others. A size of 1 stays: as a
    literal it broadcasts, as a symbol it does not."""
    sizes: dict[str, int] = {}
    chosen = data.draw(st.integers(1, 31))
    change = data.draw(st.sampled_from([0, 0, 1, 3]))

    def symbolic(value: Any, size: Any, dim: int) -> Any:
        if size == 1 or not chosen >> dim & 1:
            return size
        name = f"S{size}"
        sizes[name] = size + change
        return read_type(f"[{name}]").shape[0]  # type: ignore[union-attr]

    types = [
        value.with_shape(*(symbolic(value, size, dim) for dim, size in enumerate(value.shape)))
        if isinstance(value, TensorType)
        else value
        for value in inputs
    ]
    return types, sizes


# --- arguments that no operator takes ---------------------------------------------------------------------------------


@every_operator
def test_impossible_arguments(cls: type[Operator]) -> None:
    """No number may be infinite or not a number, no size a boolean or a text, and no argument unknown."""
    base = read_call(cls.examples[0].call)
    given_fields = {name: getattr(base, name) for name in base.defined()}
    cls(**given_fields)
    with pytest.raises(ValidationError):
        cls(**given_fields | {"no_such_argument": 1})
    for name in cls.fields:
        for value in (math.nan, object(), *(() if (cls.name, name) in INFINITE else (math.inf, -math.inf))):
            with pytest.raises(ValidationError):
                cls(**given_fields | {name: value})


@every_operator
def test_booleans_are_no_numbers(cls: type[Operator]) -> None:
    base = read_call(cls.examples[0].call)
    given_fields = {name: getattr(base, name) for name in base.defined()}
    for name, info in cls.fields.items():
        if "bool" not in str(info.annotation) and str(info.annotation) != str(Numbers):
            with pytest.raises(ValidationError):
                cls(**given_fields | {name: True})


def test_examples_have_tensors() -> None:
    """The texts of the examples are read as types, not passed over."""
    assert [len(tensors(read_type(text))) for text in ("[B, 3]", "([B], [B, 2])")] == [1, 2]  # type: ignore[arg-type]
    assert show(read_type("int[B, 2 * T]")) == "int[B, 2 * T]"  # type: ignore[arg-type]
