"""Where elaboration first failed: the modules that were being made there, with what each of them had by then."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from archc.elaborate.builder import Builder, Path
from archc.elaborate.errors import Mistake
from archc.elaborate.values import BlockRecipe, written
from archc.ir.graph import Module, Port
from archc.ir.late import LateText
from archc.records import record
from archc.source import Span
from archc.syntax import ast

if TYPE_CHECKING:
    from archc.elaborate.signature import Binding


@record
class Body:
    """A module that is being made, and the label under which it is applied (the net's own has none)."""

    recipe: BlockRecipe
    ports: tuple[Port, ...]
    binding: Binding
    builder: Builder
    path: Path
    span: Span

    def module(self) -> Module:
        """What it has so far. It gives nothing yet."""
        node = self.recipe.definition.node
        assert isinstance(node, ast.Block)
        return Module(
            name=node.name,
            kind=node.kind,
            doc=None,
            arguments=arguments_of(self.recipe),
            inputs=self.ports,
            children=tuple(self.builder.children),
            nodes=tuple(self.builder.nodes),
            result=(),
            span=node.name_span,
        )


def arguments_of(recipe: BlockRecipe) -> tuple[tuple[str, LateText], ...]:
    """A block's hyperparameters, as the language writes them."""
    return tuple([(name, LateText(partial(written, value))) for name, value in recipe.arguments.items()])


@record
class Stop:
    """The first mistake, and the modules that were being made, the net first."""

    error: Mistake
    bodies: tuple[Body, ...]
    modules: tuple[Module, ...]
    """What they had, in the same order."""
    before: tuple[Module, ...]
    """The modules that had been made."""

    @staticmethod
    def at(error: Mistake, bodies: list[Body], before: list[Module]) -> Stop:
        """Remember what there is now."""
        return Stop(error, tuple(bodies), tuple(body.module() for body in bodies), tuple(before))
