"""Exact texts of the sizes that networks have, and what a `Dim` promises as a value."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable

import pytest
from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError
from pydantic.json_schema import JsonSchemaMode

from archc.ir.dims import (
    Dim,
    DimLike,
    DimTooLarge,
    ceil_div,
    dim_max,
    dim_min,
    dim_pow,
    evaluate,
    exact_div,
    lower,
    parse_dim,
    render,
    substitute,
    symbol,
    symbols_of,
    to_python,
    upper,
)

B, C, H, W, T = map(symbol, "BCHWT")


def conv(size: DimLike, k: int, s: int = 1, p: int = 0, d: int = 1) -> DimLike:
    return (size + 2 * p - d * (k - 1) - 1) // s + 1


def chain(size: DimLike, *layers: tuple[int, int, int]) -> DimLike:
    for k, s, p in layers:
        size = conv(size, k, s, p)
    return size


def padded(size: DimLike, window: int) -> DimLike:
    return size + -size % window


TEXTS: list[tuple[Callable[[], DimLike], str]] = [
    # convolutions and pools
    (lambda: conv(H, 3, p=1), "H"),
    (lambda: conv(H, 3), "H - 2"),
    (lambda: conv(H, 3, s=2, p=1), "(H + 1) // 2"),
    (lambda: conv(H, 7, s=2, p=3), "(H + 1) // 2"),
    (lambda: conv(H, 11, s=4), "(H + 1) // 4 - 2"),
    (lambda: conv(H, 3, s=3, p=1), "(H + 2) // 3"),
    (lambda: conv(H, 2, s=2), "H // 2"),
    (lambda: conv(H, 3, s=2), "(H + 1) // 2 - 1"),
    (lambda: conv(H, 3, p=2, d=2), "H"),
    (lambda: conv(H, 3, s=2, p=1, d=2), "(H + 1) // 2 - 1"),
    (lambda: conv(H, 1, s=2), "(H + 1) // 2"),
    (lambda: chain(H, (7, 2, 3), (3, 2, 1)), "(H + 3) // 4"),
    (lambda: chain(H, (7, 2, 3), (3, 2, 1), (3, 2, 1), (3, 2, 1), (3, 2, 1)), "(H + 31) // 32"),
    (lambda: chain(H, *[(2, 2, 0)] * 5), "H // 32"),
    (lambda: chain(H, (3, 1, 0), (3, 1, 0), (2, 2, 0), (3, 1, 0)), "H // 2 - 4"),
    (lambda: ceil_div(H - 3, 2) + 1, "H // 2"),  # a pool with ceil_mode
    (lambda: 7 - dim_max(7 - H, 0), "min(H, 7)"),
    # upsampling, transposed convolution, pixel shuffle
    (lambda: 2 * H, "2 * H"),
    (lambda: (H - 1) * 2 - 2 + 3 + 1, "2 * H"),
    (lambda: 2 * (H // 2), "2 * (H // 2)"),
    (lambda: 32 * (H // 32), "32 * (H // 32)"),
    (lambda: H * 3 // 2, "H + H // 2"),
    (lambda: 3 * H // 4, "3 * H // 4"),
    # padding to windows
    (lambda: -H % 7, "-H % 7"),
    (lambda: padded(H, 7), "7 * ((H + 6) // 7)"),
    (lambda: padded(H, 7) // 7, "(H + 6) // 7"),
    (lambda: padded(H, 7) // 7 * 7 - padded(H, 7), "0"),
    (lambda: B * padded(H, 7) * padded(W, 7) // 49, "B * ((H + 6) // 7) * ((W + 6) // 7)"),
    (lambda: W + W % 2, "W + W % 2"),
    (lambda: (W + W % 2 + 1) // 2, "W - W // 2"),
    (lambda: H % 2, "H % 2"),
    (lambda: 2 * (H % 3) + 1, "2 * (H % 3) + 1"),
    (lambda: H * (W % 7), "H * (W % 7)"),
    # patches, flatten, unflatten, chunk, split
    (lambda: (H // 16) * (W // 16) + 1, "H // 16 * (W // 16) + 1"),
    (lambda: (H - 2) * (W - 2) * C, "C * (H - 2) * (W - 2)"),
    (lambda: B * C * H * W // (H * W), "B * C"),
    (lambda: 4 * C * H // (2 * H), "2 * C"),
    (lambda: (H * W + W) // (2 * W), "(H + 1) // 2"),
    (lambda: H // 2 * (W // 2) * 4 * C // (W // 2), "4 * C * (H // 2)"),
    (lambda: H // 2 * T // (H // 2 * C), "T // C"),
    (lambda: (H - W) // 2 * T // ((H - W) // 2 * C), "T * ((H - W) // 2) // (C * ((H - W) // 2))"),
    (lambda: T * ((H - W) // 2) // (2 * ((H - W) // 2)), "T * ((H - W) // 2) // (2 * ((H - W) // 2))"),
    (lambda: C - C // 2, "C - C // 2"),
    (lambda: ceil_div(T, 3), "(T + 2) // 3"),
    (lambda: T - 2 * ceil_div(T, 3), "T - 2 * ((T + 2) // 3)"),
    # signs, orders, powers
    (lambda: 7 - H, "7 - H"),
    (lambda: -H, "-H"),
    (lambda: -(H // 2), "-(H // 2)"),
    (lambda: -H // 2, "-((H + 1) // 2)"),
    (lambda: 1 + W + H + H * W + H**2, "H ** 2 + H * W + H + W + 1"),
    (lambda: H**2 * W, "H ** 2 * W"),
    (lambda: (H // 2) ** 2, "(H // 2) ** 2"),
    (lambda: H % W, "H % W"),
    (lambda: -H % W, "-H % W"),
    (lambda: 7 // H, "7 // H"),
    (lambda: H // (2 * W), "H // (2 * W)"),
    (lambda: W * (7 - H), "W * (7 - H)"),
    # minima and maxima
    (lambda: dim_min(H, 7), "min(H, 7)"),
    (lambda: dim_min(H - 1, 6), "min(H, 7) - 1"),
    (lambda: dim_min(7, dim_min(W, H)), "min(H, W, 7)"),
    (lambda: dim_max(H, 1), "H"),
    (lambda: dim_min(H, 1), "1"),
    (lambda: dim_max(2 * H, 2 * W), "2 * max(H, W)"),
    (lambda: dim_max(H // 2, H), "H"),
    (lambda: dim_max(T - H, 0), "max(T - H, 0)"),
    (lambda: -dim_max(-H, -7), "min(H, 7)"),
]


@pytest.mark.parametrize(("build", "text"), TEXTS, ids=[text for _, text in TEXTS])
def test_text(build: Callable[[], DimLike], text: str) -> None:
    dim = build()
    assert render(dim) == str(dim) == text
    assert parse_dim(text) == dim


def test_a_dim_prints_like_the_call_that_reads_it() -> None:
    assert repr(H // 2) == "Dim('H // 2')"


@pytest.mark.parametrize(
    ("text", "meaning"),
    [
        ("  H+ 2*W ", H + 2 * W),
        ("-H % 7", -H % 7),
        ("--H", H),
        ("2 - -3", 5),
        ("H * -2", -2 * H),
        ("H // 2 // 3", H // 6),
        ("H - W - 1", H - W - 1),
        ("2 * H ** 2", 2 * H * H),
        ("-2 ** 2", -4),
        ("min(H, W, 3)", dim_min(H, W, 3)),
        ("max((H))", H),
        ("min", symbol("min")),
        ("_x1", symbol("_x1")),
        ("größe", symbol("größe")),
    ],
)
def test_reading(text: str, meaning: DimLike) -> None:
    assert parse_dim(text) == meaning


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("", "cannot read the size '': unexpected its end"),
        ("H +", "cannot read the size 'H +': unexpected its end"),
        ("H W", "cannot read the size 'H W': unexpected 'W'"),
        ("(H", "cannot read the size '(H': unexpected its end"),
        ("(H, W)", "cannot read the size '(H, W)': unexpected its end"),
        ("H / 2", "cannot read the size 'H / 2': unexpected '/'"),
        ("H.a", "cannot read the size 'H.a': unexpected '.'"),
        ("abs(H)", "cannot read the size 'abs(H)': unexpected '('"),
        ("min()", "cannot read the size 'min()': unexpected ')'"),
        ("2 ** H", "cannot read the size '2 ** H': an exponent must be a number"),
        ("H ** -1", "cannot read the size 'H ** -1': unexpected '-'"),
        ("__import__('os')", 'cannot read the size "__import__(\'os\')": unexpected "\'"'),
        ("H // 0", "division of a size by zero in 'H // 0'"),
        ("(H) + " * 9 + "(" * 100 + "H", "the text of a size is nested too deeply"),
        ("9" * 60, "a size has a number of more than 40 digits"),
        ("1 " * 60_000, "the text of a size is too long"),
        ("1²", "cannot read the size '1²': unexpected '²'"),
    ],
)
def test_what_cannot_be_read(text: str, complaint: str) -> None:
    with pytest.raises(ValueError, match=re.escape(complaint) + "$"):
        parse_dim(text)


TOO_LARGE: list[Callable[[], object]] = [
    lambda: H**100,
    lambda: (H + W + 1) ** 64,
    lambda: (H + W + C + T + 1) ** 12,
    lambda: 10**41 * H,
    lambda: H + 10**41,
    lambda: dim_pow(10, 10**10),
    lambda: dim_pow(-2, 10**10),
    lambda: substitute(H**9, {"H": 10**9}),
    lambda: nested(100),
    lambda: doubled(40),
]


def nested(depth: int) -> DimLike:
    size: DimLike = H
    for _ in range(depth):
        size = (3 * size + 1) // 5
    return size


def doubled(depth: int) -> DimLike:
    size: DimLike = H
    for _ in range(depth):
        size = (size + W) * (size // 3 + 1)
    return size


@pytest.mark.parametrize("build", TOO_LARGE)
def test_what_would_never_end_is_refused(build: Callable[[], object]) -> None:
    with pytest.raises(DimTooLarge, match=r"^a size "):
        build()


def test_small_powers_of_numbers() -> None:
    assert dim_pow(1, 10**30) == dim_pow(-1, 10**30) == 1
    assert dim_pow(0, 10**30) == 0
    assert dim_pow(10, 40) == 10**40
    assert dim_pow(H, 0) == 1
    with pytest.raises(ValueError, match="non-negative power"):
        dim_pow(H, -1)


def test_constants_are_plain_ints() -> None:
    for constant in (H - H, (H + 1) * 0, H // H, (H + 3 - H) // 2, H**0, dim_min(H, 0), 7 % (H - H + 4), H % 1):
        assert type(constant) is int


def test_a_dim_is_immutable_and_a_key() -> None:
    size = symbol("H") + 1
    assert {size: "found"}[1 + symbol("H")] == "found"
    with pytest.raises(AttributeError, match="immutable"):
        size.terms = ()  # type: ignore[union-attr]
    with pytest.raises(AttributeError, match="immutable"):
        del size.terms  # type: ignore[union-attr]


def test_a_dim_is_neither_true_nor_false() -> None:
    with pytest.raises(TypeError, match="no truth value"):
        bool(H - 1)


def test_a_dim_never_equals_a_number() -> None:
    number: object = 3
    assert number != H
    assert symbol("H") == H
    assert symbol("H") != W


@pytest.mark.parametrize("other", [True, 1.5, "W", None])
def test_only_ints_and_dims_mix(other: object) -> None:
    operations: list[Callable[[object], object]] = [
        lambda x: H + x,  # type: ignore[operator]
        lambda x: x - H,  # type: ignore[operator]
        lambda x: H * x,  # type: ignore[operator]
        lambda x: H // x,  # type: ignore[operator]
        lambda x: x % H if not isinstance(x, str) else H % x,  # type: ignore[operator]
        lambda x: H**x,  # type: ignore[operator]
    ]
    for operation in operations:
        with pytest.raises(TypeError):
            operation(other)


def test_symbols_need_names() -> None:
    with pytest.raises(ValueError, match="must be an identifier, not 'a b'"):
        symbol("a b")
    with pytest.raises(ValueError, match="min of no sizes"):
        dim_min()


def test_symbols_substitution_evaluation() -> None:
    size = H // 2 + dim_max(W, 3)
    assert isinstance(size, Dim)
    assert size.symbols == symbols_of(size) == {"H", "W"}
    assert symbols_of(3) == frozenset()
    assert size.substitute({"H": W, "W": H}) == W // 2 + dim_max(H, 3)
    assert size.substitute({"X": 1}) is size
    assert substitute(3, {"H": 1}) == 3
    assert size.evaluate({"H": 9, "W": 2}) == evaluate(7, {}) == 7
    with pytest.raises(KeyError, match="W"):
        size.evaluate({"H": 9})


def test_exact_division() -> None:
    assert exact_div((H + 1) * (W + 2), W + 2) == H + 1
    assert exact_div(6 * H + 4, 2) == 3 * H + 2
    assert exact_div(H * W, W) == H
    assert exact_div(0, H) == 0
    undivided: list[tuple[DimLike, DimLike]] = [(H, 2), (H, W), (H * W + 1, W), (3, H), (H + 1, H)]
    for a, b in undivided:
        assert exact_div(a, b) is None


def test_bounds() -> None:
    assert (lower(H), upper(H)) == (1, None)
    assert (lower(5), upper(5)) == (5, 5)
    assert (lower(H % 7), upper(H % 7)) == (0, 6)
    assert (lower(-H % 7), upper(-H % 7)) == (0, 6)
    assert (lower(H - W), upper(H - W)) == (None, None)
    assert (lower(H * W - H), upper(W * (H // W) - H)) == (0, 0)
    assert (lower(dim_min(H, 7)), upper(dim_min(H, 7))) == (1, 7)
    assert (lower(H // 32, {"H": (64, 100)}), upper(H // 32, {"H": (64, 100)})) == (2, 3)
    assert lower(7 * ceil_div(H, 7) - H) == 0


def test_code_for_emitted_modules() -> None:
    shapes = {"H": "x.shape[2]", "W": "width + 1"}
    code = to_python((H + 1) // 2 * (W // 2), shapes.__getitem__)
    assert code == "(x.shape[2] + 1) // 2 * ((width + 1) // 2)"
    assert to_python(-W % 7, shapes.__getitem__) == "-(width + 1) % 7"
    assert to_python(H**2, {"H": "f(a, b)[0].y"}.__getitem__) == "f(a, b)[0].y ** 2"
    assert to_python(2 * H, {"H": "-n"}.__getitem__) == "2 * (-n)"
    assert to_python(2 * H, {"H": "d['('] + n"}.__getitem__) == "2 * (d['('] + n)"
    assert to_python(-3, shapes.__getitem__) == "-3"


class Stored(BaseModel):
    model_config = ConfigDict(strict=True, frozen=True)

    shape: tuple[DimLike, ...]
    factor: DimLike | float | None = None


def test_models_store_dims_as_text() -> None:
    stored = Stored(shape=(B, 3, H // 2), factor=2)
    assert stored.model_dump_json() == '{"shape":["B",3,"H // 2"],"factor":2}'
    assert stored.model_dump() == {"shape": (B, 3, H // 2), "factor": 2}
    assert Stored.model_validate_json(stored.model_dump_json()) == stored
    assert Stored(shape=(), factor=0.5).model_dump_json() == '{"shape":[],"factor":0.5}'
    read = TypeAdapter(Dim).validate_json('"H // 2"')
    assert read == H // 2
    assert TypeAdapter(Dim).dump_json(read) == b'"H // 2"'


@pytest.mark.parametrize("wrong", [True, 2.5, "H +", None, [1]])
def test_models_refuse_what_is_not_a_dim(wrong: object) -> None:
    with pytest.raises(ValidationError):
        Stored(shape=(wrong,))  # type: ignore[arg-type]
    with pytest.raises(ValidationError):
        TypeAdapter(Dim).validate_python(wrong)
    with pytest.raises(ValidationError, match="the constant 3"):
        TypeAdapter(Dim).validate_python(3)


def test_schema() -> None:
    modes: list[JsonSchemaMode] = ["validation", "serialization"]
    for mode in modes:
        shape = Stored.model_json_schema(mode=mode)["properties"]["shape"]
        assert [choice["type"] for choice in shape["items"]["anyOf"]] == ["integer", "string"]


def test_texts_do_not_depend_on_the_hash_seed() -> None:
    program = (
        "from archc.ir.dims import parse_dim; print(parse_dim('W*H + C*(B+T)*(H//2)*(W//3) + min(W//2, T, H) - T%W'))"
    )
    outputs = {
        subprocess.run(
            [sys.executable, "-c", program], env={"PYTHONHASHSEED": seed}, capture_output=True, check=True
        ).stdout
        for seed in ("1", "2", "3")
    }
    assert len(outputs) == 1
