"""The nets that are measured: what each is called in the zoo."""

from __future__ import annotations

from pathlib import Path

from archc.driver import check, open_net
from archc.elaborate.uses import defined, needed
from archc.ops import operators
from archc.resources import zoo_root
from archc.syntax import ast, parse

COLD = ("vgg16", "resnet50", "resnet152", "densenet201", "swin_t", "bert_large")
"""Those whose whole processes are compared."""

WARM = ("vgg16", "resnet50", "resnet152", "googlenet", "densenet121", "vit_b_16", "transformer", "lstm")
"""Those of which the work alone is compared."""

SPECS = {"transformer": "transformer.arch:Transformer", "lstm": "benchmarks/specs/lstm.arch"}


def spec(name: str) -> str:
    """What archc is asked for."""
    return SPECS.get(name, name)


def look_at_others(name: str) -> None:
    """Import all operators, and check the zoo, but for the file of this net and those that use it. Python has then seen all of archc's
    code at work; the net itself is as new as its blocks."""
    known = operators()
    assert all(known[name].name == name for name in known)
    _, scope, _ = open_net(spec(name), {}, varied=False)
    own = Path(scope.name).name
    for path in sorted(zoo_root().glob("*.arch")):
        if path.name != own and f'"{own}"' not in path.read_text(encoding="utf-8"):
            check(path.stem)


def alone(name: str) -> tuple[str, str]:
    """The spec of one net, as one who needs no other writes it: the statements of its file that it uses. And the net's name."""
    definitions, scope, net = open_net(spec(name), {}, varied=False)
    text = definitions.files.sources[scope.name].text
    tree, _ = parse(definitions.files.sources[scope.name])
    assert tree is not None
    used = needed(tree.statements, text, net)
    kept = [s for s in tree.statements if isinstance(s, ast.Import) or used.intersection(defined(s))]
    return "\n\n".join(text[s.span.start : s.span.end] for s in kept) + "\n", net
