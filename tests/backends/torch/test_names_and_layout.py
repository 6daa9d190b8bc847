"""Names that collide with nothing, and lines that are broken where a person would break them."""

from __future__ import annotations

import ast
import keyword

import pytest
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from archc.backends.torch.format import WIDTH, fit, rows, split_commas, with_comment
from archc.backends.torch.naming import MODULE_ATTRIBUTES, RESERVED, camel, fresh, identifier, is_attribute


def test_the_list_of_module_attributes_is_torchs() -> None:
    public = {n for kind in (nn.Module, nn.Sequential, nn.ModuleList, nn.ModuleDict) for n in dir(kind) if n[0] != "_"}
    assert public | {"training"} == MODULE_ATTRIBUTES


@given(st.text(), st.lists(st.sampled_from(["x", "x2", "x_", "conv1"])))
def test_identifiers_are_new_and_hide_nothing(text: str, taken: list[str]) -> None:
    name = identifier(text, taken)
    assert name.isidentifier()
    assert name.isascii()
    assert not keyword.iskeyword(name)
    assert name not in RESERVED
    assert name not in taken
    assert not name.startswith("__")


@pytest.mark.parametrize(
    ("text", "name"),
    [("conv1", "conv1"), ("len", "len_"), ("lambda", "lambda_"), ("3x3", "x3x3"), ("é-b", "b"), ("", "x")],
)
def test_identifiers_stay_close_to_the_text(text: str, name: str) -> None:
    assert identifier(text) == name


def test_fresh_names_count_up() -> None:
    assert [fresh("x", []), fresh("x", ["x"]), fresh("x", ["x", "x2"]), fresh("c1", ["c1"])] == [
        "x",
        "x2",
        "x3",
        "c1_2",
    ]


@pytest.mark.parametrize("label", ["0", "a-b", "class", "forward", "training", "__x", "é"])
def test_labels_that_are_no_attributes(label: str) -> None:
    assert not is_attribute(label)


def test_labels_in_class_names() -> None:
    assert [camel("downsample"), camel("aux_head-2")] == ["Downsample", "AuxHead2"]


CALLS = st.recursive(
    st.sampled_from(["x", "width", "'a, (b'", '"c]\\""', "self.layer(x)"]),
    lambda inner: st.tuples(st.sampled_from(["f", "nn.Conv2d"]), st.lists(inner, min_size=1, max_size=6)).map(
        lambda call: f"{call[0]}({', '.join(call[1])}, padding=1)"
    ),
    max_leaves=30,
)


@given(CALLS, st.integers(0, 3))
def test_breaking_lines_changes_nothing(text: str, indent: int) -> None:
    code = f"y = {text}"
    lines = fit(code, indent, width=70)
    assert all(len(line) <= 70 for line in lines)
    assert ast.dump(ast.parse("\n".join(line[4 * indent :] for line in lines))) == ast.dump(ast.parse(code))


def test_a_long_call_has_an_argument_a_line() -> None:
    arguments = [f"argument_number_{i}=value_{i}" for i in range(6)]
    lines = fit(f"self.layer = nn.Something({', '.join(arguments)})", 2)
    assert lines == [
        "        self.layer = nn.Something(",
        *(f"            {argument}," for argument in arguments),
        "        )",
    ]


def test_comments_stand_behind_or_above() -> None:
    assert with_comment(["    y = x"], "[B]") == ["    y = x  # [B]"]
    long = "    y = " + "x" * (WIDTH - 10)
    assert with_comment([long], "[B]") == ["    # [B]", long]


def test_rows_start_where_items_ask_for_it() -> None:
    items = [("conv", True), ("relu", False), ("pool", False), ("conv", True), ("relu", False)]
    assert list(rows(items, 1)) == ["    conv, relu, pool,", "    conv, relu,"]


def test_commas_in_strings_and_brackets_do_not_split() -> None:
    assert split_commas('a, (b, c), \'d, e\', "f\\", g", h[1, 2],') == ["a", "(b, c)", "'d, e'", '"f\\", g"', "h[1, 2]"]
