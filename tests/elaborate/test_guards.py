"""Conditions of run time: what the IR says of them, and what is refused."""

from __future__ import annotations

import pytest

from archc.driver import check_text
from archc.ir.graph import Guard, Value
from tests.elaborate.specs import net, refusal

TRAINING, EVALUATION = Guard("training"), Guard("training", negated=True)
GIVEN, ABSENT = Guard(1), Guard(1, negated=True)


def body(text: str, signature: str = "x: [B, 3], m: [B, 3] = None") -> str:
    """A net with this body."""
    lines = "".join(f"    {line}\n" for line in text.splitlines())
    return f"net N()({signature}) -> [B, 3]:\n{lines}"


def test_a_change_in_one_arm_is_chosen_behind_it() -> None:
    top = net(body("if training:\n    x = relu(x)\nreturn tanh(x)")).top
    relu, choice, tanh = top.nodes
    assert (relu.when, choice.when, tanh.when) == ((TRAINING,), (), ())
    assert (choice.choice, choice.inputs) == (TRAINING, (Value(0), Value(-1)))
    assert tanh.inputs == (Value(1),)
    assert dict(top.names)[Value(1)] == "x"


def test_an_arm_that_changes_nothing_leaves_no_choice() -> None:
    top = net(body("if training:\n    y = relu(x)\n    z = 3\nreturn tanh(x)")).top
    assert not any(node.choice for node in top.nodes)


def test_within_an_arm_an_input_is_given() -> None:
    top = net(body("if m is not None:\n    x = x + m\nelse:\n    x = relu(x)\nreturn x")).top
    assert [node.when for node in top.nodes] == [(GIVEN,), (ABSENT,), ()]
    assert top.inputs[1].optional


def test_conditional_expressions_choose() -> None:
    top = net(body("return x + m if m is not None else x")).top
    add, choice = top.nodes
    assert add.when == (GIVEN,)
    assert choice.inputs == (Value(0), Value(-1))


def test_several_conditions_nest() -> None:
    top = net(body("if training and m is not None:\n    x = x + m\nreturn x")).top
    add, inner, outer = top.nodes
    assert add.when == (TRAINING, GIVEN)
    assert (inner.when, inner.choice) == ((TRAINING,), GIVEN)
    assert (outer.when, outer.choice) == ((), TRAINING)


def test_within_an_arm_training_is_known() -> None:
    top = net(
        body("if training:\n    x = relu(x) if training else tanh(x)\n    return x\nreturn x if training else tanh(x)")
    ).top
    assert [(node.op.name if node.op else None, node.when) for node in top.nodes] == [
        ("relu", (TRAINING,)), ("tanh", (EVALUATION,)),
    ]  # fmt: skip


def test_what_is_known_at_compile_time_is_no_condition() -> None:
    top = net(body("if training and False:\n    x = relu(x)\nif training or True:\n    x = tanh(x)\nreturn x")).top
    assert [(node.op.name if node.op else None, node.when) for node in top.nodes] == [("tanh", ())]


def test_a_return_leaves_the_rest_to_the_other_arm() -> None:
    top = net(body("if training:\n    return relu(x)\nx = tanh(x)\nreturn x")).top
    (early,) = top.early
    assert (early.when, early.after, early.result) == ((TRAINING,), 1, Value(0))
    assert top.nodes[1].when == (EVALUATION,)


def test_behind_a_return_an_input_is_known_to_be_given() -> None:
    top = net(body("if m is None:\n    return x\nreturn x + m")).top
    assert [node.when for node in top.nodes] == [(GIVEN,)]
    assert top.early[0].when == (ABSENT,)


def test_a_return_within_arms_has_the_conditions_of_all() -> None:
    top = net(body("if m is not None:\n    if training:\n        return relu(x)\n    x = x + m\nreturn x")).top
    assert top.early[0].when == (GIVEN, TRAINING)
    assert [node.when for node in top.nodes] == [(GIVEN, TRAINING), (GIVEN, EVALUATION), ()]


def test_an_arm_that_returns_joins_nothing() -> None:
    """Its own ``x`` need not be like the other arm's."""
    text = "if training:\n    x = x -> flatten(0)\n    return y\nreturn tanh(x)"
    top = net(body(f"y = relu(x)\n{text}")).top
    assert not any(node.choice for node in top.nodes)


def test_a_return_in_the_second_arm() -> None:
    top = net(body("if training:\n    x = relu(x)\nelse:\n    return tanh(x)\nreturn x")).top
    assert top.early[0].when == (EVALUATION,)
    assert top.early[0].after == 2
    assert top.result == Value(0)


def test_results_that_differ_while_training() -> None:
    text = """\
net N(aux=True)(x: [B, 3]) -> (y: [B, 3], z: [B, 3]) if training and aux else [B, 3]:
    if training and aux:
        return x, relu(x)
    return x
"""
    top = net(text).top
    assert top.early[0].result == (Value(-1), Value(0))
    assert top.early[0].names == ("y", "z")
    assert top.result == Value(-1)
    assert not net(text + "\nquick = N(aux=False)\n").top.early


def test_a_return_in_evaluation_leaves_training_to_the_rest() -> None:
    top = net("""\
net N()(x: [B, 3]) -> (y: [B, 3], z: [B, 3]) if training else [B, 3]:
    if not training:
        return x
    return x, relu(x)
""").top
    assert top.result_names == ("y", "z")
    assert top.early[0].names == ()


@pytest.mark.parametrize(
    ("text", "code", "message"),
    [
        ("return x + m", "E0206", "add needs a tensor, and this input may be None"),
        (
            "if training:\n    x = x -> flatten(0)\nreturn x",
            "E0310",
            "the arms give different types: [3 * B] and [B, 3]",
        ),
        (
            "n = 1\nif training:\n    n = 2\nreturn x * n",
            "E0207",
            "under a condition of run time, only tensors may differ",
        ),
        ("if training:\n    y = relu(x)\nreturn y", "E0201", "unknown name 'y'"),
        ("if training:\n    y = relu(x)\nelse:\n    return y\nreturn x", "E0201", "unknown name 'y'"),
        ("if training:\n    y = relu(x)\nif m is None:\n    x = y\nreturn x", "E0201", "unknown name 'y'"),
        (
            "for i in range(2 if training else 3):\n    x = relu(x)\nreturn x",
            "E0207",
            "under a condition of run time, only tensors may differ",
        ),
        (
            "if training:\n    return x -> flatten(0)\nreturn x",
            "E0310",
            "the body returns [3 * B], which is not what the signature promises",
        ),
    ],
)
def test_what_is_refused(text: str, code: str, message: str) -> None:
    assert refusal(body(text)) == (code, message)


@pytest.mark.parametrize(
    ("text", "accepted"),
    [
        ("return x * T", False),
        ("return x + ones(T, 1).sum()", False),
        ("if training:\n    x = x * T\nreturn x", False),
        ("if m is not None:\n    x = x * T + arange(T).sum()\nreturn x", True),
        ("if m is None:\n    return x\nreturn x * T", True),
        ("return x if m is None else x * T", True),
    ],
)
def test_a_size_that_only_an_absent_input_tells(text: str, accepted: bool) -> None:
    spec = body(text, "x: [B, 3], m: [T, 4] = None")
    if accepted:
        assert net(spec).top.inputs[1].optional
    else:
        message = "the size T is known only where 'm' is given, and this input may be None"
        assert refusal(spec) == ("E0207", message)


BLOCK = """\
block D()(x: [B, 3], k: [B, 3]{default}) -> [B, 3]:
    y = x -> a: linear(3)
    return {result}

"""
OPTIONAL = BLOCK.format(default=" = None", result="y if k is None else y + k")


def test_an_input_that_may_be_absent_goes_to_optional_inputs_only() -> None:
    spec = BLOCK.format(default="", result="y + k") + body("return (x, m) -> d: D")
    assert refusal(spec) == ("E0206", "the input 'k' of D needs a tensor, and this input may be None")


def test_absence_is_decided_where_a_block_is_applied() -> None:
    given, absent, maybe = (
        net(OPTIONAL + body(f"return ({inputs}) -> d: D", signature)).modules[0]
        for inputs, signature in (
            ("x, m", "x: [B, 3], m: [B, 3]"),
            ("x,", "x: [B, 3]"),
            ("x, m", "x: [B, 3], m: [B, 3] = None"),
        )
    )
    assert [(len(m.inputs), len(m.nodes), m.inputs[-1].optional) for m in (given, absent, maybe)] == [
        (2, 2, False), (1, 1, False), (2, 3, True),
    ]  # fmt: skip


RETURNS = """\
block C()(x: [B, 3], m: [B, 3] = None) -> [B, 3]:
    if m is None:
        return relu(x)
    return x * m

"""


def test_a_return_in_a_body_without_a_label_is_a_choice() -> None:
    top = net(RETURNS + body("return tanh((x, m) -> C)")).top
    assert [(node.op.name if node.op else None, node.when) for node in top.nodes] == [
        ("relu", (ABSENT,)), ("mul", (GIVEN,)), (None, ()), ("tanh", ()),
    ]  # fmt: skip
    assert not top.early


def test_a_function_returns_under_a_condition_too() -> None:
    function = "def f(x, m):\n    if m is None:\n        return relu(x)\n    return x * m\n\n"
    assert [node.when for node in net(function + body("return f(x, m)")).top.nodes] == [(ABSENT,), (GIVEN,), ()]


def test_a_block_with_a_label_returns_early_itself() -> None:
    inner, top = net(RETURNS + body("return (x, m) -> c: C")).modules
    assert len(inner.early) == 1 and not top.early


def test_the_rest_of_the_body_belongs_to_the_arms_that_do_not_return() -> None:
    text = "if m is not None:\n    if training:\n        return relu(x)\n    x = x + m\nreturn tanh(x)"
    top = net(f"{body(text).replace('net N', 'block C')}\n{body('return (x, m) -> C')}").top
    assert [(node.op.name, node.when) for node in top.nodes if node.op] == [
        ("relu", (GIVEN, TRAINING)), ("add", (GIVEN, EVALUATION)), ("tanh", (GIVEN, EVALUATION)), ("tanh", (ABSENT,)),
    ]  # fmt: skip


def test_a_block_within_another_gives_one_type() -> None:
    block = "block C()(x: [B, 3]):\n    if training:\n        return x, x\n    return x\n\n"
    assert refusal(block + body("return x -> c: C", "x: [B, 3]")) == (
        "E0310",
        "C gives ([B, 3], [B, 3]) in some cases and [B, 3] in others",
    )


def test_what_returns_in_some_cases_only_is_refused() -> None:
    block = "block C()(x: [B, 3]) -> [B, 3]:\n    for i in [1]:\n        if training:\n            return x\n    return x\n\n"
    message = "under a condition of run time, this returns in some cases only"
    assert refusal(block + body("return x -> C", "x: [B, 3]")) == ("E0207", message)


@pytest.mark.parametrize(
    ("test", "held"),
    [
        ("training and m is not None", {(TRAINING, GIVEN)}),
        ("training or m is not None", {(TRAINING,), (EVALUATION, GIVEN)}),
        ("not (training and m is None)", {(EVALUATION,), (TRAINING, GIVEN)}),
        ("not (training or m is None)", {(EVALUATION, GIVEN)}),
        ("training and (training or m is None)", {(TRAINING,)}),
    ],
)
def test_conditions_of_several_parts(test: str, held: set[tuple[Guard, ...]]) -> None:
    """The first arm is there once for each way to get to it."""
    top = net(body(f"if {test}:\n    x = relu(x)\nelse:\n    x = tanh(x)\nreturn x")).top
    assert {node.when for node in top.nodes if node.op and node.op.name == "relu"} == held


def test_a_label_in_arms_that_exclude_each_other_is_one_layer() -> None:
    rest = "fc: linear(3) -> stack: [linear(3), relu]"
    text = f"if training:\n    y = x -> {rest}\nelse:\n    y = relu(x) -> {rest}"
    top = net(body(f"{text}\nreturn y")).top
    assert [child.label for child in top.children] == ["fc", "stack.0", "stack.1"]


@pytest.mark.parametrize(
    ("one", "other", "code", "message"),
    [
        ("linear(3)", "linear(3, bias=False)", "E0504", "'fc' is shared, but would be another layer here"),
        ("relu", "tanh", "E0504", "'fc' is shared, but would be another layer here"),
        ("D(1)", "D(2)", "E0504", "'fc' is shared, but would be another network here"),
        ("D(1)", "relu", "E0504", "'fc' is shared, but would be another layer here"),
        ("relu", "D(1)", "E0504", "'fc' is shared, but would be another layer here"),
    ],
)
def test_it_is_the_same_in_all_of_them(one: str, other: str, code: str, message: str) -> None:
    block = "block D(n)(x: [B, 3]) -> [B, 3]:\n    return x * n\n\n"
    text = body(f"if training:\n    return x -> fc: {one}\nreturn x -> fc: {other}")
    assert refusal(block + text) == (code, message)


@pytest.mark.parametrize(
    "text",
    [
        "if training:\n    y = relu(x)\nx = tanh(x)\nif training:\n    x = x + y\nreturn x",
        "if training:\n    y = relu(x)\nx = tanh(x)\nreturn x + y if training else x",
        "if training:\n    y = relu(x)\nx = tanh(x)\nif not training:\n    return x\nreturn x + y",
        "if training:\n    y = relu(x)\nx = tanh(x)\nif m is not None and training:\n    x = x + y\nreturn x",
    ],
)
def test_a_name_of_one_arm_is_known_where_its_condition_holds_again(text: str) -> None:
    (add,) = (node for node in net(body(text)).top.nodes if node.op is not None and node.op.name == "add")
    assert TRAINING in add.when


def test_arms_of_one_shape_are_told_to_be_converted() -> None:
    (found,) = check_text(body("return x if training else (x > 0).float()")).diagnostics
    assert (found.code, found.help) == ("E0310", "convert one of them, for example `.to(x.dtype)`")
