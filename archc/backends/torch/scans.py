"""``scan`` in emitted code: a method that applies a submodule step by step in a loop.

``torch.export`` unrolls loops, which would fix the number of steps. So while it runs, the method hands its step to torch's own scan
operation instead. TorchScript does not know that one, and does not see it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from archc.backends.torch.classes import Class
from archc.backends.torch.format import INDENT, fit
from archc.backends.torch.naming import MODULE_ATTRIBUTES, identifier
from archc.backends.torch.paths import made_at, submodule
from archc.backends.torch.tree import Body, Make
from archc.ir.graph import Scan
from archc.records import record

FUNCTION = '''
def scan_steps(
    step: nn.Module,
    over: tuple[Tensor, ...],
    carry: tuple[Tensor, ...],
    given: tuple[Tensor | None, ...],
    dim: int,
) -> tuple[Tensor, ...]:
    """All steps as one operation, so that an exported program takes any number of them."""
    from torch._higher_order_ops.scan import scan

    def once(states: list[Tensor], parts: list[Tensor]) -> tuple[list[Tensor], list[Tensor]]:
        found = step(*parts, *states[1:], *given)
        results = [fresh(result) for result in (found if isinstance(found, tuple) else (found,))]
        collected = len(results) - len(carry)
        return [fresh(states[0]), *results[collected:]], results[:collected]

    def fresh(value: Tensor) -> Tensor:
        return value.clone(memory_format=torch.contiguous_format)

    start = [torch.zeros(1, device=over[0].device), *map(fresh, carry)]  # torch's scan wants one state, of floats
    last, outs = scan(once, start, [x.movedim(dim, 0) for x in over])
    return (*(out.movedim(0, dim) for out in outs), *last[1:])
'''


@record
class Method:
    """A scan of the submodule at ``path``, called ``name``."""

    name: str
    path: tuple[str, ...]
    scan: Scan
    outputs: int
    given: int


def methods(body: Body) -> dict[int, Method]:
    """The method behind each step that scans."""
    found: dict[int, Method] = {}
    known: dict[tuple[object, ...], Method] = {}
    taken = [*MODULE_ATTRIBUTES, *(item.label for item in body.items), *(held.path[0] for held in body.held)]
    for index, step in enumerate(body.steps):
        if step.scan is None:
            continue
        outputs = 1 if step.pattern is None else len(step.pattern)
        key = step.path, step.scan, outputs, len(step.inputs)
        if key not in known:
            name = identifier("_".join(["scan", *step.path]), taken)
            taken.append(name)
            known[key] = Method(name, step.path, step.scan, outputs, len(step.inputs))
        found[index] = known[key]
    return found


def scan_lines(owner: Class, classes: Sequence[Class]) -> Iterator[list[str]]:
    """The methods of a class, indented for its body."""
    for method in dict.fromkeys(methods(owner.body).values()):
        make = made_at(owner.body, method.path)
        assert isinstance(make, Make) and isinstance(make.fn, int)
        yield list(_Writer(owner, classes[make.fn].body, method).lines())


class _Writer:
    def __init__(self, owner: Class, callee: Body, method: Method) -> None:
        self.method, self.callee = method, callee
        self.step = submodule(owner.body, method.path)
        self.inputs = callee.inputs[: method.given]
        scan = method.scan
        self.over, self.carry = self.inputs[: scan.over], self.inputs[scan.over : scan.over + scan.carry]
        self.given = self.inputs[scan.over + scan.carry :]
        self.t = identifier("t", self.inputs)
        count = method.outputs - scan.carry
        self.collected = [identifier(f"out{n if count > 1 else ''}", self.inputs) for n in range(1, count + 1)]
        self.lists = [identifier(f"outs{n if count > 1 else ''}", self.inputs) for n in range(1, count + 1)]

    def lines(self) -> Iterator[str]:
        type_ = "Tensor" if self.method.outputs == 1 else f"tuple[{', '.join(['Tensor'] * self.method.outputs)}]"
        arguments = ["self", *(f"{name}: {self._type(number)}" for number, name in enumerate(self.inputs))]
        yield from fit(f"def {self.method.name}({', '.join(arguments)}) -> {type_}:", 1)
        yield f"{INDENT * 2}if not torch.jit.is_scripting():"
        yield f"{INDENT * 3}if torch.compiler.is_exporting():"
        parts = ", ".join(_tuple(part) for part in (self.over, self.carry, self.given))
        call = f"scan_steps({self.step}, {parts}, dim={self.method.scan.dim})"
        yield from fit(f"return {call}{'[0]' if self.method.outputs == 1 else ''}", 4)
        yield from (f"{INDENT * 2}{name} = []" for name in self.lists)
        yield from self._loop()
        stacked = (f"torch.stack({name}, dim={self.method.scan.dim})" for name in self.lists)
        yield from fit(f"return {', '.join([*stacked, *self.carry])}", 2)

    def _type(self, number: int) -> str:
        return "Tensor | None" if number in self.callee.optional else "Tensor"

    def _loop(self) -> Iterator[str]:
        dim = self.method.scan.dim
        yield f"{INDENT * 2}for {self.t} in range({self.over[0]}.shape[{dim}]):"
        parts = [f"{name}[{':, ' * dim}{self.t}]" for name in self.over]
        call = f"{self.step}({', '.join([*parts, *self.carry, *self.given])})"
        yield from fit(f"{', '.join([*self.collected, *self.carry])} = {call}", 3)
        for name, value in zip(self.lists, self.collected, strict=True):
            yield f"{INDENT * 3}{name}.append({value})"


def _tuple(names: Sequence[str]) -> str:
    return f"({names[0]},)" if len(names) == 1 else f"({', '.join(names)})"
