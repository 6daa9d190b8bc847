"""The garbage collector rests while a spec is compiled, and only then."""

from __future__ import annotations

import gc
from collections.abc import Iterator

import pytest

from archc.collector import resting
from archc.elaborate import program
from archc.syntax import files
from tests.reliability.specs import accepted, outcome


@pytest.fixture(autouse=True)
def _enabled() -> Iterator[None]:
    yield
    gc.enable()


def test_it_works_again_afterwards() -> None:
    with resting():
        assert not gc.isenabled()
        with resting():
            assert not gc.isenabled()
        assert not gc.isenabled()
    assert gc.isenabled()


def test_it_works_again_after_an_exception() -> None:
    with pytest.raises(ZeroDivisionError), resting():
        raise ZeroDivisionError
    assert gc.isenabled()


def test_one_who_has_stopped_it_finds_it_stopped() -> None:
    gc.disable()
    with resting():
        assert not gc.isenabled()
    assert not gc.isenabled()


@pytest.mark.parametrize("owner", [files, program])
def test_it_rests_while_a_spec_is_compiled(owner: object, monkeypatch: pytest.MonkeyPatch) -> None:
    name = "scan" if owner is files else "root_binding"
    plain, seen = getattr(owner, name), []

    def watched(*arguments: object) -> object:
        seen.append(gc.isenabled())
        return plain(*arguments)

    monkeypatch.setattr(owner, name, watched)
    accepted("net N()(x: [B, 8]) -> [B, 8]:\n    return x -> fc: linear(8)\n")
    assert seen
    assert not any(seen)
    assert gc.isenabled()


def test_it_works_again_after_a_mistake() -> None:
    assert not outcome("net N()(x: [B, 8]) -> [B, 9]:\n    return x -> fc: linear(8)\n").ok
    assert gc.isenabled()
