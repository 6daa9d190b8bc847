"""Equal boxes of a picture that follow one another, as one: layers, and blocks that differ at most in numbers that rise or fall."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING

from archc.backends.boxes import stacks

if TYPE_CHECKING:
    import networkx

NUMBER = re.compile(r"\d+(?:\.\d+)?(?:e-?\d+)?")
SERIES = 3
"""So many boxes have to follow one another until numbers that differ are seen to rise or fall."""


def with_runs_folded(graph: networkx.MultiDiGraph[str]) -> networkx.MultiDiGraph[str]:
    """The graph with each run of equal boxes as one that repeats.

    The first of its nodes says in ``run`` how many they are, and each in ``until`` which node it goes on to, where arguments differ.
    """
    folded = graph.copy()
    for run in _runs(graph):
        first, *others = run
        for position, node in enumerate(first):
            same = [graph.nodes[box[position]] for box in run]
            label = _labels([facts["label"] for facts in same])
            folded.nodes[node].update(
                label=label, parameters=sum(facts["parameters"] for facts in same), until=same[-1]
            )
        folded.nodes[first[0]]["run"] = len(run)
        for _, target, facts in list(graph.out_edges(run[-1][-1], data=True)):
            folded.add_edge(first[-1], target, **facts)
        folded.remove_nodes_from(node for box in others for node in box)
    return folded


def _runs(graph: networkx.MultiDiGraph[str]) -> Iterator[list[list[str]]]:
    """Equal boxes of which each is fed by the one before it alone."""
    boxes = {box[0]: box for box in stacks(graph)}
    seen: set[str] = set()
    for box in boxes.values():
        run = [box]
        while box[0] not in seen and (follows := _next(graph, boxes, run)) is not None:
            run.append(follows)
        if len(run) >= (2 if len(set(_arguments(graph, run))) == 1 else SERIES):
            seen.update(other[0] for other in run[1:])
            yield run


def _next(graph: networkx.MultiDiGraph[str], boxes: Mapping[str, list[str]], run: list[list[str]]) -> list[str] | None:
    """The box that goes on with a run."""
    last = run[-1][-1]
    targets = list(graph.successors(last))
    if len(targets) != 1 or graph.out_degree(last) != 1 or graph.in_degree(targets[0]) != 1:
        return None
    found = boxes.get(targets[0])
    if found is None or not _folds(graph, found) or _content(graph, found) != _content(graph, run[-1]):
        return None
    return found if _is_series(_arguments(graph, [*run, found])) else None


def _folds(graph: networkx.MultiDiGraph[str], box: list[str]) -> bool:
    """Whether boxes of this kind fold: those of layers with parameters, and of single blocks."""
    facts = graph.nodes[box[0]]
    if facts["kind"] == "block":
        return bool(facts["repeat"] == 1)
    return bool(facts["kind"] == "layer" and facts["parameters"])


def _content(graph: networkx.MultiDiGraph[str], box: list[str]) -> list[tuple[object, ...]]:
    """What makes boxes equal, but for their arguments."""
    facts = ("kind", "name", "parameters", "types", "cluster", "when", "shared", "repeat")
    return [tuple(graph.nodes[node][fact] for fact in facts) for node in box]


def _arguments(graph: networkx.MultiDiGraph[str], run: list[list[str]]) -> list[str]:
    return ["; ".join(graph.nodes[node]["arguments"] for node in box) for box in run]


def _is_series(texts: Sequence[str]) -> bool:
    """Whether texts are equal, but for numbers that all rise or all fall."""
    if len({NUMBER.sub("", text) for text in texts}) > 1:
        return False
    columns = zip(*(map(float, NUMBER.findall(text)) for text in texts), strict=True)
    return all(len({(a < b) - (a > b) for a, b in pairwise(column)}) == 1 for column in columns)


def series_text(first: str, last: str) -> str:
    """Arguments from the first of a run to its last: ``drop=0.1 … 0.2``."""
    others = iter(NUMBER.findall(last))
    return NUMBER.sub(
        lambda number: number[0] if (other := next(others)) == number[0] else f"{number[0]} … {other}", first
    )


def _labels(labels: list[str]) -> str:
    """``features.12`` and ``features.14`` as ``features.12, 14``; of many the first and the last."""
    ends = [label.rpartition(".")[2] for label in labels[1:]]
    return f"{labels[0]} … {ends[-1]}" if len(ends) > 2 else ", ".join([labels[0], *ends]) if ends[0] else labels[0]
