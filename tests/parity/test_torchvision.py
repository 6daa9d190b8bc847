"""The zoo against torchvision: its weights load strictly, and the outputs are equal to the bit."""

from __future__ import annotations

import pytest

import archc
from tests.parity.compare import assert_equal, filled, give, normal, on_meta
from tests.zoo.nets import PUBLIC, public

IMAGES = normal(2, 3, 63, 77)  # two, small, not square, of odd sizes


@pytest.mark.parametrize("name", PUBLIC)
def test_a_net_is_torchvisions(name: str) -> None:
    theirs = filled(on_meta(lambda: public(name)))
    ours = on_meta(lambda: archc.build(name))
    give(ours, theirs)
    assert_equal(ours, theirs, IMAGES)
