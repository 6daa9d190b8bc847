"""What a call gave before is given again only where it would give the same."""

from __future__ import annotations

import pytest

from tests.reliability.specs import accepted

HEAD = """
block Wide(n)(x: [B, C]) -> [B, n]:
    return x -> fc: linear(n)

"""


@pytest.mark.parametrize(
    ("definitions", "body", "params"),
    [
        # a function reads labels of the body that calls it
        (
            "def pick(n):\n    return inner\n\nblock A()(x: [B, 8]) -> [B, 8]:\n    inner: linear(8)\n    return x -> pick(1)\n\n"
            "block D()(x: [B, 8]) -> [B, 8]:\n    inner: linear(8, bias=False)\n    return x -> pick(1)\n",
            "return x -> a: A() -> d: D()",
            72 + 64,
        ),
        # a name gets another value in each turn
        (
            "",
            "n = 8\n    for i in range(3):\n        x = x -> f{i}: Wide(n)\n        n = n + 1\n    return x",
            72 + 81 + 100,
        ),
        # a loop within a loop
        (
            "",
            "for n in [4, 8]:\n        for i in range(2):\n            x = x -> f{n}.{i}: Wide(n)\n    return x",
            36 + 20 + 40 + 72,
        ),
        # a name that is first the file's, then the body's own
        (
            "n = 4\n",
            "m = 8\n    for i in range(2):\n        x = x -> f{i}: Wide(n)\n        n = m\n    return x",
            36 + 40,
        ),
        # a function is called in a loop, for several values
        (
            "def both(n):\n    return [Wide(n), Wide(n + 1)]\n",
            "for i in range(4):\n        x = x -> f{i}: both(8 + i % 2)\n    return x",
            (72 + 81) + (90 + 100) + (88 + 81) + (90 + 100),
        ),
        # a block is told from its own use within itself
        (
            "block Twice(inner)(x: [B, C]) -> [B, C]:\n    return x -> a: inner -> b: inner\n",
            "return x -> t: Twice(Twice(linear(8)))",
            4 * 72,
        ),
    ],
)
def test_each_call_gives_what_its_values_say(definitions: str, body: str, params: int) -> None:
    text = f"{HEAD}{definitions}\nnet N()(x: [B, 8]) -> [...]:\n    {body}\n"
    assert accepted(text).nets["N"].params == params


def test_what_a_function_says_of_training_is_asked_each_time() -> None:
    text = (
        "def rate(n):\n    return 2 if training else 3\n\n"
        "net N()(x: [B, 8]) -> [...]:\n    if training:\n        return x -> a: linear(rate(1))\n    return x -> b: linear(rate(1))\n"
    )
    assert accepted(text).nets["N"].params == 18 + 27
