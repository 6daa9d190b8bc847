"""Whatever the text, compiling it ends in nets whose source can be emitted, or in findings with places."""

from __future__ import annotations

import ast
from random import Random

from hypothesis import example, given, settings
from hypothesis import strategies as st

from archc.diagnostics.errors import ArchError
from archc.diagnostics.model import Diagnostic
from archc.syntax import read_text
from tests.reliability.specs import outcome

SPEC = '''"""A small file with most constructs."""

cfg layers(norm=True):
    int n: conv(n, 3, padding=1), batch_norm if norm else None, relu
    M:     max_pool(2)
    (n, k): *[Res(n, k) for i in range(2)]

def twice(f):
    return [f, f]

block Res(planes, k=3)(x: [B, C, H, W]) -> [B, planes, H, W]:
    y = x -> conv1: conv(planes, k, padding=k // 2, bias=False) -> bn1: batch_norm -> relu
    if C != planes:
        x = x -> downsample: [conv(planes, 1), batch_norm]
    return relu(x + y)

net Tiny(features, classes=10, p=0.5)(image: [B, 3, H=32, W=32], mask: bool[B] = None) -> [B, classes]:
    init linear.weight ~ normal(0, 0.01)
    scale: param([1, 8, 1, 1], init=zeros)
    x = image -> features: features -> last: conv(8, 1)
    x = x * scale
    for i in range(2):
        x = x -> block{i}: Res(8)
    if mask is not None:
        x = masked_fill(x, mask.reshape(B, 1, 1, 1), 0)
    y, z = x.chunk(2, dim=1)
    return concat(y, z, dim=1) -> adaptive_avg_pool(1) -> flatten -> fc: [twice(dropout(p)), linear(classes)]

tiny = Tiny(layers([4, M, (8, 3)]))
assert tiny.params > 100
assert tiny.shape("fc") == (1, 10)
'''
SIGNS = "( ) [ ] , : -> = + - * ** / // % @ . ~ == < {i} _ ..."
WORDS = f"if else for in not is None True inf -1 0 1e9 10**9 x 'a' {SIGNS}".split()
PIECES = SPEC.split(" ")


def compiled(text: str) -> None:
    """Compiles and emits; a net that cannot be emitted is refused with a place."""
    for made in outcome(text).nets.values():
        try:
            source = made.source
        except ArchError as error:
            assert all(found.span is not None for found in error.diagnostics)
        else:
            ast.parse(source)


def test_the_spec_itself_is_right() -> None:
    assert outcome(SPEC).ok


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=300))
@example(SPEC.encode().replace(b"\n", b"\r"))
@example(b"\xef\xbb\xbf" + SPEC.encode())
@example(SPEC.encode().replace(b"net", b"n\x00t"))
def test_any_bytes(data: bytes) -> None:
    source = read_text(data, "a.arch")
    if isinstance(source, Diagnostic):
        assert source.span is not None
    else:
        compiled(source.text)


@settings(max_examples=120, deadline=None)
@given(st.integers(0, 2**32), st.integers(1, 3))
def test_a_right_spec_with_words_changed(seed: int, changes: int) -> None:
    """Words of the spec are dropped, doubled, swapped for others of it, or replaced by signs and numbers."""
    chance = Random(seed)
    pieces = list(PIECES)
    for _ in range(changes):
        place = chance.randrange(len(pieces))
        kind = chance.randrange(4)
        new = chance.choice(WORDS) if kind < 2 else chance.choice(PIECES)
        pieces[place : place + chance.randrange(2)] = [new] if kind else []
    compiled(" ".join(pieces))


@settings(max_examples=80, deadline=None)
@given(st.integers(0, 2**32))
def test_a_right_spec_with_characters_changed(seed: int) -> None:
    chance = Random(seed)
    text = list(SPEC)
    for _ in range(chance.randrange(1, 4)):
        place = chance.randrange(len(text))
        text[place : place + chance.randrange(2)] = [chance.choice("()[],:=.*-+/~'\"{}0123456789abnxHW_ \n\\")]
    compiled("".join(text))
