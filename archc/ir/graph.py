"""The typed IR: a net is a table of modules, each the dataflow of one block at one set of hyperparameters and input types.

A module is written once however often it is used. Its dims are symbols of its own; whoever calls it puts the present dims in their
place. Lists and dotted labels are no modules: they are the leading parts of their layers' paths.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Literal, TypeAlias

from typing_extensions import TypeAliasType

from archc.ir.dims import DimLike
from archc.ir.late import LateText
from archc.ir.operator import Operator, Parameter
from archc.ir.site import Constraint
from archc.ir.types import Type
from archc.records import record
from archc.source import Span

if TYPE_CHECKING:
    from typing import Self

    from pydantic import ConfigDict

VERSION = 1


@record
class Value:
    """What flows along an edge: output ``output`` of node ``node``; node -1 stands for the module's own inputs.

    Outputs are counted flat: an LSTM's ``(y, (h, c))`` has the outputs 0, 1 and 2. So are the inputs of a module.
    """

    node: int
    output: int = 0


Operand = TypeAliasType("Operand", "Value | DimLike | float | tuple[Operand, ...] | None")
"""An input of a node: a value, a plain number or dim (``x + 1``), nothing (an optional input that is not given), or a tuple of
these (the states of an LSTM)."""


@record
class Guard:
    """A condition that is left to run time: ``training``, or that the module's optional input of this index is given."""

    subject: Literal["training"] | int
    negated: bool = False

    @property
    def opposite(self) -> Guard:
        """The condition that holds where this one does not."""
        return Guard(self.subject, not self.negated)


def exclusive(one: tuple[Guard, ...], other: tuple[Guard, ...]) -> bool:
    """Whether at most one of two sets of conditions can hold."""
    return any(guard.opposite in other for guard in one)


@record
class Scan:
    """A node that applies its callee once for each step along an axis.

    The node's inputs are ``over`` tensors that are cut along ``dim``, then ``carry`` states, then what is given to every step. The
    callee takes them in this order, and gives what is collected (stacked along ``dim``), then the states.
    """

    over: int
    carry: int
    dim: int


@record
class FanFormula:
    """An initialiser's argument that depends on the parameter: Python text over ``fan_in``, ``fan_out``, numbers and ``math``."""

    text: str


InitArguments: TypeAlias = tuple[tuple[str, int | float | str | bool | FanFormula], ...]
"""The arguments of a function of ``torch.nn.init``, less the tensor."""


@record
class Own:
    """A tensor of the module's own: a parameter, or a buffer.

    It starts as ``function`` of ``torch.nn.init`` makes it, or as the value of a constant node. A buffer that is not
    ``persistent`` is in no ``state_dict``.
    """

    function: str | None = None
    arguments: InitArguments = ()
    value: Value | None = None
    persistent: bool = True


Constant = TypeAliasType("Constant", "int | float | bool | str | tuple[Constant, ...] | None")


@record
class Extern:
    """A user's own ``nn.Module``: ``target`` is ``package.module:Class``, made with ``arguments``. Its parameters are not known."""

    target: str
    arguments: tuple[tuple[str, Constant], ...]


@record
class Child:
    """A submodule: a layer (``op`` with the types it was first applied to), a block (``module``, an index), an own tensor
    (``own``; its one parameter has no further name), or a module from elsewhere (``extern``).

    ``path`` is the label, split at dots. With ``count`` above 1 it stands for so many equal ones at consecutive numeric labels.
    """

    path: tuple[str, ...]
    span: Span
    op: Operator | None = None
    module: int | None = None
    parameters: tuple[Parameter, ...] = ()
    inputs: tuple[Type | DimLike | float | None, ...] = ()
    count: int = 1
    own: Own | None = None
    extern: Extern | None = None

    @property
    def label(self) -> str:
        return ".".join(self.path)


@record
class Node:
    """One application: of a submodule (``child``) or of an operation that owns nothing (``op``).

    ``output`` is its type in the module's own symbols. With ``repeat`` above 1 the child's ``count`` copies are applied one after
    another, each to what the one before gave; input and output then have the same type. ``module`` is the callee, where it is one.
    """

    inputs: tuple[Operand, ...]
    output: Type
    span: Span
    child: int | None = None
    op: Operator | None = None
    module: int | None = None
    keywords: tuple[tuple[str, Operand], ...] = ()
    repeat: int = 1
    when: tuple[Guard, ...] = ()
    """The node runs only where all these hold."""
    choice: Guard | None = None
    """The node is the first of its two inputs where this holds, else the second."""
    scan: Scan | None = None
    constant: bool = False
    """The node is computed once, when the module is constructed: it makes a buffer's value."""


@record
class Port:
    """An input of a module, with its type in the module's own symbols. An optional one may be ``None``."""

    name: str
    type: Type
    optional: bool = False


Result = TypeAliasType("Result", "Value | tuple[Result, ...]")


@record
class InitRule:
    """``init conv.weight ~ normal(0, 0.01)``: ``selector`` is ``conv.weight`` or ``*.bias`` (operator and parameter), or, with
    ``by_path``, a glob over the parameter's full label path below the module that states the rule.

    ``function`` is a name of ``torch.nn.init`` without the closing underscore; ``arguments`` are torch's, less the tensor. ``below``
    are the labels that the rule is confined to: those of the block without a label that states it. None confines nothing.
    """

    selector: str
    by_path: bool
    function: str
    arguments: InitArguments
    span: Span
    below: tuple[str, ...] = ()


@record
class Return:
    """A return that is taken only where ``when`` holds, after the first ``after`` nodes."""

    when: tuple[Guard, ...]
    after: int
    result: Result
    names: tuple[str | None, ...] = ()


@record
class Tie:
    """``tie target = source``: two paths of parameters below the module that are one parameter."""

    target: tuple[str, ...]
    source: tuple[str, ...]
    span: Span


class Stored:
    """What of the IR is written and read as JSON: records, which Pydantic knows how to read, write and describe.

    The methods have the names of those of Pydantic's models. Pydantic is imported by those that need it, which compiling does not:
    what the compiler itself has made is checked by mypy and by ``archc.analysis.verify``.
    """

    __slots__ = ()
    __pydantic_config__: ClassVar[ConfigDict] = {"extra": "forbid"}

    @classmethod
    def model_validate(cls, data: Any) -> Self:
        """From values as they are read from JSON."""
        from archc.ir.stored import adapter

        return adapter(cls).validate_python(data)

    @classmethod
    def model_validate_json(cls, text: str | bytes) -> Self:
        from archc.ir.stored import adapter

        return adapter(cls).validate_json(text)

    def model_dump_json(self, *, indent: int | None = None) -> str:
        from archc.ir.stored import adapter

        return adapter(type(self)).dump_json(self, indent=indent).decode()

    @classmethod
    def model_json_schema(cls, mode: Literal["validation", "serialization"] = "validation") -> dict[str, Any]:
        from archc.ir.stored import adapter

        return adapter(cls).json_schema(mode=mode)


@record(kw_only=True)
class Module(Stored):
    """One block at one set of hyperparameters and input types, or a net."""

    name: str
    kind: Literal["block", "net"]
    doc: str | None
    arguments: tuple[tuple[str, LateText], ...]
    """Hyperparameters as the language writes them, for people."""
    inputs: tuple[Port, ...]
    children: tuple[Child, ...]
    nodes: tuple[Node, ...]
    result: Result
    result_names: tuple[str | None, ...] = ()
    constraints: tuple[Constraint, ...] = ()
    """What holds for some sizes only, own and inherited from the modules called, in the module's own symbols."""
    inits: tuple[InitRule, ...] = ()
    early: tuple[Return, ...] = ()
    """Returns before the last, each under a condition of run time."""
    names: tuple[tuple[Value, str], ...] = ()
    """What the spec calls values that it assigns, for readers of emitted code."""
    ties: tuple[Tie, ...] = ()
    frozen: tuple[str, ...] = ()
    """Globs over the paths of parameters that are not trained."""
    span: Span


@record(kw_only=True)
class Symbol(Stored):
    """A size that stays free, with the example that tables and pictures show (``given`` when the spec names it)."""

    name: str
    example: int
    given: bool


@record(kw_only=True)
class Net(Stored):
    """A compiled net: ``modules[root]`` is the net itself; callees come before their callers."""

    version: Literal[1] = 1
    name: str
    file: str
    modules: tuple[Module, ...]
    root: int
    symbols: tuple[Symbol, ...]

    @property
    def top(self) -> Module:
        return self.modules[self.root]
