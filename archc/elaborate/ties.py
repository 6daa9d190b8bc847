"""``tie`` makes several parameters one; ``freeze`` keeps parameters from being trained."""

from __future__ import annotations

from archc.elaborate import evaluate as ev
from archc.elaborate.errors import mistake
from archc.elaborate.session import Frame
from archc.ir.graph import Tie
from archc.syntax import ast


def tie(statement: ast.Tie, frame: Frame) -> None:
    """``tie lm_head.weight = wte.weight``."""
    if frame.builder is None:
        raise mistake("E0112", "tie belongs in blocks and nets", statement.span)
    source = ev.label_path(statement.source, frame)
    for target in statement.targets:
        path = ev.label_path(target, frame)
        if path == source:
            raise mistake("E0506", f"{'.'.join(path)!r} is tied to itself", target.span)
        frame.builder.ties.append(Tie(path, source, target.span))


def freeze(statement: ast.Freeze, frame: Frame) -> None:
    """``freeze trunk``: everything below a label; in quotes, a glob over paths of parameters."""
    if frame.builder is None:
        raise mistake("E0112", "freeze belongs in blocks and nets", statement.span)
    for selector in statement.selectors:
        frame.builder.frozen.append((selector.text if selector.quoted else f"{selector.text}.*", selector.span))
