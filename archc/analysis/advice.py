"""What the domain of a net has to say: a ``where`` that admits too much, one that could be written, and what stays assumed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping

from archc.analysis.domain import Domain, counterexample, domain, needed, stated
from archc.diagnostics.model import Diagnostic, Fix, Mark
from archc.ir.graph import Net
from archc.source import Source, Span


def wrong_where(net: Net, refusal_at: Callable[[Mapping[str, int]], Diagnostic | None]) -> Diagnostic | None:
    """The mistake of a written ``where`` that admits sizes for which the body is not defined, with the smallest.

    ``refusal_at`` gives what the body says at such sizes.
    """
    written = [c for c in net.top.constraints if c.kind == "stated"]
    found = counterexample(net) if written else None
    if found is None:
        return None
    said = refusal_at({symbol.name: symbol.example for symbol in net.symbols} | {found.symbol: found.size})
    at = f"at {found.symbol}={found.size}"
    needs = needed(net).conditions()
    return Diagnostic(
        "E0314",
        f"the signature admits {found.symbol}={found.size}, for which {net.name} is not defined",
        (
            Mark(written[0].span, "this admits it", primary=True),
            Mark(found.constraint.span, f"needs {found.constraint}"),
        ),
        (
            f"{at}: {said.message if said else found.constraint.reason}",
            *(f"{at}: {note}" for note in (said.notes if said else ())),
            f"the body needs {_joined(needs)}",
        ),
        help=f"write where {', '.join(domain(net).conditions())}",
    )


def assumptions(net: Net) -> Iterator[Diagnostic]:
    """A note for each demand that ties several symbols together, or that cannot be solved: it is checked at the example sizes."""
    known = domain(net)
    sizes = {symbol.name: symbol.example for symbol in net.symbols}
    shown = ", ".join(f"{name}={size}" for name, size in sizes.items())
    for constraint in (*known.joint, *known.open):
        if constraint.kind != "stated":
            yield Diagnostic(
                "N0301",
                f"assumed that {constraint}",
                (Mark(constraint.span, str(constraint.reason), primary=True),),
                (f"it holds at the example sizes {shown}",),
                severity="note",
            )


def missing_where(nets: Iterable[Net], sources: Mapping[str, Source]) -> Iterator[Diagnostic]:
    """For each net without a ``where`` that is not defined for all sizes: the ``where`` to write behind its signature.

    Nets that are made of one template need the same, or the template's own hyperparameters have to say it.
    """
    by_template: dict[Span, list[tuple[Net, Domain]]] = {}
    for net in nets:
        if not stated(net).conditions():
            by_template.setdefault(net.top.span, []).append((net, needed(net)))
    for span, found in by_template.items():
        wanted = {tuple(known.conditions(joint=False)) for _, known in found}
        if wanted != {()}:
            yield _advice(span, found, wanted, sources.get(span.file))


def _advice(
    span: Span, found: list[tuple[Net, Domain]], wanted: set[tuple[str, ...]], source: Source | None
) -> Diagnostic:
    name = found[0][0].top.name
    if len(wanted) > 1:
        notes = tuple(f"{net.name}: {_joined(known.conditions(joint=False)) or 'any size'}" for net, known in found)
        message = f"the nets made of {name} are defined for some sizes only"
        return Diagnostic("N0302", message, (Mark(span, "", primary=True),), notes, severity="note")
    conditions = next(iter(wanted))
    clause = f" where {', '.join(conditions)}"
    end = None if source is None else signature_end(source, span)
    fix = None if end is None or any(" or " in c for c in conditions) else Fix(Span(span.file, end, end), clause)
    message = f"{name} is defined for {_joined(conditions)}"
    return Diagnostic(
        "N0302",
        message,
        (Mark(span, "no where", primary=True),),
        help=f"write{clause} behind the signature",
        fix=fix,
        severity="note",
    )


def signature_end(source: Source, name: Span) -> int | None:
    """The offset at which a ``where`` goes: the colon that ends the signature whose name stands at ``name``."""
    depth, text = 0, source.text
    for offset in range(name.end, len(text)):
        character = text[offset]
        if character in "([":
            depth += 1
        elif character in ")]":
            depth -= 1
        elif character == ":" and depth == 0:
            return offset
    return None


def _joined(conditions: Iterable[str]) -> str:
    return " and ".join(conditions)
