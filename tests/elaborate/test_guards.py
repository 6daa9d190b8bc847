"""Conditions of run time: what the IR says of them, and what is refused."""

from __future__ import annotations

import pytest

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
        (
            "if training or m is None:\n    x = relu(x)\nreturn x",
            "E0901",
            "a choice between conditions of run time is not supported yet",
        ),
        (
            "if training and m is None:\n    x = relu(x)\nelse:\n    x = tanh(x)\nreturn x",
            "E0901",
            "else behind several conditions of run time is not supported yet",
        ),
        (
            "if not (training and m is None):\n    x = relu(x)\nreturn x",
            "E0901",
            "the opposite of several conditions of run time is not supported yet",
        ),
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


@pytest.mark.parametrize(
    ("call", "message"),
    [
        ("C", "a return under a condition of run time, in a body without a label, is not supported yet"),
        ("c: C", "a block that returns under a condition of run time, used within another, is not supported yet"),
    ],
)
def test_early_returns_of_blocks_are_refused(call: str, message: str) -> None:
    block = "block C()(x: [B, 3]) -> [B, 3]:\n    if training:\n        return relu(x)\n    return x\n\n"
    assert refusal(block + body(f"return x -> {call}", "x: [B, 3]")) == ("E0901", message)
