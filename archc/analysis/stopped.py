"""A net with a mistake, as far as it goes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from textwrap import shorten

from archc.analysis.calltext import What, hyperparameters_text, what_module, what_operator
from archc.analysis.walk import Failure
from archc.diagnostics.model import Diagnostic
from archc.elaborate import examples
from archc.elaborate.errors import Applied
from archc.elaborate.stopped import Body, Stop, arguments_of
from archc.elaborate.values import BlockRecipe, Layer
from archc.ir.graph import Net
from archc.source import Source, Span

LONG = 60
"""Letters of a step that is shown as it is written; of a longer one, only what is wrong in it."""


@dataclass(frozen=True)
class Stopped:
    """What a net had when its first mistake was met. ``net`` is for showing only: it gives nothing, and is not checked."""

    net: Net
    failure: Failure
    diagnostic: Diagnostic


def stopped(stop: Stop, name: str, sizes: Mapping[str, int], sources: Mapping[str, Source]) -> Stopped:
    """The net as far as it goes, at its example sizes with ``sizes`` in their place."""
    modules = (*stop.before, *reversed(stop.modules))
    root, binding = stop.modules[0], stop.bodies[0].binding
    chosen = examples.choose(root, binding.examples, sizes) or examples.any_sizes(root)
    symbols = examples.symbols(root, binding.examples, sizes, chosen)
    file = stop.bodies[0].span.file
    net = Net(name=name, file=file, modules=modules, root=len(modules) - 1, symbols=symbols)
    failure = _innermost(stop, sources)
    for index, body in enumerate(reversed(stop.bodies[1:]), start=len(stop.before)):
        failure = _around(net, index, body, failure)
    return Stopped(net, failure, stop.error.diagnostic)


def _around(net: Net, index: int, body: Body, failure: Failure) -> Failure:
    return Failure(body.path, what_module(net, index), body.span, (index, body.binding.actual, failure))


def _innermost(stop: Stop, sources: Mapping[str, Source]) -> Failure:
    """What could not be applied: a layer or a block; else what the mistake is in."""
    span, applied = stop.error.diagnostic.span, stop.error.applied
    assert span is not None  # it was met in a body
    match applied:
        case Applied(Layer() as layer, path, place):
            return Failure(path, what_operator(layer.operator), place)
        case Applied(BlockRecipe() as recipe, path, place):
            told = hyperparameters_text(arguments_of(recipe))
            return Failure(path, What(recipe.definition.node.name, told, "block"), place)
    path, place = ((), span) if applied is None else (applied.path, applied.span)
    written = _text(place, sources)
    shown = written if len(written) <= LONG else shorten(_text(span, sources), LONG)
    return Failure(path, What(shown, "", "operation"), place)


def _text(span: Span, sources: Mapping[str, Source]) -> str:
    """What is written at a place, in one line."""
    return " ".join(sources[span.file].text[span.start : span.end].split())
