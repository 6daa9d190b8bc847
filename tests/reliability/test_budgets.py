"""No spec makes the compiler run for ever, eat the machine or use up Python's stack."""

from __future__ import annotations

from pathlib import Path

import pytest

from archc import driver
from archc.diagnostics.errors import ArchError
from archc.elaborate.limits import MAX_ITEMS, MAX_NESTING, MAX_STEPS, PER_LAYER
from archc.elaborate.session import MAX_ERRORS
from tests.reliability.specs import accepted, errors, net, outcome, refused

MANY = 100_000
BLOCK = "block A(y, z=None)(x: [B, 8, H, W]) -> [...]:\n    return relu(x)\n"
PAIRS = "y = (1,)\nfor i in range(60):\n    y = (y, y)\n"
NESTED = f"y = [relu]\nfor i in range({MANY}):\n    y = [y]\n"


def chain(line: str, count: int) -> str:
    """Definitions of which each uses the one before."""
    return "".join(line.format(i, i - 1) for i in range(1, count))


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (net("y = " + "[" * MANY + "]" * MANY + "\nreturn x"), "E0109"),
        (net("return x -> a: conv(8, kernel_size=" + "(" * MANY), "E0109"),
        (net("return " + "-" * MANY + "x"), "E0109"),
        (net("y = " + "[i for i in " * 500 + "x" + "]" * 500 + "\nreturn x"), "E0109"),
        (net("y = " + "1 if x else " * 20_000 + "2\nreturn x"), "E0109"),
        (
            net("return f999(x)", "def f0(x):\n    return x\n" + chain("def f{}(x):\n    return f{}(x)\n", 1000)),
            "E0603",
        ),
        (
            net(
                "return x -> a: F999",
                "block F0()(x: [B, 8, H, W]) -> [...]:\n    return relu(x)\n"
                + chain("block F{}()(x: [B, 8, H, W]) -> [...]:\n    return x -> a: F{}\n", 1000),
            ),
            "E0603",
        ),
        (net(NESTED + "return x -> y"), "E0603"),
        (net(NESTED + "return x -> a: y"), "E0603"),
        (net(NESTED + "return x -> a: A(y)", BLOCK), "E0603"),
        (net(NESTED + "assert y == [y]\nreturn x"), "E0603"),
        (net(NESTED.replace("[", "(").replace("]", ",)") + "assert False, y\nreturn x"), "E0603"),
        (net(f"y = relu\nfor i in range({MANY}):\n    y = A(y)\nreturn x -> a: y", BLOCK), "E0603"),
        (net(f"y = relu\nfor i in range({MANY}):\n    y = [a: y]\nreturn x -> y"), "E0603"),
        (net("return x -> " + "a." * 20_000 + "a: conv(8, 1)"), "E0503"),
        (net("return x -> {'b.' * 20000 + 'b'}: conv(8, 1)"), "E0503"),
        (net("return x -> a{'b' * 60000}: conv(8, 1)"), "E0503"),
    ],
)
def test_depth_is_refused(text: str, code: str) -> None:
    assert code in refused(text)


def test_listing_what_a_file_holds_is_no_deeper_than_checking_it(tmp_path: Path) -> None:
    ladder = "def f0(x):\n    return x\n" + chain("def f{}(x):\n    return -f{}(x)\n", 1000)
    (tmp_path / "deep.arch").write_text(ladder + "y = f999(1)\n")
    with pytest.raises(ArchError) as error:
        driver.contents(tmp_path / "deep.arch")
    assert [found.code for found in error.value.diagnostics] == ["E0603"]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("y = [1] * 10 ** 12\n", "E0601"),
        ("y = 10 ** 12 * [1]\n", "E0601"),
        ("y = [[[1] * 1000] * 1000] * 1000\n", "E0601"),
        ("y = range(10 ** 18)\n", "E0601"),
        ("y = len(range(10 ** 30))\n", "E0601"),
        ("y = 'a' * 10 ** 12\n", "E0602"),
        ("y = 10 ** 10 ** 10\n", "E0602"),
        ("y = 2 ** 2000 * 2 ** 2000\n", "E0602"),
        ("y = " + "9" * 5000 + "\n", "E0106"),
        ("y = round(15, -10 ** 30)\n", "E0602"),
        ("y = [i * j for i in range(10000) for j in range(10000)]\n", "E0601"),
        (net("y = [0]\nfor i in range(100):\n    y = y + y\nreturn x"), "E0601"),
        (net("y = 'a'\nfor i in range(100):\n    y = y + y\nreturn x"), "E0602"),
        (net("y = 10\nfor i in range(100):\n    y = y * y\nreturn x"), "E0602"),
        (net(PAIRS + "return x -> a: A(y)", BLOCK), "E0601"),
        (net(PAIRS + "assert y == (y, y)\nreturn x"), "E0601"),
        (net(PAIRS + "assert False, y\nreturn x"), "E0601"),
        (net("y = [relu]\nfor i in range(60):\n    y = [y, y]\nreturn x -> y"), "E0601"),
        (net("y = relu\nfor i in range(60):\n    y = A(y, y)\nreturn x -> a: y", BLOCK), "E0601"),
        (net("y = [1, 2]\nfor i in range(60):\n    y = zip(y, y)\nreturn x"), "E0601"),
        (net("return x -> ([conv(8, 1)] * 10 ** 12)"), "E0601"),
        (net("y = [1]\nfor i in range(100):\n    y = [*y, y]\nreturn x"), "E0601"),
        (net("y = [conv(8, 1)] * 10 ** 12\nreturn x -> y"), "E0601"),
        (net(f"for i in range({3 * MANY}):\n    x = x -> c{{i}}: conv(8, 1)\nreturn x"), "E0601"),
        (net(f"for i in range({3 * MANY}):\n    x = relu(x)\nreturn x"), "E0601"),
    ],
)
def test_what_explodes_is_refused(text: str, code: str) -> None:
    assert code in refused(text)


@pytest.mark.parametrize(
    "text",
    [
        net("y = 0\nfor i in range(1000):\n    for j in range(1400):\n        y = i + j\nreturn x"),
        net("y = 0\nfor i in range(1200000):\n" + "    y = (i * 2 + 1) // 3\n" * 50 + "return x"),
        "y = [i * j for i in range(1000) for j in range(1400)]\n" + net("return x"),
    ],
)
def test_long_loops_end_in_time(text: str) -> None:
    assert "E0601" in refused(text)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (net("y = x\nfor i in range(200):\n    y = upsample(y, scale_factor=2)\nreturn y"), "E0602"),
        (net("y = x\nfor i in range(300):\n    y = max_pool(y, 3, stride=2, padding=1)\nreturn y"), "E0602"),
        (net("y = H\nfor i in range(100):\n    y = y * y + 1\nreturn x.reshape(y, -1)"), "E0602"),
        (net("y = H\nfor i in range(300):\n    y = (y * W + i) // (H + i)\nreturn x.reshape(y, -1)"), "E0602"),
        (net("y = 1\nfor i in range(60):\n    y = y * (H + W + B + i)\nreturn x.reshape(y, -1)"), "E0602"),
        (
            net(
                "return concat(" + ", ".join(f"x{i}" for i in range(300)) + ", dim=0)",
                inputs=", ".join(f"x{i}: [A{i}, 4]" for i in range(300)),
            ),
            "E0602",
        ),
    ],
)
def test_formulas_of_sizes_are_bounded(text: str, code: str) -> None:
    assert code in refused(text)


def test_at_the_limits_it_still_compiles() -> None:
    accepted(f"y = [1] * {MAX_ITEMS - 10}\n" + net("return x"))
    accepted(net(f"y = 1\nfor i in range({MAX_NESTING - 1}):\n    y = [y]\nreturn x"))
    accepted(net(f"y = 0\nfor i in range({MAX_STEPS // 8}):\n    y = i + 1\nreturn x"))
    layers = 1000
    assert layers * PER_LAYER < MAX_ITEMS
    assert (
        accepted(net(f"for i in range({layers}):\n    x = x -> c{{i}}: conv(8, 1)\nreturn x")).nets["N"].params
        == 72_000
    )
    different = net(
        f"for i in range({MANY}):\n    x = x -> fc{{i}}: linear(8 + i % 5000)\nreturn x", inputs="x: [B, 8]"
    )
    assert sum(1 for _ in accepted(different).nets["N"].shapes) == MANY


def test_long_ladders_are_no_depth() -> None:
    ladder = "def f(x):\n    if x == 0:\n        return 0\n" + "".join(
        f"    elif x == {i}:\n        return {i}\n" for i in range(1, 3000)
    )
    accepted(ladder + "y = f(2999)\nassert y == 2999\n" + net("return x"))


def test_no_more_mistakes_are_shown_than_anybody_reads() -> None:
    for text in (
        net("\n".join(f"y{i} = rleu(x)" for i in range(2000)) + "\nreturn x"),
        "".join(map(broken, range(500))),
    ):
        found = errors(outcome(text))
        assert len(found) == MAX_ERRORS
        assert {one.code for one in found} == {"E0201"}


def broken(number: int) -> str:
    return net("return rleu(x)").replace("N()", f"N{number}()")
