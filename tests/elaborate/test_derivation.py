"""How a size came about, as diagnostics tell it."""

from __future__ import annotations

from archc import driver


def notes(text: str) -> list[str]:
    """The derivations in the notes of a spec's first mistake."""
    first = next(d for d in driver.check_text(text, "test.arch").diagnostics if d.severity == "error")
    return [note for note in first.notes if "comes from" in note]


def net(body: str, signature: str = "x: [B, 4, 20]") -> str:
    return f"net N()({signature}):\n" + "".join(f"    {line}\n" for line in body.splitlines())


def test_both_sides_of_a_mismatch_are_derived() -> None:
    assert notes(net("y = x -> pool: max_pool(2) -> relu -> pad((1, 0))\nz = x -> max_pool(2)\nreturn y + z")) == [
        "dim 2 of [B, 4, 11] comes from 20 -> pool 10 -> pad 11",
        "dim 2 of [B, 4, 10] comes from 20 -> max_pool 10",
    ]


def test_blocks_lists_and_other_axes_are_followed() -> None:
    block = "block Down()(x: [B, C, L]) -> [B, C, _]:\n    return relu(x -> conv1: conv(C, 3, stride=2))\n\n"
    body = "y = x -> stages: [Down(), Down()]\nreturn concat(y.transpose(1, 2), x.transpose(1, 2), dim=2)"
    assert notes(block + net(body)) == ["dim 1 of [B, 4, 4] comes from 20 -> Down 9 -> Down 4"]


def test_formulas_are_derived_too() -> None:
    assert notes(net("return (x -> max_pool(2)) + (x -> up: conv_transpose(4, 2, stride=2))", "x: [B, 4, H]")) == [
        "dim 2 of [B, 4, H // 2] comes from H -> max_pool (H // 2)",
        "dim 2 of [B, 4, 2 * H] comes from H -> up (2 * H)",
    ]


def test_long_ways_are_cut_at_their_beginning() -> None:
    layers = " -> ".join(["avg_pool(2, stride=1)"] * 12)
    (first, *_) = notes(net(f"return (x -> {layers}) + x"))
    assert first.startswith("dim 2 of [B, 4, 8] comes from ... -> avg_pool 15 -> avg_pool 14") and first.endswith(
        "avg_pool 8"
    )


def test_a_where_that_admits_too_much_is_refuted_with_both_sides() -> None:
    body = "y = x -> max_pool(2) -> upsample(scale_factor=2)\nreturn concat(x, y, dim=1)"
    text = net(body, "x: [B, 1, H=8]").replace(":\n", " -> [B, 2, H] where H >= 2:\n", 1)
    (found,) = (d for d in driver.check_text(text, "test.arch").diagnostics if d.severity == "error")
    assert found.code == "E0314"
    assert found.notes[:2] == (
        "at H=3: concat of [1, 1, 3] and [1, 1, 2]: sizes at dim 2 differ, 3 and 2",
        "at H=3: dim 2 of [1, 1, 2] comes from 3 -> max_pool 1 -> upsample 2",
    )
