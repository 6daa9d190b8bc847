"""Sizes that an optional input alone tells: they are known only where it is given."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from archc.elaborate.errors import mistake
from archc.ir.dims import Dim
from archc.ir.graph import Guard, Node, Port
from archc.ir.types import TensorType, tensors


def check_sizes(ports: tuple[Port, ...], nodes: tuple[Node, ...]) -> None:
    """Refuse a size that is read where the only input that tells it may be ``None``."""
    told = _told(ports)
    for node in nodes if told else ():
        for dim in _dims((node.inputs, tuple(value for _, value in node.keywords), node.op, node.output)):
            for name in sorted(dim.symbols & set(told)):
                if Guard(told[name]) not in node.when:
                    raise _unknown(name, ports[told[name]].name, node)


def _unknown(size: str, port: str, node: Node) -> Exception:
    return mistake(
        "E0207",
        f"the size {size} is known only where {port!r} is given, and this input may be None",
        node.span,
        help=f"ask first: `if {port} is not None:`",
    )


def _told(ports: tuple[Port, ...]) -> Mapping[str, int]:
    """The sizes that no other input tells than an optional one, with its number."""
    if not any(port.optional for port in ports):
        return {}
    known = {name for port in ports if not port.optional for name in _names(port)}
    found: dict[str, int] = {}
    for number, port in enumerate(ports):
        for name in _names(port) if port.optional else ():
            if name not in known:
                found.setdefault(name, number)
    return found


def _names(port: Port) -> Iterator[str]:
    for type_ in tensors(port.type):
        for dim in _dims(type_):
            yield from dim.symbols


def _dims(value: object) -> Iterator[Dim]:
    """The symbolic sizes anywhere within a value."""
    if isinstance(value, Dim):
        yield value
    elif isinstance(value, TensorType):
        yield from _dims(value.shape)
    elif isinstance(value, (tuple, list)):
        for item in value:
            yield from _dims(item)
    elif hasattr(value, "defined"):
        for item in value.defined().values():
            yield from _dims(item)
