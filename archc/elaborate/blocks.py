"""Blocks: hyperparameters fixed, then applied: as a submodule, or inlined where there is no label."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from archc.diagnostics.model import Mark
from archc.elaborate import body, calls, externs, feeding, modules, operation, signature, tensors, weak
from archc.elaborate import evaluate as ev
from archc.elaborate.builder import Path
from archc.elaborate.errors import mistake
from archc.elaborate.limits import PER_BLOCK, PER_LABEL
from archc.elaborate.modules import Made
from archc.elaborate.scope import Scope
from archc.elaborate.session import Frame
from archc.elaborate.values import (
    BlockRecipe,
    Definition,
    Formula,
    Instance,
    Tensor,
    describe,
    frozen,
    kind_of,
)
from archc.ir.decide import decide_eq, decide_ge
from archc.ir.dims import Dim, DimLike, substitute
from archc.ir.graph import Child, InitRule, Module, Node, Operand, Scan
from archc.ir.site import Constraint
from archc.ir.types import TensorType, Type
from archc.records import record
from archc.source import Span
from archc.syntax import ast

if TYPE_CHECKING:
    from archc.elaborate.calls import Arguments, Given


# --- recipes ----------------------------------------------------------------------------------------------------------


def with_defaults(definition: Definition, bound: Mapping[str, Given], frame: Frame) -> dict[str, Any]:
    """All hyperparameters of a block, in the order of its signature."""
    values: dict[str, Any] = {}
    outside = calls.file_frame(definition, frame)
    for param in definition.node.params:
        if param.name in bound:
            value, span = bound[param.name]
            values[param.name] = _constant(param.name, value, span)
        elif param.default is not None:
            values[param.name] = ev.evaluate(param.default, outside)
    return values


def _constant(name: str, value: Any, span: Span) -> Any:
    if isinstance(value, (Tensor, Dim, Formula)):
        raise mistake(
            "E0206",
            f"the hyperparameter {name!r} must be known at compile time, not {kind_of(value)}",
            span,
            describe(value),
            help="tensors go in the second list, or before ->"
            if isinstance(value, Tensor)
            else "sizes follow from the input",
        )
    return value


def recipe(
    definition: Definition, values: Mapping[str, Any], span: Span, frame: Frame, within: bool | None = None
) -> BlockRecipe:
    """A block with these hyperparameters. ``within`` is whether it is made by a use of itself."""
    frame.session.budget.spend(len(values), span)
    frame.session.budget.hold(values.values(), span)
    key = (id(definition.node), *values, *frozen(values.values()))
    inside = frame.session.applying(id(definition.node)) if within is None else within
    return BlockRecipe(definition, values, span, key, inside)


def changed(old: BlockRecipe, arguments: Arguments, frame: Frame) -> BlockRecipe:
    """The same block with some hyperparameters given anew, by name: what was handed in stays so."""
    node = old.definition.node
    known = [param.name for param in node.params]
    values = dict(old.arguments)
    for name, (value, span) in arguments.keywords.items():
        if name not in known:
            raise calls.unknown_argument(node.name, name, arguments, known)
        values[name] = _constant(name, value, span)
    return recipe(old.definition, values, arguments.span, frame, old.within)


# --- application ------------------------------------------------------------------------------------------------------


def apply_block(
    recipe_: BlockRecipe,
    inputs: tuple[Any, ...],
    keywords: Mapping[str, Any],
    path: Path | None,
    span: Span,
    frame: Frame,
    owner: Instance | None,
    count: int,
) -> tuple[Any, int]:
    """Apply a block: as a submodule at ``path``, or inlined. See ``apply.run`` for ``count``."""
    frame.session.budget.spend(PER_BLOCK if path is None else PER_BLOCK + PER_LABEL, span, "one more layer")
    if isinstance(recipe_.definition.node, ast.Extern):
        return externs.apply_extern(recipe_, inputs, keywords, path, span, frame, owner), 1
    if path is None:
        return _inline(recipe_, feeding.feed(recipe_, inputs, keywords, span, frame, local=False), span, frame), 1
    used, operands = use(recipe_, inputs, keywords, path, span, frame)
    count = count if used.keeps else 1
    index = add_call(used, operands, path, span, count, frame, owner)
    return tensors.wrap(used.output, index, span), count


@record
class Use:
    """A block applied to inputs of certain types: its module, and its output and constraints in the caller's terms."""

    made: Made
    output: Type
    constraints: tuple[Constraint, ...]
    keeps: bool
    """It gives one tensor of the type of the one that it takes."""


def use(
    recipe_: BlockRecipe, inputs: tuple[Any, ...], keywords: Mapping[str, Any], path: Path, span: Span, frame: Frame
) -> tuple[Use, tuple[Operand, ...]]:
    """Feed a block and make its module; also gives what a node keeps of the inputs. What is demanded goes to the builder. A further
    use with equal types costs no more than a look."""
    memo, plain = frame.session.memo, None if keywords else tensors.plain(inputs)
    if plain is None:
        inputs = weak.firm(inputs, span, frame)
        plain = None if keywords else tensors.plain(inputs)
    key = None if plain is None else ("use", recipe_.key, plain[0])
    used: Use | None = memo.get(key)
    if used is not None and plain is not None:
        operands: tuple[Operand, ...] = plain[1]
    else:
        fed = feeding.feed(recipe_, inputs, keywords, span, frame, local=True)
        operands = tuple([tensors.operand(value) for value in fed.values.values() if value is not None])
        used = _used(recipe_, fed, path, span, frame)
        if plain is not None and operands == plain[1] and not fed.binding.demands:
            memo[key] = used
    for constraint in used.constraints:
        operation.builder_of(frame).demand(constraint)
    return used, operands


def _used(recipe_: BlockRecipe, fed: feeding.Fed, path: Path, span: Span, frame: Frame) -> Use:
    made = modules.made(recipe_, fed.values, fed.binding, path, span, frame)
    output, constraints = called(made, fed.binding, span)
    keeps = len(fed.leaves) == 1 and output == fed.leaves[0].tensor.type
    return Use(made, output, constraints, keeps)


def _inline(recipe_: BlockRecipe, fed: feeding.Fed, span: Span, frame: Frame) -> Any:
    node = recipe_.definition.node
    assert isinstance(node, ast.Block)
    callee = Frame(frame.session, Scope(recipe_.definition.file), frame.builder)
    callee.scope.values.update(recipe_.arguments)
    callee.scope.values.update(fed.binding.names)
    callee.scope.values.update({input_.name: modules.seen(input_, fed.values[input_.name]) for input_ in node.inputs})
    builder = callee.builder
    assert builder is not None
    rules, labels = len(builder.inits), builder.labels()
    with callee.session.entered(id(node), node.name, span, handed=not recipe_.within):
        for constraint in signature.check_where(node.where, fed.binding.names, recipe_.arguments, callee):
            builder.demand(constraint)
        result = body.run_to_result(node.body, callee, node.name, node.name_span)
        names = dict(fed.binding.names)
        signature.check_result(node.outputs, result, names, recipe_.arguments, callee, body.returns(node))
    builder.inits[rules:] = _confined(builder.inits[rules:], tuple(sorted(builder.labels() - labels)))
    return result


def _confined(rules: list[InitRule], labels: tuple[str, ...]) -> list[InitRule]:
    """The rules that an inlined block states: they are for its own layers. Those of a block inlined within it stay with that one's."""
    return [rule if rule.below else replace(rule, below=labels) for rule in rules if labels]


def called(made: Made, binding: signature.Binding, span: Span) -> tuple[Type, tuple[Constraint, ...]]:
    """The output in the caller's terms, and those of the callee's constraints that are not decided there."""
    actual = binding.actual
    if not actual:
        return made.output, made.constraints
    carried = (_carried(constraint, actual, span) for constraint in made.constraints)
    return substituted(made.output, actual), tuple(constraint for constraint in carried if constraint is not None)


def substituted(type_: Type, actual: Mapping[str, DimLike]) -> Type:
    """A type with the callee's symbols replaced by the caller's dims."""
    if isinstance(type_, TensorType):
        return TensorType(tuple([substitute(dim, actual) for dim in type_.shape]), type_.dtype)
    return tuple(substituted(item, actual) for item in type_)


def _carried(constraint: Constraint, actual: Mapping[str, DimLike], call: Span) -> Constraint | None:
    left, right = substitute(constraint.left, actual), substitute(constraint.right, actual)
    decide = decide_eq if constraint.relation == "==" else decide_ge
    verdict = decide(left, right)
    if verdict is False:
        raise mistake(
            "E0311",
            f"{left} {constraint.relation} {right} never holds: {constraint.reason}",
            constraint.span,
            f"needs {constraint}",
            marks=(Mark(call, "in this use"),) if call != constraint.span else (),
        )
    return None if verdict else replace(constraint, left=left, right=right)


# --- nodes ------------------------------------------------------------------------------------------------------------


def add_call(
    used: Use,
    operands: tuple[Operand, ...],
    path: Path,
    span: Span,
    count: int,
    frame: Frame,
    owner: Instance | None,
    scan: Scan | None = None,
) -> int:
    """The node that applies so many copies of a submodule; gives its index."""
    child = _child(used.made, path, span, count, frame, owner)
    node = Node(
        inputs=operands,
        output=used.output,
        span=span,
        child=child,
        module=used.made.index,
        repeat=count,
        scan=scan,
    )
    return operation.builder_of(frame).add_node(node)


def _child(made: Made, path: Path, span: Span, count: int, frame: Frame, owner: Instance | None) -> int:
    builder = frame.builder
    assert builder is not None
    known = builder.find(path, owner)
    if known is None:
        return builder.add_child(Child(path, span, module=made.index, count=count), owner)
    if known.child.module is None or known.child.count != count:
        raise operation.another(path, span, known.child, "layer")
    if known.child.module != made.index:
        _check_same_code(frame.session.modules, known.child, made, path, span)
    return known.number


def _check_same_code(all_: list[Module], first: Child, made: Made, path: Path, span: Span) -> None:
    """A shared block must be the same network wherever it is applied, whatever the sizes."""
    assert first.module is not None
    if _code(all_[first.module]) != _code(all_[made.index]):
        note = "hyperparameters or fixed sizes of its inputs differ, and its layers depend on them"
        raise operation.another(path, span, first, "network", note)


def _code(module: Module) -> object:
    children = tuple((c.path, c.op, c.module, c.parameters, c.count) for c in module.children)
    nodes = tuple((n.inputs, n.child, n.op, n.module, n.keywords, n.repeat, n.when, n.scan) for n in module.nodes)
    return module.name, children, nodes, module.result
