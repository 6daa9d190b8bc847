"""Numbers that make no sense as an argument or a size are refused at the argument, also those that torch itself takes."""

from __future__ import annotations

import pytest

from tests.reliability.specs import accepted, errors, net, outcome, refused

NAN = "inf - inf"

# For each argument: a call with a hole, and what must not stand there.
NO_SIZE = ("0", "-1", "True", "1.5", "'a'", "inf", NAN, "None", "[8]", "x", "relu")
NO_AMOUNT = ("-1", "True", "1.5", "'a'", "inf", NAN)
NO_CHANCE = ("2", "-0.1", "inf", NAN, "True", "'a'", "None")
NO_EPS = ("-1", "inf", NAN, "True", "'a'")
NO_FLAG = ("1", "0", "'no'", "1.0")
CALLS: list[tuple[str, tuple[str, ...]]] = [
    ("conv({}, 1)", NO_SIZE),
    ("conv(8, {})", NO_SIZE),
    ("conv(8, 3, stride={})", NO_SIZE),
    ("conv(8, 3, dilation={})", NO_SIZE),
    ("conv(8, 3, groups={})", (*NO_SIZE, "3")),
    ("conv(9, 3, groups={})", ("2", "9")),
    ("conv(8, 3, padding={})", NO_AMOUNT),
    ("conv(8, 3, bias={})", NO_FLAG),
    ("conv(8, {})", ("17", "(3,)", "(3, 3, 3)", "(17, 1)", "(1, 17)")),
    ("conv(8, 9, dilation={})", ("2", "3")),
    ("conv_transpose(8, 3, stride={})", NO_SIZE),
    ("conv_transpose(8, 3, output_padding={})", (*NO_AMOUNT, "9")),
    ("max_pool({})", (*NO_SIZE, "17")),
    ("max_pool(2, stride={})", ("0", "-1", "True", "1.5", "'a'", "inf", NAN)),  # None is the kernel's
    ("max_pool(2, padding={})", (*NO_AMOUNT, "2")),
    ("avg_pool(3, divisor_override={})", ("0", "-1", "True")),
    ("adaptive_avg_pool({})", ("0", "-1", "True", "2.0", "'a'", NAN)),
    ("linear({})", NO_SIZE),
    ("linear(8, bias={})", NO_FLAG),
    ("batch_norm(eps={})", (*NO_EPS, "0")),
    ("batch_norm(momentum={})", ("-1", "inf", NAN, "'a'")),
    ("batch_norm(affine={})", NO_FLAG),
    ("layer_norm(eps={})", NO_EPS),
    ("group_norm({})", (*NO_SIZE, "3", "16")),
    ("group_norm(2, eps={})", NO_EPS),
    ("instance_norm(eps={})", NO_EPS),
    ("rms_norm(eps={})", ("-1", "inf", NAN, "'a'")),
    ("local_response_norm({})", NO_SIZE),
    ("dropout({})", NO_CHANCE),
    ("alpha_dropout({})", NO_CHANCE),
    ("leaky_relu({})", ("inf", NAN, "'a'", "10 ** 300", "10 ** 600", "1e39")),
    ("elu({})", ("inf", NAN, "'a'")),
    ("pixel_shuffle({})", (*NO_SIZE, "3")),
    ("upsample(scale_factor={})", ("0", "-1", "inf", NAN, "True", "'a'", "1e300", "10 ** 30")),
    ("upsample(size={})", ("0", "-1", "True", "1.5", "10 ** 30")),
    ("flatten({})", ("4", "-5", "True", "1.5", "10 ** 30")),
    ("softmax({})", ("4", "-5", "True", "1.5", "'a'")),
    ("pad({})", ("(1,)", "(-9, -9)", "(10 ** 19, 0)", "(1.5, 1)", "(True, 1)", "'a'")),
    ("clamp(min=0, max={})", ("10 ** 30", "1e39", "'a'", "x")),
    ("reshape({})", ("0", "'B', -1", "-1, -1", "-2, 8", "B, 7", "B, 10 ** 30", "1.5")),
    ("chunk({})", NO_SIZE),
]
WRONG = [call.format(bad) for call, values in CALLS for bad in values]


@pytest.mark.parametrize("call", WRONG)
def test_a_senseless_argument_is_refused(call: str) -> None:
    assert len(errors(outcome(net(f"return x -> a: {call}")))) == 1


RIGHT = [
    "conv(8, 16)",
    "conv(8, 3, padding=0, groups=8)",
    "conv(16, (3, 1), groups=4, dilation=(2, 1))",
    "max_pool(16)",
    "max_pool(2, padding=1, stride=None)",
    "group_norm(8)",
    "dropout(0)",
    "dropout(1)",
    "dropout(1.0)",
    "group_norm(4, eps=0.0)",
    "pad((-8, -7))",
    "clamp(min=-2 ** 63 + 1, max=1e38)",
    "softmax(-4)",
    "reshape(B, -1)",
]


@pytest.mark.parametrize("call", RIGHT)
def test_what_is_just_allowed_is_allowed(call: str) -> None:
    text = net(f"return x -> a: {call}", inputs="x: [B, 8, 16, 16]")
    accepted(text)


@pytest.mark.parametrize(
    "dim", ["0", "-3", "True", "1.5", "'a'", "None", "10 ** 19", "H=0", "H=-1", "H=1.5", "H=10 ** 19"]
)
def test_a_senseless_size_of_an_input_is_refused(dim: str) -> None:
    (code,) = refused(net("return relu(x)", inputs=f"x: [B, {dim}]"))
    assert code in ("E0206", "E0312", "E0602")


@pytest.mark.parametrize(
    "text",
    [
        net("return x", inputs="x: [B, 2 ** 40, 2 ** 40]"),
        net("return x -> [linear(2 ** 30)]", inputs="x: [B, 2 ** 40]"),
        net("return x -> a: conv(2 ** 31, (2 ** 15, 2 ** 15))", inputs="x: [B, 8, 2 ** 16, 2 ** 16]"),
        net("return x -> a: conv(10 ** 30, 1)"),
        net("return x.expand(-1, 2 ** 40, 2 ** 40)", inputs="x: [B, 1, 1]"),
        net("for i in range(70):\n    x = concat(x, x, dim=1)\nreturn x"),
        net("return x -> a: embedding(2 ** 40, 2 ** 40)", inputs="x: int[B]"),
    ],
)
def test_more_numbers_than_torch_can_count(text: str) -> None:
    (found,) = errors(outcome(text))
    assert found.code == "E0602"
    assert "torch can" in found.message


@pytest.mark.parametrize(
    ("call", "code"),
    [
        ("rleu", "E0201"),
        ("conv(8, kernel=3)", "E0203"),
        ("conv(8, 3, strid=2)", "E0203"),
        ("conv(8, 3, kernel_size=3)", "E0216"),
        ("relu(1, 2, 3)", "E0205"),
        ("conv(8)", "E0204"),
        ("BatchNorm2d", "E0201"),
    ],
)
def test_unknown_things_are_errors_that_name_the_known_one(call: str, code: str) -> None:
    (found,) = errors(outcome(net(f"return x -> a: {call}")))
    assert found.code == code
    assert found.help or code in ("E0216", "E0205")


@pytest.mark.parametrize(
    ("shapes", "ok"),
    [
        (("[B, 8]", "[B, 8]"), True),
        (("[B, 8]", "[8]"), True),
        (("[B, 8, 1]", "[B, 1, 8]"), True),  # literal ones: the spec says it
        (("[B, 8]", "[B, 4]"), False),
        (("[B, 8]", "[B]"), None),
        (("[B, C=1]", "[B, 8]"), False),  # a symbol that happens to be 1
        (("[B, C=5]", "[B, D=1]"), False),
    ],
)
def test_nothing_broadcasts_by_luck(shapes: tuple[str, str], ok: bool | None) -> None:
    text = net("return x + y", inputs=f"x: {shapes[0]}, y: {shapes[1]}")
    if ok:
        accepted(text)
    elif ok is False:
        refused(text)
    else:  # B would have to be 8
        report = outcome(text)
        assert errors(report) or report.nets["N"].ir.modules[-1].constraints
