"""``scan``: a block applied step by step along an axis; what comes out, and what is refused."""

from __future__ import annotations

import pytest

from archc.analysis.cost import net_flops
from archc.analysis.verify import verify
from archc.analysis.walk import unfold
from archc.ir.graph import Scan
from tests.elaborate.specs import net, refusal

BLOCKS = """\
block S()(x: [B, 4], h: [B, 4]) -> ([B, 4], [B, 4]):
    h = (x, h) -> cell: gru_cell(4)
    return h, h

block Last()(x: [B, 4], h: [B, 4]) -> [B, 4]:
    return (x, h) -> cell: gru_cell(4)

block Each()(x: [B, 4]) -> [B, 2]:
    return x -> fc: linear(2)

block Two()(x: [B, 4], y: [B, 5], h: [B, 4], c: [B], memory: [B, S, 4]) -> ([B, 4], [B], [B, 4], [B]):
    z = concat(x, y, dim=1) -> fc: linear(4)
    return z, c + 1, h + z + memory.mean(dim=1), c + z.sum(dim=1)

block Wide()(x: [B, 4], h: [B, 4]) -> [B, 8]:
    return concat(x, h, dim=1)

"""


def scanning(call: str, signature: str = "x: [B, T, 4]") -> str:
    return f"{BLOCKS}net N()({signature}):\n    {call}\n"


@pytest.mark.parametrize(
    ("call", "scan", "output"),
    [
        ("return scan(d: S, over=x, carry=x[:, 0])", Scan(1, 1, 1), ["[B, T, 4]", "[B, 4]"]),
        ("y, h = scan(d: S, over=x, carry=x[:, 0])\n    return h", Scan(1, 1, 1), ["[B, T, 4]", "[B, 4]"]),
        ("return scan(d: Last, over=x, carry=x[:, 0])", Scan(1, 1, 1), ["[B, 4]"]),
        ("return scan(d: Each, over=x)", Scan(1, 0, 1), ["[B, T, 2]"]),
        ("return scan(d: Each, over=x, dim=0)", Scan(1, 0, 0), ["[B, T, 2]"]),
        ("return scan(d: Each, over=x.transpose(1, 2), dim=-1)", Scan(1, 0, 2), ["[B, 2, T]"]),
        (
            "return scan(d: Two, over=(x, y), carry=(x[:, 0], zeros(B)), given=x)",
            Scan(2, 2, 1),
            ["[B, T, 4]", "[B, T]", "[B, 4]", "[B]"],
        ),
    ],
)
def test_results(call: str, scan: Scan, output: list[str]) -> None:
    found = net(scanning(call, "x: [B, T, 4], y: [B, T, 5]" if "y)" in call else "x: [B, T, 4]"))
    (node,) = (node for node in found.top.nodes if node.scan)
    assert node.scan == scan
    types = node.output if isinstance(node.output, tuple) else (node.output,)
    assert list(map(str, types)) == output
    assert verify(found) == []


def test_a_declared_block_is_shared() -> None:
    found = net(scanning("d: S\n    y, h = scan(d, over=x, carry=x[:, 0])\n    return scan(d, over=y, carry=h)"))
    assert [child.label for child in found.top.children] == ["d"]
    assert [node.child for node in found.top.nodes if node.scan] == [0, 0]


def test_the_cost_is_that_of_all_steps() -> None:
    found = net(scanning("return scan(d: Each, over=x)"))
    assert str(net_flops(found)) == "16 * B * T"
    _, row = unfold(found).rows()
    assert (str(row.steps), str(row.flops), row.totals.parameters) == ("T", "16 * B * T", 10)


@pytest.mark.parametrize(
    ("call", "code", "message"),
    [
        ("scan(S, over=x, carry=x[:, 0])", "E0501", "the block of a scan needs a label"),
        ("scan(d: S, carry=x[:, 0])", "E0204", "scan lacks the argument 'over'"),
        ("scan(over=x)", "E0204", "scan takes one block, with its label"),
        ("scan(d: S, x, carry=x[:, 0])", "E0204", "scan takes one block, with its label"),
        ("scan(d: S, over=x)", "E0309", "S takes 2 inputs (x, h), got 1"),
        ("scan(d: S, over=x, carry=(x[:, 0], x[:, 0]))", "E0309", "S takes 2 inputs (x, h), got 3"),
        ("scan(d: S, over=x, carry=x[:, 0], of=x)", "E0203", "scan has no argument 'of'"),
        ("scan(d: S, over=x, carry=x[:, 0], dim=3)", "E0307", "dim must be an axis of [B, T, 4]"),
        ("scan(d: S, over=x, carry=x[:, 0], dim=True)", "E0307", "dim must be an axis of [B, T, 4]"),
        ("scan(d: S, over=x, carry=x)", "E0310", "the input 'h' has 2 dims, got 3"),
        ("scan(d: linear(4), over=x)", "E0206", "scan takes a block, not a layer"),
        ("scan(d: S, over=4, carry=x[:, 0])", "E0206", "over takes tensors, not an integer"),
        ("scan(d: S, over=x, carry=4)", "E0206", "carry takes tensors, not an integer"),
        ("scan(d: S, over=(x, x[:, 1:]), carry=x[:, 0])", "E0302", "scan goes over T and T - 1 steps"),
        ("scan(d: Wide, over=x, carry=x[:, 0])", "E0310", "a carried state changes from [B, 4] to [B, 8]"),
        ("scan(d: Each, over=x, carry=(x[:, 0], x[:, 0]))", "E0309", "Each takes 1 input (x), got 3"),
    ],
)
def test_what_is_refused(call: str, code: str, message: str) -> None:
    assert refusal(scanning(f"return {call}")) == (code, message)
