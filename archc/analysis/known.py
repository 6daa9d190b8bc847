"""What is known of modules: each fact is worked out once, however many nets hold the module."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from archc.ir.graph import Module

Fact = TypeVar("Fact")


class Known:
    """Facts by the module that they are of, and by what else they depend on. The nets of one file share one of these."""

    def __init__(self) -> None:
        self._facts: dict[tuple[object, ...], tuple[Module, Any]] = {}

    def fact(self, module: Module, work: Callable[[], Fact], *key: object) -> Fact:
        """What ``work`` gives for a module, told from its other facts by ``key``. The module itself is kept, so that no other has its
        identity."""
        place = (id(module), *key)
        known = self._facts.get(place)
        if known is None:
            known = self._facts[place] = module, work()
        fact: Fact = known[1]
        return fact
