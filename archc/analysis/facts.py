"""Facts of a net that assertions speak of: parameters, FLOPs, and shapes by label."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from archc.analysis.calls import Env, call_env, example_sizes, substitute_type
from archc.analysis.cost import net_flops
from archc.analysis.known import Known
from archc.analysis.parameters import count
from archc.analysis.tree import copies
from archc.diagnostics.suggest import did_you_mean
from archc.elaborate import body
from archc.elaborate import evaluate as ev
from archc.elaborate.errors import Mistake, Poisoned, mistake
from archc.elaborate.program import Program
from archc.elaborate.program import nets as program_nets
from archc.elaborate.scope import FileScope, Scope
from archc.elaborate.session import Frame
from archc.elaborate.values import POISON
from archc.ir.dims import evaluate, substitute
from archc.ir.graph import Module, Net
from archc.ir.types import Type, tensors
from archc.source import Span
from archc.syntax import ast

if TYPE_CHECKING:
    from archc.elaborate.calls import Arguments


Shapes = list[tuple[str, Type]]
"""The type of the first output of every labelled layer, by its label."""


def params(net: Net, known: Known | None = None) -> int:
    """The number of parameters: each tensor once, buffers apart."""
    return count(net, known).parameters


def shapes(net: Net, known: Known | None = None) -> dict[str, Type]:
    """The type of each labelled layer's first output, in the net's symbols."""
    all_ = _shapes(net, net.top, {}, known or Known())
    found = dict(all_)
    if len(found) < len(all_):  # of a layer that is applied again, its first output
        found.update(reversed(all_))
    return found


def _shapes(net: Net, module: Module, env: Env, known: Known) -> Shapes:
    found: Shapes = []
    for node in module.nodes:
        if node.child is None:
            continue
        labels = [".".join(path) for path in copies(module.children[node.child])]
        type_ = substitute_type(node.output, env)
        if node.module is None:
            found += [(label, type_) for label in labels]
            continue
        inner = {name: substitute(dim, env) for name, dim in call_env(net, module, node, node.module).items()}
        for label in labels:
            found.append((label, type_))
            found += _shapes_below(net, net.modules[node.module], label, inner, known)
    return found


def _shapes_below(net: Net, module: Module, label: str, env: Env, known: Known) -> Shapes:
    """The shapes within a module that is called ``label``. Other nets may have the same below the same label."""

    def work() -> Shapes:
        below = known.fact(module, lambda: _shapes(net, module, env, known), "shapes", *env.values())
        return [(f"{label}.{inner}", type_) for inner, type_ in below]

    return known.fact(module, work, "shapes below", label, *env.values())


# --- assertions -------------------------------------------------------------------------------------------------------


METHODS = ("shape", "receptive_field")


class NetFacts:
    """What a file-level assertion sees of a net. Sizes are the example sizes."""

    def __init__(self, name: str, net: Net, known: Known) -> None:
        self.name, self.net, self.known = name, net, known

    def fact(self, name: str, span: Span) -> Any:
        """``net.params``, ``net.flops``, ``net.buffers``."""
        match name:
            case "params":
                return count(self.net, self.known).parameters
            case "buffers":
                return count(self.net, self.known).buffers
            case "flops":
                return self._flops(span)
        known = ("params", "buffers", "flops", *METHODS)
        raise mistake(
            "E0214", f"a net has no fact {name!r}", span, help=did_you_mean(name, known) or f"it has {', '.join(known)}"
        )

    def method(self, name: str, arguments: Arguments, span: Span) -> Any:
        """``net.shape("features.0")``: the shape that a label gives, at the example sizes; ``net.receptive_field("features.0")``."""
        if name not in METHODS or len(arguments.positional) != 1 or not isinstance(arguments.positional[0][0], str):
            help_ = " or ".join(f'.{method}("label")' for method in METHODS)
            raise mistake("E0214", f"a net has no method {name!r} like this", span, help=f"write {help_}")
        label, place = arguments.positional[0]
        found = shapes(self.net, self.known)
        layer = _last_of(label, found)
        if layer is None:
            raise mistake("E0214", f"{self.name} has no label {label!r}", place, help=did_you_mean(label, found))
        if name == "receptive_field":
            return self._field(layer)
        sizes = example_sizes(self.net)
        return tuple(evaluate(dim, sizes) for dim in tensors(found[layer])[0].shape)

    def _field(self, label: str) -> int | str | tuple[int, ...]:
        """How many positions of the input are seen: a number for all dims, or one for each; ``"all"`` without a limit."""
        from archc.analysis.field import Fields, finite

        known = list(finite(Fields(self.net).at(label) or {}).values())
        if not known:
            return "all"
        return known[0].size if len({seen.size for seen in known}) == 1 else tuple(seen.size for seen in known)

    def _flops(self, span: Span) -> int:
        flops = net_flops(self.net, known=self.known)
        if flops is None:
            raise mistake("E0214", f"the FLOPs of {self.name} are not known", span)
        return evaluate(flops, example_sizes(self.net))


def _last_of(label: str, found: Mapping[str, Type]) -> str | None:
    """The label itself or, for a list of layers, which is no layer of its own, that of its last item."""
    while label not in found:
        depth = label.count(".") + 1
        items = {name.split(".")[depth] for name in found if name.startswith(f"{label}.")}
        if not items or not all(item.isdecimal() for item in items):
            return None
        label = f"{label}.{max(items, key=int)}"
    return label


def prove(program: Program, scope: FileScope, nets: Mapping[str, Net], known: Known) -> None:
    """Check a file's own assertions; those on nets that have mistakes are left alone."""
    outer = Scope(scope)
    failed = {name for name, net in program_nets(scope) if name not in nets}
    outer.values = {name: NetFacts(name, net, known) for name, net in nets.items()} | dict.fromkeys(failed, POISON)
    frame = Frame(program.session, outer, None)
    for statement in program.asserts[scope.name]:
        try:
            _prove(statement, frame)
        except Mistake as error:
            program.session.report(error)
        except Poisoned:
            continue


def _prove(statement: ast.Assert, frame: Frame) -> None:
    if not ev.truth(statement.test, frame, "an assertion"):
        raise body.failed_assertion(statement, frame)
