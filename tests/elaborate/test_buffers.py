"""What a buffer's value is computed from, and when."""

from __future__ import annotations

from archc.driver import check_text


def constants(text: str) -> list[tuple[str, bool]]:
    """The operations of the only net, each with whether it runs when the module is constructed."""
    report = check_text(text).raise_errors()
    (net,) = report.nets.values()
    return [(node.op.name, node.constant) for node in net.ir.top.nodes if node.op is not None]


def test_what_only_a_buffer_needs_is_computed_with_it() -> None:
    text = """
net A()(x: [B, 8]) -> [B, 8]:
    angle = arange(8) / 2
    wave: buffer(sin(angle) * 3)
    return x + wave
"""
    assert constants(text) == [("arange", True), ("div", True), ("sin", True), ("mul", True), ("add", False)]


def test_what_is_needed_at_run_time_too_stays_there() -> None:
    text = """
net A()(x: [B, 8]) -> ([B, 8], [8]):
    angle = arange(8) / 2
    wave: buffer(sin(angle))
    return x + wave, angle
"""
    assert constants(text) == [
        ("arange", False),
        ("div", False),
        ("sin", True),
        ("add", False),
        ("to", False),
    ]


def test_a_buffer_has_the_models_float() -> None:
    """A module's ``to`` converts it with the parameters, so a layer takes it."""
    text = """
net A()(x: [B, 8]) -> [B, 4]:
    mask: buffer((arange(8) < 4).float())
    return (x * mask) -> fc: linear(4)
"""
    check_text(text).raise_errors()
