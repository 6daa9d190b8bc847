"""Memory for activations: what layers and operations give, in bytes, for one batch.

In training all of it is kept for the gradients. In inference a tensor lives from where it is made to its last use, and what counts is
the most that lives at one time. The net's inputs are part of both. A view takes no memory. What a layer needs while it runs is not told.
"""

from __future__ import annotations

from collections.abc import Iterator

from archc.analysis.calls import Env, call_env, operator_of, steps, values_in
from archc.analysis.parameters import BYTES
from archc.ir.dims import Dim, DimLike, DimTooLarge, dim_max, substitute
from archc.ir.graph import Guard, Module, Net, Node, Value
from archc.ir.types import Type, tensors

TRAINING = Guard("training")


def bytes_of(type_: Type, env: Env) -> DimLike:
    """What all tensors of a type take."""
    total: DimLike = 0
    for tensor in tensors(type_):
        size: DimLike = BYTES[tensor.dtype]
        for dim in tensor.shape:
            size = size * substitute(dim, env)
        total = total + size
    return total


def makes_tensor(module: Module, node: Node) -> bool:
    """Whether an operator runs here that gives new memory. Blocks do so inside, and a choice hands on what there is."""
    operator = operator_of(module, node)
    return operator is not None and not operator.is_view() and not node.constant


class Activations:
    """The activations of a net's modules at given sizes, which may be symbols; each module at the same sizes once.

    None stands for a formula that outgrows its budget.
    """

    def __init__(self, net: Net) -> None:
        self.net = net
        self._known: dict[tuple[str, int, tuple[tuple[str, DimLike], ...]], DimLike | None] = {}

    def training(self, env: Env) -> DimLike | None:
        """All that one run of the net makes while it is trained, with its inputs."""
        return self._with_inputs("training", env)

    def inference(self, env: Env) -> DimLike | None:
        """The most that lives at one time while the net is run."""
        return self._with_inputs("inference", env)

    def node(self, module: Module, node: Node, env: Env) -> DimLike | None:
        """What one node makes, all its repeats or steps together, in training."""
        try:
            return self._made(module, node, env)
        except DimTooLarge:
            return None

    def _with_inputs(self, mode: str, env: Env) -> DimLike | None:
        try:
            inputs = bytes_of(tuple(port.type for port in self.net.top.inputs), env)
            found = self._module(mode, self.net.root, env)
            return None if found is None else inputs + found
        except DimTooLarge:
            return None

    def _module(self, mode: str, index: int, env: Env) -> DimLike | None:
        key = mode, index, tuple(sorted(env.items()))
        if key not in self._known:
            module = self.net.modules[index]
            self._known[key] = self._sum(module, env) if mode == "training" else self._peak(module, env)
        return self._known[key]

    def _callee(self, mode: str, module: Module, node: Node, env: Env) -> DimLike | None:
        assert node.module is not None
        called = call_env(self.net, module, node, node.module)
        return self._module(mode, node.module, {name: substitute(dim, env) for name, dim in called.items()})

    # --- training ---

    def _sum(self, module: Module, env: Env) -> DimLike | None:
        total: DimLike = 0
        for node in module.nodes:
            if TRAINING.opposite in node.when:
                continue
            made = self._made(module, node, env)
            if made is None:
                return None
            total = total + made
        return total

    def _made(self, module: Module, node: Node, env: Env) -> DimLike | None:
        if node.module is not None:
            one = self._callee("training", module, node, env)
            return None if one is None else one * substitute(steps(module, node), env) + self._stacked(node, env)
        return bytes_of(node.output, env) if makes_tensor(module, node) else 0

    def _stacked(self, node: Node, env: Env) -> DimLike:
        """What a scan collects."""
        return 0 if node.scan is None else bytes_of(node.output, env)

    # --- inference ---

    def _peak(self, module: Module, env: Env) -> DimLike | None:
        """The most that lives at one time of what the module makes; its inputs are its caller's."""
        alive: DimLike = 0
        peaks: list[DimLike] = []
        sizes: dict[int, DimLike] = {}
        ends = list(last_uses(module))
        for number, node in enumerate(module.nodes):
            if TRAINING in node.when:
                continue
            made: DimLike | None = (
                bytes_of(node.output, env) if node.module is not None or makes_tensor(module, node) else 0
            )
            inside = made if node.module is None else self._inside(module, node, env)
            if made is None or inside is None:
                return None
            peaks.append(alive + inside)
            sizes[number] = made
            alive = alive + made - sum((sizes.pop(gone) for gone in ends[number] if gone in sizes), 0)
        return largest(peaks)

    def _inside(self, module: Module, node: Node, env: Env) -> DimLike | None:
        """The most that lives while a block runs. Of copies one after another, all but the first are fed what the one before gave."""
        one = self._callee("inference", module, node, env)
        if one is None:
            return None
        handed = bytes_of(node.output, env) if node.repeat > 1 else 0
        return one + handed + self._stacked(node, env)


def last_uses(module: Module) -> Iterator[list[int]]:
    """For each node, those whose outputs nobody reads after it. A view keeps what it looks at."""
    roots = list(_roots(module))
    last = dict.fromkeys(set(roots), 0)
    for number, node in enumerate(module.nodes):
        last[roots[number]] = max(last[roots[number]], number)
        for value in _read(node):
            if value.node >= 0:
                last[roots[value.node]] = number
    given = [*values_in(module.result), *(value for early in module.early for value in values_in(early.result))]
    for value in given:
        if value.node >= 0:
            last[roots[value.node]] = len(module.nodes)
    ending: dict[int, list[int]] = {}
    for number, end in last.items():
        ending.setdefault(end, []).append(number)
    yield from (ending.get(number, []) for number in range(len(module.nodes)))


def _roots(module: Module) -> Iterator[int]:
    """For each node, the one whose memory its output is; a view of an input is its own, of no size."""
    found: list[int] = []
    for number, node in enumerate(module.nodes):
        operator = operator_of(module, node)
        first = next(_read(node), None)
        views = operator is not None and operator.is_view() and first is not None and first.node >= 0
        found.append(found[first.node] if views and first is not None else number)
        yield found[-1]


def _read(node: Node) -> Iterator[Value]:
    for operand in (*node.inputs, *(operand for _, operand in node.keywords)):
        yield from values_in(operand)


def largest(sizes: list[DimLike]) -> DimLike:
    """The largest of several sizes, a formula where that depends on symbols."""
    numbers = [size for size in sizes if not isinstance(size, Dim)]
    formulas = list(dict.fromkeys(size for size in sizes if isinstance(size, Dim)))
    return dim_max(max(numbers, default=0), *formulas) if formulas else max(numbers, default=0)
