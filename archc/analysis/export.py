"""The domain of a net as declarations for ``torch.export``: a ``Dim`` for each symbol, and which dims of the inputs they are.

``torch.export`` takes a size of 1 for a constant, of inputs and of everything within. So its programs hold only where no such size
is 1, and the least sizes declared are those from which on all that vary are at least 2.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from archc.analysis.calls import Env, call_env, input_types, operator_of
from archc.analysis.domain import Domain, demands, names_of, solve
from archc.analysis.sizes import SizeSet
from archc.ir.dims import Dim, DimLike, DimTooLarge, substitute, symbol, symbols_of
from archc.ir.graph import Module, Net, Node
from archc.ir.late import LateText
from archc.ir.site import Constraint
from archc.ir.types import TensorType, tensors


def export_text(net: Net) -> str:
    """Python code that declares ``dynamic_shapes``; comments say what a ``Dim`` cannot."""
    known = exported(net)
    lines = ["import torch", ""]
    dynamic: list[str] = []
    unrolled = fixed(net)
    for name in names_of(net):
        if name in unrolled:
            lines.append(f"# {name}: each has a program of its own, for torch.export unrolls {unrolled[name]}")
            continue
        if name in known.equal:
            lines.append(f"{name} = {known.equal[name]}")
        else:
            lines += _declared(name, known.sizes[name])
        if _is_dynamic(known.sizes[name]):
            dynamic.append(name)
    lines += [f"# and {constraint}" for constraint in (*known.joint, *known.open)]
    return "\n".join([*lines, "", "dynamic_shapes = {", *_inputs(net, dynamic, unrolled), "}"]) + "\n"


_EXPORT = LateText("torch.export")


def exported(net: Net) -> Domain:
    """The sizes for which one exported program stands: those of the domain for which no size that varies is 1."""
    varying = [Constraint(">=", size, 2, _EXPORT, net.top.span) for size in sizes_within(net)]
    known = solve(names_of(net), [*demands(net), *varying])
    own = [constraint for constraint in known.joint if constraint.reason is not _EXPORT]
    return Domain(known.sizes, known.equal, tuple(own), known.open)


def sizes_within(net: Net) -> frozenset[Dim]:
    """All symbolic sizes of the net's tensors, in its own symbols; those too large for a formula are left out."""
    found: set[Dim] = {
        dim for port in net.top.inputs for x in tensors(port.type) for dim in x.shape if isinstance(dim, Dim)
    }
    for _, node, env in _nodes(net):
        found |= set(_sizes([dim for x in tensors(node.output) for dim in x.shape], env))
    return frozenset(found)


def fixed(net: Net) -> dict[str, str]:
    """Symbols of which ``torch.export`` makes a constant, each with the operator that it unrolls."""
    found: dict[str, str] = {}
    for module, node, env in _nodes(net):
        operator = operator_of(module, node)
        if operator is None or operator.unrolls is None:
            continue
        for x in tensors(input_types(module, node)[0])[:1]:  # type: ignore[arg-type]
            for size in _sizes([x.shape[operator.unrolls]], env):
                found |= dict.fromkeys(sorted(symbols_of(size)), operator.name)
    return found


def _nodes(net: Net) -> Iterator[tuple[Module, Node, Env]]:
    """Every node of each module that is applied, with what the module's symbols are in the net's own."""
    seen: set[tuple[int, frozenset[tuple[str, DimLike]]]] = set()
    pending: list[tuple[int, Env]] = [(net.root, {name: symbol(name) for name in names_of(net)})]
    while pending:
        index, env = pending.pop()
        if (index, frozenset(env.items())) in seen:
            continue
        seen.add((index, frozenset(env.items())))
        module = net.modules[index]
        for node in module.nodes:
            yield module, node, env
            if node.module is not None:
                inner = call_env(net, module, node, node.module)
                pending.append((node.module, {name: substitute(dim, env) for name, dim in inner.items()}))


def _sizes(dims: list[DimLike], env: Env) -> Iterator[Dim]:
    for dim in dims:
        try:
            size = substitute(dim, env)
        except DimTooLarge:
            continue
        if isinstance(size, Dim):
            yield size


def _declared(name: str, sizes: SizeSet) -> Iterator[str]:
    """A ``Dim`` of this name, or one that counts the steps between its sizes."""
    found = _progression(sizes)
    if found is None:
        yield f"# {name}: no Dim says which sizes it takes"
        return
    first, step, last = found
    if last == first:
        yield f"# {name}: always {first}"
    elif step == 1:
        yield f"{name} = {_dim(name, first, last)}"
    else:
        counted, rest = f"_{name.lower()}", first % step
        yield f"{counted} = {_dim(counted, first // step, None if last is None else last // step)}"
        yield f"{name} = {step} * {counted}{f' + {rest}' if rest else ''}"


def _dim(name: str, least: int, most: int | None) -> str:
    return f'torch.export.Dim("{name}", min={least}{"" if most is None else f", max={most}"})'


def _is_dynamic(sizes: SizeSet) -> bool:
    found = _progression(sizes)
    return found is not None and found[0] != found[2]


def _progression(sizes: SizeSet) -> tuple[int, int, int | None] | None:
    """First size, step and last size (``None`` without end) of sizes at equal distances; ``None`` for others."""
    members = sorted(sizes.before)
    if sizes.residues:
        step = sizes.period
        expected = range(members[0] if members else sizes.start, sizes.start)
        (residue, *others) = sizes.residues
        if others or [size for size in expected if size % step == residue] != members:
            return None
        return (members[0] if members else sizes.start + (residue - sizes.start) % step), step, None
    step = members[1] - members[0] if len(members) > 1 else 1
    if not members or members != list(range(members[0], members[-1] + 1, step)):
        return None
    return members[0], step, members[-1]


def _inputs(net: Net, dynamic: list[str], unrolled: Mapping[str, str]) -> Iterator[str]:
    """For each input its dynamic dims."""
    for port in net.top.inputs:
        if isinstance(port.type, TensorType):
            dims = f"{{{', '.join(_dims(port.type, dynamic, unrolled))}}}"
            yield (
                f'    "{port.name}": None,  # {dims} where it is given'
                if port.optional
                else f'    "{port.name}": {dims},'
            )
        else:
            yield f"    # {port.name} is a tuple: say its parts' dims"


def _dims(type_: TensorType, dynamic: list[str], unrolled: Mapping[str, str]) -> Iterator[str]:
    for number, size in enumerate(type_.shape):
        if isinstance(size, Dim) and not symbols_of(size) <= unrolled.keys():
            plain = next((name for name in dynamic if size == symbol(name)), None)
            yield f"{number}: {plain or 'torch.export.Dim.AUTO'}"
