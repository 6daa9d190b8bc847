"""Runs of equal layers that stand in no list of their own, written out one by one.

A run is one child and one node with a count. Where its neighbours are not numbered with it from 0 on (an unlabelled list among named
layers), torch has no list to hold it, so each layer becomes an attribute, called by itself.
"""

from __future__ import annotations

from dataclasses import replace

from archc.analysis.tree import Tree, copies, label_tree
from archc.ir.graph import Child, Module, Net, Node, Operand, Result, Return, Value


def unrolled(net: Net) -> Net:
    """The net with such runs written out; the very same net when it has none."""
    modules = tuple(map(_module, net.modules))
    same = all(after is before for after, before in zip(modules, net.modules, strict=True))
    return net if same else replace(net, modules=modules)


def _module(module: Module) -> Module:
    if all(child.count == 1 for child in module.children):
        return module
    loose = _loose(module, label_tree(module.children))
    return _Unrolling(module, loose).module() if loose else module


def _loose(module: Module, place: Tree) -> set[int]:
    """The runs below a place whose level is no list."""
    found = set() if _is_list(module, place) else {
        inner.child for inner in place.inner.values() if inner.child is not None and module.children[inner.child].count > 1
    }  # fmt: skip
    return found.union(*(_loose(module, inner) for inner in place.inner.values()))


def _is_list(module: Module, place: Tree) -> bool:
    """Whether the labels count from 0 and each layer has a module form."""
    expected = 0
    for label, inner in place.inner.items():
        child = None if inner.child is None else module.children[inner.child]
        if child is not None and child.own is not None:
            continue
        if label != str(expected) or (child is not None and not _is_built(child)):
            return False
        expected += 1 if child is None else child.count
    return True


def _is_built(child: Child) -> bool:
    return child.op is None or bool(child.parameters) or child.op.module(*child.inputs) is not None


class _Unrolling:
    def __init__(self, module: Module, loose: set[int]) -> None:
        self.before, self.loose = module, loose
        self.children: list[Child] = []
        self.nodes: list[Node] = []
        self.child_of: list[int] = []
        """The first of the copies of each child."""
        self.node_of: list[int] = []
        """The last of the nodes that a node has become."""

    def module(self) -> Module:
        for index, child in enumerate(self.before.children):
            self.child_of.append(len(self.children))
            paths = copies(child) if index in self.loose else ()
            self.children += [replace(child, path=path, count=1) for path in paths] or [child]
        for node in self.before.nodes:
            self._node(node)
        return replace(
            self.before,
            children=tuple(map(self._own, self.children)),
            nodes=tuple(self.nodes),
            result=self._result(self.before.result),
            early=tuple(map(self._return, self.before.early)),
            names=tuple((self._value(value), name) for value, name in self.before.names),
        )

    def _node(self, node: Node) -> None:
        inputs = tuple(map(self._operand, node.inputs))
        moved = replace(node, inputs=inputs, keywords=tuple((name, self._operand(v)) for name, v in node.keywords))
        if node.child is not None:
            moved = replace(moved, child=self.child_of[node.child])
        if node.child in self.loose:
            for number in range(node.repeat):
                carried = moved.inputs[0] if number == 0 else Value(len(self.nodes) - 1)
                child = self.child_of[node.child or 0] + number
                self.nodes.append(replace(moved, child=child, repeat=1, inputs=(carried, *moved.inputs[1:])))
        else:
            self.nodes.append(moved)
        self.node_of.append(len(self.nodes) - 1)

    def _operand(self, operand: Operand) -> Operand:
        if isinstance(operand, tuple):
            return tuple(map(self._operand, operand))
        return self._value(operand) if isinstance(operand, Value) else operand

    def _own(self, child: Child) -> Child:
        if child.own is None or child.own.value is None:
            return child
        return replace(child, own=replace(child.own, value=self._value(child.own.value)))

    def _value(self, value: Value) -> Value:
        return value if value.node < 0 else Value(self.node_of[value.node], value.output)

    def _result(self, result: Result) -> Result:
        return self._value(result) if isinstance(result, Value) else tuple(map(self._result, result))

    def _return(self, early: Return) -> Return:
        after = self.node_of[early.after - 1] + 1 if early.after else 0
        return replace(early, after=after, result=self._result(early.result))
