"""A file's definitions, and its nets as typed IR."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from archc.collector import resting
from archc.diagnostics.errors import ArchError
from archc.diagnostics.model import Diagnostic, Mark
from archc.diagnostics.suggest import did_you_mean
from archc.elaborate import blocks, body, calls, examples, signature, uses
from archc.elaborate import modules as modules_
from archc.elaborate.errors import Mistake, Poisoned, mistake
from archc.elaborate.files import SpecFiles
from archc.elaborate.limits import check_shape
from archc.elaborate.scope import MISSING, RESERVED, FileScope, Scope, reserved
from archc.elaborate.session import Frame, Session
from archc.elaborate.values import POISON, BlockRecipe, CfgReader, Definition, Entry, Function, Tensor, kind
from archc.ir.dims import DimLike, DimTooLarge, symbol
from archc.ir.graph import Child, Guard, Module, Net, Node, Value
from archc.ir.types import TensorType
from archc.source import Source, Span
from archc.syntax import ast, parse


@dataclass(eq=False)
class Program:
    """One file with all it imports: names, nets and assertions."""

    files: SpecFiles
    session: Session = field(default_factory=Session)
    scopes: dict[str, FileScope] = field(default_factory=dict)
    loading: list[str] = field(default_factory=list)
    """Files whose top level is being elaborated, the innermost last."""
    asserts: dict[str, list[ast.Assert]] = field(default_factory=dict)
    left: list[ast.Stmt] = field(default_factory=list)
    """Assignments that were not wanted."""

    def add(self, source: Source, tree: ast.File, wanted: str | None = None) -> FileScope:
        """Elaborate a file's top level, once; of its assignments only what ``wanted`` may depend on, where the file defines it."""
        scope = FileScope(source.name, tree.doc)
        self.scopes[source.name] = scope
        self.loading.append(source.name)
        frame = Frame(self.session, Scope(scope), None)
        frame.scope.values = scope.values  # file-level assignments are the file's own names
        for statement in tree.statements:
            self._guarded(self._define, statement, scope)
        for statement in tree.statements:
            self._guarded(self._import, statement, scope)
        needed = uses.needed(tree.statements, source.text, wanted)
        for statement in tree.statements:
            if isinstance(statement, ast.Assign):
                self._assign(statement, frame, needed)
        self.asserts[source.name] = [s for s in tree.statements if isinstance(s, ast.Assert)]
        self.loading.pop()
        return scope

    def _guarded(self, action: Any, statement: ast.Stmt, scope: FileScope) -> None:
        try:
            action(statement, scope)
        except Mistake as error:
            self.session.report(error)

    def _define(self, statement: ast.Stmt, scope: FileScope) -> None:
        value: Any
        match statement:
            case ast.Def():
                value = Function(statement, scope)
            case ast.Block() | ast.Extern():
                value = Definition(statement, scope)
            case ast.Cfg():
                value = CfgReader(statement, scope)
                _add_entries(statement, scope)
            case _:
                return
        define(scope, statement.name, value, statement.name_span)

    def _assign(self, statement: ast.Assign, frame: Frame, needed: set[str]) -> None:
        for name in body.bound_names(statement):
            first = frame.scope.file.defined.get(name)
            if first is not None:
                self.session.report(twice(name, statement.target.span, first))
            frame.scope.file.defined[name] = statement.target.span
        if needed.isdisjoint(body.bound_names(statement)):
            self.left.append(statement)
            frame.scope.values.update(dict.fromkeys(body.bound_names(statement), POISON))  # may be what was meant
        else:
            body.run((statement,), frame)

    def _import(self, statement: ast.Stmt, scope: FileScope) -> None:
        if not isinstance(statement, ast.Import):
            return
        for item in statement.names:
            scope.values[item.alias or item.name] = POISON  # until the file is read
        source = self._find(statement)
        known = self.scopes.get(source.name)
        if known is None or source.name in self.loading:
            with self.files.entered(source, statement.where):
                known = self.add(source, self.parse(source))
        for item in statement.names:
            self._import_name(item, known, scope)

    def _find(self, wanted: ast.Import) -> Source:
        if wanted.zoo is not None:
            return self.files.from_zoo(wanted.zoo, wanted.where)
        return self.files.imported(wanted.path or "", wanted.where)

    def parse(self, source: Source) -> ast.File:
        """A file's tree; raises ``ArchError`` with all its syntax errors."""
        tree, found = parse(source)
        if tree is None:
            raise ArchError(found, self.files.sources)
        return tree

    def main(self, source: Source, wanted: str | None = None) -> FileScope:
        """The file that was asked for, or one name of it, whose mistakes alone are then found."""
        with self.files.entered(source):
            return self.add(source, self.parse(source), wanted)

    def complete(self, scope: FileScope) -> None:
        """Make the assignments that were left."""
        frame = Frame(self.session, Scope(scope), None)
        frame.scope.values = scope.values
        for name in [name for statement in self.left for name in body.bound_names(statement)]:
            scope.values.pop(name, None)
        body.run(tuple(self.left), frame)
        self.left.clear()

    def _import_name(self, item: ast.ImportedName, known: FileScope, scope: FileScope) -> None:
        value = known.values.get(item.name, MISSING)
        name = item.alias or item.name
        if value is MISSING:
            define(scope, name, POISON, item.span)
            help_ = did_you_mean(item.name, known.defined)
            self.session.report(mistake("E0703", f"{known.name} defines no {item.name!r}", item.span, help=help_))
            return
        define(scope, name, value, item.span)
        if isinstance(value, CfgReader):
            _add_entries(value.node, scope)


def define(scope: FileScope, name: str, value: Any, span: Span) -> None:
    """Give a file's name its value; each name is defined once."""
    if name in RESERVED:
        raise reserved(name, span)
    if name in scope.defined:
        raise twice(name, span, scope.defined[name])
    scope.defined[name] = span
    scope.values[name] = value


def twice(name: str, span: Span, first: Span) -> Mistake:
    """The mistake of a name that is defined already."""
    return mistake(
        "E0216", f"{name!r} is defined twice", span, "defined again", marks=(Mark(first, "first defined here"),)
    )


def _add_entries(cfg: ast.Cfg, scope: FileScope) -> None:
    """The bare words that a cfg reads are names of the files that see it, unless they mean something else there."""
    for row in cfg.rows:
        if row.kind == "name" and isinstance(row.pattern, ast.Name):
            scope.values.setdefault(row.pattern.id, Entry(row.pattern.id))


# --- nets -------------------------------------------------------------------------------------------------------------


def net_of(value: Any) -> Definition | BlockRecipe | None:
    """The value itself, if it is a net."""
    definition = value.definition if isinstance(value, BlockRecipe) else value
    return value if isinstance(definition, Definition) and kind(definition) == "net" else None


def nets(scope: FileScope) -> Iterator[tuple[str, Definition | BlockRecipe]]:
    """The nets that a file defines, in its order, templates included."""
    for name in sorted(scope.defined, key=lambda name: scope.defined[name].start):
        net = net_of(scope.values.get(name))
        if net is not None and _own(net, scope):
            yield name, net


def _own(net: Definition | BlockRecipe, scope: FileScope) -> bool:
    definition = net.definition if isinstance(net, BlockRecipe) else net
    span = net.span if isinstance(net, BlockRecipe) else definition.node.span
    return span.file == scope.name


def is_template(net: Definition | BlockRecipe) -> bool:
    """Whether a net lacks hyperparameters, so that it can only be built from another file or with ``-D``."""
    return isinstance(net, Definition) and any(p.default is None and not p.star for p in net.node.params)


@resting()
def elaborate_net(
    program: Program, name: str, net: Definition | BlockRecipe, arguments: calls.Arguments | None = None
) -> Net | None:
    """A net as IR; ``None`` when there were mistakes (they are in the session)."""
    session = program.session
    definition = net.definition if isinstance(net, BlockRecipe) else net
    frame = Frame(session, Scope(definition.file), None)
    before = len(session.diagnostics)
    try:
        recipe = _recipe(net, arguments or calls.Arguments(definition.node.name_span), frame)
        binding, inputs = root_binding(recipe, frame)
        made = modules_.make_module(recipe, inputs, binding, None, frame)
        chosen = examples.choose(session.modules[made.index], binding.examples, session.examples)
        if chosen is None:
            _elaborate_at_examples(recipe, binding, made, inputs, frame)
            return None
    except Mistake as error:
        session.report(error)
        return None
    except DimTooLarge as error:
        session.report(mistake("E0602", f"a size formula is too large: {error}", definition.node.name_span, "in here"))
        return None
    except Poisoned:
        assert session.diagnostics, "a mistake was swallowed"
        return None
    if len(session.diagnostics) > before:
        return None
    modules, root = _closure(session.modules, made.index)
    del session.modules[made.index :]  # a net's own module is no other's
    symbols = examples.symbols(modules[root], binding.examples, session.examples, chosen)
    return Net(name=name, file=definition.node.span.file, modules=modules, root=root, symbols=symbols)


def _recipe(net: Definition | BlockRecipe, arguments: calls.Arguments, frame: Frame) -> BlockRecipe:
    if isinstance(net, BlockRecipe):
        return blocks.changed(net, arguments, frame) if arguments.keywords else net
    return calls.block_recipe(net, arguments, frame)


def root_binding(recipe: BlockRecipe, frame: Frame) -> tuple[signature.Binding, dict[str, Any]]:
    """The signature of a net whose sizes stay free: a symbol for each name that is no hyperparameter; and its inputs."""
    binding = signature.Binding()
    hypers = recipe.arguments
    leaves = [leaf for input_ in recipe.definition.node.inputs for leaf in _leaves(input_.name, input_.type)]
    for name, type_ in leaves:
        for axis, dim in enumerate(type_.dims):
            _declare(binding, name, dim, axis, hypers, frame)
    for name, type_ in leaves:
        shape = tuple(_root_dim(binding, name, dim, axis, hypers, frame) for axis, dim in enumerate(type_.dims))
        check_shape(shape, type_.span)
        binding.types.append(TensorType(shape, signature.DTYPES[type_.dtype]))
    types = iter(binding.types)
    return binding, {input_.name: _placeholder(input_, input_.type, types) for input_ in recipe.definition.node.inputs}


def _leaves(name: str, type_: ast.OutputType) -> Iterator[tuple[str, ast.TypeExpr]]:
    if isinstance(type_, ast.TypeExpr):
        yield name, type_
    elif isinstance(type_, ast.TupleType):
        for index, item in enumerate(type_.items):
            yield from _leaves(f"{name}[{index}]", item)
    else:
        raise mistake("E0310", "an input has one type", type_.span)


def _placeholder(input_: ast.Input, type_: ast.OutputType, types: Iterator[TensorType]) -> Any:
    """What stands for an input before the body gives it a place: its type, and whether it may be absent."""
    if isinstance(type_, ast.TupleType):
        return tuple(_placeholder(input_, item, types) for item in type_.items)
    return Tensor(Value(-1), next(types), input_.span, Guard(0) if input_.optional else None)


def _declare(
    binding: signature.Binding, input_: str, dim: ast.Expr, axis: int, hypers: Mapping[str, Any], frame: Frame
) -> None:
    if isinstance(dim, ast.AnyDims):
        raise mistake("E0312", "the input of a net has a fixed number of dims", dim.span, help="name each of them")
    if isinstance(dim, ast.DimExample):
        size = signature.dim_value(dim.size, {}, hypers, frame)
        if not isinstance(size, int):
            raise mistake("E0206", "an example size is an integer", dim.size.span)
        if binding.examples.setdefault(dim.id, size) != size:
            raise mistake(
                "E0312", f"{dim.id!r} has two example sizes", dim.span, f"{binding.examples[dim.id]} and {size}"
            )
    name = _symbol_name(input_, dim, axis, hypers)
    if name is not None:
        binding.names.setdefault(name, symbol(name))


def _symbol_name(input_: str, dim: ast.Expr, axis: int, hypers: Mapping[str, Any]) -> str | None:
    if isinstance(dim, ast.AnySize):
        return signature.anonymous(input_, axis)
    if isinstance(dim, ast.DimExample) or (isinstance(dim, ast.Name) and dim.id not in hypers):
        return dim.id
    return None


def _root_dim(
    binding: signature.Binding, input_: str, dim: ast.Expr, axis: int, hypers: Mapping[str, Any], frame: Frame
) -> DimLike:
    name = _symbol_name(input_, dim, axis, hypers)
    return binding.names[name] if name is not None else signature.dim_value(dim, binding.names, hypers, frame)


def _elaborate_at_examples(
    recipe: BlockRecipe, binding: signature.Binding, made: modules_.Made, inputs: Mapping[str, Any], frame: Frame
) -> None:
    """The symbolic net fails at its example sizes: elaborate it there, so that the operator at fault says so with numbers."""
    session = frame.session
    before = len(session.diagnostics)
    _elaborate_at(recipe, binding, inputs, {**binding.examples, **session.examples}, frame)
    if len(session.diagnostics) == before:
        session.report(examples.refuted(session.modules[made.index], binding.examples, session.examples))


def _elaborate_at(
    recipe: BlockRecipe,
    binding: signature.Binding,
    inputs: Mapping[str, Any],
    sizes: Mapping[str, DimLike],
    frame: Frame,
) -> None:
    concrete = signature.Binding(names={name: sizes.get(name, dim) for name, dim in binding.names.items()})
    concrete.types = [blocks.substituted(type_, sizes) for type_ in binding.types]  # type: ignore[misc]
    with contextlib.suppress(Poisoned):
        modules_.make_module(recipe, inputs, concrete, None, frame)


def refusal_at(
    net: Definition | BlockRecipe, arguments: calls.Arguments | None, session: Session, sizes: Mapping[str, int]
) -> Diagnostic | None:
    """What the body of a net says at these sizes, for which it is not defined; in a new session."""
    definition = net.definition if isinstance(net, BlockRecipe) else net
    frame = Frame(session, Scope(definition.file), None)
    recipe = _recipe(net, arguments or calls.Arguments(definition.node.name_span), frame)
    binding, inputs = root_binding(recipe, frame)
    _elaborate_at(recipe, binding, inputs, sizes, frame)
    return next(iter(frame.session.diagnostics), None)


def _closure(modules: list[Module], root: int) -> tuple[tuple[Module, ...], int]:
    """The modules that a net uses, also those that type further uses of a shared child; callees before callers."""
    used, pending = {root}, [root]
    while pending:
        module = modules[pending.pop()]
        called = {child.module for child in module.children}.union([node.module for node in module.nodes])
        new = [callee for callee in called if callee is not None and callee not in used]
        used.update(new)
        pending += new
    numbers = {old: new for new, old in enumerate(sorted(used))}
    if list(numbers) == list(numbers.values()):
        return tuple(modules[: len(numbers)]), numbers[root]
    return tuple([_renumbered(modules[old], numbers) for old in numbers]), numbers[root]


def _renumbered(module: Module, numbers: Mapping[int, int]) -> Module:
    """The module itself where its callees keep their numbers: what is known of it stays known."""
    callees = (*(child.module for child in module.children), *(node.module for node in module.nodes))
    if all(callee is None or numbers[callee] == callee for callee in callees):
        return module
    return replace(
        module,
        children=tuple(_child(child, numbers) for child in module.children),
        nodes=tuple(_node(node, numbers) for node in module.nodes),
    )


def _child(child: Child, numbers: Mapping[int, int]) -> Child:
    return child if child.module is None else replace(child, module=numbers[child.module])


def _node(node: Node, numbers: Mapping[int, int]) -> Node:
    return node if node.module is None else replace(node, module=numbers[node.module])
