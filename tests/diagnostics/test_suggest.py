"""What a misspelt word is taken for."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archc.diagnostics.suggest import closest, did_you_mean, distance

OPERATORS = [
    "conv",
    "conv_transpose",
    "max_pool",
    "avg_pool",
    "lp_pool",
    "adaptive_avg_pool",
    "adaptive_max_pool",
    "linear",
    "bilinear",
    "relu",
    "relu6",
    "leaky_relu",
    "prelu",
    "elu",
    "selu",
    "celu",
    "gelu",
    "silu",
    "mish",
    "sigmoid",
    "tanh",
    "softmax",
    "log_softmax",
    "batch_norm",
    "layer_norm",
    "group_norm",
    "instance_norm",
    "rms_norm",
    "local_response_norm",
    "dropout",
    "feature_dropout",
    "flatten",
    "unflatten",
    "reshape",
    "permute",
    "transpose",
    "concat",
    "stack",
    "split",
    "chunk",
    "pad",
    "upsample",
    "interpolate",
    "pixel_shuffle",
    "embedding",
    "lstm",
    "gru",
    "rnn",
    "multihead_attention",
    "identity",
]


@pytest.mark.parametrize(
    ("word", "meant"),
    [
        ("cnov", "conv"),
        ("con", "conv"),
        ("convv", "conv"),
        ("Conv2d", "conv"),
        ("ConvTranspose2d", "conv_transpose"),
        ("maxpool", "max_pool"),
        ("MaxPool2d", "max_pool"),
        ("batchnorm", "batch_norm"),
        ("BatchNorm2d", "batch_norm"),
        ("ReLU", "relu"),
        ("LeakyReLU", "leaky_relu"),
        ("linaer", "linear"),
        ("dropuot", "dropout"),
        ("droput", "dropout"),
        ("embed", "embedding"),
        ("sigmoi", "sigmoid"),
        ("softmx", "softmax"),
        ("multiheadattention", "multihead_attention"),
        ("adaptive_avgpool", "adaptive_avg_pool"),
    ],
)
def test_typos_and_torch_names_are_understood(word: str, meant: str) -> None:
    assert closest(word, OPERATORS) == meant


@pytest.mark.parametrize("word", ["attention2", "xyz", "q", "wombat", "", "c" * 1000])
def test_what_is_near_nothing_is_not_guessed_at(word: str) -> None:
    assert closest(word, OPERATORS) is None


def test_of_short_names_only_case_and_order_are_guessed() -> None:
    assert closest("x", ["y", "B", "ne"]) is None
    assert closest("b", ["y", "B", "H"]) == "B"
    assert closest("ab", ["ax", "ba", "b"]) == "ba"
    assert closest("N", ["ne", "M", "no"]) is None


def test_letters_in_the_wrong_order_are_guessed_before_other_letters() -> None:
    assert closest("vgg61", ["vgg11", "vgg16", "vgg19"]) == "vgg16"


def test_the_sentence() -> None:
    assert did_you_mean("con", OPERATORS) == 'did you mean "conv"?'
    assert did_you_mean("wombat", OPERATORS) is None


def test_a_word_is_not_suggested_for_itself() -> None:
    assert closest("conv", ["conv"]) is None


@pytest.mark.parametrize(
    ("one", "two", "edits"),
    [
        ("", "", 0),
        ("", "abc", 3),
        ("abc", "abc", 0),
        ("abc", "abd", 1),
        ("abc", "acb", 1),
        ("abc", "ab", 1),
        ("ca", "abc", 3),
    ],
)
def test_distance(one: str, two: str, edits: int) -> None:
    assert distance(one, two) == edits


words = st.text("abc_", max_size=8)


@given(words, words)
def test_distance_is_even_handed_and_bounded(one: str, two: str) -> None:
    assert distance(one, two) == distance(two, one)
    assert abs(len(one) - len(two)) <= distance(one, two) <= max(len(one), len(two))
    assert (distance(one, two) == 0) == (one == two)


@given(words, st.lists(words, min_size=1))
def test_the_order_of_the_known_words_does_not_matter(word: str, known: list[str]) -> None:
    assert closest(word, known) == closest(word, reversed(known))
