"""The summary: its numbers, its forms, and that nothing is cut or unencodable."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Iterator

import pytest
from rich.console import Console

from archc import driver
from archc.analysis.graph import to_networkx
from archc.analysis.parameters import Totals
from archc.analysis.walk import Row, unfold
from archc.backends import tables
from archc.backends.summary import (
    fitting_depth,
    number_text,
    parameters_text,
    size_text,
    summarize,
    summary,
    summary_rows,
)
from archc.cli.terminal import terminal
from archc.driver import check_text
from tests.analysis.nets import Body, inception, op, resnet, vgg16
from tests.conftest import Golden


@pytest.mark.parametrize("name", ["vgg16", "resnet50", "XOR"])
def test_text(name: str, golden: Golden) -> None:
    golden(f"summary/{name}.txt", driver.compile(name).summary())


def test_unfolded(golden: Golden) -> None:
    golden("summary/resnet18-depth2.txt", driver.compile("resnet18").summary(depth=2))


def test_markdown(golden: Golden) -> None:
    golden("summary/LeNet5.md", driver.compile("LeNet5").summary(format="markdown"))


def test_symbolic(golden: Golden) -> None:
    golden("summary/resnet50-symbolic.txt", driver.compile("resnet50").summary(symbolic=True))


def test_the_foot_of_vgg16() -> None:
    lines = summary(vgg16()).splitlines()
    assert lines[-7:] == [
        "Parameters: 138,357,544 (138,357,544 trainable)",
        "MACs: 15,470,264,320 (FLOPs: 30,940,528,640)",
        "Not counted: adaptive_avg_pool, dropout, max_pool, relu",
        "Weights: 553.43 MB in float32, 276.72 MB in bfloat16 or float16",
        "Activations: 26.29 MB in inference, 115.31 MB in training",
        "Optimiser: 1,106.86 MB for Adam, 553.43 MB for SGD with momentum",
        "Sizes: any",
    ]


def test_json_holds_the_same_numbers() -> None:
    data = json.loads(summary(resnet(), format="json"))
    assert (data["parameters"], data["buffers"], data["macs"]) == (25_557_032, 53_173, 4_089_184_256)
    assert data["sizes"] == {"B": 1, "H": 224, "W": 224}
    rows = {row["path"]: row for row in data["rows"] if row["kind"] == "block"}
    assert rows["layer3.1"]["label"] == "1-5"
    assert (rows["layer3.1"]["repeat"], rows["layer3.1"]["parameters"]) == (5, 5_585_920)
    assert rows["layer3.1"]["output"] == "[1, 1024, 14, 14]"
    assert data["rows"] == summary_rows(resnet())


def test_sizes_change_shapes_and_costs_only() -> None:
    small = json.loads(summary(resnet(), format="json", sizes={"H": 64, "W": 64, "B": 3}))
    assert small["rows"][0]["output"] == "[3, 3, 64, 64]"
    assert small["parameters"] == 25_557_032


def test_formulas_in_json_are_text() -> None:
    data = json.loads(summary(inception(), format="json", sizes=None, depth=1))
    assert isinstance(data["macs"], int)
    symbolic = summarize(inception(), symbolic=True)
    assert "494080 * B * H * W" in symbolic.footer[2]


def test_columns_are_aligned_and_numbers_stand_right() -> None:
    lines = summary(vgg16()).splitlines()
    table = lines[2:-7]
    ends = {
        len(line) for line in table if line.endswith(("FLOPs", "416", "128", "064", "032", "312", "328", "896", "432"))
    }
    assert len(ends) == 1
    assert all(len(line) <= len(lines[1]) for line in table)


def test_a_shared_layer_says_so() -> None:
    body = Body([], x="B, 8")
    x = body.layer("fc", op("linear", out_features=8), body.input())
    text = summary(body.net("N", body.again("fc", x), {"B": 1}))
    assert [line.split()[-4:-2] for line in text.splitlines() if line.startswith("fc")] == [
        ["72", "100.0%"],
        ["8]", "shared"],
    ]


def test_unused_and_conditional_layers_say_so() -> None:
    report = check_text(
        "net N()(x: [B, 8]) -> [B, 8]:\n"
        "    spare: linear(4, in_features=8)\n    y = x -> fc: linear(8)\n"
        "    if training:\n        y = y -> noise: linear(8)\n    return y\n"
    )
    text = report.raise_errors().nets["N"].summary()
    assert "linear(4, in_features=8), never applied" in text
    assert "linear(8), if training" in text


def test_blocks_unfold_while_they_fit() -> None:
    root = unfold(inception())
    assert fitting_depth(root, 10_000) == 3
    assert fitting_depth(root, 30) == 2
    assert fitting_depth(root, 1) == 1


def test_the_wording_of_numbers() -> None:
    assert parameters_text(Totals(trainable=1200, frozen=3)) == "Parameters: 1,203 (1,200 trainable, 3 frozen)"
    assert [size_text(n) for n in (36, 99_999, 100_000, 10**9)] == ["0.04 kB", "100.00 kB", "0.10 MB", "1,000.00 MB"]
    assert [number_text(n) for n in (0, 12345, None)] == ["0", "12,345", "too large to say"]


def test_a_narrow_terminal_cuts_nothing() -> None:
    stream = io.StringIO()
    tables.print_rich(summarize(resnet()), Console(file=stream, width=80))
    text = stream.getvalue()
    assert "…" not in text
    assert "".join(text.split()).count("Bottleneck") == 8
    assert max(map(len, text.splitlines())) <= 80


def test_a_narrow_terminal_leaves_out_what_follows_from_other_columns() -> None:
    data = summarize(resnet(), memory=True)
    assert tables.fitting_columns(data, 200) == tables.columns(data)
    assert set(tables.columns(data)) - set(tables.fitting_columns(data, 90)) == {"Share", "FLOPs"}


def test_memory_is_a_column_and_adds_up() -> None:
    data = json.loads(summary(resnet(), format="json", depth=1, memory=True))
    made = sum(row["memory"] for row in data["rows"] if row["depth"] == 1)
    assert data["activations"]["training"] == made + 3 * 224 * 224 * 4
    assert "Memory" in summary(resnet(), memory=True).splitlines()[2]
    assert "memory" not in json.loads(summary(resnet(), format="json"))["rows"][0]


def test_totals_are_formulas_where_sizes_are_symbols() -> None:
    footer = summarize(resnet(), symbolic=True).footer
    assert any(
        line.startswith("Activations: 12 * B * H * W + ") and line.endswith(" bytes in training") for line in footer
    )


def test_repeats_fold_at_every_depth() -> None:
    rows = summary_rows(driver.compile("vit_b_16").ir)
    (block,) = [row for row in rows if row["name"] == "EncoderBlock"]
    assert (block["label"], block["repeat"]) == ("layers.encoder_layer_0-11", 12)


def test_what_is_not_counted_is_named() -> None:
    assert json.loads(summary(resnet(), format="json"))["not_counted"] == [
        "adaptive_avg_pool", "add", "batch_norm", "max_pool", "relu",
    ]  # fmt: skip


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "utf-8"])
def test_any_encoding_shows_the_tree(encoding: str) -> None:
    raw = io.BytesIO()
    out = terminal("never", io.TextIOWrapper(raw, encoding=encoding))
    out.write(summary(vgg16()))
    text = raw.getvalue().decode(encoding)
    assert ("├─ 0" if encoding == "utf-8" else "+- 0") in text


def test_markdown_escapes_what_would_break_a_table() -> None:
    text = summary(vgg16(), format="markdown")
    rows = [line for line in text.splitlines() if line.startswith("| ")]
    assert {line.count("|") for line in rows} == {8}
    assert len(rows) == 1 + 43


def test_equal_layers_beside_each_other_fold_as_in_the_diagram() -> None:
    net = driver.compile("MDNet").ir
    heads = [row for row in summary_rows(net) if row["path"].startswith("fc6")]
    assert [(row["label"], row["repeat"], row["parameters"]) for row in heads] == [("fc6.0-57", 58, 58 * 513 * 2)]
    apart = summarize(net, field=True).lines  # what a copy sees is worked out for each
    assert sum(line.row.path[:1] == ("fc6",) for line in apart) == 1 + 58


@pytest.mark.parametrize("name", ["resnet50", "transformer_base", "bert_base", "MDNet", "vit_b_16", "densenet121"])
@pytest.mark.parametrize("depth", [1, 2, 3])
def test_tables_and_pictures_fold_alike(name: str, depth: int) -> None:
    """The blocks that stay folded, the layers, and how often each is there, are the same in both."""
    net = driver.compile(name).ir
    graph = to_networkx(net, depth)
    drawn = [(facts["label"], facts["repeat"]) for _, facts in graph.nodes(data=True) if facts["label"]]
    rows = [line.row for line in summarize(net, depth=depth).lines]
    inner = {row.path for row in rows}
    leaves = [row for row in rows if row.kind == "layer" or (row.kind == "block" and not _is_unfolded(row, inner))]
    assert sorted(drawn) == sorted((".".join(row.path), row.repeat) for row in leaves)


def _is_unfolded(row: Row, shown: set[tuple[str, ...]]) -> bool:
    return any(len(path) > len(row.path) and path[: len(row.path)] == row.path for path in shown)


def test_what_is_tied_counts_once_and_says_to_what() -> None:
    net = driver.compile("bert_base").ir
    (decoder,) = [row for row in summary_rows(net) if row["path"] == "cls.predictions.decoder"]
    assert (decoder["parameters"], decoder["tied"]) == (
        0,
        ["bert.embeddings.word_embeddings.weight", "cls.predictions.bias"],
    )
    assert re.search(r"decoder +linear\(30522\), tied to bert.*\.bias +\[1, 128, 30522\] +shared", summary(net))


@pytest.mark.parametrize(
    "name", ["bert_base", "gpt2", "transformer_base", "resnet50", "MDNet", "seq2seq:BahdanauAttention"]
)
@pytest.mark.parametrize("depth", [1, 9])
def test_rows_and_boxes_add_up(name: str, depth: int) -> None:
    net = driver.compile(name).ir
    root = unfold(net)
    assert sum(row.totals.parameters for row in root.rows()) == root.totals.parameters
    boxes = to_networkx(net, depth).nodes.values()
    never_applied = sum(row.totals.parameters for row in _all(root) if row.kind == "unused")
    assert sum(facts["parameters"] * facts["times"] for facts in boxes) == root.totals.parameters - never_applied


def test_a_tie_into_a_block_and_to_one_of_its_copies() -> None:
    report = check_text(
        "block A()(x: [B, 8]) -> [B, 8]:\n    return x -> fc: linear(8)\n\n"
        "net N()(x: [B, 8]) -> [B, 8]:\n    tie a.1.fc.weight = out.weight\n"
        "    return x -> a: [*[A()] * 3] -> out: linear(8)\n"
    )
    root = unfold(report.raise_errors().nets["N"].ir)
    assert [row.totals.parameters for row in root.rows()] == [0, 3 * 72 - 64, 72]


def _all(row: Row) -> Iterator[Row]:
    for inner in row.rows():
        yield from (inner, *_all(inner))
