"""The tree of rows: groups by label, folded repeats, blocks that unfold when asked."""

from __future__ import annotations

from archc.analysis.walk import Row, unfold
from archc.driver import check_text
from archc.ir.graph import Net
from archc.ir.types import show
from tests.analysis.nets import Body, inception, op, resnet, vgg16


def brief(row: Row) -> tuple[str, str, str]:
    return row.kind, row.label, row.what.name


def row_at(root: Row, *labels: str) -> Row:
    for label in labels:
        (root,) = (row for row in root.rows() if row.label == label)
    return root


def test_labels_before_dots_are_groups() -> None:
    root = unfold(vgg16())
    assert [brief(row) for row in root.rows()] == [
        ("input", "image", "input"),
        ("group", "features", ""),
        ("layer", "avgpool", "adaptive_avg_pool"),
        ("operation", "", "flatten"),
        ("group", "classifier", ""),
    ]
    features = row_at(root, "features")
    assert [row.label for row in features.rows()] == [str(i) for i in range(31)]
    assert features.output is not None
    assert show(features.output) == "[B, 512, H // 32, W // 32]"
    assert features.totals.parameters == 14_714_688


def test_repeats_stay_folded_and_unfold_as_one_copy() -> None:
    root = unfold(resnet(), {"B": 2, "H": 224, "W": 224})
    layer2 = row_at(root, "layer2")
    assert [(row.label, row.repeat) for row in layer2.rows()] == [("0", 1), ("1-3", 3)]
    folded = row_at(layer2, "1-3")
    assert sum(row.totals.parameters for row in folded.rows()) * 3 == folded.totals.parameters
    assert folded.output is not None
    assert show(folded.output) == "[2, 512, 28, 28]"
    assert row_at(folded, "conv2").what.arguments == "128, 3, padding=1, bias=False"
    assert row_at(folded, "conv2").path == ("layer2", "1", "conv2")


def test_costs_and_parameters_of_rows_add_up() -> None:
    for net, sizes in ((resnet(), {"B": 1, "H": 224, "W": 224}), (inception(), {"B": 1, "H": 28, "W": 28})):
        root = unfold(net, sizes)
        assert sum(row.totals.parameters for row in root.rows()) == root.totals.parameters
        flops = [row.flops for row in root.rows()]
        assert sum(f for f in flops if isinstance(f, int)) == root.flops
        assert all(isinstance(f, int) for f in flops)


def test_an_operation_between_layers_of_a_group_is_in_it() -> None:
    body = Body([], x="B, 8")
    x = body.layer("trunk.a", op("linear", out_features=8), body.input())
    x = body.layer("trunk.b", op("linear", out_features=8), body.apply(op("relu"), x))
    x = body.layer("head", op("linear", out_features=8), body.apply(op("relu"), x))
    rows = unfold(body.net("N", x, {"B": 1})).rows()
    assert [brief(row) for row in rows[1:]] == [
        ("group", "trunk", ""),
        ("operation", "", "relu"),
        ("layer", "head", "linear"),
    ]
    assert [row.what.name for row in rows[1].rows()] == ["linear", "relu", "linear"]


def test_a_lone_layer_has_its_whole_path_as_label() -> None:
    body = Body([], x="B, 8")
    x = body.layer("heads.deep.head", op("linear", out_features=8), body.input())
    rows = unfold(body.net("N", x, {"B": 1})).rows()
    assert [brief(row) for row in rows[1:]] == [("layer", "heads.deep.head", "linear")]


def test_a_second_use_is_shared_and_owns_nothing() -> None:
    body = Body([], x="B, 8")
    x = body.layer("fc", op("linear", out_features=8), body.input())
    first, second = unfold(body.net("N", body.again("fc", x), {"B": 1})).rows()[1:]
    assert (first.shared, first.totals.parameters) == (False, 72)
    assert (second.shared, second.totals.parameters) == (True, 0)
    assert first.flops == second.flops


def test_a_shared_block_is_shared_inside() -> None:
    inner = Body([], x="B, 8")
    block = inner.done("Res", inner.layer("fc", op("linear", out_features=8), inner.input()))
    body = Body(inner.modules, x="B, 8")
    x = body.again("block", body.block("block", block, body.input()))
    first, second = unfold(body.net("N", x, {"B": 1})).rows()[1:]
    assert [row.shared for row in (*first.rows(), *second.rows())] == [False, True]


def test_a_layer_that_is_never_applied_has_a_row() -> None:
    net = compiled(
        "net N()(x: [B, 8]) -> [B, 8]:\n    spare: linear(4, in_features=8)\n    return x -> fc: linear(8)\n"
    )
    rows = unfold(net).rows()
    spare = next(row for row in rows if row.label == "spare")
    assert (spare.kind, spare.output, spare.totals.parameters) == ("unused", None, 36)


def test_own_tensors_choices_and_conditions_have_rows() -> None:
    net = compiled(
        "net N()(x: [B, 8]) -> [B, 8]:\n"
        "    scale: param([8], init=ones)\n    y = x * scale\n"
        "    if training:\n        y = y -> noise: linear(8)\n"
        "    return y\n"
    )
    rows = {row.what.name: row for row in unfold(net).rows()}
    assert rows["param"].what.arguments == "[8]"
    assert rows["linear"].when == "training"
    assert rows["choose"].what.arguments == "training"


def compiled(text: str) -> Net:
    return check_text(text).raise_errors().nets["N"].ir
