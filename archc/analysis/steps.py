"""The body of a module as a sequence of steps that two modules can be compared by."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from archc.analysis.calls import child_of, values_in
from archc.analysis.calltext import call_text, guard_text, literal_operands, value_text, what_child, what_node
from archc.analysis.tree import copies
from archc.ir.graph import Child, Guard, Module, Net, Node, Return
from archc.records import record

Path = tuple[str, ...]
Origin = tuple[int, int]
"""Where a tensor comes from: a step and which of its outputs; step -1 stands for the module's inputs."""


@record
class Step:
    """One copy of a layer where it is applied, or an operation, a result, or a layer that is never applied.

    ``path`` is the label, below the module; nothing for what has none. ``use`` counts the applications of a shared layer.
    """

    path: Path
    what: str
    use: int = 0
    node: Node | None = None
    child: Child | None = None
    sources: tuple[Origin, ...] = ()

    @property
    def callee(self) -> int | None:
        """The module that is applied."""
        return None if self.child is None else self.child.module


def steps_of(net: Net, module: Module) -> list[Step]:
    """All steps in the order of the dataflow, each of several copies by itself; then the results; then what is never applied."""
    found: list[Step] = []
    last: list[int] = []
    uses: Counter[int] = Counter()
    for node in module.nodes:
        sources = _sources(node, last)
        for path in _paths(module, node):
            found.append(_applied(net, module, node, path, uses[-1 if node.child is None else node.child], sources))
            sources = ((len(found) - 1, 0), *sources[1:])  # the next copy is fed what this one gives
        last.append(len(found) - 1)
        if node.child is not None:
            uses[node.child] += 1
    found += _results(module, last)
    found += (
        Step(path, f"{_text(net, child)}, never applied", child=child)
        for index, child in enumerate(module.children)
        if index not in uses
        for path in copies(child)
    )
    return found


def _paths(module: Module, node: Node) -> list[Path]:
    child = child_of(module, node)
    if child is None:
        return [()]
    return list(copies(child)) if node.repeat > 1 else [child.path]


def _applied(net: Net, module: Module, node: Node, path: Path, use: int, sources: tuple[Origin, ...]) -> Step:
    what = what_node(net, module, node)
    parts = [call_text(what.name, ", ".join(filter(None, [what.arguments, literal_operands(node, {})])))]
    parts += [f"scanned along dim {node.scan.dim}"] if node.scan else []
    parts += _conditions(module, node.when)
    return Step(path, ", ".join(parts), use, node, child_of(module, node), sources)


def _text(net: Net, child: Child) -> str:
    what = what_child(net, child)
    return call_text(what.name, what.arguments)


def _conditions(module: Module, when: tuple[Guard, ...]) -> list[str]:
    return [f"if {guard_text(module, guard)}" for guard in when]


def _sources(node: Node, last: list[int]) -> tuple[Origin, ...]:
    operands = (*node.inputs, *(operand for _, operand in node.keywords))
    return tuple(_origin(value.node, value.output, last) for operand in operands for value in values_in(operand))


def _origin(node: int, output: int, last: list[int]) -> Origin:
    return (-1 if node < 0 else last[node], output)


def _results(module: Module, last: list[int]) -> Iterator[Step]:
    for returned in (*module.early, Return((), len(module.nodes), module.result, module.result_names)):
        sources = tuple(_origin(value.node, value.output, last) for value in values_in(returned.result))
        names = [name for name in returned.names if name is not None]
        yield Step((), ", ".join(["return", *names, *_conditions(module, returned.when)]), sources=sources)


def settings(module: Module) -> list[str]:
    """What a module states of its parameters, as the language writes it: ``init``, ``tie`` and ``freeze``."""
    texts = [f"tie {'.'.join(tie.target)} = {'.'.join(tie.source)}" for tie in module.ties]
    texts += [f"freeze {glob}" for glob in module.frozen]
    for rule in module.inits:
        arguments = ", ".join(f"{name}={_argument(value)}" for name, value in rule.arguments)
        texts.append(f"init {rule.selector} ~ {call_text(rule.function, arguments)}")
    return texts


def _argument(value: object) -> str:
    return getattr(value, "text", None) or value_text(value)
