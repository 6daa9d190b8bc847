"""One net at many hyperparameters, as a search over architectures compiles it."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

from archc.analysis.known import Known
from archc.driver import Compiled, mistakes_raised, open_net, variant


class Family:
    """The variants of one net. The file is read once, and a block that several variants share is worked out once.

    ``spec`` and ``sizes`` are those of ``archc.compile``. Raises ``ArchError``.
    """

    def __init__(self, spec: str | os.PathLike[str], *, sizes: Mapping[str, int] | None = None) -> None:
        self._definitions, self._scope, self.name = open_net(spec, sizes or {}, varied=True)
        self._known = Known()

    def variant(self, **arguments: Any) -> Compiled:
        """The net with these hyperparameters. Raises ``ArchError`` where it is wrong, and then goes on to work for others."""
        definitions = self._definitions
        definitions.session = definitions.session.again()
        with mistakes_raised(definitions, self.name):
            return variant(definitions, self._scope, self.name, arguments, self._known)
